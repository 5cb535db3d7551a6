// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import io.headway.jobs.logistics.LogisticsJob;
import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.CityFeed;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.cluster.Folders;
import io.headway.loadtests.cluster.JobMetrics;
import io.headway.loadtests.cluster.JobStats;
import io.headway.loadtests.cluster.LocalFlink;
import io.headway.loadtests.cluster.Ports;
import io.headway.loadtests.cluster.Waiting;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.loadtests.kafka.EmbeddedKafka;
import io.headway.schemas.Topics;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How much keyed state the logistics job holds, read from a savepoint: the simulated city is fed as
 * fast as the job takes it, without a dispatcher, and the savepoint is taken when all is in.
 */
final class StateSize {
  private static final List<String> INPUTS =
      List.of(Topics.TELEMETRY.name(), Topics.SHIPMENTS.name(), Topics.ROAD_EVENTS.name());
  private static final int SLOTS = 2;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration LOOK = Duration.ofMillis(500);

  private final Path roads;
  private final Duration fed;

  /**
   * @param roads the city's road network
   * @param fed how much of the city's day the job has seen
   */
  StateSize(Path roads, Duration fed) {
    this.roads = roads;
    this.fed = fed;
  }

  /**
   * Runs the job once.
   *
   * @return bytes of keyed state, timers included, by operator
   * @throws IOException when the job fails or does not take everything in ten minutes
   */
  Map<String, Long> measure(int vehicles, long seed) throws IOException {
    CityParameters parameters =
        CityParameters.defaults().withSeed(seed).with(Knob.VEHICLES, vehicles);
    Path folder = Files.createTempDirectory("headway-state");
    try (EmbeddedKafka kafka = EmbeddedKafka.start(folder, 0);
        LocalFlink flink = LocalFlink.start(folder, "0", Ports.any(), SLOTS, new Configuration());
        CityFeed feed = new CityFeed(parameters, RoadNetwork.open(roads))) {
      kafka.topics().create(Topics.all());
      long untilMs = feed.startMs() + fed.toMillis();
      JobID job = submit(kafka, flink, untilMs);
      send(feed, untilMs, kafka);
      awaitAll(kafka.topics().recordCounts(INPUTS), new JobMetrics(flink.rest(), job));
      return keyedBytes(flink.savepoint(job, folder.resolve("savepoints")));
    } finally {
      Folders.delete(folder);
    }
  }

  private JobID submit(EmbeddedKafka kafka, LocalFlink flink, long untilMs) throws IOException {
    Configuration config = flink.configuration();
    config.set(LogisticsOptions.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
    config.set(LogisticsOptions.ROADS_URI, roads.toUri().toString());
    // Everything lies in the past, so that nothing has to wait for its time.
    config.set(LogisticsOptions.CLOCK_EVENT_ORIGIN, untilMs);
    config.set(LogisticsOptions.CLOCK_WALL_ORIGIN, System.currentTimeMillis());
    StreamExecutionEnvironment environment = flink.environment();
    LogisticsJob.build(environment, config);
    return flink.submit(environment);
  }

  private static void send(CityFeed feed, long untilMs, EmbeddedKafka kafka) throws IOException {
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrapServers(),
                ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
                "1"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (FeedRecord record = feed.next();
          record != null && record.sendAtMs() < untilMs;
          record = feed.next()) {
        var unused =
            producer.send(
                new ProducerRecord<>(record.topic(), record.key(), record.value()),
                (sent, e) -> failure.compareAndSet(null, e));
      }
      producer.flush();
    }
    if (failure.get() != null) {
      throw new IOException(
          "The broker did not take all of the city: " + failure.get().getMessage(), failure.get());
    }
  }

  private static void awaitAll(Map<String, Long> sent, JobMetrics metrics) throws IOException {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    JobStats seen = JobStats.NONE;
    while (!isIn(sent, seen)) {
      if (!seen.failure().isEmpty() || System.nanoTime() > deadlineNs) {
        throw new IOException(
            "The job has taken %s of %s records%s; the log says more."
                .formatted(
                    seen.fates(),
                    sent,
                    seen.failure().isEmpty() ? " in " + PATIENCE : ": " + seen.failure()));
      }
      Waiting.pause(LOOK);
      seen = metrics.read();
    }
  }

  private static boolean isIn(Map<String, Long> sent, JobStats seen) {
    return sent.entrySet().stream()
        .allMatch(topic -> seen.accounted(topic.getKey()) >= topic.getValue());
  }

  /** Bytes of keyed state in a savepoint, by uid of the operator. */
  static Map<String, Long> keyedBytes(String savepoint) throws IOException {
    Path metadata = Path.of(URI.create(savepoint)).resolve("_metadata");
    Map<String, Long> bytes = new TreeMap<>();
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(metadata)))) {
      for (OperatorState operator :
          Checkpoints.loadCheckpointMetadata(in, StateSize.class.getClassLoader(), savepoint)
              .getOperatorStates()) {
        long size = 0;
        for (OperatorSubtaskState subtask : operator.getStates()) {
          size += subtask.getManagedKeyedState().getStateSize();
          size += subtask.getRawKeyedState().getStateSize();
        }
        if (size > 0) {
          bytes.put(operator.getOperatorUid().orElse(operator.getOperatorID().toString()), size);
        }
      }
    }
    return bytes;
  }
}
