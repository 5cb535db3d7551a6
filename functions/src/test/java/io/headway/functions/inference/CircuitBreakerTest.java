// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CircuitBreakerTest {
  private final CircuitBreaker breaker = new CircuitBreaker(3, 100);

  @Test
  void itOpensAfterFailuresInARow() {
    breaker.failed(0);
    breaker.failed(0);
    breaker.succeeded();
    breaker.failed(0);
    breaker.failed(0);
    assertThat(breaker.admits(0)).isTrue();
    breaker.failed(0);
    assertThat(breaker.admits(0)).isFalse();
  }

  @Test
  void whileItIsOpenOneRequestAnIntervalIsAProbe() {
    open(50);
    assertThat(breaker.admits(149)).isFalse();
    assertThat(breaker.admits(150)).isTrue();
    assertThat(breaker.admits(151)).isFalse();
    assertThat(breaker.admits(250)).isTrue();
  }

  @Test
  void aProbeThatFailsLeavesItOpen() {
    open(0);
    assertThat(breaker.admits(100)).isTrue();
    breaker.failed(101);
    assertThat(breaker.admits(199)).isFalse();
    assertThat(breaker.admits(200)).isTrue();
  }

  @Test
  void aProbeThatIsAnsweredClosesIt() {
    open(0);
    assertThat(breaker.admits(100)).isTrue();
    breaker.succeeded();
    assertThat(breaker.isOpen()).isFalse();
    assertThat(breaker.admits(101)).isTrue();
    assertThat(breaker.admits(101)).isTrue();
  }

  @Test
  void aModelThatHangsIsProbedAtOnceAndSparedThen() {
    breaker.hangs(1_000);
    assertThat(breaker.admits(1_001)).isTrue();
    assertThat(breaker.admits(1_002)).isFalse();
    assertThat(breaker.admits(1_101)).isTrue();
    breaker.succeeded();
    assertThat(breaker.admits(1_102)).isTrue();
  }

  @Test
  void whoOpensItIsTold() {
    assertThat(breaker.failed(0)).isFalse();
    assertThat(breaker.failed(0)).isFalse();
    assertThat(breaker.failed(0)).isTrue();
    assertThat(breaker.failed(0)).isFalse();
    assertThat(breaker.hangs(0)).isFalse();
    breaker.succeeded();
    assertThat(breaker.hangs(0)).isTrue();
  }

  private void open(long nowNanos) {
    for (int i = 0; i < 3; i++) {
      breaker.failed(nowNanos);
    }
    assertThat(breaker.isOpen()).isTrue();
  }
}
