// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.loadtests.decisions.Statistics.Interval;
import io.headway.loadtests.decisions.Statistics.Paired;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  @Test
  void holmMultipliesTheLeastMostAndNeverTurnsTheOrder() {
    // As R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
    assertThat(Statistics.holm(new double[] {0.01, 0.04, 0.03, 0.005}))
        .containsExactly(new double[] {0.03, 0.06, 0.06, 0.02}, within(1e-12));
    assertThat(Statistics.holm(new double[] {0.6, 0.9})).containsExactly(1, 1);
    assertThat(Statistics.holm(new double[] {0.2})).containsExactly(0.2);
  }

  @Test
  void seedsThatDoNotDifferSayNothingToWilcoxon() {
    // As SciPy: wilcoxon([1, 2, 3, -1.5, 4, 5, 6], method="exact").
    assertThat(Statistics.wilcoxon(new double[] {0, 1, 2, 3, -1.5, 0, 4, 5, 6}))
        .isCloseTo(0.046875, within(1e-12));
    assertThat(Statistics.wilcoxon(new double[] {0, 0, 3})).isEqualTo(1);
    assertThat(Statistics.wilcoxon(new double[2])).isEqualTo(1);
  }

  @Test
  void theBootstrapOverSeedsIsAsWideAsTheErrorOfTheirMean() {
    double[] seeds = new Random(4).doubles(50).toArray();
    Interval interval = Statistics.interval(seeds);
    double error = Statistics.deviation(seeds) / Math.sqrt(seeds.length);
    assertThat(interval.value()).isEqualTo(Statistics.mean(seeds));
    assertThat(interval.low()).isCloseTo(interval.value() - 1.96 * error, within(0.2 * error));
    assertThat(interval.high()).isCloseTo(interval.value() + 1.96 * error, within(0.2 * error));
  }

  @Test
  void fiftySeedsMakeANarrowerIntervalThanTwo() {
    double[] two = {0, 1};
    double[] fifty = new double[50];
    Arrays.setAll(fifty, i -> i % 2);
    assertThat(Statistics.interval(two)).isEqualTo(new Interval(0.5, 0, 1));
    assertThat(Statistics.interval(fifty).high()).isLessThan(0.7);
  }

  @Test
  void aRatioPoolsSeedsAndKeepsEachTogether() {
    assertThat(Statistics.ratio(new double[] {2, 40, 0}, new double[] {1, 20, 0}))
        .isEqualTo(new Interval(2, 2, 2));
    Interval ratio = Statistics.ratio(new double[] {1, 0, 3}, new double[] {1, 4, 5});
    assertThat(ratio.value()).isEqualTo(0.4);
    assertThat(ratio.low()).isZero();
    assertThat(ratio.high()).isEqualTo(1);
  }

  @Test
  void aRatioToNothingIsNotTold() {
    Interval nothing = Statistics.ratio(new double[] {0, 0}, new double[] {0, 0});
    assertThat(nothing.value()).isNaN();
    assertThat(nothing.text(100, "%.1f %%")).isEqualTo("–");
  }

  @Test
  void oneSeedHasNoInterval() {
    assertThat(Statistics.interval(new double[] {0.5}))
        .isEqualTo(new Interval(0.5, Double.NaN, Double.NaN));
    assertThat(Statistics.interval(new double[] {0.5}).text(100, "%.1f %%"))
        .isEqualTo("50.0 % (–)");
    assertThat(Statistics.ratio(new double[] {0, 1, 0}, new double[] {0, 4, 0}))
        .isEqualTo(new Interval(0.25, Double.NaN, Double.NaN));
    assertThat(Statistics.interval(new double[0]).value()).isNaN();
  }

  @Test
  void policiesAreSetBesideOneSeedBySeed() {
    double[] its = {3, 1, 4, 1.5, 5, 9, 2};
    double[] worse = plus(its, 0.5, -0.2, 0.7, 0.1, 0.9, 0.3, 0.6);
    double[] alike = plus(its, -0.1, 0.4, -0.3, 0.2, 0.05, -0.6, 0.15);

    List<Paired> paired = Statistics.beside(its, List.of(worse, alike));

    // As SciPy's ttest_rel and wilcoxon(method="exact"), the smaller p doubled.
    assertThat(paired.get(0).less().value()).isCloseTo(2.9 / 7, within(1e-9));
    assertThat(paired.get(0).t()).isCloseTo(2 * 0.026818877384, within(1e-9));
    assertThat(paired.get(0).wilcoxon()).isCloseTo(2 * 0.046875, within(1e-9));
    assertThat(paired.get(0).d()).isCloseTo(1.101618905777, within(1e-9));
    assertThat(paired.get(1).t()).isCloseTo(0.829697494998, within(1e-9));
    assertThat(paired.get(1).wilcoxon()).isCloseTo(1.0, within(1e-9));
  }

  @Test
  void whatDoesNotDifferHasNeitherTNorD() {
    double[] same = {1, 2, 3, 4, 5, 6};
    Paired paired = Statistics.beside(same, List.of(same)).get(0);
    assertThat(paired.less()).isEqualTo(new Interval(0, 0, 0));
    assertThat(paired.t()).isNaN();
    assertThat(paired.d()).isNaN();
    assertThat(paired.wilcoxon()).isEqualTo(1);
  }

  private static double[] plus(double[] values, double... others) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i] + others[i]).toArray();
  }

  @Test
  void aBarShowsTheValueInItsInterval() {
    assertThat(new Interval(0.5, 0.25, 1).bar(1, 8)).isEqualTo("##==|====");
    assertThat(new Interval(0, 0, 0).bar(1, 8)).isEqualTo("|");
  }

  @Test
  void ofWhatAllHaveOrNoneTheIntervalIsExact() {
    // 0.025 of chances are left to what has to come about 35 times in a row.
    double end = Math.pow(0.025, 1.0 / 35);
    double[] all = {10, 20, 5};
    assertThat(Statistics.share(all, all)).isEqualTo(new Interval(1, end, 1));
    assertThat(Statistics.share(new double[3], all)).isEqualTo(new Interval(0, 0, 1 - end));
    double[] some = {10, 19, 5};
    assertThat(Statistics.share(some, all)).isEqualTo(Statistics.ratio(some, all));
    assertThat(Statistics.share(new double[2], new double[2]).value()).isNaN();
  }
}
