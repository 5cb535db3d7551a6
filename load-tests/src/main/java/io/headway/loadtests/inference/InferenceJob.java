// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import com.sun.management.OperatingSystemMXBean;
import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.InferenceResult;
import io.headway.functions.inference.ItemTensors;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.TensorSpec;
import io.headway.functions.inference.stream.BatchedInference;
import io.headway.functions.inference.stream.InferenceOptions;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
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
  static final ModelSignature SIGNATURE =
      new ModelSignature(
          List.of(TensorSpec.floats("x", Records.FEATURES)),
          List.of(TensorSpec.floats("y", Records.CLASSES)));
  private static final PrimitiveArrayTypeInfo<float[]> FLOATS =
      PrimitiveArrayTypeInfo.FLOAT_PRIMITIVE_ARRAY_TYPE_INFO;
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /** What the sink of the job that runs has seen. */
  private static volatile Meter meter;

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
   * What a job did.
   *
   * @param recordsPerS by the wall clock
   * @param cpuUsPerRecord processor time of the whole process, microseconds a record
   */
  record Speed(double recordsPerS, double cpuUsPerRecord) {}

  /**
   * @param name of a model in the resources
   * @param folder where the model's file is put
   * @param capacity how many records are under way at most
   */
  InferenceJob(String name, Path folder, BatchSettings batching, int capacity) throws IOException {
    Path file = model(name, folder);
    onnx = Files.readAllBytes(file);
    model = ModelReference.of(name, 1, file.toUri().toString(), onnx);
    this.batching = batching;
    this.capacity = capacity;
  }

  /** Puts a model of the resources into a folder. */
  static Path model(String name, Path folder) throws IOException {
    String resource = "/models/" + name + ".onnx";
    try (InputStream in = InferenceJob.class.getResourceAsStream(resource)) {
      return Files.write(
          folder.resolve(name + ".onnx"), Objects.requireNonNull(in, resource).readAllBytes());
    }
  }

  /**
   * Runs the job once.
   *
   * @param warmUp records before the measurement
   * @param measured records of the measurement
   */
  Speed run(Way way, long warmUp, long measured) throws Exception {
    meter = new Meter(warmUp, warmUp + measured);
    Configuration config = new Configuration();
    config.set(PipelineOptions.OBJECT_REUSE, true);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, config);
    DataStream<Long> ids = env.fromSequence(1, warmUp + measured);
    switch (way) {
      case EMPTY -> count(ids);
      case CRAYFISH -> count(ids.map(new CrayfishScoring(onnx)).returns(Types.LIST(Types.FLOAT)));
      case ONE_BY_ONE ->
          count(
              AsyncDataStream.unorderedWait(
                      ids, new OneByOne(model, SIGNATURE), 0, TimeUnit.MILLISECONDS, capacity)
                  .returns(FLOATS));
      case BATCHED ->
          count(
              BatchedInference.unorderedWait(
                  ids,
                  InferenceJob::encode,
                  InferenceJob::decode,
                  InferenceOptions.<Long, float[]>of(model, SIGNATURE, FLOATS)
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

  static void encode(Long id, ItemTensors inputs) {
    inputs.floats("x").put(Records.numbers(id));
  }

  static float[] decode(Long id, ItemTensors outputs) {
    float[] answer = new float[Records.CLASSES];
    outputs.floats("y").get(answer);
    return answer;
  }

  /** Looks at the clocks at two records. One thread. */
  private static final class Meter {
    private final long from;
    private final long to;
    private long count;
    private long startNs;
    private long startCpuNs;
    private long endNs;
    private long endCpuNs;

    Meter(long from, long to) {
      this.from = from;
      this.to = to;
    }

    void count() {
      count++;
      if (count == from) {
        startNs = System.nanoTime();
        startCpuNs = PROCESS.getProcessCpuTime();
      } else if (count == to) {
        endNs = System.nanoTime();
        endCpuNs = PROCESS.getProcessCpuTime();
      }
    }

    Speed speed() {
      if (count != to) {
        throw new IllegalStateException("%d records were answered of %d.".formatted(count, to));
      }
      double records = to - from;
      return new Speed(
          records / ((endNs - startNs) / 1e9), (endCpuNs - startCpuNs) / 1e3 / records);
    }
  }
}
