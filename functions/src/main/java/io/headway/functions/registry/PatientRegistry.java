// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.registry;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.flink.util.clock.Clock;
import org.apache.flink.util.clock.SystemClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a registry until it answers: a registry that is away, refuses, or is out of order says
 * nothing about the record that waits. It asks again after {@link #FIRST_PAUSE}, then twice as long
 * each time, up to {@link #LONGEST_PAUSE}, and warns at once and then each {@link #WARN_EACH}. Used
 * by one thread, which may be interrupted; {@link #waitingMs} by any.
 */
public final class PatientRegistry {
  static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  static final Duration WARN_EACH = Duration.ofMinutes(1);

  private static final Logger LOG = LoggerFactory.getLogger(PatientRegistry.class);
  private static final long NOT_WAITING = Long.MIN_VALUE;

  /** Lets time pass. */
  @FunctionalInterface
  interface Pause {
    void of(Duration duration) throws InterruptedException;
  }

  private final SchemaRegistry registry;
  private final RegistryAddress address;
  private final String topic;
  private final Clock clock;
  private final Pause pause;

  private volatile long waitingSinceMs = NOT_WAITING;

  /**
   * A client of a registry; nothing is asked yet.
   *
   * @param topic whose records wait, for the log
   */
  public PatientRegistry(RegistryAddress address, String topic) {
    this(address, topic, SystemClock.getInstance(), PatientRegistry::pause);
  }

  PatientRegistry(RegistryAddress address, String topic, Clock clock, Pause pause) {
    this.registry = new SchemaRegistry(address);
    this.address = address;
    this.topic = topic;
    this.clock = clock;
    this.pause = pause;
  }

  private static void pause(Duration duration) throws InterruptedException {
    // Nobody ever gives the permit: this waits, and can be interrupted.
    if (new Semaphore(0).tryAcquire(duration.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("There was a permit that nobody gave.");
    }
  }

  /**
   * The schema of an id, as soon as the registry says it.
   *
   * @throws UnusableSchemaException when it has no such id, or not an Avro schema
   */
  public Schema schema(int id) throws UnusableSchemaException, InterruptedException {
    Duration next = FIRST_PAUSE;
    long warnedMs = 0;
    try {
      while (true) {
        try {
          return registry.schema(id);
        } catch (IOException e) {
          long nowMs = clock.relativeTimeMillis();
          boolean first = waitingSinceMs == NOT_WAITING;
          if (first) {
            waitingSinceMs = nowMs;
          }
          if (first || nowMs - warnedMs >= WARN_EACH.toMillis()) {
            warnedMs = nowMs;
            LOG.warn(
                "The schema registry {} did not say what schema {} is ({}), so topic {} has waited for {} s and no checkpoint completes; it is asked until it answers. See that it runs, can be reached from here and lets this client in.",
                address,
                id,
                e.getMessage(),
                topic,
                waitingMs() / 1000);
          }
        }
        pause.of(next);
        next =
            next.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                ? next.multipliedBy(2)
                : LONGEST_PAUSE;
      }
    } finally {
      if (waitingSinceMs != NOT_WAITING) {
        LOG.info("Topic {} waited {} ms for the schema registry.", topic, waitingMs());
        waitingSinceMs = NOT_WAITING;
      }
    }
  }

  /** How long the records have waited for the registry by now, milliseconds; 0 when none do. */
  public long waitingMs() {
    long sinceMs = waitingSinceMs;
    return sinceMs == NOT_WAITING ? 0 : clock.relativeTimeMillis() - sinceMs;
  }
}
