// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.schemas.ModelRelease;
import java.util.OptionalDouble;

/**
 * A version that answers, and how often vehicles came outside what it had expected. Legs are taken
 * together by windows of {@value #WINDOW_MS} ms of the time when they were asked for; legs of a
 * window may share a jam. A Flink POJO.
 */
public class WatchedRelease {
  /** Length of a window. */
  public static final long WINDOW_MS = 300_000;

  /** Share of legs outside the middle 80 % of the scenarios of a model that is right. */
  static final double NOMINAL = 0.2;

  /** The release, of which the limits hold. */
  public ModelRelease release;

  /** Legs since it was released. */
  public long legs;

  /** Of these, outside. */
  public long outside;

  /** Whether it does worse than its limit allows. */
  public DriftDetector drift;

  /** Evidence, by stake, that it is better calibrated than the stable version. */
  public double[] better;

  /** Start of the open window. */
  public long windowMs;

  /** Legs in the open window. */
  public int windowLegs;

  /** Of these, outside. */
  public int windowOutside;

  /** Start of the last window that was closed. */
  public long closedMs;

  /** Its legs. */
  public int closedLegs;

  /** Of these, outside. */
  public int closedOutside;

  /** Whether it was retired or promoted; its record may not have come back yet. */
  public boolean decided;

  /** How much of what is at hand is staked on a version being better. */
  private static final double[] STAKES = {0.1, 0.3, 0.6};

  /** By chance a version that is no better gets so far once in a thousand times at most. */
  private static final double EVIDENCE_OF_BETTER = 1_000;

  /** For Flink. */
  public WatchedRelease() {}

  WatchedRelease(ModelRelease release) {
    this.release = release;
    drift = new DriftDetector();
    compareAnew();
    windowMs = Long.MIN_VALUE;
    closedMs = Long.MIN_VALUE;
  }

  /**
   * Takes a leg in. One of a window that is closed counts in the open one.
   *
   * @return the share outside of the window that this leg closes
   */
  OptionalDouble add(LegOutcome leg) {
    OptionalDouble closed = OptionalDouble.empty();
    long window = Math.floorDiv(leg.requestedAtMs, WINDOW_MS) * WINDOW_MS;
    if (window > windowMs) {
      if (windowLegs > 0) {
        closedMs = windowMs;
        closedLegs = windowLegs;
        closedOutside = windowOutside;
        double share = (double) windowOutside / windowLegs;
        closed = OptionalDouble.of(share);
        drift.add(share, release.getLimits().getMaxOutsideRate());
      }
      windowMs = window;
      windowLegs = 0;
      windowOutside = 0;
    }
    legs++;
    windowLegs++;
    if (leg.outside) {
      outside++;
      windowOutside++;
    }
    return closed;
  }

  /** The stable version is another: what is better than the one before need not be better. */
  void compareAnew() {
    better = new double[] {1, 1, 1};
  }

  /**
   * Sets the last window beside the stable version's, if that has closed the same one: bets on a
   * bounded variable of which the mean is at most 0 if this one is no better (Waudby-Smith and
   * Ramdas, 2024), so that it may be looked at as often as one likes.
   */
  void compare(WatchedRelease stable) {
    if (stable.closedMs != closedMs || closedLegs < 2 || stable.closedLegs < 2) {
      return;
    }
    double nearer =
        squaredError(stable.closedOutside, stable.closedLegs)
            - squaredError(closedOutside, closedLegs);
    for (int i = 0; i < STAKES.length; i++) {
      better[i] *= 1 + STAKES[i] * nearer;
    }
  }

  /**
   * Estimates (p - {@value #NOMINAL})² without bias, whatever the number of legs: of few the share
   * itself strays further from {@value #NOMINAL}, and who is asked more would seem better. From
   * -0.16 to 0.64.
   */
  private static double squaredError(double outside, double legs) {
    return outside * (outside - 1) / (legs * (legs - 1))
        - 2 * NOMINAL * outside / legs
        + NOMINAL * NOMINAL;
  }

  boolean isBetter() {
    double sum = 0;
    for (double one : better) {
      sum += one;
    }
    return sum / STAKES.length >= EVIDENCE_OF_BETTER;
  }
}
