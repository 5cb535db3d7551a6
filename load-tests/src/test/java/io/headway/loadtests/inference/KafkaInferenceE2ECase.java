// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.loadtests.inference.InferenceJob.Way;
import io.headway.loadtests.inference.KafkaInference.Settings;
import io.headway.loadtests.inference.KafkaInference.Task;
import io.headway.loadtests.inference.Speeds.Speed;
import java.nio.file.Path;
import java.time.Duration;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaInferenceE2ECase {
  private static final Settings SETTINGS = new Settings(1_024, 64, 0, 60_000);

  @Test
  void speedAndLatencyAreMeasuredFromOutside(@TempDir Path folder) throws Exception {
    Path model = Networks.file(Networks.FFNN, folder);
    try (KafkaInference kafka = new KafkaInference(folder)) {
      kafka.fill(Format.JSON, 20_000);
      for (Way way : Way.values()) {
        Speed speed =
            kafka.speed(
                new Task(model, way, Format.JSON), SETTINGS, 20_000, Duration.ofSeconds(1), 2);
        assertThat(speed.recordsPerS()).as("%s", way).isPositive();
        assertThat(speed.cpuUsPerRecord()).as("%s", way).isNotNegative();
      }
      Histogram latencies =
          kafka.latency(
              new Task(model, Way.BATCHED, Format.BINARY),
              SETTINGS,
              200,
              Duration.ofSeconds(1),
              Duration.ofSeconds(2));
      assertThat(latencies.getTotalCount()).isBetween(350L, 400L);
      assertThat(latencies.getMaxValue()).isLessThan(60_000);
    }
  }
}
