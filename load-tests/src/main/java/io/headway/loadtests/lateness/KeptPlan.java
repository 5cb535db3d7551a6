// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.functions.decision.LegFeatures;
import io.headway.functions.decision.ScenarioFeatures;
import io.headway.functions.decision.StopFeatures;
import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Leg;
import io.headway.schemas.PlannedStop;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a request expected of the plan if nothing is done: its KEEP.
 *
 * @param requestId the request
 * @param requestedAtMs the moment that it decides for, milliseconds since the epoch
 * @param stands whether the vehicle stood
 * @param stops the stops in order; never empty
 * @param forecastS travel times that were expected of each leg ({@link Forecast}); null where
 *     nobody was asked
 */
record KeptPlan(
    String requestId,
    long requestedAtMs,
    boolean stands,
    List<KeptStop> stops,
    float[][] forecastS) {
  /** A slower vehicle stands: fused speeds of standing ones are not 0. */
  private static final float STANDS_MPS = 2;

  private static final int BEGIN_MIN = 4;

  /**
   * A stop and the leg to it.
   *
   * @param windowStartMs start of its window, milliseconds since the epoch
   * @param windowEndMs end of its window
   * @param arrivedMs when the vehicle arrived there, so that the leg is not driven; {@link
   *     RealisedPlan#NEVER} where it has not
   * @param serviceS how long the service was expected to take
   * @param serviceFeatures of the stop, see {@link ScenarioFeatures}
   * @param features of the leg, see {@link ScenarioFeatures}
   * @param stopFeatures what the baseline is told of the stop; null where the vehicle stands there
   * @param usualS the leg at usual speeds
   * @param liveS the leg at live speeds
   */
  record KeptStop(
      String shipmentId,
      long windowStartMs,
      long windowEndMs,
      long arrivedMs,
      double serviceS,
      float[] serviceFeatures,
      float[] features,
      StopFeatures stopFeatures,
      double usualS,
      double liveS) {

    /** Whether the vehicle stands there. */
    boolean arrived() {
      return arrivedMs != RealisedPlan.NEVER;
    }

    /** Minutes from the request until the leg is begun at live speeds. */
    double beginMin() {
      return features[BEGIN_MIN];
    }
  }

  static KeptPlan of(DecisionRequest request, float[][] forecastS) {
    FloatBuffer ofLegs = FloatBuffer.allocate(LegFeatures.LEGS_MAX * ScenarioFeatures.OF_LEG);
    ScenarioFeatures.writeLegs(request, ofLegs);
    FloatBuffer ofStops =
        FloatBuffer.allocate(ScenarioFeatures.STOPS_MAX * ScenarioFeatures.OF_STOP);
    ScenarioFeatures.writeStops(request, ofStops);
    StopFeatures[] stopFeatures = StopFeatures.ofKeep(request);
    Candidate keep = request.getCandidates().get(0);
    List<KeptStop> stops = new ArrayList<>();
    for (int p = 0; p < keep.getOrder().size(); p++) {
      int i = keep.getOrder().get(p);
      PlannedStop stop = request.getStops().get(i);
      int l = keep.getLegs().get(p);
      Leg leg = request.getLegs().get(l);
      stops.add(
          new KeptStop(
              stop.getShipmentId(),
              stop.getWindowStart().toEpochMilli(),
              stop.getWindowEnd().toEpochMilli(),
              stop.getArrivedAt() == null ? RealisedPlan.NEVER : stop.getArrivedAt().toEpochMilli(),
              stop.getServiceS(),
              row(ofStops, i, ScenarioFeatures.OF_STOP),
              row(ofLegs, l, ScenarioFeatures.OF_LEG),
              stopFeatures[p],
              leg.getUsualS(),
              leg.getLiveS()));
    }
    return new KeptPlan(
        request.getDecisionId(),
        request.getRequestedAt().toEpochMilli(),
        request.getPosition().getSpeedMps() < STANDS_MPS,
        stops,
        forecastS);
  }

  private static float[] row(FloatBuffer of, int row, int columns) {
    return Arrays.copyOfRange(of.array(), row * columns, (row + 1) * columns);
  }
}
