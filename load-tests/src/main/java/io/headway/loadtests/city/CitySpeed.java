// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import com.sun.management.OperatingSystemMXBean;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.results.Figure;
import io.headway.schemas.Alternative;
import io.headway.schemas.Bounds;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.StageLatency;
import io.headway.schemas.Trigger;
import io.headway.schemas.TriggerKind;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.List;

/**
 * How fast the city makes records, and hindsight branches. Counted are the seconds that the whole
 * process was on a processor, compiler and collector included, so that the figures stand for one
 * core and hardly depend on what else the machine does. Needs memory for the city only.
 */
public final class CitySpeed {
  private static final int ROUNDS = 10;
  private static final int WARM_UP_ROUNDS = 3;
  private static final int RECORDS = 1_000_000;
  private static final int BRANCHED_VEHICLES = 400;
  private static final double RECORDS_GOAL = 300_000;

  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private final CityParameters parameters;
  private final RoadNetwork network;

  /**
   * @param parameters of a city that lasts long enough for some 13 million records
   */
  public CitySpeed(CityParameters parameters, RoadNetwork network) {
    this.parameters = parameters;
    this.network = network;
  }

  /** Measures; takes about a minute. */
  public List<Figure> measure() {
    double[] perCoreS = new double[ROUNDS];
    double[] perS = new double[ROUNDS];
    try (CityFeed feed = new CityFeed(parameters, network)) {
      for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
        long cpuNs = system.getProcessCpuTime();
        long wallNs = System.nanoTime();
        for (int i = 0; i < RECORDS; i++) {
          if (feed.next() == null) {
            throw new IllegalStateException(
                "The city ended after %d rounds of %d records; give it a longer duration_h"
                    .formatted(round + WARM_UP_ROUNDS, RECORDS));
          }
        }
        if (round >= 0) {
          perCoreS[round] = RECORDS * 1e9 / (system.getProcessCpuTime() - cpuNs);
          perS[round] = RECORDS * 1e9 / (System.nanoTime() - wallNs);
        }
      }
      return List.of(
          Figure.mean("records_per_core_s", perCoreS, "records/s").atLeast(RECORDS_GOAL),
          Figure.mean("records_per_wall_s", perS, "records/s"),
          branches(feed.hindsight(Bounds.newBuilder().build())));
    }
  }

  /** Moments of one vehicle each; the way there is not counted, as it is gone once a vehicle. */
  private Figure branches(Hindsight hindsight) {
    double[] perCoreS = new double[ROUNDS];
    for (int round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      long ms = parameters.startMs() + (round + WARM_UP_ROUNDS + 1) * 60_000L;
      int vehicles = Math.min(BRANCHED_VEHICLES, parameters.count(Knob.VEHICLES));
      for (int v = 0; v < vehicles; v++) {
        hindsight.at(v, ms);
      }
      int branches = 0;
      long cpuNs = system.getProcessCpuTime();
      for (int v = 0; v < vehicles; v++) {
        Vehicle vehicle = hindsight.at(v, ms);
        if (vehicle.stops().size() > 1) {
          branches +=
              hindsight
                  .of(decision(vehicle, ms))
                  .verdict()
                  .map(verdict -> verdict.outcomes().size())
                  .orElse(0);
        }
      }
      if (round >= 0) {
        perCoreS[round] = branches * 1e9 / (system.getProcessCpuTime() - cpuNs);
      }
    }
    return Figure.mean("branches_per_core_s", perCoreS, "branches/s");
  }

  /** Four things to weigh for a vehicle. */
  private static Decision decision(Vehicle vehicle, long ms) {
    List<Stop> stops = vehicle.stops();
    String last = vehicle.shipmentId(stops.get(stops.size() - 1));
    String before = vehicle.shipmentId(stops.get(stops.size() - 2));
    List<Alternative> alternatives =
        List.of(
            new Alternative(DecisionKind.KEEP, List.of(), List.of(), 0.0, 0f, null, false),
            new Alternative(
                DecisionKind.NOTIFY_LATE, List.of(last), List.of(), 0.0, 0f, null, false),
            new Alternative(
                DecisionKind.RESEQUENCE, List.of(last, before), List.of(), 0.0, 0f, null, false),
            new Alternative(
                DecisionKind.DISPATCH_BACKUP, List.of(last), List.of(), 0.0, 0f, null, false));
    return Decision.newBuilder()
        .setDecisionId("")
        .setVehicleId(vehicle.key())
        .setSequence(0)
        .setTrigger(new Trigger(TriggerKind.PERIODIC, "", Instant.ofEpochMilli(ms), null))
        .setDecidedAt(Instant.ofEpochMilli(ms))
        .setKind(DecisionKind.KEEP)
        .setShipmentIds(List.of())
        .setRoute(List.of())
        .setReason("")
        .setCostEur(0)
        .setKeepCostEur(0)
        .setGainEur(0)
        .setLateProbabilityBefore(0)
        .setLateProbabilityAfter(0)
        .setAlternatives(alternatives)
        .setFactors(List.of())
        .setBoundsVersion(0)
        .setBoundsApplied(List.of())
        .setSource(DecisionSource.BASELINE)
        .setPlanVersion(0)
        .setWeightsEpoch(0)
        .setOffNetwork(false)
        .setLatency(new StageLatency(null, null, null))
        .build();
  }
}
