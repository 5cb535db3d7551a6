// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.loadtests.results.Figure;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.commons.statistics.inference.WilcoxonSignedRankTest;

/** Statistics of numbers of which there is one a seed: seeds are the units, not moments. */
final class Statistics {
  private static final int RESAMPLES = 2_000;

  private Statistics() {}

  /**
   * A number with its 95 % interval by bootstrap over seeds (percentiles); all NaN where there is
   * nothing to tell.
   */
  record Interval(double value, double low, double high) {
    /** As {@code value (low to high)}. */
    String text(double times, String format) {
      return Double.isNaN(value)
          ? "–"
          : (format + " (" + format + " to " + format + ")")
              .formatted(times * value, times * low, times * high);
    }

    Figure figure(String name, String unit) {
      return new Figure(name, value, unit, low, high, null, null);
    }

    /**
     * A bar of text for a number that is not negative: {@code #} up to the interval, {@code =}
     * within it, {@code |} for the value.
     *
     * @param most what is as long as the bar may be
     */
    String bar(double most, int longest) {
      int from = (int) Math.round(longest * low / most);
      int at = (int) Math.round(longest * value / most);
      int to = Math.max(at, (int) Math.round(longest * high / most));
      return "#".repeat(Math.min(from, at))
          + "=".repeat(at - Math.min(from, at))
          + "|"
          + "=".repeat(to - at);
    }
  }

  static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  static double deviation(double[] values) {
    double mean = mean(values);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return Math.sqrt(squares / (values.length - 1));
  }

  static double[] minus(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] - b[i]).toArray();
  }

  /** The mean of one number a seed. */
  static Interval interval(double[] values) {
    double[] ones = new double[values.length];
    Arrays.fill(ones, 1);
    return ratio(values, ones);
  }

  /**
   * The sum of one number over that of another, seeds pooled; resamples without any are left out.
   */
  static Interval ratio(double[] of, double[] to) {
    SplittableRandom random = new SplittableRandom(1);
    double[] ratios = new double[RESAMPLES];
    for (int r = 0; r < RESAMPLES; r++) {
      double sumOf = 0;
      double sumTo = 0;
      for (int i = 0; i < of.length; i++) {
        int seed = random.nextInt(of.length);
        sumOf += of[seed];
        sumTo += to[seed];
      }
      ratios[r] = sumTo == 0 ? Double.NaN : sumOf / sumTo;
    }
    double[] told = Arrays.stream(ratios).filter(ratio -> !Double.isNaN(ratio)).sorted().toArray();
    double all = Arrays.stream(to).sum();
    return all == 0
        ? new Interval(Double.NaN, Double.NaN, Double.NaN)
        : new Interval(
            Arrays.stream(of).sum() / all,
            told[(int) (0.025 * told.length)],
            told[(int) (0.975 * told.length)]);
  }

  /**
   * Two-sided p of Wilcoxon's signed ranks, without differences of 0: of those the library would
   * take the ties off twice.
   */
  static double wilcoxon(double[] differences) {
    double[] told = Arrays.stream(differences).filter(d -> d != 0).toArray();
    return told.length == 0 ? 1 : WilcoxonSignedRankTest.withDefaults().test(told).getPValue();
  }

  /** Holm's step-down: the k-th least p times how many are left. */
  static double[] holm(double[] p) {
    Integer[] order = IntStream.range(0, p.length).boxed().toArray(Integer[]::new);
    Arrays.sort(order, (a, b) -> Double.compare(p[a], p[b]));
    double[] adjusted = new double[p.length];
    double least = 0;
    for (int k = 0; k < p.length; k++) {
      least = Math.max(least, Math.min(1, (p.length - k) * p[order[k]]));
      adjusted[order[k]] = least;
    }
    return adjusted;
  }
}
