// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.functions.inference.BatchSettings;
import org.junit.jupiter.api.Test;

class InferenceOptionsTest {
  @Test
  void theCapacityMovesToWhatOtherBatchesAllow() {
    InferenceOptions<Long, Long> options = Sums.sum();
    assertThat(options.capacity()).isEqualTo(1_024);
    assertThat(options.withBatching(BatchSettings.DEFAULTS.withMaxQueued(100)).capacity())
        .isEqualTo(100);
    assertThat(options.withBatching(BatchSettings.DEFAULTS.withMaxBatchSize(2_000)).capacity())
        .isEqualTo(2_000);
  }

  @Test
  void aCapacityThatFillsNoBatchOrIsRefusedIsTold() {
    InferenceOptions<Long, Long> options = Sums.sum();
    assertThatThrownBy(() -> options.withCapacity(15))
        .hasMessageContaining("was given a capacity of 15 requests")
        .hasMessageContaining("from a batch's 16 to the 10000 that may wait");
    assertThatThrownBy(() -> options.withCapacity(10_001))
        .hasMessageContaining("was given a capacity of 10001 requests");
  }

  @Test
  void aRunWithoutAThreadIsTold() {
    assertThatThrownBy(() -> Sums.sum().withIntraOpThreads(0))
        .hasMessageContaining("Model sum:1 was given 0 threads for a run");
  }
}
