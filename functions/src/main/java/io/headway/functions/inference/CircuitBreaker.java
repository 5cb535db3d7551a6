// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

/**
 * Spares a model that hangs or keeps failing: nothing is let through but for one request a while,
 * which shows whether it is well again (M. Nygard, "Release It!", Circuit Breaker). Times are of
 * one monotonic clock, in nanoseconds, and are given. Not thread-safe.
 */
final class CircuitBreaker {
  private final int failuresToOpen;
  private final long probeIntervalNanos;
  private int failures;
  private long probedNanos;

  /**
   * @param failuresToOpen how many in a row, positive
   * @param probeIntervalNanos how long nothing is let through before one request is
   */
  CircuitBreaker(int failuresToOpen, long probeIntervalNanos) {
    this.failuresToOpen = failuresToOpen;
    this.probeIntervalNanos = probeIntervalNanos;
  }

  /** Whether nothing is let through but a probe. */
  boolean isOpen() {
    return failures >= failuresToOpen;
  }

  /** Whether a request may go to the model; when it is open, asking may use up the probe. */
  boolean admits(long nowNanos) {
    if (!isOpen()) {
      return true;
    }
    if (nowNanos - probedNanos < probeIntervalNanos) {
      return false;
    }
    probedNanos = nowNanos;
    return true;
  }

  /** The model answered: it is well. */
  void succeeded() {
    failures = 0;
  }

  /**
   * The model let everybody who asked wait in vain: it opens at once, and is probed at once.
   *
   * @return whether it was not open before
   */
  boolean hangs(long nowNanos) {
    boolean opens = !isOpen();
    failures = failuresToOpen;
    probedNanos = nowNanos - probeIntervalNanos;
    return opens;
  }

  /**
   * The model answered nothing of what it was asked.
   *
   * @return whether that opens it
   */
  boolean failed(long nowNanos) {
    failures++;
    if (failures != failuresToOpen) {
      return false;
    }
    probedNanos = nowNanos;
    return true;
  }
}
