// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

/** How checkpoints are taken where the configuration leaves it open. */
class CheckpointDefaultsTest {

  @Test
  void checkpointsAreAlignedAndTenSecondsApart() {
    CheckpointConfig checkpoints = checkpoints(Map.of());

    assertThat(checkpoints.isUnalignedCheckpointsEnabled()).isFalse();
    assertThat(checkpoints.getCheckpointInterval()).isEqualTo(10_000);
  }

  @Test
  void whatIsConfiguredWins() {
    assertThat(
            checkpoints(Map.of(CheckpointingOptions.CHECKPOINTING_INTERVAL.key(), "1 min"))
                .getCheckpointInterval())
        .isEqualTo(60_000);
  }

  private static CheckpointConfig checkpoints(Map<String, String> options) {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    LogisticsJob.prepare(env, Configuration.fromMap(options));
    return env.getCheckpointConfig();
  }
}
