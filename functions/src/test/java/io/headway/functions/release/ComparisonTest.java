// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.ReleaseLimits;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final ReleaseLimits LIMITS = new ReleaseLimits(100, 0.1, 0.02, 3.0, 0.4);

  private final Comparison comparison = new Comparison();

  @Test
  void aVersionInsideItsLimitsStays() {
    answer(180, false, 2);
    answer(18, true, 2);
    fail(1);
    assertThat(comparison.breach(LIMITS)).isEmpty();
  }

  @Test
  void aVersionThatDecidesOtherwiseTooOftenIsTakenBack() {
    answer(160, false, 1);
    answer(40, true, 1);
    assertThat(comparison.breach(LIMITS))
        .contains("40 of 200 requests (20.0 %) led to another decision; the limit is 10.0 %");
  }

  @Test
  void aVersionThatFailsTooOftenIsTakenBack() {
    answer(95, false, 1);
    fail(5);
    assertThat(comparison.breach(LIMITS))
        .contains("5 of 100 requests (5.0 %) were not answered; the limit is 2.0 %");
  }

  @Test
  void aVersionThatIsTooSlowIsTakenBack() {
    answer(200, false, 8);
    assertThat(comparison.breach(LIMITS))
        .contains(
            "answers took 8.00 ms, 4.0 times the stable version's 2.00 ms; the limit is 3.0 times");
  }

  @Test
  void itIsStateOfFlinks() {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(Comparison.class);
  }

  private void answer(int times, boolean differ, double candidateMs) {
    for (int i = 0; i < times; i++) {
      ComparedRequest request = new ComparedRequest();
      request.answered = true;
      request.diverged = differ;
      request.candidateMs = candidateMs;
      request.stableMs = 2;
      comparison.add(request);
    }
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      comparison.add(new ComparedRequest());
    }
  }
}
