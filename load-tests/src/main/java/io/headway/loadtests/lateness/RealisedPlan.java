// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

/**
 * What became of a kept plan, by position of the stop.
 *
 * @param plan the plan
 * @param fates of the leg to each stop; null for a leg that was not to be driven, as the vehicle
 *     stood at the stop
 * @param beganMs when each leg was begun, milliseconds since the epoch; {@link #NEVER} where the
 *     leg was not observed
 * @param arrivedMs arrival at each stop while the plan stood as requested up to it; {@link #NEVER}
 *     otherwise
 * @param departedMs departure from each stop while the plan stood as requested up to it; {@link
 *     #NEVER} otherwise
 */
record RealisedPlan(
    KeptPlan plan, LegFate[] fates, long[] beganMs, long[] arrivedMs, long[] departedMs) {
  static final long NEVER = Long.MIN_VALUE;

  /** Travel time of an observed leg. */
  double realisedS(int position) {
    return (arrivedMs[position] - beganMs[position]) / 1e3;
  }

  /**
   * Seconds that a service took in all, from the arrival or the window's start if that is later;
   * NaN where its end was not observed.
   */
  double servedS(int position) {
    KeptPlan.KeptStop stop = plan.stops().get(position);
    long arrived = stop.arrived() ? stop.arrivedMs() : arrivedMs[position];
    return arrived == NEVER || departedMs[position] == NEVER
        ? Double.NaN
        : (departedMs[position] - Math.max(arrived, stop.windowStartMs())) / 1e3;
  }

  /**
   * Whether the vehicle was on its way as requested up to a stop, or has yet to be: no leg up to
   * there was changed.
   */
  boolean keptUpTo(int position) {
    for (int p = 0; p <= position; p++) {
      if (fates[p] == LegFate.PLAN_CHANGED) {
        return false;
      }
    }
    return true;
  }
}
