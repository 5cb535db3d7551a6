// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.CityFeed;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.decisions.Policy;
import io.headway.loadtests.decisions.SteppedJob;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Shipment;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What the topics of a city say in which every plan is kept, by vehicle. Nothing is decided, for
 * what is acted upon would be missing: legs that go badly would be rerouted and handed over.
 */
final class LatenessRecords {
  private final Map<String, PlanHistory> vehicles = new TreeMap<>();

  private LatenessRecords() {}

  /** Drives a city to its end. Equal parameters give equal records. */
  static LatenessRecords of(CityParameters parameters) throws Exception {
    LatenessRecords records = new LatenessRecords();
    Path roads = Files.createTempFile("city", ".roads");
    try {
      SyntheticNetwork.build(parameters.seed(), LatenessCity.JUNCTIONS, roads);
      try (SteppedJob job = SteppedJob.of(roads, Policy.KEEP, records::requested);
          CityFeed feed = new CityFeed(parameters, RoadNetwork.open(roads))) {
        job.drive(feed, records::sent, decision -> {});
      }
    } finally {
      Files.delete(roads);
    }
    return records;
  }

  private void requested(DecisionRequest request) {
    of(request.getVehicleId()).add(KeptPlan.of(request));
  }

  private void sent(FeedRecord record) {
    if (!record.topic().equals(Topics.SHIPMENTS.name())) {
      return;
    }
    try {
      Shipment shipment = Shipment.getDecoder().decode(record.value());
      of(shipment.getVehicleId()).add(PlanChange.of(shipment));
    } catch (IOException e) {
      throw new UncheckedIOException("A shipment of the city's own cannot be decoded", e);
    }
  }

  /** Tells what became of every request, vehicle by vehicle. */
  void realise(Consumer<RealisedPlan> into) {
    vehicles.values().forEach(history -> history.realise(into));
  }

  private PlanHistory of(String vehicle) {
    return vehicles.computeIfAbsent(vehicle, id -> new PlanHistory());
  }
}
