// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Leg;
import io.headway.schemas.PlannedStop;

/**
 * What the baseline of lateness is told of a stop if nothing is done, KEEP. It is trained on these
 * numbers, so one that changes its meaning needs a new baseline.
 *
 * @param arriveMin minutes from the request to the arrival at live speeds; the leg to the stop
 *     counts as begun after at most {@value LegFeatures#MINUTES_MOST}
 * @param slackMin minutes from that arrival to the end of the stop's window; negative when it is
 *     late
 * @param stopsBefore how many stops are made before it; one that the vehicle stands at does not
 *     count
 * @param liveRatio time at live speeds over time at usual ones, of all legs up to the stop; 1 when
 *     the usual time is 0
 */
public record StopFeatures(double arriveMin, double slackMin, int stopsBefore, double liveRatio) {

  /**
   * Those of every stop, by its position in KEEP, which is the request's first candidate; null for
   * a first stop that the vehicle has arrived at.
   *
   * @throws IllegalArgumentException when the time of a leg is negative or not finite
   */
  public static StopFeatures[] ofKeep(DecisionRequest request) {
    Candidate keep = request.getCandidates().get(0);
    float[] beginMin = LegFeatures.beginMin(request);
    StopFeatures[] all = new StopFeatures[keep.getOrder().size()];
    double usualS = 0;
    double liveS = 0;
    int before = 0;
    for (int p = 0; p < all.length; p++) {
      PlannedStop stop = request.getStops().get(keep.getOrder().get(p));
      if (p == 0 && stop.getArrivedAt() != null) {
        continue;
      }
      int l = keep.getLegs().get(p);
      Leg leg = request.getLegs().get(l);
      LegFeatures.check(request, l, leg);
      usualS += leg.getUsualS();
      liveS += leg.getLiveS();
      double arriveMin = (beginMin[l] * 60.0 + leg.getLiveS()) / 60;
      double windowEndMin =
          (stop.getWindowEnd().toEpochMilli() - request.getRequestedAt().toEpochMilli()) / 6e4;
      all[p] =
          new StopFeatures(
              arriveMin, windowEndMin - arriveMin, before++, usualS == 0 ? 1 : liveS / usualS);
    }
    return all;
  }
}
