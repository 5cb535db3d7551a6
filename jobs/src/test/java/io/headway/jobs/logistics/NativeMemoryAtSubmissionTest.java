// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of native memory when the job is submitted. */
class NativeMemoryAtSubmissionTest {
  private static final String OFF_HEAP = "taskmanager.memory.task.off-heap.size";
  private static final String BUNDLED = "headway.model.bundled";

  @TempDir private Path folder;
  private String roads;

  @BeforeEach
  void writeTown() throws IOException {
    Path file = folder.resolve("town.roads");
    TestTown.write(file);
    roads = file.toUri().toString();
  }

  @Test
  void aRoadNetworkThatDoesNotFitIsRefusedWithWhatToSet() {
    assertThatThrownBy(
            () -> submit(Map.of("headway.roads.uri", roads, OFF_HEAP, "0", BUNDLED, "false")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("The logistics job cannot be submitted")
        .hasMessageContaining(OFF_HEAP + " is 0m")
        .hasMessageContaining(roads)
        .hasMessageContaining("set " + OFF_HEAP + " to at least 1m");
    assertThatCode(
            () -> submit(Map.of("headway.roads.uri", roads, OFF_HEAP, "1m", BUNDLED, "false")))
        .doesNotThrowAnyException();
  }

  /** 6.5 MiB for the model, and 13.2 MiB a slot for its batches. */
  @Test
  void aModelThatDoesNotFitIsRefusedWithWhatToSet() {
    assertThatThrownBy(() -> submit(Map.of(OFF_HEAP, "19m")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("model scenario:1 7m")
        .hasMessageContaining("buffers of model scenario:1 14m")
        .hasMessageContaining("set " + OFF_HEAP + " to at least 20m");
    assertThatCode(() -> submit(Map.of(OFF_HEAP, "20m"))).doesNotThrowAnyException();
    assertThatThrownBy(() -> submit(Map.of(OFF_HEAP, "59m", "taskmanager.numberOfTaskSlots", "4")))
        .hasMessageContaining("to at least 60m");
  }

  @Test
  void whatIsNotKnownHereIsLeftToTheTaskManagers() {
    assertThatCode(() -> submit(Map.of("headway.roads.uri", roads))).doesNotThrowAnyException();
    assertThatCode(
            () ->
                submit(
                    Map.of(
                        "headway.roads.uri", "far://town.roads", OFF_HEAP, "0", BUNDLED, "false")))
        .doesNotThrowAnyException();
    assertThatCode(() -> submit(Map.of(OFF_HEAP, "0", BUNDLED, "false")))
        .doesNotThrowAnyException();
  }

  private static void submit(Map<String, String> options) {
    Map<String, String> all = new HashMap<>(options);
    all.put("headway.kafka.bootstrap-servers", "localhost:9092");
    all.put("headway.kafka.properties.default.api.timeout.ms", "100");
    LogisticsJob.build(
        StreamExecutionEnvironment.getExecutionEnvironment(new Configuration()),
        Configuration.fromMap(all));
  }
}
