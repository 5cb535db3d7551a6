// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

/**
 * Tells when a rate, seen window by window, has come to lie above a limit, at whatever time that
 * begins: the Shiryaev-Roberts e-detector (Shin, Ramdas and Rinaldo, 2024) with bets on the mean of
 * a bounded variable (Waudby-Smith and Ramdas, 2024). A window's share is one bet, so what is in a
 * window may depend on each other, as legs in one jam do, and windows on those before. As long as
 * the share that is to be expected of the next window, given all before it, is within the limit, it
 * is {@value #WINDOWS_TO_FALSE_ALARM} windows on average, or more, to the first alarm. A Flink
 * POJO.
 */
public class DriftDetector {
  /** Windows to a false alarm, on average at least. */
  public static final double WINDOWS_TO_FALSE_ALARM = 10_000;

  /** How much of what is at hand is staked; which is best depends on how far the rate went. */
  private static final double[] STAKES = {0.02, 0.05, 0.1, 0.2, 0.4};

  /** Evidence by stake. */
  public double[] evidence = new double[STAKES.length];

  /** For Flink, and for a new one. */
  public DriftDetector() {}

  /**
   * Takes a window in.
   *
   * @param share 0 to 1
   * @param limit above 0, at most 1
   */
  public void add(double share, double limit) {
    for (int i = 0; i < STAKES.length; i++) {
      evidence[i] = (evidence[i] + 1) * (1 + STAKES[i] * (share / limit - 1));
    }
  }

  /** Whether the rate has come to lie above the limit. */
  public boolean isAlarmed() {
    double sum = 0;
    for (double one : evidence) {
      sum += one;
    }
    return sum / STAKES.length >= WINDOWS_TO_FALSE_ALARM;
  }
}
