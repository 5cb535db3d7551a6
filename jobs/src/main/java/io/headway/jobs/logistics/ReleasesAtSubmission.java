// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InboundDeserializer;
import io.headway.functions.ingest.InputType;
import io.headway.schemas.ModelRelease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what is released when the job is submitted, so that it is known before the first request,
 * however soon that comes. What is released later the job reads itself.
 */
final class ReleasesAtSubmission {
  /** For each answer of the brokers, where the properties do not say otherwise. */
  private static final String PATIENCE_MS = "10000";

  /** For all of the topic, which holds one record a version. */
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private static final Duration POLL = Duration.ofMillis(200);

  private static final Logger LOG = LoggerFactory.getLogger(ReleasesAtSubmission.class);

  private ReleasesAtSubmission() {}

  /**
   * The sound records of the topic, in their order; none, with a warning, when the brokers do not
   * give them, for the job will read them too.
   *
   * @param client how to reach the brokers
   */
  static List<ModelRelease> read(
      Properties client, InboundDeserializer<ModelRelease> deserializer) {
    List<Inbound<ModelRelease>> records = new ArrayList<>();
    ListCollector<Inbound<ModelRelease>> into = new ListCollector<>(records);
    Properties properties = new Properties();
    properties.setProperty(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, PATIENCE_MS);
    properties.putAll(client);
    // With the brokers' defaults it would be deleted after a week.
    properties.setProperty(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      deserializer.open(new Context());
      String topic = InputType.MODEL_RELEASES.topic();
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(partition -> new TopicPartition(topic, partition.partition()))
              .toList();
      if (partitions.isEmpty()) {
        LOG.warn(
            "There is no topic {}, without which the job fails; make it with './headway topics create'.",
            topic);
      }
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      long deadlineNanos = System.nanoTime() + LONGEST.toNanos();
      while (!atEnd(consumer, ends)) {
        if (System.nanoTime() > deadlineNanos) {
          throw new TimeoutException(
              "its end was not reached within %d s".formatted(LONGEST.toSeconds()));
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          deserializer.deserialize(record, into);
        }
      }
    } catch (KafkaException e) {
      LOG.warn(
          "Topic {} cannot be read here ({}), so a decision that is due before the job has read it itself is the baseline's.",
          InputType.MODEL_RELEASES.topic(),
          e.getMessage());
      return List.of();
    }
    return records.stream().filter(Inbound::isSound).map(Inbound::value).toList();
  }

  private static boolean atEnd(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
  }

  /** A deserializer that runs outside of a task. */
  private static final class Context implements DeserializationSchema.InitializationContext {
    @Override
    public MetricGroup getMetricGroup() {
      return new UnregisteredMetricsGroup();
    }

    @Override
    public UserCodeClassLoader getUserCodeClassLoader() {
      return SimpleUserCodeClassLoader.create(ReleasesAtSubmission.class.getClassLoader());
    }
  }
}
