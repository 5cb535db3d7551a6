// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.loadtests.results.Figure;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.commons.statistics.inference.TTest;
import org.apache.commons.statistics.inference.WilcoxonSignedRankTest;

/** Statistics of numbers of which there is one a seed: seeds are the units, not moments. */
final class Statistics {
  private static final int RESAMPLES = 2_000;

  private Statistics() {}

  /**
   * A number with its 95 % interval by bootstrap over seeds (percentiles). NaN is what cannot be
   * told: of nothing all, of a single seed the interval.
   */
  record Interval(double value, double low, double high) {
    /** As {@code value (low to high)}. */
    String text(double times, String format) {
      if (Double.isNaN(value)) {
        return "–";
      }
      String ends =
          Double.isNaN(low) ? "–" : (format + " to " + format).formatted(times * low, times * high);
      return format.formatted(times * value) + " (" + ends + ")";
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

  /**
   * How a policy differs from another, seed by seed.
   *
   * @param less the mean difference
   * @param t two-sided p of the paired t-test, after Holm; NaN without any difference
   * @param wilcoxon that of {@link #wilcoxon}, after Holm
   * @param d mean difference over its standard deviation; NaN without any
   */
  record Paired(Interval less, double t, double wilcoxon, double d) {}

  /**
   * Sets policies beside another.
   *
   * @param its one number a seed, of two seeds at least
   * @param others of the same seeds
   */
  static List<Paired> beside(double[] its, List<double[]> others) {
    List<double[]> differences = others.stream().map(own -> minus(own, its)).toList();
    double[] t =
        holm(
            others.stream()
                .mapToDouble(own -> TTest.withDefaults().pairedTest(own, its).getPValue())
                .toArray());
    double[] wilcoxon = holm(differences.stream().mapToDouble(Statistics::wilcoxon).toArray());
    return IntStream.range(0, others.size())
        .mapToObj(
            i -> {
              double[] less = differences.get(i);
              return new Paired(interval(less), t[i], wilcoxon[i], mean(less) / deviation(less));
            })
        .toList();
  }

  /** The mean of one number a seed. */
  static Interval interval(double[] values) {
    double[] ones = new double[values.length];
    Arrays.fill(ones, 1);
    return ratio(values, ones);
  }

  /**
   * The sum of one number over that of another, seeds pooled; resamples without any are left out.
   *
   * @param to not negative
   */
  static Interval ratio(double[] of, double[] to) {
    double all = Arrays.stream(to).sum();
    double value = all == 0 ? Double.NaN : Arrays.stream(of).sum() / all;
    if (Arrays.stream(to).filter(seed -> seed > 0).count() < 2) {
      return new Interval(value, Double.NaN, Double.NaN);
    }
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
    return new Interval(
        value, told[(int) (0.025 * told.length)], told[(int) (0.975 * told.length)]);
  }

  /**
   * The share of cases that have something, seeds pooled. Where all have it or none, no resample
   * differs, and the interval is that of Clopper and Pearson (1934), for independent cases.
   *
   * @param of how many have it
   * @param to of how many
   */
  static Interval share(double[] of, double[] to) {
    double have = Arrays.stream(of).sum();
    double all = Arrays.stream(to).sum();
    double end = Math.pow(0.025, 1 / all);
    if (all > 0 && have == 0) {
      return new Interval(0, 0, 1 - end);
    }
    if (all > 0 && have == all) {
      return new Interval(1, end, 1);
    }
    return ratio(of, to);
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
