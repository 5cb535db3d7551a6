// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.headway.jobs.logistics.LogisticsJob;
import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.loadtests.kafka.EmbeddedKafka;
import io.headway.schemas.Bounds;
import io.headway.schemas.Decision;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import io.headway.schemas.Topics;
import io.headway.schemas.TriggerKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a consumer of decisions sees of a failure: the TaskManager goes after decisions that no
 * checkpoint covers, so that the job makes them again.
 */
class DeliveryE2ECase {
  private static final int VEHICLES = 8;
  private static final int SLOTS = 2;
  private static final Instant START = Instant.parse("2024-01-08T09:00:00Z");
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path folder;
  private EmbeddedKafka kafka;
  private KafkaProducer<byte[], byte[]> producer;

  @BeforeEach
  void startBroker() throws IOException {
    kafka = EmbeddedKafka.start(folder, 0);
    kafka.topics().create(Topics.all());
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", kafka.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  @AfterEach
  void stopBroker() throws IOException {
    producer.close();
    kafka.close();
  }

  @Test
  void exactlyOnceShowsEachDecisionOnceThroughAFailure() throws Exception {
    Seen seen = throughAFailure(DeliveryGuarantee.EXACTLY_ONCE);

    assertThat(seen.written())
        .as("the failure made the job write decisions again")
        .anySatisfy((id, records) -> assertThat(records).hasSizeGreaterThan(1));
    assertThat(seen.committed()).allSatisfy((id, records) -> assertThat(records).hasSize(1));
    assertThat(shipments(seen.committed())).isEqualTo(shipmentsOf(1, 2, 3));
  }

  @Test
  void atLeastOnceRepeatsDecisionsUnderTheirIdsAndTheLastOnesAgree() throws Exception {
    Seen seen = throughAFailure(DeliveryGuarantee.AT_LEAST_ONCE);

    assertThat(seen.committed())
        .anySatisfy((id, records) -> assertThat(records).hasSizeGreaterThan(1));
    assertThat(shipments(seen.committed())).isEqualTo(shipmentsOf(1, 2, 3));
    // What the job itself asked for, by the time of what it had read, need not come again.
    seen.committed().values().stream()
        .map(records -> records.get(records.size() - 1))
        .filter(decision -> decision.getTrigger().getKind() == TriggerKind.SHIPMENT_CHANGED)
        .collect(groupingBy(Decision::getVehicleId))
        .forEach(
            (vehicle, decisions) ->
                assertThat(decisions)
                    .as("the last records of %s count on from the restored state", vehicle)
                    .extracting(Decision::getSequence)
                    .doesNotHaveDuplicates());
  }

  @ParameterizedTest
  @CsvSource({"AT_LEAST_ONCE, EXACTLY_ONCE", "EXACTLY_ONCE, AT_LEAST_ONCE"})
  void theGuaranteeChangesWithASavepoint(DeliveryGuarantee before, DeliveryGuarantee after)
      throws Exception {
    try (MiniCluster flink = cluster();
        Reader committed = new Reader("read_committed");
        Reader written = new Reader("read_uncommitted")) {
      flink.start();
      String savepoint = stopAfter(1, flink, options(before), committed);

      Configuration restored = options(after);
      restored.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
      JobID second = submit(flink, restored);
      send(2);
      written.awaitDecisionsFor(shipmentsOf(2), 1);
      awaitRunning(flink, second);
      flink.triggerCheckpoint(second, CheckpointType.FULL).get();
      committed.awaitDecisionsFor(shipmentsOf(1, 2), 1);
      flink.cancelJob(second).get();
      flink.requestJobResult(second).get();

      committed.readToEnd();
      assertThat(committed.decisions).allSatisfy((id, records) -> assertThat(records).hasSize(1));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
  void requestsAreRecordedFromASavepointOnAndNoMoreWhereTheirSinksStateIsIgnored(
      DeliveryGuarantee guarantee) throws Exception {
    try (MiniCluster flink = cluster();
        Reader committed = new Reader("read_committed")) {
      flink.start();
      String without = stopAfter(1, flink, options(guarantee), committed);
      assertThat(recordedRequests()).isZero();

      Configuration recording = options(guarantee);
      recording.set(LogisticsOptions.DECISION_REQUESTS, true);
      recording.set(StateRecoveryOptions.SAVEPOINT_PATH, without);
      String with = stopAfter(2, flink, recording, committed);
      long recorded = recordedRequests();
      assertThat(recorded).isGreaterThanOrEqualTo(VEHICLES);

      Configuration restored = options(guarantee);
      restored.set(StateRecoveryOptions.SAVEPOINT_PATH, with);
      JobID refused = submit(flink, restored);
      assertThat(flink.requestJobResult(refused).get().getSerializedThrowable())
          .get(InstanceOfAssertFactories.THROWABLE)
          .hasStackTraceContaining("allowNonRestoredState");

      restored.set(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE, true);
      stopAfter(3, flink, restored, committed);
      assertThat(recordedRequests()).isEqualTo(recorded);
    }
  }

  /** Lets a job decide on a minute and stops it with a savepoint, which is returned. */
  private String stopAfter(int minute, MiniCluster flink, Configuration config, Reader committed)
      throws Exception {
    JobID job = submit(flink, config);
    send(minute);
    try (Reader written = new Reader("read_uncommitted")) {
      written.awaitDecisionsFor(shipmentsOf(minute), 1);
    }
    awaitRunning(flink, job);
    String savepoint =
        flink
            .stopWithSavepoint(
                job,
                folder.resolve("savepoints").toUri().toString(),
                false,
                SavepointFormatType.CANONICAL)
            .get();
    committed.awaitDecisionsFor(shipmentsOf(minute), 1);
    return savepoint;
  }

  private long recordedRequests() throws IOException {
    String topic = Topics.DECISION_REQUESTS.name();
    return kafka.topics().recordCounts(List.of(topic)).get(topic);
  }

  @Test
  void aJobThatStartsWithoutStateKnowsTheBoundsThatAnEarlierOneHasRead() throws Exception {
    send("bounds", "fleet", Bounds.newBuilder().setVersion(7).build().toByteBuffer());
    try (MiniCluster flink = cluster();
        Reader written = new Reader("read_uncommitted")) {
      flink.start();
      stopAfter(1, flink, options(DeliveryGuarantee.AT_LEAST_ONCE), written);

      JobID second = submit(flink, options(DeliveryGuarantee.AT_LEAST_ONCE));
      send(2);
      written.awaitDecisionsFor(shipmentsOf(2), 1);
      send(3);
      written.awaitDecisionsFor(shipmentsOf(3), 1);
      flink.cancelJob(second).get();

      assertThat(written.decisions.values())
          .extracting(records -> records.get(0))
          .filteredOn(decision -> shipmentsOf(3).contains(decision.getTrigger().getReference()))
          .isNotEmpty()
          .allSatisfy(decision -> assertThat(decision.getBoundsVersion()).isEqualTo(7));
    }
  }

  @Test
  void aTransactionLongerThanTheBrokerAllowsIsRefusedAtSubmission() {
    Configuration config = options(DeliveryGuarantee.EXACTLY_ONCE);
    config.set(LogisticsOptions.TRANSACTION_TIMEOUT, Duration.ofMinutes(16));

    assertThatThrownBy(
            () -> LogisticsJob.build(StreamExecutionEnvironment.getExecutionEnvironment(), config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("headway.delivery.transaction-timeout is 960 s")
        .hasMessageContaining("transaction.max.timeout.ms is 900000")
        .hasMessageContaining("lower the option or raise the broker's limit");
  }

  /** Decisions by id, in the order in which they lie on the topic. */
  private record Seen(Map<String, List<Decision>> committed, Map<String, List<Decision>> written) {}

  private Seen throughAFailure(DeliveryGuarantee guarantee) throws Exception {
    Configuration config = options(guarantee);
    try (MiniCluster flink = cluster();
        Reader committed = new Reader("read_committed");
        Reader written = new Reader("read_uncommitted")) {
      flink.start();
      JobID job = submit(flink, config);

      send(1);
      written.awaitDecisionsFor(shipmentsOf(1), 1);
      awaitRunning(flink, job);
      flink.triggerCheckpoint(job, CheckpointType.FULL).get();
      committed.awaitDecisionsFor(shipmentsOf(1), 1);

      send(2);
      written.awaitDecisionsFor(shipmentsOf(2), 1);
      flink.terminateTaskManager(0).get();
      flink.startTaskManager();
      written.awaitDecisionsFor(shipmentsOf(2), 2);

      send(3);
      written.awaitDecisionsFor(shipmentsOf(3), 1);
      awaitRunning(flink, job);
      flink.triggerCheckpoint(job, CheckpointType.FULL).get();
      committed.awaitDecisionsFor(shipmentsOf(1, 2, 3), 1);
      flink.cancelJob(job).get();
      flink.requestJobResult(job).get();
      committed.readToEnd();
      return new Seen(committed.decisions, written.decisions);
    }
  }

  private static MiniCluster cluster() {
    Configuration config = new Configuration();
    config.set(RestOptions.BIND_PORT, "0");
    return new MiniCluster(
        new MiniClusterConfiguration.Builder()
            .setConfiguration(config)
            .setNumTaskManagers(1)
            .setNumSlotsPerTaskManager(SLOTS)
            .build());
  }

  private static JobID submit(MiniCluster flink, Configuration config) throws Exception {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(config);
    environment.setParallelism(SLOTS);
    LogisticsJob.build(environment, config);
    return flink.submitJob(environment.getStreamGraph()).get().getJobID();
  }

  /** A checkpoint needs every task, and decisions may come before the last source has started. */
  private static void awaitRunning(MiniCluster flink, JobID job) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              for (AccessExecutionVertex task :
                  flink.getExecutionGraph(job).get().getAllExecutionVertices()) {
                if (task.getExecutionState() != ExecutionState.RUNNING) {
                  return false;
                }
              }
              return true;
            });
  }

  private Configuration options(DeliveryGuarantee guarantee) {
    Configuration config = new Configuration();
    config.set(LogisticsOptions.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
    config.set(LogisticsOptions.DELIVERY_GUARANTEE, guarantee);
    config.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        folder.resolve("checkpoints").toUri().toString());
    // The test says when a checkpoint is taken.
    config.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMinutes(10));
    config.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofMinutes(2));
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 100);
    config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(100));
    return config;
  }

  /** A minute of every vehicle, and a shipment more for each. */
  private void send(int minute) throws IOException {
    for (int vehicle = 0; vehicle < VEHICLES; vehicle++) {
      String id = "van-" + vehicle;
      for (int s = 0; s < 60; s += 10) {
        Instant time = START.plusSeconds(60L * minute + s);
        send(
            "telemetry",
            id,
            new Telemetry(id, time, 41.0 + 0.01 * vehicle, -8.0, 0f, null, null).toByteBuffer());
      }
      Instant time = START.plusSeconds(60L * minute + 59);
      String shipment = shipment(vehicle, minute);
      send(
          "shipments",
          shipment,
          new Shipment(
                  shipment,
                  id,
                  time,
                  ShipmentStatus.PLANNED,
                  minute,
                  41.0 + 0.01 * vehicle,
                  -8.0 + 0.02 * minute,
                  START,
                  START.plusSeconds(7_200),
                  60f)
              .toByteBuffer());
    }
    producer.flush();
  }

  private void send(String topic, String key, ByteBuffer value) {
    byte[] bytes = new byte[value.remaining()];
    value.get(bytes);
    var unused =
        producer.send(new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), bytes));
  }

  private static String shipment(int vehicle, int minute) {
    return "van-" + vehicle + "/" + minute;
  }

  private static Set<String> shipmentsOf(int... minutes) {
    return IntStream.of(minutes)
        .boxed()
        .flatMap(
            minute -> IntStream.range(0, VEHICLES).mapToObj(vehicle -> shipment(vehicle, minute)))
        .collect(toSet());
  }

  /** The shipments whose change was decided on. */
  private static Set<String> shipments(Map<String, List<Decision>> decisions) {
    return decisions.values().stream()
        .flatMap(Collection::stream)
        .filter(decision -> decision.getTrigger().getKind() == TriggerKind.SHIPMENT_CHANGED)
        .map(decision -> decision.getTrigger().getReference())
        .collect(toSet());
  }

  /** Reads decisions in the test's thread. */
  private final class Reader implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, List<Decision>> decisions = new LinkedHashMap<>();

    Reader(String isolationLevel) {
      consumer =
          new KafkaConsumer<>(
              Map.of(
                  ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                  kafka.bootstrapServers(),
                  ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                  isolationLevel),
              new ByteArrayDeserializer(),
              new ByteArrayDeserializer());
      List<TopicPartition> partitions =
          consumer.partitionsFor("decisions").stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
    }

    void awaitDecisionsFor(Set<String> shipments, int times) {
      await()
          .pollInSameThread()
          .atMost(PATIENCE)
          .until(
              () -> {
                read();
                return shipments.stream().allMatch(shipment -> count(shipment) >= times);
              });
    }

    /** Reads what is there. */
    void readToEnd() throws IOException {
      Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        read();
      }
    }

    private long count(String shipment) {
      return decisions.values().stream()
          .flatMap(Collection::stream)
          .filter(decision -> shipment.equals(decision.getTrigger().getReference()))
          .count();
    }

    private void read() throws IOException {
      for (var message : consumer.poll(Duration.ofMillis(200))) {
        Decision decision = Decision.getDecoder().decode(message.value());
        decisions.computeIfAbsent(decision.getDecisionId(), id -> new ArrayList<>()).add(decision);
      }
    }

    @Override
    public void close() {
      consumer.close();
    }
  }
}
