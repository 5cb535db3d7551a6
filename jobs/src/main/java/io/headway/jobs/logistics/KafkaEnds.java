// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InboundDeserializer;
import io.headway.functions.ingest.InputType;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.Topics;
import java.util.List;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.clients.producer.ProducerConfig;

/** The job's sources from and sinks to Kafka. */
final class KafkaEnds {
  private static final String FETCHED_BYTES = Integer.toString(64 * 1024);

  private final String bootstrapServers;
  private final String groupId;
  private final Properties properties = new Properties();

  /**
   * @throws IllegalArgumentException when it is not said where Kafka is
   */
  KafkaEnds(ReadableConfig config) {
    bootstrapServers =
        config
            .getOptional(LogisticsOptions.BOOTSTRAP_SERVERS)
            .filter(servers -> !servers.isBlank())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "%s is not set, so the job has nothing to read; give the brokers' addresses, for instance -D%s=broker-1:9092,broker-2:9092."
                            .formatted(
                                LogisticsOptions.BOOTSTRAP_SERVERS.key(),
                                LogisticsOptions.BOOTSTRAP_SERVERS.key())));
    groupId = config.get(LogisticsOptions.GROUP_ID);
    properties.putAll(config.get(LogisticsOptions.KAFKA_PROPERTIES));
  }

  /**
   * A source of one topic, under the topic's name. Of control data, which is compacted, it reads
   * all when the job starts without state: what was committed tells what an earlier job has read,
   * not what this one knows.
   */
  @SuppressWarnings("deprecation") // the connector takes the strategy in this form only
  <T extends SpecificRecordBase> DataStream<Inbound<T>> source(
      StreamExecutionEnvironment env,
      InputType<T> type,
      LogisticsSettings settings,
      DeadLetters letters,
      WatermarkStrategy<Inbound<T>> watermarks) {
    boolean isControl = Topics.byName(type.topic()).cleanupPolicy().equals("compact");
    KafkaSource<Inbound<T>> source =
        KafkaSource.<Inbound<T>>builder()
            .setBootstrapServers(bootstrapServers)
            .setGroupId(groupId)
            .setTopics(type.topic())
            .setProperties(consumer())
            .setStartingOffsets(
                isControl
                    ? OffsetsInitializer.earliest()
                    : OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST))
            .setDeserializer(deserializer(type, settings, letters))
            .build();
    return env.fromSource(source, watermarks, type.topic(), type.inbound()).uid(type.topic());
  }

  /** What is released now. */
  List<ModelRelease> released(LogisticsSettings settings, DeadLetters letters) {
    return ReleasesAtSubmission.read(
        client(), deserializer(InputType.MODEL_RELEASES, settings, letters));
  }

  private static <T extends SpecificRecordBase> InboundDeserializer<T> deserializer(
      InputType<T> type, LogisticsSettings settings, DeadLetters letters) {
    return new InboundDeserializer<>(
        type,
        settings.clock(),
        settings.futureAllowance(),
        settings.maxRecordBytes(),
        letters,
        settings.wire().registry());
  }

  /**
   * A consumer hands out what it fetched partition by partition. With Kafka's 1 MiB a fetch, ten
   * thousand records of one partition come before the next one's: behind a backlog the partitions
   * drift apart in event time, positions wait for the watermark by the dozen, and a partition whose
   * turn does not come for long counts as silent, so that its records are late.
   */
  Properties consumer() {
    Properties consumer = new Properties();
    consumer.setProperty(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCHED_BYTES);
    consumer.putAll(properties);
    return consumer;
  }

  /** How clients reach the brokers. */
  Properties client() {
    Properties client = new Properties();
    client.putAll(properties);
    client.setProperty(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    return client;
  }

  /** A sink; what is sent is acknowledged by all in-sync replicas before a checkpoint completes. */
  <T> Sink<T> sink(String topic, KafkaRecordSerializationSchema<T> serializer, Delivery delivery) {
    KafkaSinkBuilder<T> sink = sink(serializer);
    delivery.applyTo(sink, topic);
    return sink.build();
  }

  /**
   * A sink of control data, at least once whatever the guarantee: a version that is written again
   * changes nothing, and a verdict does not wait for a checkpoint.
   */
  <T> Sink<T> controlSink(KafkaRecordSerializationSchema<T> serializer) {
    return sink(serializer).setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE).build();
  }

  private <T> KafkaSinkBuilder<T> sink(KafkaRecordSerializationSchema<T> serializer) {
    Properties producer = new Properties();
    // The connector's default lingers; a decision should not.
    producer.setProperty(ProducerConfig.LINGER_MS_CONFIG, "0");
    producer.setProperty(ProducerConfig.ACKS_CONFIG, "all");
    producer.putAll(properties);
    return KafkaSink.<T>builder()
        .setBootstrapServers(bootstrapServers)
        .setKafkaProducerConfig(producer)
        .setRecordSerializer(serializer);
  }
}
