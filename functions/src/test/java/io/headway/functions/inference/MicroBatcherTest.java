// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MicroBatcherTest {
  private static final long MS = 1_000_000;

  /** Requests are the times at which they came. */
  private final MicroBatcher<Long> batcher =
      new MicroBatcher<>(
          new BatchSettings(3, Duration.ofMillis(10), Duration.ofMillis(50), 100, 1), at -> at);

  @Test
  void nothingIsDueWhileNothingWaits() {
    assertThat(batcher.dueInNanos(0)).isEqualTo(Long.MAX_VALUE);
    assertThat(batcher.expiresInNanos(0)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aFullBatchIsDueAtOnce() {
    batcher.add(0L);
    batcher.add(1 * MS);
    assertThat(batcher.dueInNanos(2 * MS)).isEqualTo(8 * MS);
    batcher.add(2 * MS);
    assertThat(batcher.dueInNanos(2 * MS)).isZero();
  }

  @Test
  void aBatchIsDueOnceItsFirstHasLingered() {
    batcher.add(5 * MS);
    batcher.add(14 * MS);
    assertThat(batcher.dueInNanos(14 * MS)).isEqualTo(1 * MS);
    assertThat(batcher.dueInNanos(15 * MS)).isZero();
  }

  @Test
  void aBatchIsDueWhileItsFirstCanStillBeAnsweredInTime() {
    batcher.runTook(22 * MS);
    batcher.add(0L);
    assertThat(batcher.dueInNanos(0)).isEqualTo((50 - 2 * 22) * MS);
    batcher.runTook(12 * MS);
    assertThat(batcher.dueInNanos(0)).isEqualTo((50 - 2 * 20) * MS);
  }

  @Test
  void aModelSlowerThanTheDeadlineIsAskedAtOnce() {
    batcher.runTook(80 * MS);
    batcher.add(7 * MS);
    assertThat(batcher.dueInNanos(7 * MS)).isNegative();
  }

  @Test
  void batchesAreTakenInOrder() {
    for (long at = 0; at < 4; at++) {
      batcher.add(at);
    }
    List<Long> batch = new ArrayList<>();
    batcher.take(batch);
    assertThat(batch).containsExactly(0L, 1L, 2L);
    assertThat(batcher.size()).isEqualTo(1);
  }

  @Test
  void whatIsPastItsDeadlineIsTakenApart() {
    batcher.add(0L);
    batcher.add(1 * MS);
    batcher.add(2 * MS);
    assertThat(batcher.expiresInNanos(20 * MS)).isEqualTo(30 * MS);
    List<Long> expired = new ArrayList<>();
    batcher.takeExpired(51 * MS, expired);
    assertThat(expired).containsExactly(0L, 1 * MS);
    assertThat(batcher.size()).isEqualTo(1);
  }
}
