// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import io.headway.loadtests.kafka.TopicReader;
import io.headway.schemas.Decision;
import io.headway.schemas.TriggerKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.apache.avro.AvroRuntimeException;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Latency as the broker's clock has it: from the append of the record that brought a change to the
 * append of what was written about it. The reader hands records in, any thread asks.
 */
final class LatencyMeter implements TopicReader.Handler {
  private static final long MAX_MS = 3_600_000;
  private static final String EMPTY = "EMPTY";

  private final Map<String, Histogram> byTrigger = new TreeMap<>();
  private long fromMs = Long.MAX_VALUE;
  private long untilMs = Long.MAX_VALUE;
  private long unreadable;

  /** Measures what is brought about by records appended at this moment or later. */
  synchronized void measureFrom(long appendTimeMs) {
    fromMs = appendTimeMs;
    untilMs = Long.MAX_VALUE;
    byTrigger.clear();
  }

  /** Leaves out what is brought about by records appended at this moment or later. */
  synchronized void measureUntil(long appendTimeMs) {
    untilMs = appendTimeMs;
  }

  @Override
  public synchronized void read(ConsumerRecord<byte[], byte[]> message) {
    byte[] value = message.value();
    if (value.length == Long.BYTES) {
      add(EMPTY, ByteBuffer.wrap(value).getLong(), message.timestamp());
      return;
    }
    try {
      Decision decision = Decision.getDecoder().decode(value);
      if (decision.getTrigger().getAppendTime() != null) {
        add(
            decision.getTrigger().getKind().name(),
            decision.getTrigger().getAppendTime().toEpochMilli(),
            message.timestamp());
      }
    } catch (IOException | AvroRuntimeException e) {
      unreadable++;
    }
  }

  private void add(String trigger, long sinceMs, long writtenMs) {
    if (sinceMs >= fromMs && sinceMs < untilMs) {
      byTrigger
          .computeIfAbsent(trigger, kind -> new Histogram(MAX_MS, 3))
          .recordValue(Math.min(MAX_MS, Math.max(0, writtenMs - sinceMs)));
    }
  }

  /** What was written about records that came from outside: shipments, road events, telemetry. */
  synchronized Histogram all() {
    Histogram all = new Histogram(MAX_MS, 3);
    byTrigger.values().forEach(all::add);
    return all;
  }

  /**
   * What was written about shipments and road events, which are answered when they come; a cause
   * found in telemetry first waits in event time until positions are in order.
   */
  synchronized Histogram atOnce() {
    Histogram atOnce = new Histogram(MAX_MS, 3);
    byTrigger.forEach(
        (trigger, histogram) -> {
          if (trigger.equals(TriggerKind.SHIPMENT_CHANGED.name())
              || trigger.equals(TriggerKind.ROAD_EVENT.name())
              || trigger.equals(EMPTY)) {
            atOnce.add(histogram);
          }
        });
    return atOnce;
  }

  /** A copy, by the trigger's kind. */
  synchronized Map<String, Histogram> byTrigger() {
    Map<String, Histogram> copies = new TreeMap<>();
    byTrigger.forEach((trigger, histogram) -> copies.put(trigger, histogram.copy()));
    return copies;
  }

  /** Records that are neither. */
  synchronized long unreadable() {
    return unreadable;
  }
}
