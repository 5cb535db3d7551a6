// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.fusion;

/**
 * What a {@link KalmanFilter} believes about vehicles and their sensors.
 *
 * @param accelerationPsd power spectral density of the white acceleration noise of each axis,
 *     square metres a cubic second; above 0 to 1,000. After t seconds without a record a velocity
 *     is uncertain by the square root of {@code accelerationPsd * t}.
 * @param manoeuvreSigmaMps standard deviation, each axis, of the change of velocity in a turn, a
 *     braking or a setting off, metres a second; 0 (none) to 100. Vehicles mostly go on as they did
 *     and now and then do not: a record that does not fit is tried again with a change of this size
 *     since the last one.
 * @param defaultAccuracyM standard deviation of a position, each axis, where a record states none,
 *     metres; above 0 to 10,000
 * @param minAccuracyM a stated accuracy below this counts as this, metres; above 0 to 10,000.
 *     Receivers are too sure of themselves: their errors are alike from one second to the next.
 * @param speedSigmaMps standard deviation of a measured speed, metres a second; above 0 to 100
 * @param headingSigmaDeg standard deviation of a measured heading, degrees; above 0 to 90
 * @param headingMinSpeedMps below this measured speed a heading means nothing and is not used,
 *     metres a second; 0 to 100
 * @param initialSpeedSigmaMps standard deviation of the velocity of each axis at a start without a
 *     measured velocity, metres a second; above 0 to 1,000
 * @param gateChiSquare a position (or velocity) whose squared Mahalanobis distance from the
 *     prediction exceeds this is not used; chi-square with two degrees of freedom, 1 to 1,000. A
 *     gate g turns away the share exp(-g/2) of good records.
 * @param restartAfterOutliers as many outliers in a row start the filter anew at the last of them;
 *     2 to 100
 * @param restartGapMs a longer time without a record starts the filter anew, milliseconds; 1 to a
 *     day
 */
public record KalmanParameters(
    double accelerationPsd,
    double manoeuvreSigmaMps,
    double defaultAccuracyM,
    double minAccuracyM,
    double speedSigmaMps,
    double headingSigmaDeg,
    double headingMinSpeedMps,
    double initialSpeedSigmaMps,
    double gateChiSquare,
    int restartAfterOutliers,
    long restartGapMs) {

  /**
   * For road vehicles with satellite receivers, one record in 1 to 60 seconds. The manoeuvre is
   * half of a right angle taken at 14 m/s: smaller ones take sharp turns for outliers, larger ones
   * begin to take outliers of 200 m for turns.
   */
  public static final KalmanParameters DEFAULT =
      new KalmanParameters(4, 7, 8, 2, 0.7, 8, 2, 15, 18.4, 3, 300_000);

  /** Checks every range. */
  public KalmanParameters {
    inRange("accelerationPsd", accelerationPsd, Double.MIN_VALUE, 1_000);
    inRange("manoeuvreSigmaMps", manoeuvreSigmaMps, 0, 100);
    inRange("defaultAccuracyM", defaultAccuracyM, Double.MIN_VALUE, 10_000);
    inRange("minAccuracyM", minAccuracyM, Double.MIN_VALUE, 10_000);
    inRange("speedSigmaMps", speedSigmaMps, Double.MIN_VALUE, 100);
    inRange("headingSigmaDeg", headingSigmaDeg, Double.MIN_VALUE, 90);
    inRange("headingMinSpeedMps", headingMinSpeedMps, 0, 100);
    inRange("initialSpeedSigmaMps", initialSpeedSigmaMps, Double.MIN_VALUE, 1_000);
    inRange("gateChiSquare", gateChiSquare, 1, 1_000);
    inRange("restartAfterOutliers", restartAfterOutliers, 2, 100);
    inRange("restartGapMs", (double) restartGapMs, 1, 86_400_000);
  }

  private static void inRange(String name, double value, double min, double max) {
    if (!(value >= min && value <= max)) {
      throw new IllegalArgumentException(
          name
              + " is "
              + value
              + ", so no vehicle can be filtered; give "
              + (min == Double.MIN_VALUE ? "more than 0" : min)
              + " to "
              + max
              + ".");
    }
  }
}
