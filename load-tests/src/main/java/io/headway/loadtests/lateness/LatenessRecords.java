// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.CityFeed;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.decisions.Policy;
import io.headway.loadtests.decisions.SteppedJob;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.loadtests.taxi.TaxiFeed;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What the topics of a world say in which every plan is kept, by vehicle. Nothing is decided, for
 * what is acted upon would be missing: legs that go badly would be rerouted and handed over.
 */
final class LatenessRecords {
  private final Map<String, PlanHistory> vehicles = new TreeMap<>();

  /** Null where none is asked for. */
  private Forecast forecast;

  private final boolean taxis;
  private long endMs;

  /** Makes a forecast of a city that is about to be driven. */
  @FunctionalInterface
  interface Forecaster {
    Forecast in(CityParameters parameters, RoadMap roads, CityFeed feed);
  }

  private LatenessRecords(boolean taxis) {
    this.taxis = taxis;
  }

  /**
   * Drives a city to its end. Equal parameters give equal records.
   *
   * @param forecaster says what is expected of requests; null where nobody is asked
   */
  static LatenessRecords of(CityParameters parameters, Forecaster forecaster) throws Exception {
    LatenessRecords records = new LatenessRecords(false);
    Path roads = Files.createTempFile("city", ".roads");
    try {
      SyntheticNetwork.build(parameters.seed(), LatenessCity.JUNCTIONS, roads);
      RoadNetwork network = RoadNetwork.open(roads);
      try (SteppedJob job = SteppedJob.of(roads, Policy.KEEP, records::requested);
          CityFeed feed = new CityFeed(parameters, network)) {
        if (forecaster != null) {
          RoadMap map = new RoadMap(network, new RoadIndex(network));
          records.forecast = forecaster.in(parameters, map, feed);
        }
        job.drive(feed, records::sent, decision -> {});
      }
    } finally {
      if (records.forecast != null) {
        records.forecast.close();
      }
      Files.delete(roads);
    }
    return records;
  }

  /** Replays recorded taxis to their end, off the roads. */
  static LatenessRecords of(TaxiFeed feed) throws Exception {
    LatenessRecords records = new LatenessRecords(true);
    try (SteppedJob job = SteppedJob.of(null, Policy.KEEP, records::requested)) {
      job.drive(feed, records::sent, decision -> {});
    }
    return records;
  }

  /** When the last record was sent, milliseconds since the epoch. */
  long endMs() {
    return endMs;
  }

  private void requested(DecisionRequest request) {
    of(request.getVehicleId())
        .add(KeptPlan.of(request, forecast == null ? null : forecast.of(request)));
  }

  private void sent(FeedRecord record) {
    endMs = record.sendAtMs();
    if (forecast != null) {
      forecast.add(record);
    }
    if (!record.topic().equals(Topics.SHIPMENTS.name())) {
      return;
    }
    try {
      Shipment shipment = Shipment.getDecoder().decode(record.value());
      PlanHistory history = of(shipment.getVehicleId());
      if (taxis && shipment.getStatus() == ShipmentStatus.DELIVERED) {
        // A recording does not tell when they stopped: passengers get out where they arrive.
        history.add(PlanChange.of(shipment).as(ShipmentStatus.ARRIVED));
      }
      history.add(PlanChange.of(shipment));
    } catch (IOException e) {
      throw new UncheckedIOException("A shipment of the world's own cannot be decoded", e);
    }
  }

  /** Tells what became of every request, vehicle by vehicle. */
  void realise(Consumer<RealisedPlan> into) {
    vehicles.values().forEach(history -> history.realise(into));
  }

  private PlanHistory of(String vehicle) {
    return vehicles.computeIfAbsent(vehicle, id -> new PlanHistory(taxis));
  }
}
