// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.functions.inference.servable.DataFrames;
import io.headway.functions.inference.servable.OnnxModelServable;
import io.headway.functions.inference.servable.ServablePipeline;
import io.headway.functions.inference.servable.StandardScalerModelServable;
import io.headway.functions.inference.stream.BatchedInference;
import io.headway.functions.inference.stream.InferenceOptions;
import io.headway.functions.memory.NativeMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.ml.linalg.DenseVector;
import org.apache.flink.ml.linalg.Vectors;
import org.apache.flink.ml.servable.api.DataFrame;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/inference.md} shows, and that it shows just this. */
class InferenceExamplesITCase {
  private static final Path PAGE = Path.of("docs", "inference.md");
  private static final Path THIS =
      Path.of(
          "src",
          "test",
          "java",
          "io",
          "headway",
          "functions",
          "inference",
          "InferenceExamplesITCase.java");

  @RegisterExtension
  static final MiniClusterExtension FLINK =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(1)
              .build());

  /** A vehicle on its way. */
  public static final class Trip {
    public float distanceKm;
    public float stops;
    public float minuteOfDay;

    static Trip of(float distanceKm, float stops, float minuteOfDay) {
      Trip trip = new Trip();
      trip.distanceKm = distanceKm;
      trip.stops = stops;
      trip.minuteOfDay = minuteOfDay;
      return trip;
    }
  }

  @Test
  void dataStream() throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(1);
    DataStream<Trip> trips = env.fromData(Trip.of(12, 3, 480), Trip.of(5, 1, 500));
    String uri = TestModels.reference("sum").uri();
    String sha256 = TestModels.reference("sum").sha256();

    ModelReference model = new ModelReference("trip-minutes", 1, uri, sha256);
    ModelSignature signature =
        new ModelSignature(List.of(TensorSpec.floats("x", 3)), List.of(TensorSpec.floats("y", 1)));

    DataStream<InferenceResult<Trip, Float>> minutes =
        BatchedInference.unorderedWait(
                trips,
                (trip, inputs) ->
                    inputs.floats("x").put(trip.distanceKm).put(trip.stops).put(trip.minuteOfDay),
                (trip, outputs) -> outputs.floats("y").get(),
                InferenceOptions.<Trip, Float>of(model, signature, Types.FLOAT)
                    .withBatching(BatchSettings.DEFAULTS.withDeadline(Duration.ofMillis(500)))
                    .withFallback((trip, cause) -> 2 * trip.distanceKm))
            .name("TripMinutes")
            .uid("TripMinutes");

    List<Float> answers = new ArrayList<>();
    try (CloseableIterator<InferenceResult<Trip, Float>> all = minutes.executeAndCollect()) {
      all.forEachRemaining(
          result ->
              answers.add(
                  result instanceof InferenceResult.Success<Trip, Float> success
                      ? success.value()
                      : null));
    }
    assertThat(answers).containsExactlyInAnyOrder(495f, 506f);
  }

  /** Minutes of a trip, by a pipeline that each subtask loads. */
  static final class TripMinutes extends RichMapFunction<Trip, Float> {
    private final String path;
    private transient ServablePipeline pipeline;

    TripMinutes(String path) {
      this.path = path;
    }

    @Override
    public void open(OpenContext context) throws IOException {
      pipeline = ServablePipeline.load(path, NativeMemory.taskManager(getRuntimeContext()));
    }

    @Override
    public Float map(Trip trip) {
      DataFrame frame =
          pipeline.transform(
              DataFrames.ofVectors(
                  "trip", new double[] {trip.distanceKm, trip.stops, trip.minuteOfDay}));
      return frame.collect().get(0).getAs(frame.getIndex("minutes"));
    }

    @Override
    public void close() {
      if (pipeline != null) {
        pipeline.close();
      }
    }
  }

  @Test
  void flinkMl(@TempDir Path directory) throws Exception {
    int openBefore = ModelSession.openNativeObjects();
    String path = directory.resolve("trip-minutes").toUri().toString();
    double[] mean = {8, 2, 490};
    double[] std = {4, 1, 10};
    ModelReference model = TestModels.reference("sum");

    ServablePipeline.save(
        path,
        StandardScalerModelServable.of(mean, std)
            .setWithMean(true)
            .setInputCol("trip")
            .setOutputCol("scaled"),
        new OnnxModelServable()
            .setModel(model)
            .setInputCols("scaled")
            .setInputTensors("x")
            .setOutputCols("minutes")
            .setOutputTensors("y"));

    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(
            new Configuration().set(PipelineOptions.GENERIC_TYPES, false));
    env.setParallelism(1);
    DataStream<Trip> trips = env.fromData(Trip.of(12, 3, 480), Trip.of(5, 1, 500));

    DataStream<Float> minutes =
        trips.map(new TripMinutes(path)).name("TripMinutes").uid("TripMinutes");

    List<Float> answers = new ArrayList<>();
    try (CloseableIterator<Float> all = minutes.executeAndCollect()) {
      all.forEachRemaining(answers::add);
    }
    assertThat(answers).containsExactly(1f, -0.75f);
    Awaitility.await()
        .untilAsserted(() -> assertThat(ModelSession.openNativeObjects()).isEqualTo(openBefore));
  }

  @Test
  void aVectorOfFlinkMlIsRefusedOnAStream() {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(
            new Configuration().set(PipelineOptions.GENERIC_TYPES, false));
    DataStream<DenseVector> vectors =
        env.fromData(Trip.of(12, 3, 480))
            .map(trip -> Vectors.dense(trip.stops))
            .returns(DenseVector.class);
    assertThatThrownBy(vectors::executeAndCollect).isInstanceOf(AbstractMethodError.class);
  }

  @Test
  void sql() throws Exception {
    StreamTableEnvironment sql =
        StreamTableEnvironment.create(StreamExecutionEnvironment.getExecutionEnvironment());
    ModelReference sum = TestModels.reference("sum");
    List<Row> rows = new ArrayList<>();
    for (String statement : blocks("sql").get(0).replaceFirst(";$", "").split(";\\s*", -1)) {
      Matcher set = Pattern.compile("SET '(.*)' = '(.*)'").matcher(statement);
      if (set.matches()) {
        sql.getConfig().set(set.group(1), set.group(2));
        continue;
      }
      try (CloseableIterator<Row> all =
          sql.executeSql(
                  statement
                      .replace("s3://models/trip-minutes.onnx", sum.uri())
                      .replaceAll("'sha256' = '[^']*'", "'sha256' = '" + sum.sha256() + "'"))
              .collect()) {
        rows.clear();
        all.forEachRemaining(rows::add);
      }
    }
    assertThat(rows).containsExactlyInAnyOrder(Row.of("van-1", 495.0), Row.of("van-2", 506.0));
  }

  @Test
  void everyBlockOfThePageIsTakenFromHere() throws IOException {
    List<String> blocks = blocks("java");
    assertThat(blocks).isNotEmpty();
    assertThat(plain(Files.readString(THIS)))
        .contains(blocks.stream().map(InferenceExamplesITCase::plain).toList());
  }

  private static List<String> blocks(String language) throws IOException {
    Matcher matcher =
        Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(PAGE));
    return matcher.results().map(block -> block.group(1).strip()).toList();
  }

  private static String plain(String code) {
    return code.replaceAll("\\s+", "");
  }
}
