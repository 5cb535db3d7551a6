// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * Which day of the recording {@link RecordedTraffic} goes by, given the speeds that vehicles drove:
 * a hidden Markov model, filtered forward. What a speed says of a day is the density of what single
 * cabs differed by, told apart by {@link #STEP}; a vehicle that is slower than {@link SpeedWitness}
 * takes for driving says nothing, so densities are given that it was not; one within the error of
 * the highest speed says that it was at least about that fast.
 *
 * <p>Of the roads that are driven as by one cab only one speed is taken in, of the first of the
 * minutes that it drives there, and only if all of it was driven in that minute: single cabs differ
 * otherwise in each minute of a stretch, where a later one is the first to be seen it was slow
 * before, and what was driven in two minutes is mostly slow. Not thread-safe.
 */
final class RecordedTrafficBelief implements TrafficBelief {
  private static final double STEP = 0.02;
  private static final double FROM = -6;
  private static final int BINS = 600;

  /** Errors of measurement that are told apart. */
  private static final double[] ERRORS = {0.02, 0.04, 0.07, 0.1, 0.14, 0.2};

  private static final double SLOWEST = Math.log(SpeedWitness.LEAST_RATIO);
  private static final double FASTEST = Math.log(HiddenWorld.MAX_SPEED_RATIO);

  private final RecordedTraffic law;
  private final RecordedSpeeds speeds;

  /** By error, then by bin: log chance to differ by what is in the bin, and by more than it. */
  private final double[][] logDensity;

  private final double[][] logAbove;

  /** Whose speed was taken in, while the noise goes together. */
  private final Set<Integer> cabs = new HashSet<>();

  private int minuteOfDay;

  /** By day. */
  private double[] logWeight;

  RecordedTrafficBelief(RecordedTraffic law, CityParameters believed) {
    this.law = law;
    speeds = law.speeds();
    logDensity = new double[ERRORS.length][];
    logAbove = new double[ERRORS.length][];
    densities();
    long first = HiddenWorld.slotOf(believed.startMs()) - HiddenWorld.WARM_UP_SLOTS;
    minuteOfDay = RecordedTraffic.minuteOfDay(first);
    logWeight = new double[speeds.days()];
    for (int slot = 0; slot < HiddenWorld.WARM_UP_SLOTS; slot++) {
      advance();
    }
  }

  private RecordedTrafficBelief(RecordedTrafficBelief other) {
    law = other.law;
    speeds = other.speeds;
    logDensity = other.logDensity;
    logAbove = other.logAbove;
    cabs.addAll(other.cabs);
    minuteOfDay = other.minuteOfDay;
    logWeight = other.logWeight.clone();
  }

  @Override
  public RecordedTrafficBelief copy() {
    return new RecordedTrafficBelief(this);
  }

  private void densities() {
    double[] counts = new double[BINS];
    for (int s = 0; s < speeds.stretches(); s++) {
      counts[bin(speeds.differs(s, 0))]++;
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
    for (int day = 0; day < logWeight.length; day++) {
      double weight = Math.exp(logWeight[day] - most);
      int follows = speeds.following(speeds.minute(day, minuteOfDay));
      next[day(follows)] += weight * (1 - 1.0 / RecordedTraffic.BLOCK_MIN);
      int[] alike = speeds.alike(follows);
      for (int other : alike) {
        next[day(other)] += weight / RecordedTraffic.BLOCK_MIN / alike.length;
      }
    }
    logWeight = Arrays.stream(next).map(Math::log).toArray();
    minuteOfDay = (minuteOfDay + 1) % RecordedSpeeds.DAY_MIN;
    if (minuteOfDay % Traffic.NOISE_SLOTS == 0) {
      cabs.clear();
    }
  }

  private static int day(int minute) {
    return minute / RecordedSpeeds.DAY_MIN;
  }

  @Override
  public void observe(Observation seen) {
    if (minuteOfDay % Traffic.NOISE_SLOTS != 0
        || !seen.ofOneSlot()
        || !cabs.add(law.cab(seen.edge()))) {
      return;
    }
    double logRatio = seen.logRatio();
    double errorSpread = seen.errorSpread();
    int cell = law.cell(seen.component());
    int e = 0;
    while (e < ERRORS.length - 1 && errorSpread > (ERRORS[e] + ERRORS[e + 1]) / 2) {
      e++;
    }
    double fastest = FASTEST - 2 * ERRORS[e];
    for (int day = 0; day < logWeight.length; day++) {
      double mean = speeds.cells(speeds.minute(day, minuteOfDay))[cell];
      logWeight[day] +=
          (logRatio >= fastest
                  ? logAbove[e][bin(fastest - mean)]
                  : logDensity[e][bin(logRatio - mean)])
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
    double[] weights = Arrays.stream(logWeight).map(log -> Math.exp(log - most)).toArray();
    double all = Arrays.stream(weights).sum();
    int now = minuteOfDay;
    return seed -> {
      double rest = new SplittableRandom(seed).nextDouble() * all;
      int day = 0;
      while (day < weights.length - 1 && rest >= weights[day]) {
        rest -= weights[day++];
      }
      return new Drawn(law.state(speeds.minute(day, now)), 0);
    };
  }
}
