// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private static final long MS = 1_000_000;
  private static final long START_NS = 5_000 * MS;

  @Test
  void aLatencyBelongsToWhenItsRequestWasDue() {
    Answers answers = new Answers(4);
    add(answers, 99, 100, true);
    add(answers, 100, 107, true);
    add(answers, 199, 5_000, false);
    assertThat(answers.missing()).isEqualTo(1);
    add(answers, 200, 201, true);

    Histogram latencies = answers.latenciesUs(START_NS + 100 * MS, START_NS + 200 * MS);
    assertThat(latencies.getTotalCount()).isEqualTo(2);
    assertThat(latencies.getMinValue()).isEqualTo(7_000);
    assertThat(latencies.getMaxValue()).isBetween(4_801_000L, 4_806_000L);
    assertThat(answers.shareOfModel(START_NS + 100 * MS, START_NS + 200 * MS)).isEqualTo(0.5);
    assertThat(answers.missing()).isZero();
  }

  @Test
  void moreAnswersThanRequestsAreRefused() {
    Answers answers = new Answers(1);
    add(answers, 0, 1, true);
    assertThatThrownBy(() -> add(answers, 0, 2, true)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void itHasRecoveredWhenTheModelItselfAnswersNineTenths() {
    Answers answers = new Answers(40);
    // 100 a second are due: 10 in 100 ms. The fallback's answers do not count, nor earlier ones.
    for (int i = 0; i < 10; i++) {
      add(answers, 0, -1 - i, true);
      add(answers, 0, 50, false);
      add(answers, 0, 199, i < 8);
      add(answers, 0, 200 + i, i < 9);
    }
    assertThat(answers.recoveryS(START_NS, 100)).isCloseTo(0.3, within(1e-9));
    assertThat(answers.recoveryS(START_NS, 1_000)).isNaN();
  }

  private static void add(Answers answers, long dueMs, long answeredMs, boolean model) {
    answers.add(START_NS + dueMs * MS, START_NS + answeredMs * MS, model);
  }
}
