// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpeedFieldTest {
  private static final double[] EAST_M = {0, 2_000, 4_000};
  private static final double[] NORTH_M = {0, 500, 0};

  private final SpeedField field =
      new SpeedField(CityParameters.defaults(), EAST_M, NORTH_M, HiddenWorld.CLASSES);

  @Test
  void covarianceFallsWithDistanceAndWithClass() {
    double spread = Knob.FIELD_SPREAD.defaultValue();
    assertThat(field.covariance(0, 0)).isCloseTo(spread * spread, within(1e-12));
    assertThat(field.covariance(0, 6))
        .isCloseTo(spread * spread * Math.exp(-4_000 / SpeedField.RANGE_M), within(1e-12));
    assertThat(field.covariance(0, 1))
        .isCloseTo(spread * spread * Knob.CLASS_CORRELATION.defaultValue(), within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void drawnStatesHaveTheCovarianceAndTheMemory(boolean ofFutures) {
    SplittableRandom random = new SplittableRandom(1);
    int n = field.size();
    double[][] together = new double[n][n];
    double[] lagged = new double[n];
    int chains = 12_000;
    int steps = 6;
    for (int chain = 0; chain < chains; chain++) {
      double[] state = field.first(chain, 0);
      for (int step = 1; step < steps; step++) {
        double[] next = ofFutures ? field.step(state, random) : field.step(state, chain, step);
        for (int i = 0; i < n; i++) {
          lagged[i] += state[i] * next[i];
        }
        state = next;
      }
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          together[i][j] += state[i] * state[j] / chains;
        }
      }
    }
    double variance = field.covariance(0, 0);
    for (int i = 0; i < n; i++) {
      double memory = lagged[i] / (chains * (steps - 1)) / variance;
      assertThat(memory).isCloseTo(field.phi(), within(0.06));
      for (int j = 0; j < n; j++) {
        assertThat(together[i][j] / variance)
            .isCloseTo(field.covariance(i, j) / variance, within(0.09));
      }
    }
  }

  @Test
  void oneStepOnIsTheOldStateTimesPhiPlusNoiseOfTheRestOfTheVariance() {
    double[] from = new double[field.size()];
    Arrays.fill(from, 1.0);
    double sum = 0;
    double squares = 0;
    int draws = 20_000;
    for (int seed = 0; seed < draws; seed++) {
      double x = field.step(from, seed, 1)[4] - field.phi();
      sum += x;
      squares += x * x;
    }
    double rest = (1 - field.phi() * field.phi()) * field.covariance(4, 4);
    assertThat(sum / draws).isCloseTo(0, within(4 * Math.sqrt(rest / draws)));
    assertThat(squares / draws / rest).isCloseTo(1, within(0.05));
  }

  @Test
  void aLongerMemoryIsAsked() {
    SpeedField slow =
        new SpeedField(
            CityParameters.defaults().with(Knob.CORRELATION, 4),
            EAST_M,
            NORTH_M,
            HiddenWorld.CLASSES);
    assertThat(slow.phi()).isCloseTo(Math.exp(-60 / (4 * SpeedField.MEMORY_S)), within(1e-12));
    assertThat(slow.covariance(0, 6)).isGreaterThan(field.covariance(0, 6));
  }
}
