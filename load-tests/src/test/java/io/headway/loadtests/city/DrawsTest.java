// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.loadtests.city.Draws.Stream;
import org.junit.jupiter.api.Test;

class DrawsTest {
  private static final int N = 200_000;

  @Test
  void uniformsFillTheUnitIntervalEvenly() {
    int[] tenths = new int[10];
    for (int i = 0; i < N; i++) {
      tenths[(int) (10 * Draws.uniform(7, Stream.FIELD, 3, i))]++;
    }
    for (int tenth : tenths) {
      assertThat(tenth / (double) N).isCloseTo(0.1, within(0.003));
    }
  }

  @Test
  void normalsHaveMeanZeroAndVarianceOne() {
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < N; i++) {
      double z = Draws.normal(Draws.bits(7, Stream.FIELD, i, 0));
      sum += z;
      squares += z * z;
    }
    assertThat(sum / N).isCloseTo(0, within(0.01));
    assertThat(squares / N).isCloseTo(1, within(0.015));
  }

  @Test
  void studentTHasItsVarianceAndTails() {
    double squares = 0;
    int far = 0;
    for (int i = 0; i < N; i++) {
      double t = Draws.studentT(Draws.bits(7, Stream.ROAD_NOISE, i, 0), 6);
      squares += t * t;
      far += Math.abs(t) > 3.707 ? 1 : 0; // 99 % point of |t| with 6 degrees of freedom
    }
    assertThat(squares / N).isCloseTo(6.0 / 4, within(0.04));
    assertThat(far / (double) N).isCloseTo(0.01, within(0.001));
  }

  @Test
  void poissonHasItsMeanAndVariance() {
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < N; i++) {
      int n = Draws.poisson(Draws.bits(7, Stream.INCIDENT_COUNT, i, 0), 2.5);
      sum += n;
      squares += n * (double) n;
    }
    double mean = sum / N;
    assertThat(mean).isCloseTo(2.5, within(0.02));
    assertThat(squares / N - mean * mean).isCloseTo(2.5, within(0.05));
  }

  @Test
  void aLargePoissonMeanIsDrawnToo() {
    double sum = 0;
    for (int i = 0; i < 2_000; i++) {
      sum += Draws.poisson(Draws.bits(7, Stream.INCIDENT_COUNT, i, 1), 1_500);
    }
    assertThat(sum / 2_000).isCloseTo(1_500, within(4.0));
  }

  @Test
  void streamsAndCountersAreIndependent() {
    double product = 0;
    for (int i = 0; i < N; i++) {
      double a = Draws.normal(Draws.bits(7, Stream.FIELD, i, 0));
      double b = Draws.normal(Draws.bits(7, Stream.FIELD, i, 1));
      double c = Draws.normal(Draws.bits(7, Stream.PACE, i, 0));
      product += a * b + a * c;
    }
    assertThat(product / N).isCloseTo(0, within(0.02));
  }
}
