// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.InferenceResult;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.stream.BatchedInference;
import io.headway.functions.inference.stream.InferenceOptions;
import io.headway.loadtests.inference.Speeds.Speed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * A Flink job inside this process that asks a model about {@link Records}: a source that costs next
 * to nothing, the operator that is measured, and a sink that counts. One at a time.
 */
final class InferenceJob {
  private static final PrimitiveArrayTypeInfo<float[]> FLOATS =
      PrimitiveArrayTypeInfo.FLOAT_PRIMITIVE_ARRAY_TYPE_INFO;

  /** What the sink of the job that runs has seen. */
  private static volatile SpeedMeter meter;

  private final byte[] onnx;
  private final ModelReference model;
  private final BatchSettings batching;
  private final int capacity;

  /** How records are answered. */
  enum Way {
    /** Not at all: what source and sink cost. */
    EMPTY(20),
    /** As the Crayfish benchmark does, {@link CrayfishScoring}. */
    CRAYFISH(0.25),
    /** One record a run, at its best, {@link OneByOne}. */
    ONE_BY_ONE(1),
    /** By {@link BatchedInference}. */
    BATCHED(5);

    /** How many records it answers in the time that one by one takes for one, roughly. */
    final double pace;

    Way(double pace) {
      this.pace = pace;
    }
  }

  /**
   * @param file of the model, of {@link Networks#SIGNATURE}
   * @param capacity how many records are under way at most
   */
  InferenceJob(Path file, BatchSettings batching, int capacity) throws IOException {
    onnx = Files.readAllBytes(file);
    model = Networks.reference(file, 1);
    this.batching = batching;
    this.capacity = capacity;
  }

  /**
   * Runs the job once.
   *
   * @param warmUp records before the measurement
   * @param measured records of the measurement
   */
  Speed run(Way way, long warmUp, long measured) throws Exception {
    meter = new SpeedMeter(warmUp, warmUp + measured);
    Configuration config = new Configuration();
    config.set(PipelineOptions.OBJECT_REUSE, true);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, config);
    DataStream<Long> ids = env.fromSequence(1, warmUp + measured);
    switch (way) {
      case EMPTY -> count(ids);
      case CRAYFISH ->
          count(
              ids.map(new CrayfishScoring<Long, List<Float>>(onnx, Records::boxed, (id, y) -> y))
                  .returns(Types.LIST(Types.FLOAT)));
      case ONE_BY_ONE ->
          count(
              AsyncDataStream.unorderedWait(
                      ids,
                      new OneByOne<Long, float[]>(model, Networks::encode, Networks::decode),
                      0,
                      TimeUnit.MILLISECONDS,
                      capacity)
                  .returns(FLOATS));
      case BATCHED ->
          count(
              BatchedInference.unorderedWait(
                  ids,
                  Networks::encode,
                  Networks::decode,
                  InferenceOptions.<Long, float[]>of(model, Networks.SIGNATURE, FLOATS)
                      .withBatching(batching)
                      .withCapacity(capacity)));
    }
    env.execute("inference " + way);
    return meter.speed();
  }

  /** Every answer has to be the model's. */
  private static <T> void count(DataStream<T> answers) {
    answers
        .filter(
            answer -> {
              if (answer instanceof InferenceResult<?, ?>
                  && !(answer instanceof InferenceResult.Success<?, ?>)) {
                throw new IllegalStateException("A record was not answered: " + answer);
              }
              meter.count();
              return false;
            })
        .sinkTo(new DiscardingSink<>());
  }
}
