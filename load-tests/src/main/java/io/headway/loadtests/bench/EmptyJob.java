// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InboundDeserializer;
import io.headway.functions.ingest.InputType;
import io.headway.functions.ingest.StreamClock;
import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.schemas.Telemetry;
import io.headway.schemas.Topics;
import java.nio.ByteBuffer;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.ParameterTool;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The floor under the logistics job: it reads and decodes telemetry with the job's own source, and
 * writes one record in many to the topic of decisions with the job's settings of the producer. What
 * it writes is the append time of the record that it read, eight bytes, so that latency can be
 * seen.
 */
public final class EmptyJob {
  /** One record in so many is written, about as many as the logistics job writes decisions. */
  static final int WRITTEN_OF = 150;

  /** As the logistics job has it. */
  private static final String FETCHED_BYTES = Integer.toString(64 * 1024);

  private EmptyJob() {}

  /**
   * Submits the job.
   *
   * @param args options of the logistics job and of Flink as {@code --key value}
   */
  public static void main(String[] args) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    Configuration config = ParameterTool.fromArgs(args).getConfiguration();
    env.configure(config);
    String brokers = config.get(LogisticsOptions.BOOTSTRAP_SERVERS);
    InputType<Telemetry> type = InputType.TELEMETRY;
    KafkaSource<Inbound<Telemetry>> source =
        KafkaSource.<Inbound<Telemetry>>builder()
            .setBootstrapServers(brokers)
            .setGroupId(config.get(LogisticsOptions.GROUP_ID))
            .setTopics(type.topic())
            .setProperty(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCHED_BYTES)
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setDeserializer(
                new InboundDeserializer<>(
                    type,
                    StreamClock.system(),
                    config.get(LogisticsOptions.FUTURE_ALLOWANCE),
                    config.get(LogisticsOptions.MAX_RECORD_BYTES),
                    new DeadLetters(config.get(LogisticsOptions.DEAD_LETTER_PAYLOAD_BYTES))))
            .build();
    KafkaSink<byte[]> sink =
        KafkaSink.<byte[]>builder()
            .setBootstrapServers(brokers)
            .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
            .setProperty(ProducerConfig.LINGER_MS_CONFIG, "0")
            .setProperty(ProducerConfig.ACKS_CONFIG, "all")
            .setRecordSerializer(
                KafkaRecordSerializationSchema.<byte[]>builder()
                    .setTopic(Topics.DECISIONS.name())
                    .setKafkaValueSerializer(ByteArraySerializer.class)
                    .build())
            .build();
    env.fromSource(source, WatermarkStrategy.noWatermarks(), "telemetry", type.inbound())
        .filter(input -> input.origin().offset() % WRITTEN_OF == 0)
        .map(input -> bytes(input.origin().appendTimeMs()))
        .returns(PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO)
        .sinkTo(sink);
    env.execute("headway-empty");
  }

  private static byte[] bytes(long appendTimeMs) {
    return ByteBuffer.allocate(Long.BYTES).putLong(appendTimeMs).array();
  }
}
