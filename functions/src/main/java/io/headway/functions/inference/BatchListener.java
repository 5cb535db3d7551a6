// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

/**
 * Hears of what a {@link BatchedModel} does, for metrics. Threads of the model and of those who
 * submit call it, several at once; it must return at once and not throw.
 */
public interface BatchListener {

  /** Hears nothing. */
  BatchListener NONE = new BatchListener() {};

  /**
   * A batch begins.
   *
   * @param items how many requests
   * @param lingeredNanos how long its first request waited
   */
  default void batchBegins(int items, long lingeredNanos) {}

  /**
   * A request was taken from the queue.
   *
   * @param nanos how long it waited
   */
  default void waited(long nanos) {}

  /**
   * The model ran, or failed.
   *
   * @param nanos how long it took
   */
  default void ran(long nanos) {}

  /**
   * A thread has done with a batch: it was encoded, run and decoded.
   *
   * @param nanos how long it took
   */
  default void worked(long nanos) {}

  /**
   * The model answered a request in time.
   *
   * @param nanos since it was submitted
   */
  default void answered(long nanos) {}
}
