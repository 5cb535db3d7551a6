// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

/** How checkpoints are taken where the configuration leaves it open. */
class CheckpointDefaultsTest {

  @Test
  void checkpointsAreAlignedUntilThatTakesTooLong() {
    CheckpointConfig checkpoints = checkpoints(Map.of());

    assertThat(checkpoints.isUnalignedCheckpointsEnabled()).isTrue();
    assertThat(checkpoints.getAlignedCheckpointTimeout()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void whatIsConfiguredWins() {
    assertThat(
            checkpoints(Map.of(CheckpointingOptions.ENABLE_UNALIGNED.key(), "false"))
                .isUnalignedCheckpointsEnabled())
        .isFalse();
    assertThat(
            checkpoints(Map.of(CheckpointingOptions.ALIGNED_CHECKPOINT_TIMEOUT.key(), "0 s"))
                .getAlignedCheckpointTimeout())
        .isZero();
  }

  /** Flink takes no unaligned checkpoints that may repeat records. */
  @Test
  void checkpointsThatMayRepeatStayAligned() {
    assertThat(
            checkpoints(
                    Map.of(
                        CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE.key(), "AT_LEAST_ONCE"))
                .isUnalignedCheckpointsEnabled())
        .isFalse();
  }

  private static CheckpointConfig checkpoints(Map<String, String> options) {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    LogisticsJob.prepare(env, Configuration.fromMap(options));
    return env.getCheckpointConfig();
  }
}
