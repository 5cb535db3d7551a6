// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * Which minute of the recording {@link RecordedTraffic} goes by, given the speeds that vehicles
 * drove: a hidden Markov model, filtered forward over all minutes. What a speed says of a minute is
 * the density of what single cabs differed by, told apart by {@link #STEP}; a vehicle that is
 * slower than {@link SpeedWitness} takes for driving says nothing, so densities are given that it
 * was not; one at the highest speed says that it was at least that fast. Exact but for that grid,
 * and for minutes of less than a billionth of the likeliest's chance, which are let go. Not
 * thread-safe.
 */
final class RecordedTrafficBelief implements TrafficBelief {
  private static final double STEP = 0.02;
  private static final double FROM = -6;
  private static final int BINS = 600;

  /** Errors of measurement that are told apart. */
  private static final double[] ERRORS = {0.02, 0.04, 0.07, 0.1, 0.14, 0.2};

  private static final double SLOWEST = Math.log(SpeedWitness.LEAST_RATIO);
  private static final double FASTEST = Math.log(HiddenWorld.MAX_SPEED_RATIO);
  private static final double LET_GO = 1e-9;

  private final RecordedTraffic law;
  private final RecordedSpeeds speeds;

  /** By error, then by bin: log chance to differ by what is in the bin, and by more than it. */
  private final double[][] logDensity = new double[ERRORS.length][];

  private final double[][] logAbove = new double[ERRORS.length][];

  private double[] logWeight;

  RecordedTrafficBelief(RecordedTraffic law, CityParameters believed) {
    this.law = law;
    speeds = law.speeds();
    densities();
    long first = HiddenWorld.slotOf(believed.startMs()) - HiddenWorld.WARM_UP_SLOTS;
    logWeight = new double[speeds.minutes()];
    Arrays.fill(logWeight, Double.NEGATIVE_INFINITY);
    for (int minute : law.firstMinutes(first)) {
      logWeight[minute] = 0;
    }
    for (int slot = 0; slot < HiddenWorld.WARM_UP_SLOTS; slot++) {
      advance();
    }
  }

  private void densities() {
    double[] counts = new double[BINS];
    for (int s = 0; s < speeds.stretches(); s++) {
      for (int m = 0; m < RecordedSpeeds.STRETCH_MIN; m++) {
        counts[bin(speeds.differs(s, m))]++;
      }
    }
    for (int e = 0; e < ERRORS.length; e++) {
      NormalDistribution error = NormalDistribution.of(0, ERRORS[e]);
      int reach = (int) Math.ceil(4 * ERRORS[e] / STEP);
      double[] density = new double[BINS];
      for (int b = 0; b < BINS; b++) {
        for (int k = Math.max(0, b - reach); k <= Math.min(BINS - 1, b + reach); k++) {
          density[b] += counts[k] * error.density((b - k) * STEP);
        }
      }
      double sum = Arrays.stream(density).sum();
      logDensity[e] = new double[BINS];
      logAbove[e] = new double[BINS];
      double above = 0;
      for (int b = BINS - 1; b >= 0; b--) {
        // Nothing is impossible that was never recorded.
        double share = (1 - 1e-6) * density[b] / sum + 1e-6 / BINS;
        above += share;
        logDensity[e][b] = Math.log(share);
        logAbove[e][b] = Math.log(above);
      }
    }
  }

  private static int bin(double value) {
    return (int) Math.max(0, Math.min(BINS - 1, Math.round((value - FROM) / STEP)));
  }

  @Override
  public void advance() {
    double most = Arrays.stream(logWeight).max().orElseThrow();
    double[] next = new double[logWeight.length];
    for (int m = 0; m < logWeight.length; m++) {
      double weight = Math.exp(logWeight[m] - most);
      if (weight < LET_GO) {
        continue;
      }
      int follows = Math.min(m + 1, next.length - 1);
      int[] alike = speeds.alike(follows);
      double leaves = alike.length == 0 ? 0 : 1.0 / RecordedTraffic.BLOCK_MIN;
      next[follows] += (1 - leaves) * weight;
      for (int other : alike) {
        next[other] += leaves / alike.length * weight;
      }
    }
    logWeight = Arrays.stream(next).map(Math::log).toArray();
  }

  @Override
  public void observe(int component, int driver, double y, double errorSpread, int lagSlots) {
    int cell = law.cell(component);
    int e = 0;
    while (e < ERRORS.length - 1 && errorSpread > (ERRORS[e] + ERRORS[e + 1]) / 2) {
      e++;
    }
    // Within the error of the highest speed nothing more can be told.
    double fastest = FASTEST - 2 * ERRORS[e];
    for (int m = 0; m < logWeight.length; m++) {
      if (logWeight[m] == Double.NEGATIVE_INFINITY) {
        continue;
      }
      double mean = speeds.cells(Math.max(0, m - lagSlots))[cell];
      logWeight[m] +=
          (y >= fastest ? logAbove[e][bin(fastest - mean)] : logDensity[e][bin(y - mean)])
              - logAbove[e][bin(SLOWEST - mean)];
    }
  }

  @Override
  public double incidentRatio() {
    return Weather.INCIDENT_RATIO[Weather.DRY];
  }

  @Override
  public TrafficBelief.Law law(int driver) {
    double most = Arrays.stream(logWeight).max().orElseThrow();
    double[] cumulative = new double[logWeight.length];
    double sum = 0;
    for (int m = 0; m < cumulative.length; m++) {
      sum += Math.exp(logWeight[m] - most);
      cumulative[m] = sum;
    }
    double all = sum;
    return seed -> {
      double u = new SplittableRandom(seed).nextDouble() * all;
      int found = Arrays.binarySearch(cumulative, u);
      int minute = Math.min(found < 0 ? -1 - found : found + 1, cumulative.length - 1);
      return new Drawn(law.state(minute), 0);
    };
  }
}
