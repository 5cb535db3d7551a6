// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.headway.jobs.logistics.LogisticsJob;
import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.loadtests.kafka.EmbeddedKafka;
import io.headway.loadtests.kafka.TopicReader;
import io.headway.schemas.Decision;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Brokers that let nobody in without a password: the settings of Kafka's clients pass through. */
class PasswordE2ECase {
  private static final String PASSWORD = "open-sesame";
  private static final Instant START = Instant.parse("2024-01-08T09:00:00Z");

  @TempDir private Path folder;
  private EmbeddedKafka kafka;

  @BeforeEach
  void startBroker() throws IOException {
    Map<String, String> broker =
        Map.of(
            "listener.security.protocol.map",
            "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name",
            "PLAINTEXT",
            "sasl.enabled.mechanisms",
            "PLAIN",
            "sasl.mechanism.inter.broker.protocol",
            "PLAIN",
            "listener.name.plaintext.plain.sasl.jaas.config",
            login("broker", "b") + " user_broker=\"b\" user_job=\"" + PASSWORD + "\";");
    kafka = EmbeddedKafka.start(folder, 0, broker, client(PASSWORD));
    kafka.topics().create(Topics.all());
  }

  @AfterEach
  void stopBroker() throws IOException {
    kafka.close();
  }

  private static String login(String user, String password) {
    return "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"%s\""
        .formatted(user, password);
  }

  private static Map<String, String> client(String password) {
    return Map.of(
        "security.protocol",
        "SASL_PLAINTEXT",
        "sasl.mechanism",
        "PLAIN",
        "sasl.jaas.config",
        login("job", password) + ";");
  }

  @Test
  void theJobReadsWritesAndCommitsWithIt() throws Exception {
    send();
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    LogisticsJob.build(env, options(PASSWORD));
    JobClient job = env.executeAsync();
    Queue<Decision> decisions = new ConcurrentLinkedQueue<>();
    Map<String, Object> config = new HashMap<>(client(PASSWORD));
    config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    TopicReader reader =
        new TopicReader(
            config,
            "test",
            List.of(Topics.DECISIONS.name()),
            TopicReader.Start.EARLIEST,
            message -> decisions.add(decision(message)));
    Thread thread = new Thread(reader, "test-reader");
    thread.start();
    try {
      await().atMost(Duration.ofMinutes(1)).until(() -> !decisions.isEmpty());
      assertThat(decisions.peek().getTrigger().getReference()).isEqualTo("parcel");
    } finally {
      reader.stop();
      thread.join();
      job.cancel().get();
    }
  }

  @Test
  void aWrongOneIsRefusedAtSubmissionAndNotTold() {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();

    assertThatThrownBy(() -> LogisticsJob.build(env, options("guess")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Authentication failed")
        .hasMessageNotContaining("guess");
  }

  private Configuration options(String password) {
    Configuration config = new Configuration();
    config.set(LogisticsOptions.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
    config.set(LogisticsOptions.DELIVERY_GUARANTEE, DeliveryGuarantee.EXACTLY_ONCE);
    config.set(LogisticsOptions.KAFKA_PROPERTIES, client(password));
    config.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1));
    return config;
  }

  /** A minute of a vehicle, and a shipment for it. */
  private void send() throws IOException {
    Map<String, Object> config = new HashMap<>(client(PASSWORD));
    config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int s = 0; s < 60; s += 10) {
        Instant time = START.plusSeconds(s);
        send(
            producer,
            Topics.TELEMETRY.name(),
            "van",
            new Telemetry("van", time, 41.0, -8.0, 0f, null, null).toByteBuffer());
      }
      send(
          producer,
          Topics.SHIPMENTS.name(),
          "parcel",
          new Shipment(
                  "parcel",
                  "van",
                  START.plusSeconds(59),
                  ShipmentStatus.PLANNED,
                  1,
                  41.0,
                  -8.02,
                  START,
                  START.plusSeconds(7_200),
                  60f)
              .toByteBuffer());
    }
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer, String topic, String key, ByteBuffer value) {
    byte[] bytes = new byte[value.remaining()];
    value.get(bytes);
    var unused =
        producer.send(new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), bytes));
  }

  private static Decision decision(ConsumerRecord<byte[], byte[]> message) {
    try {
      return Decision.getDecoder().decode(message.value());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
