// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.feed;

import io.headway.schemas.Decision;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a feed's records when they are due and hands decisions back to it. {@link #run} belongs to
 * one thread, which alone touches the feed; everything else may be called by any.
 */
public final class FeedPump implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(FeedPump.class);

  /** Decisions that may wait for the feed; more make the reader of decisions wait. */
  private static final int INBOX = 10_000;

  private static final long PATIENCE_MS = 100;

  /** How much of a silent stretch a limited rate may make up for. */
  private static final long BURST_MS = 200;

  private final Feed feed;
  private final FeedClock clock;
  private final Producer<byte[], byte[]> producer;
  private final BlockingQueue<Decision> inbox = new ArrayBlockingQueue<>(INBOX);
  private final Map<String, AtomicLong> sent = new ConcurrentHashMap<>();
  private final AtomicLong errors = new AtomicLong();
  private FeedRecord pending;
  private double allowedAtMs;
  private long taken;
  private volatile double mostPerMs;
  private volatile long allowed = Long.MAX_VALUE;
  private volatile long eventTimeMs;
  private volatile long behindMs;
  private volatile boolean stopped;
  private volatile boolean ended;
  private volatile String failure;

  /**
   * Makes a pump; {@link #run} starts it.
   *
   * @param mostPerSecond most records a second; infinity for as many as are due
   */
  public FeedPump(
      Feed feed, FeedClock clock, double mostPerSecond, Producer<byte[], byte[]> producer) {
    this.feed = feed;
    this.clock = clock;
    this.mostPerMs = mostPerSecond / 1000;
    this.producer = producer;
    this.eventTimeMs = clock.eventOriginMs();
  }

  /** Sends until {@link #stop}, the feed's end or its failure; then flushes the producer. */
  @Override
  public void run() {
    try {
      while (!stopped) {
        long dueMs = advance(System.currentTimeMillis());
        if (ended || stopped) {
          break;
        }
        long waitMs = Math.min(PATIENCE_MS, dueMs - System.currentTimeMillis());
        Decision decision = inbox.poll(Math.max(0, waitMs), TimeUnit.MILLISECONDS);
        if (decision != null) {
          act(decision, System.currentTimeMillis());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      LOG.error("The feed failed.", e);
      failure = e.getMessage() == null ? e.toString() : e.getMessage();
    } finally {
      stopped = true;
      inbox.clear();
      producer.flush();
    }
  }

  /**
   * Sends every record that is due and hands over every decision that has come.
   *
   * @return wall time at which the next record is due; {@link Long#MAX_VALUE} at the feed's end
   */
  long advance(long nowMs) throws IOException {
    while (!stopped) {
      if (pending == null) {
        pending = feed.next();
      }
      if (pending == null) {
        ended = true;
        return Long.MAX_VALUE;
      }
      for (Decision decision = inbox.poll(); decision != null; decision = inbox.poll()) {
        act(decision, nowMs);
      }
      long dueMs = clock.wallMs(pending.sendAtMs());
      behindMs = Math.max(0, nowMs - dueMs);
      dueMs = Math.max(dueMs, (long) Math.ceil(allowedAtMs));
      if (dueMs > nowMs) {
        return dueMs;
      }
      if (taken >= allowed) {
        return nowMs + PATIENCE_MS;
      }
      send(pending);
      taken++;
      eventTimeMs = pending.sendAtMs();
      pending = null;
      allowedAtMs = Math.max(allowedAtMs, (double) (nowMs - BURST_MS)) + 1 / mostPerMs;
    }
    return nowMs;
  }

  /**
   * Hands a decision to the feed; waits while too many wait already, and drops it after the end.
   */
  public void decided(Decision decision) throws InterruptedException {
    while (!stopped && !inbox.offer(decision, PATIENCE_MS, TimeUnit.MILLISECONDS)) {
      LOG.debug("{} decisions wait for the feed.", INBOX);
    }
  }

  /** Sends at most so many records a second from now on; infinity for as many as are due. */
  public void limit(double mostPerSecond) {
    mostPerMs = mostPerSecond / 1000;
  }

  /** Sends no more than so many records in all until it is told otherwise. */
  public void allow(long records) {
    allowed = records;
  }

  /** Ends {@link #run} soon. */
  public void stop() {
    stopped = true;
  }

  /** Records that the broker has taken, by topic. */
  public Map<String, Long> sent() {
    Map<String, Long> counts = new TreeMap<>();
    sent.forEach((topic, count) -> counts.put(topic, count.get()));
    return counts;
  }

  /** Records that the broker refused. */
  public long errors() {
    return errors.get();
  }

  /** Feed's time of the newest record sent. */
  public long eventTimeMs() {
    return eventTimeMs;
  }

  /** By how much wall time the feed is behind its clock, in milliseconds. */
  public long behindMs() {
    return behindMs;
  }

  /** Whether the feed has no more records. */
  public boolean ended() {
    return ended;
  }

  /** What made the feed fail; null when nothing did. */
  public String failure() {
    return failure;
  }

  private void act(Decision decision, long nowMs) {
    feed.act(decision, Math.min(clock.eventMs(nowMs), pending.sendAtMs()));
  }

  private void send(FeedRecord due) {
    AtomicLong count = sent.computeIfAbsent(due.topic(), topic -> new AtomicLong());
    var unused =
        producer.send(
            new ProducerRecord<>(due.topic(), due.key(), due.value()),
            (metadata, refusal) -> {
              if (refusal == null) {
                count.incrementAndGet();
              } else if (errors.getAndIncrement() == 0) {
                LOG.error("Kafka refused a record for {}.", due.topic(), refusal);
              }
            });
  }
}
