// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.results;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * One measured number of a result.
 *
 * @param name in snake_case
 * @param value what was measured
 * @param unit its unit; empty for a pure number
 * @param low lower end of the 95 % interval; null when there is none
 * @param high upper end; null when there is none
 * @param goal what was asked for, as text; null when nothing was
 * @param holds whether the bound that matters clears the goal; null without one
 */
public record Figure(
    String name, double value, String unit, Double low, Double high, String goal, Boolean holds) {
  /** 97.5 % points of Student's t by degrees of freedom, from 1 on; then nearly normal. */
  private static final double[] T = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086
  };

  private static final int RESAMPLES = 10_000;

  /** A number without interval or goal. */
  public static Figure of(String name, double value, String unit) {
    return new Figure(name, value, unit, null, null, null, null);
  }

  /** The mean of repeated measurements, at least two, with its 95 % interval by Student's t. */
  public static Figure mean(String name, double[] rounds, String unit) {
    double mean = Arrays.stream(rounds).average().orElseThrow();
    double squares = Arrays.stream(rounds).map(x -> (x - mean) * (x - mean)).sum();
    int freedom = rounds.length - 1;
    double error = Math.sqrt(squares / freedom / rounds.length);
    double reach = (freedom <= T.length ? T[freedom - 1] : 1.96 + 2.5 / freedom) * error;
    return new Figure(name, mean, unit, mean - reach, mean + reach, null, null);
  }

  /**
   * How many times another's number one's number is: the ratio of the medians of rounds that were
   * measured in turn, with its 95 % interval by the bootstrap over rounds (percentiles). An
   * interval of medians is from the least to the greatest at most, so it takes 6 rounds to be one
   * of 95 %; of 3 it is one of 75 %.
   *
   * @param ones of each round, positive
   * @param others of the same rounds, positive
   */
  public static Figure ratio(String name, double[] ones, double[] others) {
    int rounds = ones.length;
    SplittableRandom random = new SplittableRandom(1);
    double[] ratios = new double[RESAMPLES];
    double[] one = new double[rounds];
    double[] other = new double[rounds];
    for (int i = 0; i < ratios.length; i++) {
      for (int j = 0; j < rounds; j++) {
        int round = random.nextInt(rounds);
        one[j] = ones[round];
        other[j] = others[round];
      }
      ratios[i] = median(one) / median(other);
    }
    Arrays.sort(ratios);
    return new Figure(
        name,
        median(ones) / median(others),
        "",
        ratios[RESAMPLES / 40],
        ratios[RESAMPLES - 1 - RESAMPLES / 40],
        null,
        null);
  }

  /**
   * A ratio of sums over units that are independent of each other, as cities or events, with its 95
   * % interval by the bootstrap over them (percentiles); without units not a number.
   *
   * @param ones of each unit
   * @param others of the same units
   */
  public static Figure ofSums(String name, double[] ones, double[] others, String unit) {
    int units = ones.length;
    SplittableRandom random = new SplittableRandom(1);
    double[] ratios = new double[RESAMPLES];
    for (int i = 0; i < ratios.length; i++) {
      double one = 0;
      double other = 0;
      for (int j = 0; j < units; j++) {
        int of = random.nextInt(units);
        one += ones[of];
        other += others[of];
      }
      ratios[i] = one / other;
    }
    Arrays.sort(ratios);
    return new Figure(
        name,
        Arrays.stream(ones).sum() / Arrays.stream(others).sum(),
        unit,
        units == 0 ? null : ratios[RESAMPLES / 40],
        units == 0 ? null : ratios[RESAMPLES - 1 - RESAMPLES / 40],
        null,
        null);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  /** The same with a goal: the whole interval must lie below a number. */
  public Figure below(double most) {
    String text = "under " + Results.number(most);
    return new Figure(name, value, unit, low, high, text, (high == null ? value : high) < most);
  }

  /** The same with a goal: the whole interval must lie at or above a number. */
  public Figure atLeast(double least) {
    String text = "at least " + Results.number(least);
    return new Figure(name, value, unit, low, high, text, (low == null ? value : low) >= least);
  }

  /** The same with a goal for a ratio: the whole interval must lie from 1 / factor to factor. */
  public Figure within(double factor) {
    String text = "within %s times of each other".formatted(Results.number(factor));
    boolean clears =
        (low == null ? value : low) >= 1 / factor && (high == null ? value : high) <= factor;
    return new Figure(name, value, unit, low, high, text, clears);
  }
}
