// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.loadtests.city.Draws.Stream;
import java.util.SplittableRandom;

/**
 * A Gaussian field of log speed over zones × classes of roads, autoregressive in time:
 *
 * <pre>
 * g_s = φ·g_{s−1} + sqrt(1 − φ²)·L·ε_s,   ε_s ~ N(0, I),   L·Lᵀ = Σ,   φ = exp(−60 s / memory)
 * Σ[(z,c),(z',c')] = spread²·exp(−distance(z,z') / range)·classCorrelation^|c − c'|
 * </pre>
 *
 * so that every g_s ~ N(0, Σ), and what is known of the field at one slot says by closed formulas
 * what can be at another. Component {@code zone · classes + class}. Immutable and thread-safe.
 */
final class SpeedField {
  static final double RANGE_M = 2_500;
  static final double MEMORY_S = 1_200;

  private final int size;
  private final double phi;
  private final double[][] covariance;
  private final double[][] factor;

  /** Of the zones, by columns, and of the classes: their Kronecker product is {@link #factor}. */
  private final double[][] zoneColumns;

  private final double[][] classFactor;

  /**
   * @param eastM easting of each zone's middle, metres
   * @param northM its northing
   */
  SpeedField(CityParameters parameters, double[] eastM, double[] northM, int classes) {
    size = eastM.length * classes;
    double correlation = parameters.get(Knob.CORRELATION);
    double spread = parameters.get(Knob.FIELD_SPREAD);
    double classCorrelation = parameters.get(Knob.CLASS_CORRELATION);
    phi = Math.exp(-HiddenWorld.SLOT_MS / 1000.0 / (MEMORY_S * correlation));
    covariance = new double[size][size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        int zoneI = i / classes;
        int zoneJ = j / classes;
        double metres = Math.hypot(eastM[zoneI] - eastM[zoneJ], northM[zoneI] - northM[zoneJ]);
        covariance[i][j] =
            spread
                * spread
                * Math.exp(-metres / (RANGE_M * correlation))
                * Math.pow(classCorrelation, Math.abs(i % classes - j % classes));
      }
    }
    factor = cholesky(covariance);
    int zones = eastM.length;
    double[][] ofZones = new double[zones][zones];
    for (int i = 0; i < zones; i++) {
      for (int j = 0; j < zones; j++) {
        ofZones[i][j] = covariance[i * classes][j * classes];
      }
    }
    double[][] ofClasses = new double[classes][classes];
    for (int i = 0; i < classes; i++) {
      for (int j = 0; j < classes; j++) {
        ofClasses[i][j] = Math.pow(classCorrelation, Math.abs(i - j));
      }
    }
    double[][] zoneRows = cholesky(ofZones);
    zoneColumns = new double[zones][zones];
    for (int i = 0; i < zones; i++) {
      for (int j = 0; j < zones; j++) {
        zoneColumns[j][i] = zoneRows[i][j];
      }
    }
    classFactor = cholesky(ofClasses);
  }

  int size() {
    return size;
  }

  /** The AR(1) coefficient from one slot to the next. */
  double phi() {
    return phi;
  }

  /** Σ at i, j. */
  double covariance(int i, int j) {
    return covariance[i][j];
  }

  /** A first state, from the stationary distribution. */
  double[] first(long seed, long slot) {
    return correlated(seed, slot);
  }

  /** The state after {@code before}. */
  double[] step(double[] before, long seed, long slot) {
    double[] state = correlated(seed, slot);
    double scale = Math.sqrt(1 - phi * phi);
    for (int i = 0; i < size; i++) {
      state[i] = phi * before[i] + scale * state[i];
    }
    return state;
  }

  /**
   * The state after {@code before}, from the same law as by counters, but several times as fast: of
   * this futures are made by the hundred thousand.
   */
  double[] step(double[] before, SplittableRandom random) {
    int zones = zoneColumns.length;
    int classes = classFactor.length;
    double[] drawn = new double[classes];
    double[][] ofClass = new double[classes][zones];
    for (int z = 0; z < zones; z++) {
      double[] column = zoneColumns[z];
      for (int c = 0; c < classes; c++) {
        drawn[c] = random.nextGaussian();
        double white = 0;
        for (int k = 0; k <= c; k++) {
          white += classFactor[c][k] * drawn[k];
        }
        double[] sum = ofClass[c];
        for (int y = z; y < zones; y++) {
          sum[y] += column[y] * white;
        }
      }
    }
    double scale = Math.sqrt(1 - phi * phi);
    double[] state = new double[size];
    for (int i = 0; i < size; i++) {
      state[i] = phi * before[i] + scale * ofClass[i % classes][i / classes];
    }
    return state;
  }

  private double[] correlated(long seed, long slot) {
    double[] white = new double[size];
    for (int i = 0; i < size; i++) {
      white[i] = Draws.normal(Draws.bits(seed, Stream.FIELD, slot, i));
    }
    double[] state = new double[size];
    for (int i = 0; i < size; i++) {
      double sum = 0;
      for (int j = 0; j <= i; j++) {
        sum += factor[i][j] * white[j];
      }
      state[i] = sum;
    }
    return state;
  }

  /** The lower triangular L with L·Lᵀ = the matrix, which may be singular. */
  static double[][] cholesky(double[][] matrix) {
    int n = matrix.length;
    double[][] lower = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = matrix[i][j];
        for (int k = 0; k < j; k++) {
          sum -= lower[i][k] * lower[j][k];
        }
        if (i == j) {
          lower[i][i] = Math.sqrt(Math.max(0, sum));
        } else {
          lower[i][j] = lower[j][j] > 0 ? sum / lower[j][j] : 0;
        }
      }
    }
    return lower;
  }
}
