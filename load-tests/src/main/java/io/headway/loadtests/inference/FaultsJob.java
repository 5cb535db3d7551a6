// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.InferenceResult;
import io.headway.functions.inference.stream.BatchedInference;
import io.headway.functions.inference.stream.InferenceOptions;
import io.headway.loadtests.cluster.FlinkRest;
import io.headway.loadtests.cluster.LocalFlink;
import io.headway.loadtests.cluster.Ports;
import io.headway.loadtests.cluster.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * A Flink job inside this process whose requests are due at set times, whether those before them
 * are answered or not, and whose model hangs when it is told to. What is measured is measured
 * before and behind the operator. One at a time.
 */
final class FaultsJob {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int CHECKPOINTS_KEPT = 10_000;
  private static final TypeInformation<Tuple2<Long, Long>> REQUEST =
      TypeInformation.of(new TypeHint<>() {});

  /** Of the job that runs: when its first request was due, 0 before; whether its model hangs. */
  private static volatile long startNs;

  private static volatile boolean hangs;

  /** Of the job that runs. */
  private static volatile Answers answers;

  private final Path folder;
  private final Path model;
  private final BatchSettings batching;
  private final int capacity;

  /**
   * When requests are due.
   *
   * @param together how many at once
   * @param every how often
   * @param times how often in all
   */
  record Schedule(int together, Duration every, int times) {
    int requests() {
      return together * times;
    }

    double perS() {
      return together * 1e9 / every.toNanos();
    }
  }

  /**
   * What happened.
   *
   * @param startNs when the first request was due
   * @param hungNs when the model began to hang
   * @param wellNs when it was well again
   * @param checkpoints that were triggered while it hung
   */
  record Run(
      Answers answers,
      long startNs,
      long hungNs,
      long wellNs,
      List<FlinkRest.Checkpoint> checkpoints) {}

  /**
   * @param folder where Flink has its files
   * @param model a file of {@link Networks#HANGING_SIGNATURE}
   * @param capacity how many requests are under way at most
   */
  FaultsJob(Path folder, Path model, BatchSettings batching, int capacity) {
    this.folder = folder;
    this.model = model;
    this.batching = batching;
    this.capacity = capacity;
  }

  /**
   * Runs the job once, to its end.
   *
   * @param hangAfter the first request is due the model hangs
   * @param hangFor how long it hangs; zero for never
   * @param checkpointEvery how often a checkpoint is triggered
   */
  Run run(Schedule schedule, Duration hangAfter, Duration hangFor, Duration checkpointEvery)
      throws IOException {
    startNs = 0;
    hangs = false;
    answers = new Answers(schedule.requests());
    Configuration options = new Configuration();
    options.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ofMillis(1));
    options.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, checkpointEvery);
    options.set(WebOptions.CHECKPOINTS_HISTORY_SIZE, CHECKPOINTS_KEPT);
    options.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    try (LocalFlink flink = LocalFlink.start(folder, "0", Ports.any(), 1, options)) {
      JobID job = flink.submit(configure(flink.environment(), schedule));
      FlinkRest rest = new FlinkRest(flink.rest());
      Waiting.until("the first request", PATIENCE, () -> startNs != 0);
      long hungNs = startNs + hangAfter.toNanos();
      long wellNs = hungNs + hangFor.toNanos();
      long toEpochMs = System.currentTimeMillis() - System.nanoTime() / 1_000_000;
      if (!hangFor.isZero()) {
        pauseUntil(hungNs);
        hangs = true;
        pauseUntil(wellNs);
        hangs = false;
      }
      Waiting.until("the job to end", PATIENCE, () -> ended(rest, job));
      if (answers.missing() > 0) {
        throw new IOException(
            "%d requests were not answered: %s"
                .formatted(answers.missing(), rest.lastFailure(job)));
      }
      long hungMs = hungNs / 1_000_000 + toEpochMs;
      long wellMs = wellNs / 1_000_000 + toEpochMs;
      List<FlinkRest.Checkpoint> meanwhile =
          rest.lastCheckpoints(job).stream()
              .filter(c -> c.triggeredMs() >= hungMs && c.triggeredMs() < wellMs)
              .toList();
      return new Run(answers, startNs, hungNs, wellNs, meanwhile);
    }
  }

  private StreamExecutionEnvironment configure(StreamExecutionEnvironment env, Schedule schedule)
      throws IOException {
    BatchedInference.unorderedWait(
            env.fromSequence(0, schedule.requests() - 1)
                .map(new WhenDue(schedule))
                .returns(REQUEST),
            (request, inputs) -> Networks.encode(request.f0, hangs, inputs),
            (request, outputs) -> Tuple2.of(request.f1, Networks.decode(request, outputs)),
            InferenceOptions.<Tuple2<Long, Long>, Tuple2<Long, float[]>>of(
                    Networks.reference(model, 1),
                    Networks.HANGING_SIGNATURE,
                    Types.TUPLE(Types.LONG, PrimitiveArrayTypeInfo.FLOAT_PRIMITIVE_ARRAY_TYPE_INFO))
                .withBatching(batching)
                .withCapacity(capacity)
                .withFallback((request, cause) -> Tuple2.of(request.f1, new float[0])))
        .startNewChain()
        .filter(
            result -> {
              observe(result);
              return false;
            })
        .sinkTo(new DiscardingSink<>());
    return env;
  }

  private static void observe(InferenceResult<Tuple2<Long, Long>, Tuple2<Long, float[]>> result) {
    if (result instanceof InferenceResult.Success<?, Tuple2<Long, float[]>> success) {
      answers.add(success.value().f0, System.nanoTime(), true);
    } else if (result instanceof InferenceResult.Fallback<?, Tuple2<Long, float[]>> fallback) {
      answers.add(fallback.value().f0, System.nanoTime(), false);
    } else {
      throw new IllegalStateException("A request has no answer: " + result);
    }
  }

  private static void pauseUntil(long ns) {
    Waiting.pause(Duration.ofNanos(Math.max(0, ns - System.nanoTime())));
  }

  private static boolean ended(FlinkRest rest, JobID job) {
    try {
      return !rest.running().contains(job);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets a request go when it is due, and says when that was. */
  private static final class WhenDue implements MapFunction<Long, Tuple2<Long, Long>> {
    private static final long serialVersionUID = 1;

    private final int together;
    private final long everyNs;

    WhenDue(Schedule schedule) {
      together = schedule.together;
      everyNs = schedule.every.toNanos();
    }

    @Override
    public Tuple2<Long, Long> map(Long id) {
      if (id == 0) {
        startNs = System.nanoTime();
      }
      long dueNs = startNs + id / together * everyNs;
      pauseUntil(dueNs);
      return Tuple2.of(id, dueNs);
    }
  }
}
