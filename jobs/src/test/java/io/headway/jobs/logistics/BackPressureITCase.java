// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.Decision;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStats;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints while there is more to do than can be done. */
class BackPressureITCase {
  private static final int PARALLELISM = 2;
  private static final int VEHICLES = 200;
  private static final int ROUND_MS = 100;

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration BOUND = Duration.ofSeconds(30);

  @TempDir private Path folder;

  /**
   * Decisions leave more slowly than records come in. With buffer debloating, as clusters should
   * have it, and without, as Flink has it by default.
   */
  @ParameterizedTest
  @CsvSource({"true, 30", "false, 300"})
  void aCheckpointCompletesWhileASourceIsHeldUp(boolean debloating, long boundS) throws Exception {
    Load load = new Load(5_000, 5_000, Duration.ofMillis(200), Duration.ofMillis(10));
    InMemoryReporter metrics = InMemoryReporter.create();
    // The test says when a checkpoint is taken.
    try (MiniCluster flink = start(metrics, debloating)) {
      JobID job = flink.submitJob(graph(load, Duration.ofHours(1))).get().getJobID();
      await().atMost(PATIENCE).until(() -> backPressure(metrics, job) > 900);

      long id =
          flink.triggerCheckpoint(job, CheckpointType.CONFIGURED).get(boundS, TimeUnit.SECONDS);

      assertThat(checkpoints(flink, job).getHistory().getCheckpointById(id).getEndToEndDuration())
          .isLessThan(1_000 * boundS);
    }
  }

