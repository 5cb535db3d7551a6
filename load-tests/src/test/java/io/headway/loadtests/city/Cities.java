// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.RoadNetwork;
import io.headway.schemas.Alternative;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.StageLatency;
import io.headway.schemas.Trigger;
import io.headway.schemas.TriggerKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/** A small city for tests. */
final class Cities {
  private static final RoadNetwork NETWORK = network(11, 700);

  private Cities() {}

  static RoadNetwork network() {
    return NETWORK;
  }

  static RoadNetwork network(long seed, int size) {
    try {
      Path file = Files.createTempFile("city", ".roads");
      SyntheticNetwork.build(seed, size, file);
      RoadNetwork network = RoadNetwork.open(file);
      Files.delete(file);
      return network;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Half an hour of forty vehicles. */
  static CityParameters parameters() {
    return CityParameters.defaults()
        .withSeed(5)
        .with(Knob.VEHICLES, 40)
        .with(Knob.DURATION_H, 0.5)
        .with(Knob.CUSTOMERS, 300)
        .with(Knob.TOURS, 60);
  }

  /** A city in which nothing is left to chance. */
  static CityParameters certain() {
    return parameters()
        .with(Knob.FIELD_SPREAD, 0)
        .with(Knob.NOISE_SPREAD, 0)
        .with(Knob.PACE_SPREAD, 0)
        .with(Knob.WEATHER, 0)
        .with(Knob.INCIDENTS, 0)
        .with(Knob.BREAKDOWNS_PER_H, 0)
        .with(Knob.CUSTOMER_SPREAD, 0)
        .with(Knob.SERVICE_SPREAD, 0);
  }

  /** A city in which nobody calls or cancels. */
  static CityParameters settled() {
    return parameters()
        .with(Knob.NEW_SHIPMENTS_PER_H, 0)
        .with(Knob.CANCELLATIONS_PER_H, 0)
        .with(Knob.BAD_INPUTS_PER_MILLION, 0);
  }

  static Alternative alternative(DecisionKind kind, List<String> shipmentIds, List<Integer> route) {
    return new Alternative(kind, shipmentIds, route, 0.0, 0f, null, false);
  }

  /** A decision for the first of the alternatives. */
  static Decision decision(String vehicleId, long ms, Alternative... alternatives) {
    Alternative chosen = alternatives[0];
    return Decision.newBuilder()
        .setDecisionId("D-" + vehicleId + "-" + ms)
        .setVehicleId(vehicleId)
        .setSequence(1)
        .setTrigger(new Trigger(TriggerKind.PERIODIC, "", Instant.ofEpochMilli(ms), null))
        .setDecidedAt(Instant.ofEpochMilli(ms))
        .setKind(chosen.getKind())
        .setShipmentIds(chosen.getShipmentIds())
        .setRoute(chosen.getRoute())
        .setReason("")
        .setCostEur(0)
        .setKeepCostEur(0)
        .setGainEur(0)
        .setLateProbabilityBefore(0)
        .setLateProbabilityAfter(0)
        .setAlternatives(List.of(alternatives))
        .setFactors(List.of())
        .setBoundsVersion(0)
        .setBoundsApplied(List.of())
        .setSource(DecisionSource.BASELINE)
        .setPlanVersion(1)
        .setWeightsEpoch(0)
        .setOffNetwork(false)
        .setLatency(new StageLatency(null, null, null))
        .build();
  }
}
