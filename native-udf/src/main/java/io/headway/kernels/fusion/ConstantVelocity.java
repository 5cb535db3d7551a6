// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.fusion;

import java.util.Arrays;

/**
 * The linear heart of {@link KalmanFilter}: state [x, y, vx, vy] in metres and metres a second,
 * constant velocity with white acceleration noise (Bar-Shalom, Li, Kirubarajan, Estimation with
 * Applications to Tracking and Navigation, 2001, section 6.2.2), scalar updates in Joseph form.
 *
 * <p>Not thread-safe; allocates nothing after construction.
 */
final class ConstantVelocity {
  static final int X = 0;
  static final int Y = 1;
  static final int VX = 2;
  static final int VY = 3;

  private static final int N = 4;

  /** The estimate. */
  final double[] state = new double[N];

  /** Its covariance, row by row; exactly symmetric. */
  final double[] covariance = new double[N * N];

  private final double[] gain = new double[N];
  private final double[] reduced = new double[N * N];
  private final double[] projected = new double[N];

  /** Starts at a position and velocity with independent errors, given as variances. */
  void start(double x, double y, double vx, double vy, double positionVar, double velocityVar) {
    state[X] = x;
    state[Y] = y;
    state[VX] = vx;
    state[VY] = vy;
    Arrays.fill(covariance, 0);
    covariance[X * N + X] = positionVar;
    covariance[Y * N + Y] = positionVar;
    covariance[VX * N + VX] = velocityVar;
    covariance[VY * N + VY] = velocityVar;
  }

  /** Carries the estimate forward by {@code seconds}, 0 or more. */
  void predict(double seconds, double accelerationPsd) {
    state[X] += seconds * state[VX];
    state[Y] += seconds * state[VY];
    double[] p = covariance;
    // F P F' with F = [I, tI; 0, I], block by block.
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 2; j++) {
        p[i * N + j] +=
            seconds * (p[i * N + j + 2] + p[j * N + i + 2])
                + seconds * seconds * p[(i + 2) * N + j + 2];
      }
    }
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 2; j++) {
        p[i * N + j + 2] += seconds * p[(i + 2) * N + j + 2];
      }
    }
    double velocityNoise = accelerationPsd * seconds;
    double crossNoise = velocityNoise * seconds / 2;
    double positionNoise = velocityNoise * seconds * seconds / 3;
    for (int i = 0; i < 2; i++) {
      p[i * N + i] += positionNoise;
      p[i * N + i + 2] += crossNoise;
      p[(i + 2) * N + i + 2] += velocityNoise;
    }
    mirror();
  }

  /**
   * Takes into account that the velocity may have changed by so much on each axis {@code seconds}
   * ago, beyond the acceleration noise.
   */
  void manoeuvre(double seconds, double velocityVar) {
    double[] p = covariance;
    for (int i = 0; i < 2; i++) {
      p[i * N + i] += velocityVar * seconds * seconds;
      p[i * N + i + 2] += velocityVar * seconds;
      p[(i + 2) * N + i + 2] += velocityVar;
    }
    mirror();
  }

  /** Squared Mahalanobis distance of a measured position with equal variance on both axes. */
  double positionDistance2(double x, double y, double variance) {
    return distance2(x - state[X], y - state[Y], X, variance, variance, 0);
  }

  /**
   * Squared Mahalanobis distance of a measured velocity whose errors along and across direction
   * [ux, uy] (unit length) are independent.
   */
  double velocityDistance2(
      double vx, double vy, double ux, double uy, double alongVar, double acrossVar) {
    double xx = alongVar * ux * ux + acrossVar * uy * uy;
    double yy = alongVar * uy * uy + acrossVar * ux * ux;
    double xy = (alongVar - acrossVar) * ux * uy;
    return distance2(vx - state[VX], vy - state[VY], VX, xx, yy, xy);
  }

  private double distance2(double dx, double dy, int at, double xx, double yy, double xy) {
    double a = covariance[at * N + at] + xx;
    double b = covariance[at * N + at + 1] + xy;
    double c = covariance[(at + 1) * N + at + 1] + yy;
    return (c * dx * dx - 2 * b * dx * dy + a * dy * dy) / (a * c - b * b);
  }

  /**
   * Takes in one scalar measurement {@code innovation = measured - h(state)} whose derivative is
   * {@code [a, b]} on the two components from {@code at} ({@link #X} or {@link #VX}), 0 elsewhere.
   */
  void update(int at, double a, double b, double innovation, double variance) {
    double[] p = covariance;
    for (int i = 0; i < N; i++) {
      projected[i] = p[i * N + at] * a + p[i * N + at + 1] * b;
    }
    double innovationVar = a * projected[at] + b * projected[at + 1] + variance;
    for (int i = 0; i < N; i++) {
      gain[i] = projected[i] / innovationVar;
      state[i] += gain[i] * innovation;
    }
    // Joseph: (I - K h) P (I - K h)' + K r K'. With M = (I - K h) P, M = P - K (h P).
    for (int i = 0; i < N; i++) {
      for (int j = 0; j < N; j++) {
        reduced[i * N + j] = p[i * N + j] - gain[i] * projected[j];
      }
    }
    for (int i = 0; i < N; i++) {
      double along = reduced[i * N + at] * a + reduced[i * N + at + 1] * b;
      for (int j = i; j < N; j++) {
        p[i * N + j] = reduced[i * N + j] - along * gain[j] + variance * gain[i] * gain[j];
      }
    }
    mirror();
  }

  /** Turns both axes: what pointed along x then points to [cos, -sin] (clockwise by the angle). */
  void rotateClockwise(double radians) {
    double c = Math.cos(radians);
    double s = Math.sin(radians);
    rotate(state, X, 1, c, s);
    rotate(state, VX, 1, c, s);
    for (int row = 0; row < N; row++) {
      rotate(covariance, row * N + X, 1, c, s);
      rotate(covariance, row * N + VX, 1, c, s);
    }
    for (int column = 0; column < N; column++) {
      rotate(covariance, X * N + column, N, c, s);
      rotate(covariance, VX * N + column, N, c, s);
    }
    mirror();
  }

  private static void rotate(double[] values, int at, int stride, double c, double s) {
    double first = values[at];
    double second = values[at + stride];
    values[at] = c * first + s * second;
    values[at + stride] = c * second - s * first;
  }

  private void mirror() {
    for (int i = 1; i < N; i++) {
      for (int j = 0; j < i; j++) {
        covariance[i * N + j] = covariance[j * N + i];
      }
    }
  }
}
