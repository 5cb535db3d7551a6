// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

/** How rush hours slow classes of roads down. Immutable and thread-safe. */
final class RushHour {
  private static final double[] DEPTH = {-0.60, -0.40, -0.18};

  /** Mean of {@link #rush} over the working day, 7 to 19 h: then speeds are the usual ones. */
  private static final double TYPICAL = 0.55;

  private final double times;

  RushHour(CityParameters parameters) {
    times = parameters.get(Knob.RUSH_HOUR);
  }

  /**
   * Log speed of a class of roads at a moment of the day, when it is dry, over the usual one. Its
   * mean over the working day is about 0.
   *
   * @param group of {@link HiddenWorld#group}
   */
  double logSpeed(int group, long slot) {
    return times * DEPTH[group] * (rush(slot) - TYPICAL);
  }

  /** 0 at night to 1 in the deepest rush hour. */
  private static double rush(long slot) {
    double hour = Math.floorMod(slot * HiddenWorld.SLOT_MS, 86_400_000L) / 3_600_000.0;
    double morning = bump(hour, 8.2, 0.8);
    double evening = bump(hour, 17.4, 1.3);
    double day = 0.4 * bump(hour, 13, 3.5);
    return Math.max(day, Math.max(morning, evening));
  }

  private static double bump(double hour, double middle, double width) {
    double z = (hour - middle) / width;
    return Math.exp(-z * z / 2);
  }
}
