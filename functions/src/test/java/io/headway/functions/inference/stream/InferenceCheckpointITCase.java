// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headway.functions.inference.InferenceResult;
import io.headway.functions.inference.ModelSession;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints while the model does not answer. */
class InferenceCheckpointITCase {
  private static final Duration DEADLINE = Duration.ofSeconds(4);
  private static final Duration NEVER = Duration.ofHours(1);

  /** What came out of the job that runs. */
  private static final Queue<InferenceResult<Long, Long>> RESULTS = new ConcurrentLinkedQueue<>();

  private final InMemoryReporter metrics = InMemoryReporter.create();
  @TempDir private Path folder;

  @BeforeEach
  void nothingCameOut() {
    RESULTS.clear();
  }

  @AfterEach
  void noRunGoesOn() {
    await().untilAsserted(() -> assertThat(ModelSession.openNativeObjects()).isZero());
  }

  /** The model answers nothing and as many requests are under way as may be. */
  @ParameterizedTest
  @CsvSource({"false, false", "false, true", "true, false", "true, true"})
  void aCheckpointCompletesWithinADeadlineWhileTheModelHangs(boolean ordered, boolean unaligned)
      throws Exception {
    int capacity = 32;
    Configuration config = config();
    config.set(CheckpointingOptions.ENABLE_UNALIGNED, unaligned);
    StreamExecutionEnvironment env = environment(config);
    ask(
        ordered,
        numbers(env, number -> Sums.HANGS, 10_000),
        Sums.loop(DEADLINE).withCapacity(capacity));
    try (MiniCluster flink = start()) {
      JobID job = flink.submitJob(env.getStreamGraph()).get().getJobID();
      await().until(() -> inFlight(job) == capacity);
      long startNs = System.nanoTime();
      flink.triggerCheckpoint(job, CheckpointType.CONFIGURED).get(2, TimeUnit.MINUTES);
      assertThat(Duration.ofNanos(System.nanoTime() - startNs)).isLessThan(DEADLINE.plusSeconds(2));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsUnderWayIsInTheCheckpointAndAskedAgainWithADeadlineAnew(boolean ordered)
      throws Exception {
    String savepoint;
    try (MiniCluster flink = start()) {
      StreamExecutionEnvironment env = environment(config());
      ask(ordered, numbers(env, number -> number < 10 ? Sums.HANGS : 1, 100), Sums.loop(NEVER));
      JobID job = flink.submitJob(env.getStreamGraph()).get().getJobID();
      await().until(() -> inFlight(job) > 10);
      savepoint =
          flink
              .triggerSavepoint(
                  job,
                  folder.resolve("savepoints").toString(),
                  false,
                  SavepointFormatType.CANONICAL)
              .get(1, TimeUnit.MINUTES);
      assertThat(RESULTS).noneMatch(InferenceCheckpointITCase::isFallback);
      flink.cancelJob(job).get();
    }
    RESULTS.clear();
    try (MiniCluster flink = start()) {
      StreamExecutionEnvironment env = environment(config());
      ask(ordered, numbers(env, number -> 1L, 100), Sums.loop(Duration.ofSeconds(1)));
      StreamGraph graph = env.getStreamGraph();
      graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(savepoint));
      JobID job = flink.submitJob(graph).get().getJobID();
      await()
          .untilAsserted(
              () -> {
                assertThat(flink.getArchivedExecutionGraph(job).get().getFailureInfo()).isNull();
                assertThat(RESULTS)
                    .filteredOn(InferenceCheckpointITCase::isFallbackOfHanging)
                    .hasSize(10);
              });
    }
  }

  @Test
  void whatItDoesIsInTheOperatorsMetrics() throws Exception {
    StreamExecutionEnvironment env = environment(config());
    ask(false, numbers(env, number -> 1L, 1_000), Sums.loop(DEADLINE));
    try (MiniCluster flink = start()) {
      JobID job = flink.submitJob(env.getStreamGraph()).get().getJobID();
      await().until(() -> RESULTS.size() > 100);
      Map<String, Metric> shown = new HashMap<>();
      metrics
          .findMetrics(job, ".*\\.Ask\\..*inference\\..*")
          .forEach((name, metric) -> shown.put(name.replaceFirst(".*inference\\.", ""), metric));
      assertThat(shown.keySet())
          .contains("fallbacks.deadline", "fallbacks.circuit-open", "fallbacks.queue-full")
          .contains("fallbacks.invalid-request", "fallbacks.model-failed")
          .contains("fallbacks.invalid-answer", "fallbacks.closed", "failures.deadline")
          .contains("busy-ms-per-second", "in-flight", "queued");
      for (String histogram :
          List.of("batch-size", "linger-us", "queue-wait-us", "run-us", "latency-us")) {
        assertThat(((Histogram) shown.get(histogram)).getCount()).as(histogram).isPositive();
      }
      assertThat(((Gauge<?>) shown.get("model-version")).getValue()).isEqualTo(1);
      assertThat(((Gauge<?>) shown.get("models-open")).getValue()).isEqualTo(1);
      assertThat((Integer) ((Gauge<?>) shown.get("native-objects")).getValue()).isPositive();
      assertThat((Long) ((Gauge<?>) shown.get("native-memory-bytes")).getValue()).isPositive();
    }
  }

  private static boolean isFallback(InferenceResult<Long, Long> result) {
    return result instanceof InferenceResult.Fallback;
  }

  private static boolean isFallbackOfHanging(InferenceResult<Long, Long> result) {
    return result instanceof InferenceResult.Fallback<Long, Long> fallback
        && fallback.value() == -Sums.HANGS;
  }

  private interface Script extends Serializable {
    long request(long number);
  }

  private static DataStream<Long> numbers(
      StreamExecutionEnvironment env, Script script, double perS) {
    return env.fromSource(
            new DataGeneratorSource<>(
                script::request, Long.MAX_VALUE, RateLimiterStrategy.perSecond(perS), Types.LONG),
            WatermarkStrategy.noWatermarks(),
            "numbers")
        .uid("numbers");
  }

  /** A network channel is before the model, so that barriers have something to wait behind. */
  private static void ask(
      boolean ordered, DataStream<Long> numbers, InferenceOptions<Long, Long> options) {
    DataStream<Long> requests = numbers.rebalance();
    InferenceOptions<Long, Long> answered = options.withFallback((number, cause) -> -number);
    SingleOutputStreamOperator<InferenceResult<Long, Long>> results =
        ordered
            ? BatchedInference.orderedWait(requests, Sums::encodeOne, Sums::decode, answered)
            : BatchedInference.unorderedWait(requests, Sums::encodeOne, Sums::decode, answered);
    results
        .name("Ask")
        .uid("Ask")
        .filter(result -> RESULTS.add(result))
        .uid("Collect")
        .sinkTo(new DiscardingSink<>())
        .uid("results");
  }

  private long inFlight(JobID job) {
    return metrics.findMetrics(job, ".*\\.Ask\\..*inference\\.in-flight").values().stream()
        .mapToLong(metric -> ((Number) ((Gauge<?>) metric).getValue()).longValue())
        .sum();
  }

  private Configuration config() {
    Configuration config = new Configuration();
    config.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        folder.resolve("checkpoints").toUri().toString());
    config.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofHours(1));
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    return config;
  }

  private static StreamExecutionEnvironment environment(Configuration config) {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(config);
    env.setParallelism(1);
    return env;
  }

  private MiniCluster start() throws Exception {
    Configuration config = metrics.addToConfiguration(new Configuration());
    config.set(RestOptions.BIND_PORT, "0");
    MiniCluster flink =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(config)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(1)
                .build());
    flink.start();
    return flink;
  }
}
