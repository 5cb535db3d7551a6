// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.functions.inference.AnswerDecoder;
import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.InferenceResult;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.RequestEncoder;
import io.headway.functions.inference.stream.BatchedInference;
import io.headway.functions.inference.stream.InferenceOptions;
import io.headway.loadtests.inference.InferenceJob.Way;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
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
   * Reads its topic as often as it is told and then ends; when it is not told, it reads on until it
   * is killed.
   *
   * @param args {@code --way, --format, --model} (a file), {@code --brokers, --from, --to,
   *     --capacity, --batch, --linger-ms, --deadline-ms}, {@code --passes, --producer-linger-ms}
   *     (Kafka's own when it is not there)
   */
  public static void main(String[] args) throws Exception {
    ParameterTool options = ParameterTool.fromArgs(args);
    for (int pass = 0; pass < options.getInt("passes", 1); pass++) {
      configure(options).execute("inference through Kafka");
    }
  }

  private static StreamExecutionEnvironment configure(ParameterTool options) throws IOException {
    Configuration config = new Configuration();
    config.set(PipelineOptions.OBJECT_REUSE, true);
    config.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ofMillis(5));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, config);
    Format format = Format.valueOf(options.get("format"));
    Path file = Path.of(options.get("model"));
    ModelReference model = Networks.reference(file, 1);
    DataStream<Tuple2<Long, byte[]>> records =
        env.fromSource(source(options), WatermarkStrategy.noWatermarks(), "records", STAMPED);
    int capacity = options.getInt("capacity");
    DataStream<Tuple2<Long, byte[]>> answers =
        switch (Way.valueOf(options.get("way"))) {
          case EMPTY -> records.map(record -> Tuple2.of(record.f0, new byte[0])).returns(STAMPED);
          case CRAYFISH ->
              records
                  .map(
                      new CrayfishScoring<Tuple2<Long, byte[]>, Tuple2<Long, byte[]>>(
                          Files.readAllBytes(file),
                          record -> CrayfishJson.read(record.f1),
                          (record, outputs) -> Tuple2.of(record.f0, CrayfishJson.write(outputs))))
                  .returns(STAMPED);
          case ONE_BY_ONE ->
              AsyncDataStream.unorderedWait(
                      records,
                      new OneByOne<>(model, encoder(format), decoder(format)),
                      0,
                      TimeUnit.MILLISECONDS,
                      capacity)
                  .returns(STAMPED);
          case BATCHED -> batched(records, model, format, options, capacity);
        };
    answers.sinkTo(sink(options));
    return env;
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
            encoder(format),
            decoder(format),
            InferenceOptions.<Tuple2<Long, byte[]>, Tuple2<Long, byte[]>>of(
                    model, Networks.SIGNATURE, STAMPED)
                .withBatching(batching)
                .withCapacity(capacity)
                .withFallback((record, cause) -> Tuple2.of(record.f0, new byte[0])))
        .map(KafkaInferenceJob::answer)
        .returns(STAMPED);
  }

  private static RequestEncoder<Tuple2<Long, byte[]>> encoder(Format format) {
    return (record, inputs) -> format.read(record.f1, inputs.floats("x"));
  }

  private static AnswerDecoder<Tuple2<Long, byte[]>, Tuple2<Long, byte[]>> decoder(Format format) {
    return (record, outputs) ->
        Tuple2.of(record.f0, format.write(Networks.decode(record, outputs)));
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
    KafkaSourceBuilder<Tuple2<Long, byte[]>> source =
        KafkaSource.<Tuple2<Long, byte[]>>builder()
            .setBootstrapServers(options.get("brokers"))
            .setTopics(options.get("from"))
            .setGroupId("inference")
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setDeserializer(new Stamp());
    if (options.has("passes")) {
      source.setBounded(OffsetsInitializer.latest());
    }
    return source.build();
  }

  private static KafkaSink<Tuple2<Long, byte[]>> sink(ParameterTool options) {
    String topic = options.get("to");
    KafkaSinkBuilder<Tuple2<Long, byte[]>> sink =
        KafkaSink.<Tuple2<Long, byte[]>>builder()
            .setBootstrapServers(options.get("brokers"))
            .setRecordSerializer(new Answer(topic));
    if (options.has("producer-linger-ms")) {
      sink.setProperty(ProducerConfig.LINGER_MS_CONFIG, options.get("producer-linger-ms"));
    }
    return sink.build();
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
}
