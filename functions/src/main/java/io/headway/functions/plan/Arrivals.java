// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import java.util.List;

/** When a plan reaches its stops, by the live times of its legs. Seconds after the moment asked. */
final class Arrivals {
  private Arrivals() {}

  /** Arrival at each stop; at one that the vehicle has arrived at the moment it did. */
  static double[] of(Situation situation, List<DrivenLeg> kept) {
    double[] arriveS = new double[situation.stops()];
    double nowS = 0;
    for (int k = 0; k < arriveS.length; k++) {
      PlanStop stop = situation.stop(k);
      arriveS[k] =
          situation.arrived(k)
              ? (stop.arrivedAtMs - situation.nowMs()) / 1e3
              : nowS + kept.get(k).liveS();
      nowS = Math.max(nowS, departS(stop, arriveS[k], situation.nowMs()));
    }
    return arriveS;
  }

  /** Departure after service, which does not begin before the window opens. */
  static double departS(PlanStop stop, double arriveS, long nowMs) {
    return Math.max(0, Math.max(arriveS, (stop.windowStartMs - nowMs) / 1e3) + stop.serviceS);
  }

  /** Whether an arrival is later than the window's end less a slack. */
  static boolean isLate(PlanStop stop, double arriveS, long nowMs, double slackS) {
    return arriveS > (stop.windowEndMs - nowMs) / 1e3 - slackS;
  }
}
