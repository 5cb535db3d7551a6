// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.fusion;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Constant-velocity Kalman filter that fuses one vehicle's positions, speeds and headings, and
 * tells outliers.
 *
 * <p>It works in metres on a plane that touches the earth at an anchor. The anchor follows the
 * vehicle: beyond one kilometre the estimate is carried to a new plane, so nothing drifts with
 * distance and the date line and the poles are places like any other. A speed with a heading is
 * taken in as a velocity whose errors along and across the heading are independent; a speed alone
 * as a scalar of an extended filter; a speed too low for a heading to mean anything as a velocity
 * near 0. A heading without a speed is not used. A velocity that does not fit, even so, is left out
 * and the position still used.
 *
 * <p>One level of noise is right for straight roads or for turns, not for both. So a record that
 * does not fit a vehicle that went on as it did is tried again as one that follows a manoeuvre, a
 * sudden change of velocity, and if it fits then the manoeuvre is added to the uncertainty
 * (adjustable level process noise: Bar-Shalom, Li, Kirubarajan, Estimation with Applications to
 * Tracking and Navigation, 2001, section 11.2).
 *
 * <p>A position that does not fit even so is an outlier and changes nothing but the time; several
 * in a row, or a long gap, start the filter anew, so that it finds a vehicle again that a ferry has
 * carried.
 *
 * <p>One instance serves any number of vehicles, one after the other: {@link #read} swaps a
 * vehicle's state in, {@link #write} out. Not thread-safe. Nothing is allocated after construction.
 *
 * <p>State, {@value #STATE_BYTES} bytes, little-endian:
 *
 * <pre>
 *   offset  type      content
 *   0       u8        version, 1
 *   1       u8        1 once a position is known, 0 before (all else is then 0)
 *   2       u8        outliers in a row
 *   3       u8[5]     0
 *   8       i64       event time of the last record, milliseconds since the epoch
 *   16      f64       latitude of the anchor, degrees
 *   24      f64       longitude of the anchor, degrees
 *   32      f64[4]    x, y (metres east and north of the anchor), vx, vy (metres a second)
 *   64      f64[10]   covariance, upper triangle row by row: xx, xy, xvx, xvy, yy, yvx, yvy, vxvx,
 *                     vxvy, vyvy
 * </pre>
 */
public final class KalmanFilter {
  /** Length of the state, bytes. */
  public static final int STATE_BYTES = 144;

  /** What became of a record. */
  public enum Outcome {
    /** Fused. */
    ACCEPTED,
    /** Did not fit: the estimate is the prediction for the record's time. */
    OUTLIER,
    /** The filter began, or began anew, at this record. */
    RESTARTED
  }

  private static final int VERSION = 1;
  private static final double REANCHOR_M = 1_000;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle DOUBLE =
      MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

  private final KalmanParameters parameters;
  private final double manoeuvreVar;
  private final ConstantVelocity motion = new ConstantVelocity();
  private final TangentPlane plane = new TangentPlane();

  private boolean started;
  private int outliersInARow;
  private long timeMs;
  private double anchorLatDeg;
  private double anchorLonDeg;
  private double latDeg;
  private double lonDeg;

  /** A filter that has seen nothing. */
  public KalmanFilter(KalmanParameters parameters) {
    this.parameters = parameters;
    manoeuvreVar = square(parameters.manoeuvreSigmaMps());
    reset();
  }

  /** Forgets everything: the next record starts the filter. */
  public void reset() {
    started = false;
    outliersInARow = 0;
    timeMs = 0;
    anchorLatDeg = 0;
    anchorLonDeg = 0;
    latDeg = 0;
    lonDeg = 0;
    motion.start(0, 0, 0, 0, 0, 0);
    plane.anchor(0, 0);
  }

  /**
   * Takes in one record. Two records of one time are two measurements.
   *
   * @param recordTimeMs event time, milliseconds since the epoch; not before that of the last
   *     record
   * @param recordLatDeg latitude, -90 to 90
   * @param recordLonDeg longitude, -180 to 180
   * @param speedMps speed over ground, 0 or more; NaN when not measured
   * @param headingDeg course over ground, clockwise from north; NaN when not measured
   * @param accuracyM standard deviation of the position on each axis, above 0; NaN when not stated
   * @return what became of it; the estimate of this time stands in the getters either way
   * @throws IllegalArgumentException if time goes backwards or the position is no position; the
   *     state is then unchanged
   */
  public Outcome update(
      long recordTimeMs,
      double recordLatDeg,
      double recordLonDeg,
      double speedMps,
      double headingDeg,
      double accuracyM) {
    check(recordTimeMs, recordLatDeg, recordLonDeg, speedMps, headingDeg, accuracyM);
    double accuracy = Double.isNaN(accuracyM) ? parameters.defaultAccuracyM() : accuracyM;
    double positionVar = square(Math.max(accuracy, parameters.minAccuracyM()));
    boolean start = !started || recordTimeMs - timeMs > parameters.restartGapMs();
    if (!start) {
      double seconds = (recordTimeMs - timeMs) / 1e3;
      motion.predict(seconds, parameters.accelerationPsd());
      timeMs = recordTimeMs;
      plane.project(recordLatDeg, recordLonDeg);
      if (fits(positionVar)) {
        // It went on as it did.
      } else if (fits(positionVar + manoeuvreVar * seconds * seconds)) {
        motion.manoeuvre(seconds, manoeuvreVar);
      } else {
        outliersInARow++;
        if (outliersInARow < parameters.restartAfterOutliers()) {
          settle();
          return Outcome.OUTLIER;
        }
        start = true;
      }
    }
    outliersInARow = 0;
    if (start) {
      start(recordTimeMs, recordLatDeg, recordLonDeg, positionVar);
    } else {
      motion.update(
          ConstantVelocity.X, 1, 0, plane.x - motion.state[ConstantVelocity.X], positionVar);
      motion.update(
          ConstantVelocity.X, 0, 1, plane.y - motion.state[ConstantVelocity.Y], positionVar);
    }
    if (!Double.isNaN(speedMps)) {
      takeVelocity(speedMps, headingDeg);
    }
    settle();
    return start ? Outcome.RESTARTED : Outcome.ACCEPTED;
  }

  /** Whether a position is known; without one the getters mean nothing. */
  public boolean isStarted() {
    return started;
  }

  /** Event time of the last record, milliseconds since the epoch. */
  public long timeMs() {
    return timeMs;
  }

  /** Estimated latitude, degrees. */
  public double latDeg() {
    return latDeg;
  }

  /** Estimated longitude, degrees, -180 inclusive to 180 exclusive. */
  public double lonDeg() {
    return lonDeg;
  }

  /** Estimated speed over ground, metres a second. */
  public double speedMps() {
    return Math.hypot(motion.state[ConstantVelocity.VX], motion.state[ConstantVelocity.VY]);
  }

  /** Estimated course, clockwise from north, 0 inclusive to 360 exclusive; 0 at standstill. */
  public double headingDeg() {
    double degrees =
        Math.toDegrees(
            Math.atan2(motion.state[ConstantVelocity.VX], motion.state[ConstantVelocity.VY]));
    double positive = degrees < 0 ? degrees + 360 : degrees;
    return positive >= 360 ? 0 : positive;
  }

  /** Standard deviation of the position on each axis (root of their mean variance), metres. */
  public double positionSigmaM() {
    return Math.sqrt((motion.covariance[0] + motion.covariance[5]) / 2);
  }

  /**
   * Standard deviation of the heading, degrees: the velocity's across the course over the speed, at
   * most 180.
   */
  public double headingSigmaDeg() {
    double vx = motion.state[ConstantVelocity.VX];
    double vy = motion.state[ConstantVelocity.VY];
    double speed2 = vx * vx + vy * vy;
    double[] p = motion.covariance;
    double across = (vy * vy * p[10] - 2 * vx * vy * p[11] + vx * vx * p[15]) / speed2;
    double degrees = Math.toDegrees(Math.sqrt(across / speed2));
    return degrees <= 180 ? degrees : 180;
  }

  /**
   * Writes the state.
   *
   * @param to receives {@value #STATE_BYTES} bytes
   * @param at where the first of them stands
   */
  public void write(byte[] to, int at) {
    LONG.set(to, at, VERSION | (started ? 1L << 8 : 0) | (long) outliersInARow << 16);
    LONG.set(to, at + 8, timeMs);
    DOUBLE.set(to, at + 16, anchorLatDeg);
    DOUBLE.set(to, at + 24, anchorLonDeg);
    for (int i = 0; i < 4; i++) {
      DOUBLE.set(to, at + 32 + 8 * i, motion.state[i]);
    }
    int next = at + 64;
    for (int i = 0; i < 4; i++) {
      for (int j = i; j < 4; j++) {
        DOUBLE.set(to, next, motion.covariance[4 * i + j]);
        next += 8;
      }
    }
  }

  /**
   * Takes over a state that {@link #write} wrote; the filter then goes on bit by bit as the one
   * that wrote it.
   *
   * @param from holds {@value #STATE_BYTES} bytes
   * @param at where the first of them stands
   * @throws IllegalArgumentException if they are of another version or no state; this filter is
   *     then reset
   */
  public void read(byte[] from, int at) {
    reset();
    if (from.length - at < STATE_BYTES) {
      throw new IllegalArgumentException(
          "The state of a Kalman filter has "
              + (from.length - at)
              + " bytes where "
              + STATE_BYTES
              + " belong, so it is cut off; drop it and the filter starts anew.");
    }
    int version = from[at] & 0xff;
    if (version != VERSION) {
      throw new IllegalArgumentException(
          "The state of a Kalman filter has version "
              + version
              + " and only "
              + VERSION
              + " is known, so it cannot be read; go back to the release that wrote it, or drop it"
              + " and the filter starts anew.");
    }
    if (from[at + 1] == 0) {
      return;
    }
    double sum = 0;
    for (int offset = 16; offset < STATE_BYTES; offset += 8) {
      sum += (double) DOUBLE.get(from, at + offset);
    }
    if (!Double.isFinite(sum)) {
      throw new IllegalArgumentException(
          "The state of a Kalman filter holds numbers that are not finite, so it is damaged; drop it"
              + " and the filter starts anew.");
    }
    started = true;
    outliersInARow = from[at + 2] & 0xff;
    timeMs = (long) LONG.get(from, at + 8);
    anchorLatDeg = (double) DOUBLE.get(from, at + 16);
    anchorLonDeg = (double) DOUBLE.get(from, at + 24);
    for (int i = 0; i < 4; i++) {
      motion.state[i] = (double) DOUBLE.get(from, at + 32 + 8 * i);
    }
    int next = at + 64;
    for (int i = 0; i < 4; i++) {
      for (int j = i; j < 4; j++) {
        double value = (double) DOUBLE.get(from, next);
        motion.covariance[4 * i + j] = value;
        motion.covariance[4 * j + i] = value;
        next += 8;
      }
    }
    plane.anchor(anchorLatDeg, anchorLonDeg);
    plane.unproject(motion.state[ConstantVelocity.X], motion.state[ConstantVelocity.Y]);
    latDeg = plane.latDeg;
    lonDeg = plane.lonDeg;
  }

  /** For tests: x, y, vx, vy as in the state's bytes. */
  double[] state() {
    return motion.state.clone();
  }

  /** For tests: the state's covariance, row by row. */
  double[] covariance() {
    return motion.covariance.clone();
  }

  private void start(long recordTimeMs, double lat, double lon, double positionVar) {
    started = true;
    timeMs = recordTimeMs;
    anchorLatDeg = lat;
    anchorLonDeg = lon;
    plane.anchor(lat, lon);
    motion.start(0, 0, 0, 0, positionVar, square(parameters.initialSpeedSigmaMps()));
  }

  private void takeVelocity(double speedMps, double headingDeg) {
    double speedVar = square(parameters.speedSigmaMps());
    double vx = motion.state[ConstantVelocity.VX];
    double vy = motion.state[ConstantVelocity.VY];
    if (speedMps < parameters.headingMinSpeedMps()) {
      double variance = speedVar + speedMps * speedMps;
      if (fits(0, 0, 1, 0, variance, variance)) {
        motion.update(ConstantVelocity.VX, 1, 0, -vx, variance);
        motion.update(ConstantVelocity.VX, 0, 1, -motion.state[ConstantVelocity.VY], variance);
      }
    } else if (!Double.isNaN(headingDeg)) {
      double heading = Math.toRadians(headingDeg);
      double ux = Math.sin(heading);
      double uy = Math.cos(heading);
      double acrossVar = square(speedMps * Math.toRadians(parameters.headingSigmaDeg()));
      if (fits(speedMps * ux, speedMps * uy, ux, uy, speedVar, acrossVar)) {
        motion.update(ConstantVelocity.VX, ux, uy, speedMps - (ux * vx + uy * vy), speedVar);
        double across =
            uy * motion.state[ConstantVelocity.VX] - ux * motion.state[ConstantVelocity.VY];
        motion.update(ConstantVelocity.VX, uy, -ux, -across, acrossVar);
      }
    } else {
      double predicted = Math.hypot(vx, vy);
      if (predicted >= parameters.headingMinSpeedMps()) {
        double ux = vx / predicted;
        double uy = vy / predicted;
        if (fits(speedMps * ux, speedMps * uy, ux, uy, speedVar, speedVar)) {
          motion.update(ConstantVelocity.VX, ux, uy, speedMps - predicted, speedVar);
        }
      }
    }
  }

  private boolean fits(double positionVar) {
    return motion.positionDistance2(plane.x, plane.y, positionVar) <= parameters.gateChiSquare();
  }

  /** Whether a velocity fits, if need be one that a manoeuvre has just led to. */
  private boolean fits(
      double vx, double vy, double ux, double uy, double alongVar, double acrossVar) {
    if (motion.velocityDistance2(vx, vy, ux, uy, alongVar, acrossVar)
        <= parameters.gateChiSquare()) {
      return true;
    }
    boolean led =
        motion.velocityDistance2(vx, vy, ux, uy, alongVar + manoeuvreVar, acrossVar + manoeuvreVar)
            <= parameters.gateChiSquare();
    if (led) {
      motion.manoeuvre(0, manoeuvreVar);
    }
    return led;
  }

  /** Brings the geographic estimate up to date, and the anchor to it when it is far. */
  private void settle() {
    double x = motion.state[ConstantVelocity.X];
    double y = motion.state[ConstantVelocity.Y];
    plane.unproject(x, y);
    latDeg = plane.latDeg;
    lonDeg = plane.lonDeg;
    if (x * x + y * y > REANCHOR_M * REANCHOR_M) {
      anchorLatDeg = latDeg;
      anchorLonDeg = lonDeg;
      plane.anchor(latDeg, lonDeg);
      motion.rotateClockwise(-plane.convergenceRad);
      motion.state[ConstantVelocity.X] = 0;
      motion.state[ConstantVelocity.Y] = 0;
    }
  }

  private void check(
      long recordTimeMs, double lat, double lon, double speed, double heading, double accuracy) {
    if (started && recordTimeMs < timeMs) {
      throw new IllegalArgumentException(
          "A record of "
              + recordTimeMs
              + " ms came after one of "
              + timeMs
              + " ms, so it cannot be fused; give a vehicle's records in order of event time.");
    }
    if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) {
      throw new IllegalArgumentException(
          "Position ["
              + lat
              + ", "
              + lon
              + "] is not on the earth, so it cannot be fused; latitude is -90 to 90, longitude -180"
              + " to 180.");
    }
    if (speed < 0 || Double.isInfinite(speed) || Double.isInfinite(heading)) {
      throw new IllegalArgumentException(
          "Speed "
              + speed
              + " m/s with heading "
              + heading
              + " degrees cannot be fused; give 0 or more and any angle, NaN where not measured.");
    }
    if (accuracy <= 0 || Double.isInfinite(accuracy)) {
      throw new IllegalArgumentException(
          "Accuracy "
              + accuracy
              + " m cannot be fused; give more than 0, NaN where none is stated.");
    }
  }

  private static double square(double value) {
    return value * value;
  }
}
