// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.schemas.DecisionRequest;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LegTimesTest {
  /** By another program, from the sources that {@link Noise} names. */
  private static final double[] NOISE_OF_42 = {
    -1.2000606755030696, 0.7425545459295542, 0.43852668181259696
  };

  private static final int COUNT = Scenarios.COUNT_MAX;

  private final DecisionRequest request = request();
  private final Scenarios scenarios = new Scenarios();

  @Test
  void aLegsLogarithmHasTheMeanAndSpreadOfTheLaw() {
    draw(new LegTimes(new float[] {0.3f, -0.1f}, new float[] {0.5f, 0.2f}, 0.4f));
    double[] first = logRatios(0);
    double[] second = logRatios(1);
    assertThat(mean(first)).isCloseTo(0.3, within(0.03));
    assertThat(mean(second)).isCloseTo(-0.1, within(0.02));
    assertThat(Math.sqrt(covariance(first, first))).isCloseTo(0.5, within(0.02));
    assertThat(Math.sqrt(covariance(second, second))).isCloseTo(0.2, within(0.01));
  }

  @Test
  void legsShareAsMuchOfTheirVarianceAsTheLawSays() {
    for (float share : new float[] {0, 0.4f, 1}) {
      draw(new LegTimes(new float[2], new float[] {0.5f, 0.2f}, share));
      double correlation =
          covariance(logRatios(0), logRatios(1))
              / Math.sqrt(
                  covariance(logRatios(0), logRatios(0)) * covariance(logRatios(1), logRatios(1)));
      assertThat(correlation).isCloseTo(share, within(0.04));
    }
  }

  @Test
  void servicesTakeAsLongAsExpected() {
    draw(new LegTimes(new float[2], new float[] {0.5f, 0.2f}, 0.4f));
    for (int i = 0; i < request.getStops().size(); i++) {
      double expectedS = request.getStops().get(i).getServiceS();
      assertThat(Arrays.stream(scenarios.serviceS(), i * COUNT, (i + 1) * COUNT))
          .allMatch(s -> s == expectedS);
    }
  }

  @Test
  void theNoiseIsTheSameEverywhere() {
    Noise noise = new Noise(42);
    assertThat(new double[] {noise.next(), noise.next(), noise.next()})
        .containsExactly(NOISE_OF_42, within(1e-15));
  }

  private static DecisionRequest request() {
    DecisionRequest request = Requests.empty();
    request.getStops().add(Requests.stop("a", 0, 600, 60));
    request.getStops().add(Requests.stop("b", 0, 900, 120));
    request.getLegs().add(Requests.leg(-1, 0, 1_000, 120));
    request.getLegs().add(Requests.leg(0, 1, 2_000, 240));
    request.setNoiseSeed(7);
    return request;
  }

  private void draw(LegTimes law) {
    law.drawInto(request, COUNT, scenarios);
  }

  private double[] logRatios(int leg) {
    double liveS = request.getLegs().get(leg).getLiveS();
    return Arrays.stream(scenarios.travelS(), leg * COUNT, (leg + 1) * COUNT)
        .map(s -> Math.log(s / liveS))
        .toArray();
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static double covariance(double[] a, double[] b) {
    double meanA = mean(a);
    double meanB = mean(b);
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - meanA) * (b[i] - meanB);
    }
    return sum / a.length;
  }
}
