// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.source.legacy.RichParallelSourceFunction;
import org.apache.flink.streaming.api.watermark.Watermark;

/**
 * Input in steps: a step's records enter only when everything that the steps before it caused has
 * reached every sink, which the watermark proves. So the order of records of different topics is
 * the script's, whatever the scheduling, and two runs can be compared.
 */
final class Steps implements Serializable {
  private static final long serialVersionUID = 1;

  /** Runs of this JVM by id: functions are serialised, what they share with the test is not. */
  private static final Map<String, Run> RUNS = new ConcurrentHashMap<>();

  /** One step: records of one topic, then the watermark that every topic reaches. */
  record Step(String topic, List<byte[]> values, long watermarkMs) implements Serializable {}

  private final String runId;
  private final ArrayList<Step> steps;

  /**
   * @param sinkSubtasks subtasks of all sinks together
   */
  Steps(String runId, List<Step> steps, int sinkSubtasks) {
    this.runId = runId;
    this.steps = new ArrayList<>(steps);
    RUNS.put(runId, new Run(sinkSubtasks));
  }

  /** A topic's records, in order, as {@code decode} turns value and offset into. */
  <T> Source<T> source(String topic, Decoder<T> decode) {
    return new Source<>(this, topic, decode);
  }

  /** Collects records; the run is done when its sinks have seen the last watermark. */
  <T> Sink<T> sink(String name) {
    Run run = RUNS.get(runId);
    run.collected.put(name, new ConcurrentLinkedQueue<>());
    return new CollectingSink<>(runId, name);
  }

  /** Lets the job fail once, after a checkpoint that was complete when this step began. */
  void failOnceAt(int step) {
    RUNS.get(runId).failAtStep = step;
  }

  /** The failure comes after a checkpoint that is complete when half of the step has entered. */
  void failAfterAHalfStep() {
    RUNS.get(runId).failAfterAHalfStep = true;
  }

  /** Lets nothing of this step, or of a later one, enter: whoever asks stops the job. */
  void haltAt(int step) {
    RUNS.get(runId).haltAtStep = step;
  }

  /** Whether all that came before the step at which to halt has reached every sink. */
  boolean hasHalted() {
    Run run = RUNS.get(runId);
    return run.hasReached(steps.get(run.haltAtStep - 1).watermarkMs());
  }

  boolean hasFailed() {
    return RUNS.get(runId).failed.get();
  }

  @SuppressWarnings("unchecked")
  <T> List<T> collected(String sink) {
    return new ArrayList<>((Queue<T>) RUNS.get(runId).collected.get(sink));
  }

  void forget() {
    RUNS.remove(runId);
  }

  /** Makes the records of a topic. */
  interface Decoder<T> extends Serializable {
    T decode(byte[] value, long offset);

    long timestampMs(T record);
  }

  private static final class Run {
    final Map<String, Long> sinkWatermarks = new ConcurrentHashMap<>();
    final Map<String, Queue<Object>> collected = new ConcurrentHashMap<>();
    final AtomicBoolean failed = new AtomicBoolean();
    final int sinkSubtasks;
    volatile int failAtStep = Integer.MAX_VALUE;
    volatile boolean failAfterAHalfStep;
    volatile int haltAtStep = Integer.MAX_VALUE;

    Run(int sinkSubtasks) {
      this.sinkSubtasks = sinkSubtasks;
    }

    boolean hasReached(long watermarkMs) {
      return sinkWatermarks.size() == sinkSubtasks
          && sinkWatermarks.values().stream().allMatch(seen -> seen >= watermarkMs);
    }
  }

