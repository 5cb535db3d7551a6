// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import java.io.Serializable;
import java.time.Duration;

/**
 * How requests are batched.
 *
 * @param maxBatchSize the most requests of a batch
 * @param linger how long the first request of a batch waits for others; zero to take what there is
 * @param deadline how long after it was submitted a request is answered at the latest
 * @param maxQueued the most requests that wait; more are refused
 * @param threads how many batches run at once
 */
public record BatchSettings(
    int maxBatchSize, Duration linger, Duration deadline, int maxQueued, int threads)
    implements Serializable {

  private static final int BATCH_SIZE_MAX = 4096;
  private static final int QUEUED_MAX = 1_000_000;
  private static final int THREADS_MAX = 256;
  private static final Duration DEADLINE_MAX = Duration.ofHours(1);

  /** 64 a batch, 2 ms linger, 1 s deadline, 10,000 waiting, one thread. */
  public static final BatchSettings DEFAULTS =
      new BatchSettings(64, Duration.ofMillis(2), Duration.ofSeconds(1), 10_000, 1);

  /**
   * @throws IllegalArgumentException naming what is out of its range
   */
  public BatchSettings {
    require(
        maxBatchSize >= 1 && maxBatchSize <= BATCH_SIZE_MAX,
        "size of a batch",
        maxBatchSize,
        "1 to " + BATCH_SIZE_MAX);
    require(
        deadline.compareTo(Duration.ZERO) > 0 && deadline.compareTo(DEADLINE_MAX) <= 0,
        "deadline",
        deadline,
        "positive and at most " + DEADLINE_MAX);
    require(
        !linger.isNegative() && linger.compareTo(deadline) < 0,
        "linger",
        linger,
        "from zero to less than the deadline of " + deadline);
    require(
        maxQueued >= maxBatchSize && maxQueued <= QUEUED_MAX,
        "number of waiting requests",
        maxQueued,
        "from a batch's " + maxBatchSize + " to " + QUEUED_MAX);
    require(
        threads >= 1 && threads <= THREADS_MAX,
        "number of threads",
        threads,
        "1 to " + THREADS_MAX);
  }

  /** The same with another size of batches. */
  public BatchSettings withMaxBatchSize(int size) {
    return new BatchSettings(size, linger, deadline, maxQueued, threads);
  }

  /** The same with another linger. */
  public BatchSettings withLinger(Duration wait) {
    return new BatchSettings(maxBatchSize, wait, deadline, maxQueued, threads);
  }

  /** The same with another deadline. */
  public BatchSettings withDeadline(Duration latest) {
    return new BatchSettings(maxBatchSize, linger, latest, maxQueued, threads);
  }

  /** The same with another bound on what waits. */
  public BatchSettings withMaxQueued(int most) {
    return new BatchSettings(maxBatchSize, linger, deadline, most, threads);
  }

  /** The same with another number of threads. */
  public BatchSettings withThreads(int number) {
    return new BatchSettings(maxBatchSize, linger, deadline, maxQueued, number);
  }

  private static void require(boolean holds, String what, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException(
          "The %s is %s, so nothing can be inferred; it must be %s."
              .formatted(what, value, allowed));
    }
  }
}
