// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InboundDeserializer;
import io.headway.functions.ingest.InputType;
import io.headway.functions.ingest.StreamClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/** Decodes as the Kafka source does, by a clock that stands an hour after the script's start. */
final class KafkaLike<T extends SpecificRecordBase> implements Steps.Decoder<Inbound<T>> {
  private static final long serialVersionUID = 1;
  static final int MAX_RECORD_BYTES = 4_096;
  static final int MAX_LETTER_BYTES = 1_024;

  private static final long NOW_MS = TownScript.START.plusSeconds(3_600).toEpochMilli();

  private final InputType<T> type;
  private final InboundDeserializer<T> deserializer;

  KafkaLike(InputType<T> type) {
    StreamClock clock = () -> NOW_MS;
    this.type = type;
    this.deserializer =
        new InboundDeserializer<>(
            type,
            clock,
            Duration.ofMinutes(1),
            MAX_RECORD_BYTES,
            new DeadLetters(MAX_LETTER_BYTES));
  }

  @Override
  public Inbound<T> decode(byte[] value, long offset) {
    List<Inbound<T>> out = new ArrayList<>();
    deserializer.deserialize(
        new ConsumerRecord<>(
            type.topic(),
            0,
            offset,
            NOW_MS,
            TimestampType.LOG_APPEND_TIME,
            3,
            value.length,
            "key".getBytes(StandardCharsets.UTF_8),
            value,
            new RecordHeaders(),
            Optional.empty()),
        new ListCollector<>(out));
    return out.get(0);
  }

  @Override
  public long timestampMs(Inbound<T> record) {
    return record.isSound() ? type.eventTimeMs(record.value()) : NOW_MS;
  }
}
