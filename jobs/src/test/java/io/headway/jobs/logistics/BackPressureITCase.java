// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.Decision;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.checkpoint.AbstractCheckpointStats;
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

/** Checkpoints while decisions leave more slowly than records come in. */
class BackPressureITCase {
  private static final int PARALLELISM = 2;
  private static final int VEHICLES = 200;
  private static final int ROUND_MS = 100;
  private static final Duration A_DECISION_TAKES = Duration.ofMillis(10);

  /**
   * Of telemetry and of changes, each of which is to be decided on: many times what can leave. It
   * also limits what one watermark brings about, which no barrier overtakes.
   */
  private static final double RECORDS_PER_SECOND = 5_000;

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** Aligned, and without buffer debloating, it takes more than a minute. */
  private static final Duration BOUND = Duration.ofSeconds(30);

  @TempDir private Path folder;

  /** Also where the cluster has no buffer debloating: after a while barriers overtake records. */
  @Test
  void aCheckpointCompletesInTimeAsTheJobIsSetUp() throws Exception {
    CompletedCheckpointStats checkpoint = underBackPressure(false, new Configuration());

    assertThat(checkpoint.getEndToEndDuration()).isLessThan(BOUND.toMillis());
    assertThat(checkpoint.isUnalignedCheckpoint()).isTrue();
  }

  @Test
  void anAlignedCheckpointCompletesInTimeWithBufferDebloating() throws Exception {
    Configuration aligned = new Configuration();
    aligned.set(CheckpointingOptions.ENABLE_UNALIGNED, false);
    CompletedCheckpointStats checkpoint = underBackPressure(true, aligned);

    assertThat(checkpoint.getEndToEndDuration()).isLessThan(BOUND.toMillis());
    assertThat(checkpoint.isUnalignedCheckpoint()).isFalse();
  }

  /** The first checkpoint of a job once no record can enter without another one's leaving. */
  private CompletedCheckpointStats underBackPressure(boolean debloating, Configuration options)
      throws Exception {
    InMemoryReporter metrics = InMemoryReporter.create();
    Configuration config = metrics.addToConfiguration(new Configuration());
    config.set(TaskManagerOptions.BUFFER_DEBLOAT_ENABLED, debloating);
    config.set(RestOptions.BIND_PORT, "0");
    try (MiniCluster flink =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(config)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(PARALLELISM)
                .build())) {
      flink.start();
      JobID job = flink.submitJob(graph(options)).get().getJobID();
      await().atMost(PATIENCE).until(() -> backPressure(metrics, job) > 900);
      long id =
          flink
              .triggerCheckpoint(job, CheckpointType.CONFIGURED)
              .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      AbstractCheckpointStats checkpoint =
          flink
              .getExecutionGraph(job)
              .get()
              .getCheckpointStatsSnapshot()
              .getHistory()
              .getCheckpointById(id);
      return (CompletedCheckpointStats) checkpoint;
    }
  }

  /** Milliseconds of the last second in which the most held up source could emit nothing. */
  private static long backPressure(InMemoryReporter metrics, JobID job) {
    return metrics.findMetrics(job, ".*Source: .*backPressuredTimeMsPerSecond").values().stream()
        .mapToLong(metric -> ((Number) ((Gauge<?>) metric).getValue()).longValue())
        .max()
        .orElse(0);
  }

  private StreamGraph graph(Configuration options) {
    Configuration config = new Configuration();
    config.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        folder.resolve("checkpoints").toUri().toString());
    // The test says when a checkpoint is taken.
    config.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofHours(1));
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    config.set(LogisticsOptions.TRIGGER_INTERVAL, Duration.ZERO);
    config.addAll(options);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(PARALLELISM);
    LogisticsJob.prepare(env, config);
    LogisticsJob.configure(
        new LogisticsJob.Sources(
            source(env, InputType.TELEMETRY, BackPressureITCase::fix),
            source(env, InputType.SHIPMENTS, BackPressureITCase::change),
            silent(env, InputType.ROAD_EVENTS),
            silent(env, InputType.BOUNDS)),
        new LogisticsJob.Sinks(new SlowSink<Decision>(), new DiscardingSink<DeadLetter>()),
        LogisticsSettings.of(config));
    return env.getStreamGraph();
  }

  private static <T extends SpecificRecordBase> DataStream<Inbound<T>> source(
      StreamExecutionEnvironment env, InputType<T> type, Script script) {
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
                RateLimiterStrategy.perSecond(RECORDS_PER_SECOND),
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

  private static byte[] change(long number) {
    long vehicle = number % VEHICLES;
    long round = number / VEHICLES;
    Instant time = TownScript.START.plusMillis(round * ROUND_MS + ROUND_MS / 2);
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
    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) {
      return new SinkWriter<>() {
        @Override
        public void write(T element, Context writeContext) {
          LockSupport.parkNanos(A_DECISION_TAKES.toNanos());
        }

        @Override
        public void flush(boolean endOfInput) {}

        @Override
        public void close() {}
      };
    }
  }
}
