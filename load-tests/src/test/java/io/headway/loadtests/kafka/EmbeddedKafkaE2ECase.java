// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaE2ECase {

  @Test
  void takesRecordsUnderItsOwnAppendTimeAndLeavesNoData(@TempDir Path parent) throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(parent, 0)) {
      assertThat(kafka.topics().create(Topics.all())).hasSameSizeAs(Topics.all());
      assertThat(kafka.topics().create(Topics.all())).as("all are there").isEmpty();
      long longAgoMs = 1_211_000_000_000L;
      long beforeMs = System.currentTimeMillis();
      try (KafkaProducer<byte[], byte[]> producer =
          new KafkaProducer<>(
              Map.of("bootstrap.servers", kafka.bootstrapServers()),
              new ByteArraySerializer(),
              new ByteArraySerializer())) {
        for (int i = 0; i < 3; i++) {
          producer
              .send(
                  new ProducerRecord<>(
                      "telemetry", 0, longAgoMs, bytes("vehicle-1"), bytes("fix-" + i)))
              .get();
        }
      }
      long afterMs = System.currentTimeMillis();

      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      try (KafkaConsumer<byte[], byte[]> consumer =
          new KafkaConsumer<>(
              Map.of("bootstrap.servers", kafka.bootstrapServers()),
              new ByteArrayDeserializer(),
              new ByteArrayDeserializer())) {
        TopicPartition partition = new TopicPartition("telemetry", 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        while (records.size() < 3) {
          consumer.poll(Duration.ofSeconds(1)).forEach(records::add);
        }
      }

      assertThat(records)
          .extracting(r -> new String(r.value(), StandardCharsets.UTF_8))
          .containsExactly("fix-0", "fix-1", "fix-2");
      assertThat(records)
          .allSatisfy(
              r -> {
                assertThat(r.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
                assertThat(r.timestamp()).isBetween(beforeMs, afterMs);
              });
      assertThat(kafka.topics().recordCounts(List.of("telemetry", "shipments")))
          .containsExactlyInAnyOrderEntriesOf(Map.of("telemetry", 3L, "shipments", 0L));
    }
    assertThat(parent).isEmptyDirectory();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
