// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.InferenceResult;
import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.inference.stream.BatchedInference;
import io.headway.functions.inference.stream.InferenceOptions;
import io.headway.functions.inference.stream.ModelFiles;
import io.headway.loadtests.inference.InferenceJob.Way;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.ParameterTool;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A Flink job in a process of its own that answers what it reads from one topic on another, one
 * subtask. An answer's header says when its record was appended.
 */
public final class KafkaInferenceJob {
  /** When its record was appended, milliseconds since the epoch, eight bytes. */
  static final String ASKED_AT = "asked-at";

  private static final TypeInformation<Tuple2<Long, byte[]>> STAMPED =
      TypeInformation.of(new TypeHint<>() {});

  private KafkaInferenceJob() {}

  /**
   * Runs until it is killed.
   *
   * @param args {@code --way, --format, --model} (a file), {@code --brokers, --from, --to,
   *     --capacity, --batch, --linger-ms, --deadline-ms}
   */
  public static void main(String[] args) throws Exception {
    ParameterTool options = ParameterTool.fromArgs(args);
    Configuration config = new Configuration();
    config.set(PipelineOptions.OBJECT_REUSE, true);
    config.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ofMillis(5));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, config);
    Format format = Format.valueOf(options.get("format"));
    byte[] onnx = Files.readAllBytes(Path.of(options.get("model")));
    ModelReference model =
        ModelReference.of("bench", 1, Path.of(options.get("model")).toUri().toString(), onnx);
    DataStream<Tuple2<Long, byte[]>> records =
        env.fromSource(source(options), WatermarkStrategy.noWatermarks(), "records", STAMPED);
    int capacity = options.getInt("capacity");
    DataStream<Tuple2<Long, byte[]>> answers =
        switch (Way.valueOf(options.get("way"))) {
          case EMPTY -> records.map(record -> Tuple2.of(record.f0, new byte[0])).returns(STAMPED);
          case CRAYFISH -> records.map(new Crayfish(onnx)).returns(STAMPED);
          case ONE_BY_ONE ->
              AsyncDataStream.unorderedWait(
                      records, new OneByOne(model, format), 0, TimeUnit.MILLISECONDS, capacity)
                  .returns(STAMPED);
          case BATCHED -> batched(records, model, format, options, capacity);
        };
    answers.sinkTo(sink(options));
    env.execute("inference through Kafka");
  }

  private static DataStream<Tuple2<Long, byte[]>> batched(
      DataStream<Tuple2<Long, byte[]>> records,
      ModelReference model,
      Format format,
      ParameterTool options,
      int capacity) {
    BatchSettings batching =
        new BatchSettings(
            options.getInt("batch"),
            Duration.ofMillis(options.getLong("linger-ms")),
            Duration.ofMillis(options.getLong("deadline-ms")),
            capacity,
            1);
    return BatchedInference.unorderedWait(
            records,
            (record, inputs) -> format.read(record.f1, inputs.floats("x")),
            (record, outputs) -> {
              float[] answer = new float[Records.CLASSES];
              outputs.floats("y").get(answer);
              return Tuple2.of(record.f0, format.write(answer));
            },
            InferenceOptions.<Tuple2<Long, byte[]>, Tuple2<Long, byte[]>>of(
                    model, InferenceJob.SIGNATURE, STAMPED)
                .withBatching(batching)
                .withCapacity(capacity)
                .withFallback((record, cause) -> Tuple2.of(record.f0, new byte[0])))
        .map(KafkaInferenceJob::answer)
        .returns(STAMPED);
  }

  private static Tuple2<Long, byte[]> answer(
      InferenceResult<Tuple2<Long, byte[]>, Tuple2<Long, byte[]>> result) {
    if (result instanceof InferenceResult.Success<?, Tuple2<Long, byte[]>> success) {
      return success.value();
    } else if (result instanceof InferenceResult.Fallback<?, Tuple2<Long, byte[]>> fallback) {
      return fallback.value();
    }
    throw new IllegalStateException("A record has no answer: " + result);
  }

  private static KafkaSource<Tuple2<Long, byte[]>> source(ParameterTool options) {
    return KafkaSource.<Tuple2<Long, byte[]>>builder()
        .setBootstrapServers(options.get("brokers"))
        .setTopics(options.get("from"))
        .setGroupId("inference")
        .setStartingOffsets(
            "latest".equals(options.get("start", "earliest"))
                ? OffsetsInitializer.latest()
                : OffsetsInitializer.earliest())
        .setDeserializer(new Stamp())
        .build();
  }

  private static KafkaSink<Tuple2<Long, byte[]>> sink(ParameterTool options) {
    String topic = options.get("to");
    return KafkaSink.<Tuple2<Long, byte[]>>builder()
        .setBootstrapServers(options.get("brokers"))
        .setProperty(ProducerConfig.LINGER_MS_CONFIG, "0")
        .setRecordSerializer(new Answer(topic))
        .build();
  }

  private static final class Stamp
      implements KafkaRecordDeserializationSchema<Tuple2<Long, byte[]>> {
    private static final long serialVersionUID = 1;

    @Override
    public void deserialize(
        ConsumerRecord<byte[], byte[]> record, Collector<Tuple2<Long, byte[]>> out) {
      out.collect(Tuple2.of(record.timestamp(), record.value()));
    }

    @Override
    public TypeInformation<Tuple2<Long, byte[]>> getProducedType() {
      return STAMPED;
    }
  }

  private static final class Answer
      implements KafkaRecordSerializationSchema<Tuple2<Long, byte[]>> {
    private static final long serialVersionUID = 1;

    private final String topic;

    Answer(String topic) {
      this.topic = topic;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        Tuple2<Long, byte[]> answer, KafkaSinkContext context, Long timestamp) {
      ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topic, answer.f1);
      record.headers().add(ASKED_AT, ByteBuffer.allocate(Long.BYTES).putLong(answer.f0).array());
      return record;
    }
  }

  /** {@link CrayfishScoring} with that benchmark's JSON around it. */
  private static final class Crayfish
      extends RichMapFunction<Tuple2<Long, byte[]>, Tuple2<Long, byte[]>> {
    private static final long serialVersionUID = 1;

    private final byte[] onnx;

    private transient ObjectMapper json;
    private transient OrtEnvironment environment;
    private transient OrtSession session;

    Crayfish(byte[] onnx) {
      this.onnx = onnx;
    }

    @Override
    public void open(OpenContext context) throws OrtException {
      json = new ObjectMapper();
      environment = OrtEnvironment.getEnvironment();
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        options.setIntraOpNumThreads(1);
        session = environment.createSession(onnx, options);
      }
    }

    @Override
    public Tuple2<Long, byte[]> map(Tuple2<Long, byte[]> record) throws IOException, OrtException {
      List<Float> data = json.readValue(record.f1, Batch.class).data;
      float[][] numbers = new float[1][data.size()];
      for (int i = 0; i < data.size(); i++) {
        numbers[0][i] = data.get(i);
      }
      try (OnnxTensor input = OnnxTensor.createTensor(environment, numbers);
          OrtSession.Result result = session.run(Map.of("x", input))) {
        Batch answer = new Batch();
        answer.data = new ArrayList<>();
        for (float output : ((float[][]) result.get(0).getValue())[0]) {
          answer.data.add(output);
        }
        return Tuple2.of(record.f0, json.writeValueAsBytes(answer));
      }
    }

    @Override
    public void close() throws OrtException {
      session.close();
    }
  }

  /** A record of {@link Format#JSON} as objects. */
  public static final class Batch {
    public List<Float> data;
  }

  /** {@link io.headway.loadtests.inference.OneByOne} on bytes. */
  private static final class OneByOne
      extends RichAsyncFunction<Tuple2<Long, byte[]>, Tuple2<Long, byte[]>> {
    private static final long serialVersionUID = 1;

    private final ModelReference reference;
    private final Format format;

    private transient SharedModels.Lease lease;
    private transient Model.Runner runner;
    private transient ExecutorService thread;

    OneByOne(ModelReference reference, Format format) {
      this.reference = reference;
      this.format = format;
    }

    @Override
    public void open(OpenContext context) throws ModelException {
      lease = ModelFiles.acquire(reference, 1, new Configuration());
      runner = lease.model().runner(InferenceJob.SIGNATURE, 1);
      thread = Executors.newSingleThreadExecutor();
    }

    @Override
    public void asyncInvoke(
        Tuple2<Long, byte[]> record, ResultFuture<Tuple2<Long, byte[]>> result) {
      thread.execute(() -> result.complete(List.of(Tuple2.of(record.f0, answer(record.f1)))));
    }

    @Override
    public void close() {
      thread.shutdown();
      runner.close();
      lease.close();
    }

    private byte[] answer(byte[] record) {
      format.read(record, runner.batch().input(0).floats("x"));
      try {
        runner.run(1);
      } catch (ModelException e) {
        throw new IllegalStateException(e);
      }
      float[] answer = new float[Records.CLASSES];
      runner.batch().output(0).floats("y").get(answer);
      return format.write(answer);
    }
  }
}
