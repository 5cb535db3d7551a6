// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.headway.functions.decision.DrawnTimes;
import io.headway.functions.decision.ScenarioFeatures;
import io.headway.loadtests.lateness.KeptPlan.KeptStop;
import io.headway.loadtests.results.Figure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Plans of four legs of 300 s each at live speeds, with normal times of 40 s spread. */
class ScenarioScoresTest {
  private static final int LEGS = 4;
  private static final double LIVE_S = 300;
  private static final double SPREAD_S = 40;
  private static final long END_MS = 7_200_000;

  private final Random random = new Random(1);
  private final ScenarioScores scores = new ScenarioScores();

  @Test
  void aForecastThatIsRightIsCalibrated() {
    for (int i = 0; i < 4_000; i++) {
      scores.add(i % 20, drawn(SPREAD_S, 0), END_MS);
    }

    Map<String, Figure> figures = figures();
    // CRPS of a normal law of its own draws is its spread over the square root of pi.
    near(figures, "leg_crps_s", SPREAD_S / Math.sqrt(Math.PI));
    near(figures, "plan_crps_s", SPREAD_S * Math.sqrt(LEGS / Math.PI));
    near(figures, "leg_covered_by_80", 0.8);
    near(figures, "plan_covered_by_50", 0.5);
    assertThat(figures.get("leg_width_of_80_s").value())
        .as("quantiles of 256 draws lie a little nearer to each other")
        .isCloseTo(2 * 1.2816 * SPREAD_S, withinPercentage(1));
    near(figures, "leg_crps_over_live_estimate", Math.sqrt(0.5));
    assertThat(figures.get("leg_count").value()).isEqualTo(4_000 * LEGS);
    assertThat(figures.get("leg_to_10_min_count").value()).isEqualTo(4_000 * 2);
    for (long count : scores.planRanks()) {
      assertThat(count).isBetween(185L, 315L);
    }
    assertThat(Arrays.stream(scores.legRanks()).sum()).isEqualTo(4_000 * LEGS);
  }

  @Test
  void legsThatHaveMoreInCommonThanTheForecastSaysShowInTheirSum() {
    for (int i = 0; i < 2_000; i++) {
      scores.add(i % 20, drawn(SPREAD_S, SPREAD_S * random.nextGaussian()), END_MS);
    }
    assertThat(figures().get("plan_covered_by_80").high()).isLessThan(0.65);
    assertThat(scores.planRanks()[0]).isGreaterThan(2 * 2_000 / ScenarioScores.RANK_BINS);
  }

  @Test
  void whatBeginsTooLateToBeSeenIsLeftOutWhetherItWasSeenOrNot() {
    scores.add(1, drawn(SPREAD_S, 0), (ScenarioScores.LEFT_MIN + 10) * 60_000L);
    assertThat(figures().get("leg_count").value())
        .as("those that begin after 0, 8 min")
        .isEqualTo(2);
  }

  @Test
  void tripsAreTheFirstOfTheLongestOfEachCity() {
    for (int i = 0; i < 6; i++) {
      scores.add(i / 3, drawn(SPREAD_S, 0), END_MS);
    }
    assertThat(scores.trips()).extracting(ScenarioScores.Trip::city).containsExactly(0L, 1L);
    assertThat(scores.trips().get(0).liveS()).containsExactly(300, 600, 900, 1_200);
    String svg = FanPlot.svg(scores.trips());
    assertThat(svg).startsWith("<svg").contains("city 0, 4 legs", "city 1, 4 legs");
    assertThat(svg).doesNotContain("NaN", "Infinity");
  }

  private Map<String, Figure> figures() {
    return scores.figures().stream().collect(Collectors.toMap(Figure::name, Function.identity()));
  }

  /** Within its interval, a little wider: there are many of them. */
  private static void near(Map<String, Figure> figures, String name, double expected) {
    Figure figure = figures.get(name);
    double reach = figure.high() - figure.low();
    assertThat(figure.value()).as(name).isCloseTo(expected, within(1.5 * reach));
    assertThat(reach).as(name).isLessThan(0.1 * expected);
  }

  /** What came is as drawn, and besides so much later on every leg. */
  private RealisedPlan drawn(double spreadS, double commonS) {
    List<KeptStop> stops = new ArrayList<>();
    float[][] forecastS = new float[LEGS][DrawnTimes.COUNT];
    long[] beganMs = new long[LEGS];
    long[] arrivedMs = new long[LEGS];
    LegFate[] fates = new LegFate[LEGS];
    for (int p = 0; p < LEGS; p++) {
      float[] features = new float[ScenarioFeatures.OF_LEG];
      features[4] = 8 * p;
      stops.add(
          new KeptStop(
              "s-" + p, 0, END_MS, RealisedPlan.NEVER, 60, null, features, null, LIVE_S, LIVE_S));
      for (int s = 0; s < DrawnTimes.COUNT; s++) {
        forecastS[p][s] = (float) (LIVE_S + spreadS * random.nextGaussian());
      }
      beganMs[p] = 480_000L * p;
      arrivedMs[p] =
          beganMs[p] + Math.round(1e3 * (LIVE_S + spreadS * random.nextGaussian() + commonS));
      fates[p] = LegFate.OBSERVED;
    }
    long[] departedMs = new long[LEGS];
    Arrays.fill(departedMs, RealisedPlan.NEVER);
    return new RealisedPlan(
        new KeptPlan("r", 0, false, stops, forecastS), fates, beganMs, arrivedMs, departedMs);
  }
}