  /**
   * What one watermark brings about is more than fits between the operators. Barriers that overtook
   * it on one way to PlanAndTrigger would wait there for ever for those on another, see {@code
   * docs/adr/0004}.
   */
  @Test
  void checkpointsCompleteWhereAWatermarkBringsAboutMuch() throws Exception {
    Load load = new Load(20_000, 500, Duration.ofSeconds(4), Duration.ZERO);
    long aFewWatermarksMs = TownScript.START.plusSeconds(100).toEpochMilli();
    InMemoryReporter metrics = InMemoryReporter.create();
    try (MiniCluster flink = start(metrics, true)) {
      JobID job = flink.submitJob(graph(load, Duration.ofMillis(100))).get().getJobID();
      Instant begin = Instant.now();

      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  lastCompletedMs(flink, job) > begin.plusSeconds(20).toEpochMilli()
                      && fusedUntilMs(metrics, job) > aFewWatermarksMs);

      assertThat(checkpoints(flink, job).getSummaryStats().getEndToEndDurationStats().getMaximum())
          .isLessThan(BOUND.toMillis());
    }
  }

  /**
   * What comes in, and how fast decisions leave.
   *
   * @param fixesPerS telemetry records a second
   * @param changesPerS changes of shipments a second, each of which is to be decided on
   */
  private record Load(
      double fixesPerS, double changesPerS, Duration watermarkInterval, Duration aDecisionTakes) {

    /** Event time between two changes of a vehicle, so that it passes for all sources alike. */
    long changesEveryMs() {
      return Math.round(ROUND_MS * fixesPerS / changesPerS);
    }
  }

  private static MiniCluster start(InMemoryReporter metrics, boolean debloating) throws Exception {
    Configuration config = metrics.addToConfiguration(new Configuration());
    config.set(TaskManagerOptions.BUFFER_DEBLOAT_ENABLED, debloating);
    config.set(RestOptions.BIND_PORT, "0");
    MiniCluster flink =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(config)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(PARALLELISM)
                .build());
    flink.start();
    return flink;
  }

  private static CheckpointStatsSnapshot checkpoints(MiniCluster flink, JobID job)
      throws Exception {
    return flink.getExecutionGraph(job).get().getCheckpointStatsSnapshot();
  }

  private static long lastCompletedMs(MiniCluster flink, JobID job) throws Exception {
    CompletedCheckpointStats last =
        checkpoints(flink, job).getHistory().getLatestCompletedCheckpoint();
    return last == null ? 0 : last.getLatestAckTimestamp();
  }

  /** Milliseconds of the last second in which the most held up source could emit nothing. */
  private static long backPressure(InMemoryReporter metrics, JobID job) {
    return metrics.findMetrics(job, ".*Source: .*backPressuredTimeMsPerSecond").values().stream()
        .mapToLong(metric -> ((Number) ((Gauge<?>) metric).getValue()).longValue())
        .max()
        .orElse(0);
  }

  /** Until when, by event time, positions of all vehicles are in order. */
  private static long fusedUntilMs(InMemoryReporter metrics, JobID job) {
    return metrics.findMetrics(job, ".*\\.FuseVehicle\\..*currentOutputWatermark").values().stream()
        .mapToLong(metric -> ((Number) ((Gauge<?>) metric).getValue()).longValue())
        .min()
        .orElse(0);
  }

  private StreamGraph graph(Load load, Duration checkpointInterval) {
    Configuration config = new Configuration();
    config.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        folder.resolve("checkpoints").toUri().toString());
    config.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, checkpointInterval);
    config.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, load.watermarkInterval);
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    config.set(LogisticsOptions.TRIGGER_INTERVAL, Duration.ZERO);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(PARALLELISM);
    LogisticsJob.prepare(env, config);
    LogisticsJob.configure(
        new LogisticsJob.Sources(
            source(env, InputType.TELEMETRY, BackPressureITCase::fix, load.fixesPerS),
            source(env, InputType.SHIPMENTS, changes(load.changesEveryMs()), load.changesPerS),
            silent(env, InputType.ROAD_EVENTS),
            silent(env, InputType.BOUNDS),
            silent(env, InputType.MODEL_RELEASES)),
        new LogisticsJob.Sinks(
            new SlowSink<Decision>(load.aDecisionTakes),
            null,
            new DiscardingSink<DeadLetter>(),
            new DiscardingSink<ModelRelease>()),
        LogisticsSettings.of(config),
        List.of());
    return env.getStreamGraph();
  }

  private static <T extends SpecificRecordBase> DataStream<Inbound<T>> source(
      StreamExecutionEnvironment env, InputType<T> type, Script script, double recordsPerS) {
    KafkaLike<T> decoder = new KafkaLike<>(type);
    GeneratorFunction<Long, Inbound<T>> generator = i -> decoder.decode(script.record(i), i);
    WatermarkStrategy<Inbound<T>> watermarks =
        WatermarkStrategy.<Inbound<T>>forMonotonousTimestamps()
            .withTimestampAssigner((input, before) -> decoder.timestampMs(input))
            .withWatermarkAlignment("vehicles", Duration.ofSeconds(10), Duration.ofMillis(50));
    return env.fromSource(
            new DataGeneratorSource<>(
                generator,
                Long.MAX_VALUE,
                RateLimiterStrategy.perSecond(recordsPerS),
                type.inbound()),
            watermarks,
            type.topic())
        .uid(type.topic())
        .setParallelism(1);
  }

  private static <T extends SpecificRecordBase> DataStream<Inbound<T>> silent(
      StreamExecutionEnvironment env, InputType<T> type) {
    return env.fromSource(
            new DataGeneratorSource<>(
                i -> i, Long.MAX_VALUE, RateLimiterStrategy.perSecond(1), Types.LONG),
            WatermarkStrategy.<Long>noWatermarks().withIdleness(Duration.ofMillis(100)),
            "numbers for " + type.topic())
        .uid("numbers for " + type.topic())
        .flatMap((Long number, Collector<Inbound<T>> out) -> {})
        .returns(type.inbound())
        .uid(type.topic());
  }

  private interface Script extends Serializable {
    byte[] record(long number);
  }

  private static byte[] fix(long number) {
    long vehicle = number % VEHICLES;
    Instant time = TownScript.START.plusMillis(number / VEHICLES * ROUND_MS);
    return TownScript.bytes(
        new Telemetry("van-" + vehicle, time, 41.0 + 0.001 * vehicle, -8.0, 0f, null, null));
  }

  private static Script changes(long everyMs) {
    return number -> change(number % VEHICLES, number / VEHICLES, everyMs);
  }

  private static byte[] change(long vehicle, long round, long everyMs) {
    Instant time = TownScript.START.plusMillis(round * everyMs + ROUND_MS / 2);
    return TownScript.bytes(
        new Shipment(
            "s-" + vehicle,
            "van-" + vehicle,
            time,
            ShipmentStatus.PLANNED,
            1,
            41.1 + 0.001 * vehicle,
            -8.0,
            TownScript.START,
            TownScript.START.plusSeconds(36_000 + 60 * (round % 2)),
            60f));
  }

  private static final class SlowSink<T> implements Sink<T> {
    private final Duration aRecordTakes;

    SlowSink(Duration aRecordTakes) {
      this.aRecordTakes = aRecordTakes;
    }

    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) {
      return new SinkWriter<>() {
        @Override
        public void write(T element, Context writeContext) {
          LockSupport.parkNanos(aRecordTakes.toNanos());
        }

        @Override
        public void flush(boolean endOfInput) {}

        @Override
        public void close() {}
      };
    }
  }
}