  /**
   * Source of one topic. Its first subtask emits the records, so that they stay in order on their
   * way through what is chained to it; the others emit watermarks only. The legacy interface alone
   * lets a source emit a watermark without a record, which a topic that is silent in a step has to.
   */
  @SuppressWarnings("deprecation")
  static final class Source<T> extends RichParallelSourceFunction<T>
      implements CheckpointedFunction, CheckpointListener {
    private static final long serialVersionUID = 1;

    private final Steps script;
    private final String topic;
    private final Decoder<T> decode;
    private transient ListState<long[]> progress;
    private transient volatile boolean running;
    private transient volatile long lastCheckpoint;
    private long nextStep;
    private long nextOffset;

    Source(Steps script, String topic, Decoder<T> decode) {
      this.script = script;
      this.topic = topic;
      this.decode = decode;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
      progress =
          context
              .getOperatorStateStore()
              .getUnionListState(
                  new ListStateDescriptor<>(
                      "progress", PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO));
      nextStep = Long.MAX_VALUE;
      nextOffset = 0;
      boolean known = false;
      for (long[] restored : progress.get()) {
        if (restored[0] == subtask()) {
          nextStep = restored[1];
          nextOffset = restored[2];
          known = true;
        } else if (!known) {
          // A subtask that is new goes on where the slowest one was.
          nextStep = Math.min(nextStep, restored[1]);
        }
      }
      nextStep = nextStep == Long.MAX_VALUE ? 0 : nextStep;
      running = true;
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
      progress.update(List.of(new long[] {subtask(), nextStep, nextOffset}));
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
      lastCheckpoint = checkpointId;
    }

    @Override
    public void run(SourceContext<T> context) throws Exception {
      Run run = RUNS.get(script.runId);
      if (nextStep > 0) {
        long watermarkMs = script.steps.get((int) nextStep - 1).watermarkMs();
        context.emitWatermark(new Watermark(watermarkMs));
        await(() -> run.hasReached(watermarkMs));
      }
      while (running && nextStep < script.steps.size()) {
        Step step = script.steps.get((int) nextStep);
        if (nextStep >= run.haltAtStep) {
          await(() -> false);
          break;
        }
        boolean mine = step.topic().equals(topic) && subtask() == 0;
        if (mine && nextStep == run.failAtStep && !run.failed.get()) {
          long before = lastCheckpoint;
          await(() -> lastCheckpoint > before);
          run.failed.set(true);
          emitHalf(context, step);
          if (run.failAfterAHalfStep) {
            long half = lastCheckpoint;
            await(() -> lastCheckpoint > half);
          }
          // A restored run proves itself by its own watermarks.
          run.sinkWatermarks.replaceAll((sink, seen) -> Long.MIN_VALUE);
          throw new IllegalStateException("the failure that the test asked for");
        }
        synchronized (context.getCheckpointLock()) {
          if (mine) {
            for (byte[] value : step.values()) {
              emit(context, value);
            }
          }
          nextStep++;
        }
        context.emitWatermark(new Watermark(step.watermarkMs()));
        await(() -> run.hasReached(step.watermarkMs()));
      }
    }

    private int subtask() {
      return getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    }

    private void emitHalf(SourceContext<T> context, Step step) {
      synchronized (context.getCheckpointLock()) {
        for (byte[] value : step.values().subList(0, (step.values().size() + 1) / 2)) {
          emit(context, value);
        }
      }
    }

    private void emit(SourceContext<T> context, byte[] value) {
      T record = decode.decode(value, nextOffset++);
      context.collectWithTimestamp(record, decode.timestampMs(record));
    }

    private void await(BooleanSupplier condition) {
      while (running && !condition.getAsBoolean()) {
        LockSupport.parkNanos(1_000_000);
      }
    }

    @Override
    public void cancel() {
      running = false;
    }
  }

  private record CollectingSink<T>(String runId, String name) implements Sink<T> {
    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) {
      Run run = RUNS.get(runId);
      String subtask = name + "/" + context.getTaskInfo().getIndexOfThisSubtask();
      run.sinkWatermarks.put(subtask, Long.MIN_VALUE);
      return new SinkWriter<>() {
        @Override
        public void write(T element, Context writeContext) {
          run.collected.get(name).add(element);
        }

        @Override
        public void writeWatermark(org.apache.flink.api.common.eventtime.Watermark watermark) {
          run.sinkWatermarks.put(subtask, watermark.getTimestamp());
        }

        @Override
        public void flush(boolean endOfInput) {}

        @Override
        public void close() {}
      };
    }
  }
}
