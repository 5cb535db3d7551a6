// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.InferenceCause;
import io.headway.functions.inference.InferenceResult;
import io.headway.functions.inference.InferenceResult.Failure;
import io.headway.functions.inference.InferenceResult.Fallback;
import io.headway.functions.inference.InferenceResult.Success;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSession;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.inference.TestModels;
import io.headway.functions.memory.NativeMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchedInferenceITCase {
  @RegisterExtension
  static final MiniClusterExtension FLINK =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(4)
              .build());

  private static final AtomicInteger UNDER_WAY = new AtomicInteger();
  private static final AtomicInteger MOST_UNDER_WAY = new AtomicInteger();

  @AfterEach
  void whatTheJobOpenedIsClosed() {
    await()
        .untilAsserted(
            () -> {
              assertThat(ModelSession.openNativeObjects()).isZero();
              assertThat(SharedModels.ofThisJob().size()).isZero();
              assertThat(NativeMemory.ofThisJob().reservedBytes()).isZero();
            });
  }

  @Test
  void orderedResultsComeInTheOrderOfTheRequests() throws Exception {
    StreamExecutionEnvironment env = environment(1);
    List<InferenceResult<Long, Long>> results =
        collect(
            BatchedInference.orderedWait(
                env.fromSequence(0, 9_999), Sums::encodeThree, Sums::decode, Sums.sum()));
    assertThat(values(results))
        .containsExactlyElementsOf(LongStream.range(0, 10_000).map(i -> 3 * i).boxed().toList());
  }

  @Test
  void everyRequestOfEverySubtaskIsAnsweredOnce() throws Exception {
    StreamExecutionEnvironment env = environment(4);
    List<InferenceResult<Long, Long>> results =
        collect(
            BatchedInference.unorderedWait(
                env.fromSequence(0, 9_999), Sums::encodeThree, Sums::decode, Sums.sum()));
    assertThat(values(results))
        .containsExactlyInAnyOrderElementsOf(
            LongStream.range(0, 10_000).map(i -> 3 * i).boxed().toList());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void noWatermarkOvertakesARequest(boolean ordered) throws Exception {
    StreamExecutionEnvironment env = environment(1);
    DataStream<Long> requests =
        env.fromSequence(1, 20_000)
            .assignTimestampsAndWatermarks(
                WatermarkStrategy.<Long>forGenerator(context -> new EveryRecord())
                    .withTimestampAssigner((number, before) -> number));
    DataStream<Boolean> late =
        (ordered
                ? BatchedInference.orderedWait(
                    requests, Sums::encodeThree, Sums::decode, Sums.sum())
                : BatchedInference.unorderedWait(
                    requests, Sums::encodeThree, Sums::decode, Sums.sum()))
            .process(new Late());
    List<Boolean> lates = new ArrayList<>();
    try (CloseableIterator<Boolean> all = late.executeAndCollect()) {
      all.forEachRemaining(lates::add);
    }
    assertThat(lates).hasSize(20_000).doesNotContain(true);
  }

  @Test
  void aRequestPastItsDeadlineIsAnsweredByTheFallback() throws Exception {
    StreamExecutionEnvironment env = environment(1);
    List<InferenceResult<Long, Long>> results =
        collect(
            BatchedInference.orderedWait(
                env.fromData(1L, Sums.HANGS),
                Sums::encodeOne,
                Sums::decode,
                Sums.loop(Duration.ofMillis(200)).withFallback((number, cause) -> -number)));
    // Both are in one batch, which hangs.
    assertThat(results).hasSize(2);
    assertThat(results.get(1))
        .isEqualTo(
            new Fallback<Long, Long>(
                -Sums.HANGS,
                InferenceCause.DEADLINE,
                "Model loop:1 did not answer within PT0.2S."));
  }

  @Test
  void whileTheModelHangsTheCircuitSendsRequestsToTheFallback() throws Exception {
    StreamExecutionEnvironment env = environment(1);
    List<InferenceResult<Long, Long>> results =
        collect(
            BatchedInference.unorderedWait(
                env.fromSequence(1, 1_000).map(number -> Sums.HANGS),
                Sums::encodeOne,
                Sums::decode,
                Sums.loop(Duration.ofMillis(200))
                    .withCapacity(20)
                    .withFallback((number, cause) -> -number)));
    assertThat(results)
        .hasSize(1_000)
        .filteredOn(
            result ->
                result instanceof Fallback<Long, Long> fallback
                    && fallback.cause() == InferenceCause.CIRCUIT_OPEN)
        .hasSizeGreaterThan(900);
  }

  @Test
  void capacityHoldsUpTheInputWhileTheModelHangs() throws Exception {
    int capacity = 20;
    StreamExecutionEnvironment env = environment(1);
    DataStream<Long> requests =
        env.fromSequence(1, 100)
            .map(
                number -> {
                  MOST_UNDER_WAY.accumulateAndGet(UNDER_WAY.incrementAndGet(), Math::max);
                  return Sums.HANGS;
                });
    List<InferenceResult<Long, Long>> results =
        collect(
            BatchedInference.unorderedWait(
                    requests,
                    Sums::encodeOne,
                    Sums::decode,
                    Sums.loop(Duration.ofMillis(200))
                        .withCapacity(capacity)
                        .withFallback((number, cause) -> -number))
                .filter(result -> UNDER_WAY.decrementAndGet() >= 0));
    assertThat(results).hasSize(100);
    // The next one waits before the operator.
    assertThat(MOST_UNDER_WAY).hasValue(capacity + 1);
  }

  @Test
  void withoutAFallbackAFailureHoldsTheRequest() throws Exception {
    StreamExecutionEnvironment env = environment(1);
    List<InferenceResult<Long, Long>> results =
        collect(
            BatchedInference.orderedWait(
                env.fromData(1L, 2L, 3L),
                (number, inputs) -> {
                  if (number == 2) {
                    throw new IllegalArgumentException("two is not served");
                  }
                  Sums.encodeThree(number, inputs);
                },
                Sums::decode,
                Sums.sum()));
    assertThat(results)
        .containsExactly(
            new Success<Long, Long>(3L),
            new Failure<Long, Long>(
                2L, InferenceCause.INVALID_REQUEST, "Model sum:1 was not asked: two is not served"),
            new Success<Long, Long>(9L));
  }

  @Test
  void aFallbackThatFailsIsAFailure() throws Exception {
    StreamExecutionEnvironment env = environment(1);
    List<InferenceResult<Long, Long>> results =
        collect(
            BatchedInference.orderedWait(
                env.fromData(Sums.HANGS),
                Sums::encodeOne,
                Sums::decode,
                Sums.loop(Duration.ofMillis(100))
                    .withFallback(
                        (number, cause) -> {
                          throw new IllegalStateException("nor do I");
                        })));
    assertThat(results)
        .containsExactly(
            new Failure<Long, Long>(
                Sums.HANGS,
                InferenceCause.DEADLINE,
                "Model loop:1 did not answer within PT0.1S. The fallback failed too: java.lang.IllegalStateException: nor do I"));
  }

  @Test
  void aModelThatDoesNotFitIntoTheTaskManagersNativeMemoryIsToldAtTheStart() throws Exception {
    Configuration small = new Configuration();
    small.set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, new MemorySize(1));
    small.set(RestOptions.BIND_PORT, "0");
    try (MiniCluster flink =
        new MiniCluster(new MiniClusterConfiguration.Builder().setConfiguration(small).build())) {
      flink.start();
      StreamExecutionEnvironment env = environment(1);
      BatchedInference.orderedWait(env.fromData(1L), Sums::encodeThree, Sums::decode, Sums.sum())
          .sinkTo(new DiscardingSink<>());
      JobID job = flink.submitJob(env.getStreamGraph()).get().getJobID();
      assertThatThrownBy(
              () ->
                  flink
                      .requestJobResult(job)
                      .get()
                      .toJobExecutionResult(getClass().getClassLoader()))
          .hasStackTraceContaining("taskmanager.memory.task.off-heap.size is 0m");
    }
  }

  @Test
  void aJobWhoseModelIsAnotherFileDoesNotStart() {
    StreamExecutionEnvironment env = environment(1);
    ModelReference sum = TestModels.reference("sum");
    ModelReference other =
        new ModelReference("sum", 1, TestModels.reference("pick").uri(), sum.sha256());
    InferenceOptions<Long, Long> options =
        InferenceOptions.<Long, Long>of(other, TestModels.SUM, Types.LONG);
    assertThatThrownBy(
            () ->
                collect(
                    BatchedInference.orderedWait(
                        env.fromData(1L), Sums::encodeThree, Sums::decode, options)))
        .hasStackTraceContaining("so it is not what was released and is not loaded");
  }

  @Test
  void whatASessionAndItsBuffersTakeIsDeclared() {
    StreamExecutionEnvironment env = environment(2);
    int threads = 3;
    long session = ModelFiles.sessionBytes(TestModels.bytes("sum").length);
    long buffers = threads * TestModels.SUM.bytes(BatchSettings.DEFAULTS.maxBatchSize());
    assertThatThrownBy(
            () ->
                execute(
                    env,
                    BatchedInference.unorderedWait(
                            env.fromSequence(1, Long.MAX_VALUE),
                            Sums::encodeThree,
                            Sums::decode,
                            Sums.sum().withBatching(BatchSettings.DEFAULTS.withThreads(threads)))
                        .filter(
                            result -> {
                              long declared = NativeMemory.ofThisJob().reservedBytes();
                              // Once both subtasks are there.
                              if (declared > session + buffers) {
                                throw new IllegalStateException("declared: " + declared);
                              }
                              return false;
                            })))
        .hasStackTraceContaining("declared: " + (session + 2 * buffers));
  }

  @Test
  void aJobThatFailsWhileTheModelHangsLeavesNothingOpen() {
    StreamExecutionEnvironment env = environment(2);
    assertThatThrownBy(
            () ->
                execute(
                    env,
                    BatchedInference.unorderedWait(
                            env.fromData(1L, Sums.HANGS, 2L).rebalance(),
                            Sums::encodeOne,
                            Sums::decode,
                            Sums.loop(Duration.ofHours(1))
                                .withBatching(
                                    BatchSettings.DEFAULTS
                                        .withMaxBatchSize(1)
                                        .withDeadline(Duration.ofHours(1))))
                        .filter(
                            result -> {
                              throw new IllegalStateException(
                                  "with open models: " + SharedModels.ofThisJob().size());
                            })))
        .hasStackTraceContaining("with open models: 1");
  }

  private static StreamExecutionEnvironment environment(int parallelism) {
    Configuration config = new Configuration();
    config.set(PipelineOptions.GENERIC_TYPES, false);
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(config);
    env.setParallelism(parallelism);
    return env;
  }

  private static List<InferenceResult<Long, Long>> collect(
      DataStream<InferenceResult<Long, Long>> stream) throws Exception {
    List<InferenceResult<Long, Long>> results = new ArrayList<>();
    try (CloseableIterator<InferenceResult<Long, Long>> all = stream.executeAndCollect()) {
      all.forEachRemaining(results::add);
    }
    return results;
  }

  /**
   * For jobs that fail: where a sink that collects is a task of its own and is cancelled before it
   * was opened, it ends the TaskManager (Flink 2.2).
   */
  private static void execute(
      StreamExecutionEnvironment env, DataStream<InferenceResult<Long, Long>> stream)
      throws Exception {
    stream.sinkTo(new DiscardingSink<>());
    env.execute();
  }

  private static List<Long> values(List<InferenceResult<Long, Long>> results) {
    return results.stream().map(result -> ((Success<Long, Long>) result).value()).toList();
  }

  /** A watermark after each record. */
  private static final class EveryRecord
      implements org.apache.flink.api.common.eventtime.WatermarkGenerator<Long> {
    @Override
    public void onEvent(
        Long number, long timestamp, org.apache.flink.api.common.eventtime.WatermarkOutput out) {
      out.emitWatermark(new org.apache.flink.api.common.eventtime.Watermark(timestamp));
    }

    @Override
    public void onPeriodicEmit(org.apache.flink.api.common.eventtime.WatermarkOutput out) {}
  }

  /** Whether the watermark after a record was there before its result. */
  private static final class Late extends ProcessFunction<InferenceResult<Long, Long>, Boolean> {
    @Override
    public void processElement(
        InferenceResult<Long, Long> result, Context context, Collector<Boolean> out) {
      out.collect(context.timerService().currentWatermark() >= context.timestamp());
    }
  }
}
