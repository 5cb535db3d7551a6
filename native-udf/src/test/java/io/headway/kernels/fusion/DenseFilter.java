// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.fusion;

/**
 * The textbook Kalman filter with full matrices (Bar-Shalom, Li, Kirubarajan 2001, section 5.2):
 * the oracle of {@link KalmanFilter}.
 */
final class DenseFilter {
  double[][] x = new double[4][1];
  double[][] p = new double[4][4];

  void start(double px, double py, double positionVar, double velocityVar) {
    x = new double[][] {{px}, {py}, {0}, {0}};
    p = new double[4][4];
    p[0][0] = positionVar;
    p[1][1] = positionVar;
    p[2][2] = velocityVar;
    p[3][3] = velocityVar;
  }

  void predict(double t, double psd) {
    double[][] f = {{1, 0, t, 0}, {0, 1, 0, t}, {0, 0, 1, 0}, {0, 0, 0, 1}};
    double a = psd * t * t * t / 3;
    double b = psd * t * t / 2;
    double c = psd * t;
    double[][] q = {{a, 0, b, 0}, {0, a, 0, b}, {b, 0, c, 0}, {0, b, 0, c}};
    x = times(f, x);
    p = plus(times(times(f, p), transposed(f)), q, 1);
  }

  void manoeuvre(double t, double variance) {
    double[][] g = {{t, 0}, {0, t}, {1, 0}, {0, 1}};
    double[][] q = {{variance, 0}, {0, variance}};
    p = plus(p, times(times(g, q), transposed(g)), 1);
  }

  /** Squared Mahalanobis distance of a position. */
  double misfit(double zx, double zy, double variance) {
    double[][] s = {{p[0][0] + variance, p[0][1]}, {p[1][0], p[1][1] + variance}};
    double[][] e = {{zx - x[0][0]}, {zy - x[1][0]}};
    return times(times(transposed(e), inverse(s)), e)[0][0];
  }

  void position(double zx, double zy, double variance) {
    double[][] h = {{1, 0, 0, 0}, {0, 1, 0, 0}};
    double[][] r = {{variance, 0}, {0, variance}};
    update(h, new double[][] {{zx - x[0][0]}, {zy - x[1][0]}}, r);
  }

  void velocity(double vx, double vy, double alongVar, double acrossVar) {
    double speed = Math.hypot(vx, vy);
    double ux = speed == 0 ? 1 : vx / speed;
    double uy = speed == 0 ? 0 : vy / speed;
    double[][] h = {{0, 0, 1, 0}, {0, 0, 0, 1}};
    double[][] turn = {{ux, -uy}, {uy, ux}};
    double[][] r =
        times(times(turn, new double[][] {{alongVar, 0}, {0, acrossVar}}), transposed(turn));
    update(h, new double[][] {{vx - x[2][0]}, {vy - x[3][0]}}, r);
  }

  void speed(double measured, double variance) {
    double predicted = Math.hypot(x[2][0], x[3][0]);
    double[][] h = {{0, 0, x[2][0] / predicted, x[3][0] / predicted}};
    update(h, new double[][] {{measured - predicted}}, new double[][] {{variance}});
  }

  private void update(double[][] h, double[][] innovation, double[][] r) {
    double[][] s = plus(times(times(h, p), transposed(h)), r, 1);
    double[][] k = times(times(p, transposed(h)), inverse(s));
    x = plus(x, times(k, innovation), 1);
    double[][] identity = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
    p = times(plus(identity, times(k, h), -1), p);
  }

  static double[][] times(double[][] a, double[][] b) {
    double[][] c = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < b[0].length; j++) {
        for (int k = 0; k < b.length; k++) {
          c[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return c;
  }

  private static double[][] plus(double[][] a, double[][] b, double factor) {
    double[][] c = new double[a.length][a[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[0].length; j++) {
        c[i][j] = a[i][j] + factor * b[i][j];
      }
    }
    return c;
  }

  private static double[][] transposed(double[][] a) {
    double[][] c = new double[a[0].length][a.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[0].length; j++) {
        c[j][i] = a[i][j];
      }
    }
    return c;
  }

  private static double[][] inverse(double[][] a) {
    if (a.length == 1) {
      return new double[][] {{1 / a[0][0]}};
    }
    double determinant = a[0][0] * a[1][1] - a[0][1] * a[1][0];
    return new double[][] {
      {a[1][1] / determinant, -a[0][1] / determinant},
      {-a[1][0] / determinant, a[0][0] / determinant}
    };
  }
}
