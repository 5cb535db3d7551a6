// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.memory;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;

/**
 * What a job holds in a TaskManager outside the heap, the network buffers and Flink's managed
 * memory (which is where RocksDB is): all of it has to fit into {@code
 * taskmanager.memory.task.off-heap.size}, so that the process is given the memory that it uses.
 *
 * <p>These are mapped files, models and the buffers of their batches. Files count in full although
 * the kernel may take their pages back: a job that searches roads touches all of them, and YARN
 * counts them as the process's own.
 *
 * <p>There is one for each class loader of user code, so the jobs of a session cluster do not see
 * each other's needs. Thread-safe.
 */
public final class NativeMemory {
  private static final NativeMemory OF_THIS_JOB = new NativeMemory();
  private static final long MIB = 1 << 20;

  private final Map<String, Long> needs = new TreeMap<>();

  NativeMemory() {}

  /** The needs of this job in this process. */
  public static NativeMemory ofThisJob() {
    return OF_THIS_JOB;
  }

  /**
   * Where the TaskManager's budget is written. In a cluster inside one process Flink sets no
   * budget, and nothing is refused.
   */
  public static ReadableConfig taskManager(RuntimeContext runtime) {
    return runtime instanceof StreamingRuntimeContext streaming
        ? streaming.getTaskManagerRuntimeInfo().getConfiguration()
        : new Configuration();
  }

  /**
   * Declares a need, before the memory is taken; a need of the same name is replaced.
   *
   * @param what names it, in errors too
   * @param bytes how much, not negative
   * @param taskManager the TaskManager's configuration
   * @throws IllegalStateException when all needs together are more than the budget; this one is not
   *     declared then
   */
  public synchronized void reserve(String what, long bytes, ReadableConfig taskManager) {
    Map<String, Long> all = new TreeMap<>(needs);
    all.put(what, bytes);
    shortfall(all, taskManager)
        .ifPresent(
            fault -> {
              throw new IllegalStateException(fault);
            });
    needs.put(what, bytes);
  }

  /** Takes a need back; does nothing when there is none of that name. */
  public synchronized void release(String what) {
    needs.remove(what);
  }

  /** All needs together, bytes. */
  public synchronized long reservedBytes() {
    return sum(needs);
  }

  /**
   * What has to be changed so that needs fit; empty when they do, or when the configuration does
   * not say what the budget is.
   *
   * @param needs bytes by name
   */
  public static Optional<String> shortfall(Map<String, Long> needs, ReadableConfig taskManager) {
    Optional<MemorySize> budget = taskManager.getOptional(TaskManagerOptions.TASK_OFF_HEAP_MEMORY);
    long needed = sum(needs);
    if (budget.isEmpty() || needed <= budget.get().getBytes()) {
      return Optional.empty();
    }
    return Optional.of(
        "%s is %s, but a TaskManager of this job needs %s of native memory (%s), so it would be slowed down or killed for want of memory; set %s to at least %s for every TaskManager, in the cluster's configuration, and start them anew."
            .formatted(
                TaskManagerOptions.TASK_OFF_HEAP_MEMORY.key(),
                budget.get().getMebiBytes() + "m",
                mebibytes(needed),
                named(needs),
                TaskManagerOptions.TASK_OFF_HEAP_MEMORY.key(),
                mebibytes(needed)));
  }

  private static String named(Map<String, Long> needs) {
    StringBuilder names = new StringBuilder();
    needs.forEach(
        (what, bytes) -> {
          names.append(names.isEmpty() ? "" : ", ");
          names.append(what).append(' ').append(mebibytes(bytes));
        });
    return names.toString();
  }

  private static long sum(Map<String, Long> needs) {
    return needs.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Rounded up, as Flink's configuration takes it. */
  private static String mebibytes(long bytes) {
    return (bytes + MIB - 1) / MIB + "m";
  }
}
