// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waiting for what other processes do. */
public final class Waiting {
  private static final Duration LOOK = Duration.ofMillis(50);

  private Waiting() {}

  /** Lets time pass, all of it unless the thread is interrupted. */
  public static void pause(Duration length) {
    long endNs = System.nanoTime() + length.toNanos();
    for (long leftNs = length.toNanos();
        leftNs > 0 && !Thread.currentThread().isInterrupted();
        leftNs = endNs - System.nanoTime()) {
      LockSupport.parkNanos(leftNs);
    }
  }

  /**
   * Waits until something holds, looking often.
   *
   * @param what is waited for, for the error
   * @throws IOException when it does not hold in time, or the thread is interrupted
   */
  public static void until(String what, Duration patience, BooleanSupplier holds)
      throws IOException {
    long deadlineNs = System.nanoTime() + patience.toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > deadlineNs) {
        throw new IOException("Waited " + patience.toSeconds() + " s for " + what + ".");
      }
      pause(LOOK);
      if (Thread.currentThread().isInterrupted()) {
        throw new IOException("Interrupted while waiting for " + what + ".");
      }
    }
  }
}
