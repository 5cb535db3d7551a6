// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Requests that wait, in the order in which they came, and when the next batch of them is due: as
 * soon as it is full, the first has lingered, or the first could not be answered by its deadline if
 * it waited longer. Times are of one monotonic clock, in nanoseconds, and are given. Not
 * thread-safe.
 *
 * @param <T> a request
 */
final class MicroBatcher<T> {
  /** The weight of the last run in the mean that stands for the next one. */
  private static final double SMOOTHING = 0.2;

  /** How many mean runs before the deadline a batch is due, for runs vary. */
  private static final int RUNS_BEFORE_DEADLINE = 2;

  private final ArrayDeque<T> waiting = new ArrayDeque<>();
  private final int maxBatchSize;
  private final long lingerNanos;
  private final long deadlineNanos;
  private final ToLongFunction<T> submittedNanos;
  private double meanRunNanos;

  /**
   * @param submittedNanos when a request was submitted
   */
  MicroBatcher(BatchSettings settings, ToLongFunction<T> submittedNanos) {
    maxBatchSize = settings.maxBatchSize();
    lingerNanos = settings.linger().toNanos();
    deadlineNanos = settings.deadline().toNanos();
    this.submittedNanos = submittedNanos;
  }

  /** Lets a request wait; it must not be submitted before those that wait already. */
  void add(T request) {
    waiting.add(request);
  }

  /** How many wait. */
  int size() {
    return waiting.size();
  }

  /** Whether a batch is full. */
  boolean full() {
    return waiting.size() >= maxBatchSize;
  }

  /**
   * In how many nanoseconds the next batch is due; zero or less when it is due now, {@link
   * Long#MAX_VALUE} when nothing waits.
   */
  long dueInNanos(long nowNanos) {
    if (waiting.isEmpty()) {
      return Long.MAX_VALUE;
    }
    if (full()) {
      return 0;
    }
    long patience =
        Math.min(lingerNanos, deadlineNanos - (long) (RUNS_BEFORE_DEADLINE * meanRunNanos));
    return submittedNanos.applyAsLong(waiting.peek()) + patience - nowNanos;
  }

  /** Moves the next batch, as many as wait up to its largest size. */
  void take(List<T> into) {
    for (int i = 0; i < maxBatchSize && !waiting.isEmpty(); i++) {
      into.add(waiting.poll());
    }
  }

  /** Moves all that wait. */
  void takeAll(List<T> into) {
    into.addAll(waiting);
    waiting.clear();
  }

  /** In how many nanoseconds the first that waits is past its deadline; see {@link #dueInNanos}. */
  long expiresInNanos(long nowNanos) {
    return waiting.isEmpty()
        ? Long.MAX_VALUE
        : submittedNanos.applyAsLong(waiting.peek()) + deadlineNanos - nowNanos;
  }

  /** Moves what is past its deadline. */
  void takeExpired(long nowNanos, List<T> into) {
    while (expiresInNanos(nowNanos) <= 0) {
      into.add(waiting.poll());
    }
  }

  /** How long a run takes, in the mean; 0 before the first. */
  double meanRunNanos() {
    return meanRunNanos;
  }

  /** Learns how long a run took. */
  void runTook(long nanos) {
    meanRunNanos += (meanRunNanos == 0 ? 1 : SMOOTHING) * (nanos - meanRunNanos);
  }
}
