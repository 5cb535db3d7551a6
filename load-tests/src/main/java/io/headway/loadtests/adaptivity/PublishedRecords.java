// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.adaptivity;

import io.headway.loadtests.adaptivity.PublishedPlans.Position;
import io.headway.loadtests.deadletters.CannotDo;
import io.headway.loadtests.deadletters.KafkaRecords;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.Shipment;
import io.headway.schemas.Telemetry;
import io.headway.schemas.Topics;
import io.headway.schemas.Trigger;
import io.headway.schemas.TriggerKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * What lies on the topics of the job after a stretch of time in which it was watched: shipments
 * from the beginning on, the rest of that time.
 *
 * @param shipments in the order in which they were appended
 * @param roadEvents of the stretch, in the same order
 * @param fixes by vehicle, in the same order, from a little before the stretch on
 * @param answers the first decision on each road event for each vehicle
 */
record PublishedRecords(
    List<Appended<Shipment>> shipments,
    List<Appended<RoadEvent>> roadEvents,
    Map<String, List<Appended<Position>>> fixes,
    Map<Question, Answer> answers) {
  /** A vehicle that is heard of less often is not known where it is. */
  private static final long BEFORE_MS = 10_000;

  /** A record and when the broker appended it, milliseconds since the epoch. */
  record Appended<T>(long appendMs, T value) {}

  /** A state of a road event, by its append, and a vehicle. */
  record Question(String eventId, long appendMs, String vehicleId) {}

  /** When a decision was appended and whether scenarios were what it was made by. */
  record Answer(long appendMs, boolean generative) {}

  /**
   * Reads the topics to their end.
   *
   * @param kafka how to reach the brokers
   * @param fromMs begin of the stretch, by append times
   * @param untilMs its end, not part of it; decisions may come later
   * @throws IOException when the brokers fall silent, or a record cannot be decoded
   */
  static PublishedRecords read(Map<String, Object> kafka, long fromMs, long untilMs)
      throws IOException {
    PublishedRecords all =
        new PublishedRecords(
            new ArrayList<>(), new ArrayList<>(), new HashMap<>(), new HashMap<>());
    try (KafkaRecords records = new KafkaRecords(kafka, "read_committed")) {
      read(
          records,
          Topics.SHIPMENTS.name(),
          0,
          untilMs,
          record ->
              all.shipments.add(
                  new Appended<>(
                      record.timestamp(), Shipment.getDecoder().decode(record.value()))));
      read(
          records,
          Topics.ROAD_EVENTS.name(),
          fromMs,
          untilMs,
          record ->
              all.roadEvents.add(
                  new Appended<>(
                      record.timestamp(), RoadEvent.getDecoder().decode(record.value()))));
      read(
          records,
          Topics.TELEMETRY.name(),
          fromMs - BEFORE_MS,
          untilMs,
          record -> all.take(record.timestamp(), Telemetry.getDecoder().decode(record.value())));
      read(
          records,
          Topics.DECISIONS.name(),
          fromMs,
          Long.MAX_VALUE,
          record -> all.take(record.timestamp(), Decision.getDecoder().decode(record.value())));
    } catch (CannotDo e) {
      throw new IOException(e);
    }
    all.shipments.sort(Comparator.comparingLong(Appended::appendMs));
    all.roadEvents.sort(Comparator.comparingLong(Appended::appendMs));
    all.fixes.values().forEach(fixes -> fixes.sort(Comparator.comparingLong(Appended::appendMs)));
    return all;
  }

  private interface Taker {
    void take(ConsumerRecord<byte[], byte[]> record) throws IOException;
  }

  private static void read(
      KafkaRecords records, String topic, long fromMs, long untilMs, Taker taker)
      throws IOException, CannotDo {
    List<TopicPartition> partitions =
        records.partitions(topic).stream()
            .map(partition -> new TopicPartition(topic, partition))
            .collect(Collectors.toList());
    records.read(
        records.since(partitions, fromMs),
        record -> {
          if (record.timestamp() >= fromMs && record.timestamp() < untilMs) {
            taker.take(record);
          }
          return true;
        });
  }

  private void take(long appendMs, Telemetry fix) {
    fixes
        .computeIfAbsent(fix.getVehicleId(), id -> new ArrayList<>())
        .add(
            new Appended<>(
                appendMs,
                new Position(
                    fix.getLatDeg(),
                    fix.getLonDeg(),
                    fix.getHeadingDeg() == null ? Float.NaN : fix.getHeadingDeg(),
                    fix.getSpeedMps() == null ? Float.NaN : fix.getSpeedMps())));
  }

  private void take(long appendMs, Decision decision) {
    Trigger trigger = decision.getTrigger();
    if (trigger.getKind() != TriggerKind.ROAD_EVENT || trigger.getAppendTime() == null) {
      return;
    }
    answers.merge(
        new Question(
            trigger.getReference(),
            trigger.getAppendTime().toEpochMilli(),
            decision.getVehicleId()),
        new Answer(appendMs, decision.getSource() == DecisionSource.GENERATIVE),
        (one, other) -> one.appendMs <= other.appendMs ? one : other);
  }
}
