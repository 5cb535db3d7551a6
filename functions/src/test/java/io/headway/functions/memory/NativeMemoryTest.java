// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {
  private static final long MIB = 1 << 20;

  private final NativeMemory memory = new NativeMemory();

  @Test
  void needsThatFitTogetherAreTaken() {
    memory.reserve("roads", 3 * MIB, budget(8));
    memory.reserve("model", 5 * MIB, budget(8));

    assertThat(memory.reservedBytes()).isEqualTo(8 * MIB);
  }

  @Test
  void theNeedThatIsTooMuchIsRefusedWithWhatToSet() {
    memory.reserve("roads", 3 * MIB, budget(8));

    assertThatThrownBy(() -> memory.reserve("model", 5 * MIB + 1, budget(8)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "taskmanager.memory.task.off-heap.size is 8m, but a TaskManager of this job needs 9m of"
                + " native memory (model 6m, roads 3m), so it would be slowed down or killed for"
                + " want of memory; set taskmanager.memory.task.off-heap.size to at least 9m for"
                + " every TaskManager, in the cluster's configuration, and start them anew.");
    assertThat(memory.reservedBytes()).isEqualTo(3 * MIB);
  }

  @Test
  void whatWasReleasedIsFreeAgain() {
    memory.reserve("roads", 8 * MIB, budget(8));
    memory.release("roads");
    memory.reserve("model", 8 * MIB, budget(8));

    assertThat(memory.reservedBytes()).isEqualTo(8 * MIB);
  }

  @Test
  void aNeedThatChangesCountsOnce() {
    memory.reserve("roads", 5 * MIB, budget(8));
    memory.reserve("roads", 8 * MIB, budget(8));

    assertThat(memory.reservedBytes()).isEqualTo(8 * MIB);
  }

  @Test
  void withoutABudgetNothingIsRefused() {
    assertThat(NativeMemory.shortfall(Map.of("roads", Long.MAX_VALUE), new Configuration()))
        .isEmpty();
  }

  private static Configuration budget(int mebibytes) {
    Configuration config = new Configuration();
    config.set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, MemorySize.ofMebiBytes(mebibytes));
    return config;
  }
}
