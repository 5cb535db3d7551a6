// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.loadtests.kafka.TopicReader;
import io.headway.schemas.Decision;
import io.headway.schemas.Shipment;
import io.headway.schemas.Topics;
import io.headway.schemas.Trigger;
import io.headway.schemas.TriggerKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;
import org.apache.avro.AvroRuntimeException;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Latency as the broker's clock has it: from the append of the record that brought a change to the
 * append of what was written about it. The reader hands records in, decisions and shipments; any
 * thread asks. With exactly-once a decision is appended before its transaction is committed, and no
 * one sees it until then: {@link #visible} goes to the moment at which the reader got it.
 *
 * <p>The job answers a change of a vehicle's shipments at once, and those that follow within {@link
 * LogisticsOptions#TRIGGER_INTERVAL} of event time together when that is over. Which is which is
 * told from the shipments alone: the first decision on a change whose vehicle had none for twice
 * that time was to come at once.
 */
final class LatencyMeter implements TopicReader.Handler {
  private static final long MAX_MS = 3_600_000;
  private static final String EMPTY = "EMPTY";

  private final long quietMs;
  private final Clock clock;
  private final Map<String, TreeSet<Long>> changesMs = new HashMap<>();
  private final List<Written> written = new ArrayList<>();
  private long fromMs = Long.MAX_VALUE;
  private long untilMs = Long.MAX_VALUE;
  private long unreadable;

  private record Written(
      String kind, String vehicle, long eventMs, long sinceMs, long writtenMs, long readMs) {}

  private record Change(String vehicle, long eventMs) {}

  /**
   * Measures nothing yet.
   *
   * @param triggerInterval the job's {@link LogisticsOptions#TRIGGER_INTERVAL}
   * @param clock that agrees with the broker's
   */
  LatencyMeter(Duration triggerInterval, Clock clock) {
    this.clock = clock;
    quietMs = 2 * triggerInterval.toMillis();
  }

  /** Measures what is brought about by records appended at this moment or later. */
  synchronized void measureFrom(long appendTimeMs) {
    fromMs = appendTimeMs;
    untilMs = Long.MAX_VALUE;
  }

  /** Leaves out what is brought about by records appended at this moment or later. */
  synchronized void measureUntil(long appendTimeMs) {
    untilMs = appendTimeMs;
  }

  @Override
  public synchronized void read(ConsumerRecord<byte[], byte[]> message) {
    byte[] value = message.value();
    try {
      if (message.topic().equals(Topics.SHIPMENTS.name())) {
        Shipment shipment = Shipment.getDecoder().decode(value);
        changesMs
            .computeIfAbsent(shipment.getVehicleId(), vehicle -> new TreeSet<>())
            .add(shipment.getEventTime().toEpochMilli());
      } else if (value.length == Long.BYTES) {
        written.add(
            new Written(
                EMPTY,
                "",
                0,
                ByteBuffer.wrap(value).getLong(),
                message.timestamp(),
                clock.millis()));
      } else {
        Decision decision = Decision.getDecoder().decode(value);
        Trigger trigger = decision.getTrigger();
        if (trigger.getAppendTime() != null) {
          written.add(
              new Written(
                  trigger.getKind().name(),
                  decision.getVehicleId(),
                  trigger.getEventTime().toEpochMilli(),
                  trigger.getAppendTime().toEpochMilli(),
                  message.timestamp(),
                  clock.millis()));
        }
      }
    } catch (IOException | AvroRuntimeException e) {
      unreadable++;
    }
  }

  /** What was written about records that came from outside: shipments, road events, telemetry. */
  synchronized Histogram all() {
    return of(record -> true, Written::writtenMs);
  }

  /**
   * What was to be answered at once: road events, and shipments after a quiet time of their
   * vehicle. Not so what is found in telemetry, which first waits in event time until positions are
   * in order. A road event that is told anew within the interval counts here and waits all the
   * same.
   */
  synchronized Histogram atOnce() {
    return of(atOnceOnes(), Written::writtenMs);
  }

  /** The same until the reader got it. */
  synchronized Histogram visible() {
    return of(atOnceOnes(), Written::readMs);
  }

  private Predicate<Written> atOnceOnes() {
    Set<Change> answered = new HashSet<>();
    List<Written> inOrder = new ArrayList<>(written);
    inOrder.sort(Comparator.comparingLong(Written::writtenMs));
    Set<Written> first = new HashSet<>();
    for (Written record : inOrder) {
      if (record.kind.equals(TriggerKind.SHIPMENT_CHANGED.name())
          && afterQuiet(record)
          && answered.add(new Change(record.vehicle, record.eventMs))) {
        first.add(record);
      }
    }
    return record ->
        first.contains(record)
            || record.kind.equals(TriggerKind.ROAD_EVENT.name())
            || record.kind.equals(EMPTY);
  }

  private boolean afterQuiet(Written record) {
    TreeSet<Long> changes = changesMs.getOrDefault(record.vehicle, new TreeSet<>());
    Long before = changes.lower(record.eventMs);
    return before == null || record.eventMs - before >= quietMs;
  }

  /** By the trigger's kind, of those kinds that brought something about. */
  synchronized Map<String, Histogram> byTrigger() {
    Map<String, Histogram> histograms = new TreeMap<>();
    for (Written record : written) {
      histograms.computeIfAbsent(
          record.kind, kind -> of(other -> other.kind.equals(kind), Written::writtenMs));
    }
    histograms.values().removeIf(histogram -> histogram.getTotalCount() == 0);
    return histograms;
  }

  private Histogram of(Predicate<Written> part, ToLongFunction<Written> endMs) {
    Histogram histogram = new Histogram(MAX_MS, 3);
    for (Written record : written) {
      if (record.sinceMs >= fromMs && record.sinceMs < untilMs && part.test(record)) {
        histogram.recordValue(
            Math.min(MAX_MS, Math.max(0, endMs.applyAsLong(record) - record.sinceMs)));
      }
    }
    return histogram;
  }

  /** Records that are none of these. */
  synchronized long unreadable() {
    return unreadable;
  }
}
