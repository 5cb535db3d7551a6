// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.inference.ModelSession;
import io.headway.functions.inference.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.ml.linalg.DenseVector;
import org.apache.flink.ml.param.Param;
import org.apache.flink.ml.servable.api.DataFrame;
import org.apache.flink.ml.servable.api.Row;
import org.apache.flink.ml.servable.api.TransformerServable;
import org.apache.flink.ml.servable.builder.PipelineModelServable;
import org.apache.flink.ml.servable.types.DataTypes;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServablePipelineTest {
  private static final Configuration NO_BUDGET = new Configuration();
  private static final double[] MEAN = {10, 2, 0.5};
  private static final double[] STD = {4, 0, 0.25};
  private static final double[] COEFFICIENT = {0.75, 1.5, -0.25};
  private static final double[][] ROWS = {{12, 3, 0.5}, {2, 2, 1}, {10, 7, 0.25}};

  @TempDir Path directory;

  private int openBefore;

  @BeforeEach
  void count() {
    openBefore = ModelSession.openNativeObjects();
  }

  /** What Flink ML's own loader opened is freed when it is garbage. */
  @AfterEach
  void nothingNativeLeaks() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              System.gc();
              return ModelSession.openNativeObjects() == openBefore;
            });
  }

  /** Adds a column with the number of the row. */
  public static final class Numbered implements TransformerServable<Numbered> {

    public static Numbered loadServable(String path) throws IOException {
      if (Files.exists(Path.of(path, "broken"))) {
        throw new IOException("it is broken");
      }
      return new Numbered();
    }

    @Override
    public DataFrame transform(DataFrame input) {
      return input.addColumn(
          "number",
          DataTypes.INT,
          java.util.stream.IntStream.range(0, input.collect().size()).boxed().toList());
    }

    @Override
    public Map<Param<?>, Object> getParamMap() {
      return new HashMap<>();
    }
  }

  @Test
  void flinkMlLoadsScalerAndRegression() throws Exception {
    String path = scalerAndRegression();
    assertLateness(PipelineModelServable.load(path).transform(frame()));
  }

  @Test
  void flinkMlLoadsScalerAndOnnx() throws Exception {
    String path = scalerAndOnnx();
    assertSums(PipelineModelServable.load(path).transform(frame()));
  }

  @Test
  void weLoadScalerAndRegression() throws Exception {
    try (ServablePipeline pipeline = ServablePipeline.load(scalerAndRegression(), NO_BUDGET)) {
      assertLateness(pipeline.transform(frame()));
    }
  }

  @Test
  void weLoadScalerAndOnnxAndCloseTheModel() throws Exception {
    ServablePipeline pipeline = ServablePipeline.load(scalerAndOnnx(), NO_BUDGET);
    assertSums(pipeline.transform(frame()));
    assertThat(ModelSession.openNativeObjects()).isGreaterThan(openBefore);
    pipeline.close();
    assertThat(ModelSession.openNativeObjects()).isEqualTo(openBefore);
    assertThatThrownBy(() -> pipeline.transform(frame())).hasMessageContaining("is closed");
  }

  @Test
  void aPipelineThatFlinkMlSavedIsLoadedAsItIs() throws Exception {
    Path saved =
        Path.of(Objects.requireNonNull(getClass().getResource("/flink-ml-2.2.0/pipeline")).toURI());
    try (ServablePipeline pipeline = ServablePipeline.load(saved.toString(), NO_BUDGET)) {
      assertLateness(pipeline.transform(frame()));
    }
  }

  @Test
  void tenStagesAreNumberedWithTwoDigits() throws Exception {
    String path = directory.resolve("long").toString();
    SavableServable<?>[] stages = new SavableServable<?>[10];
    for (int i = 0; i < stages.length; i++) {
      stages[i] =
          StandardScalerModelServable.of(new double[] {1, 1, 1}, new double[] {1, 1, 1})
              .setWithMean(true)
              .setInputCol(i == 0 ? "features" : "minus" + i)
              .setOutputCol("minus" + (i + 1));
    }
    ServablePipeline.save(path, stages);
    assertThat(Path.of(path, "stages", "09")).exists();
    DataFrame frame = PipelineModelServable.load(path).transform(frame());
    assertThat(frame.collect().get(0).get(frame.getIndex("minus10")))
        .isEqualTo(new DenseVector(new double[] {2, -7, -9.5}));
  }

  @Test
  void servablesOfOthersStandBesideOurs() throws Exception {
    String path = scalerAndRegression();
    Path stage = Path.of(path, "stages", "1");
    replace(stage, LogisticRegressionModelServable.class.getName(), Numbered.class.getName());
    try (ServablePipeline pipeline = ServablePipeline.load(path, NO_BUDGET)) {
      DataFrame frame = pipeline.transform(frame());
      assertThat(frame.getColumnNames()).containsExactly("features", "scaled", "number");
    }
    Files.writeString(stage.resolve("broken"), "");
    assertNotLoaded(path, "is not loaded: it is broken");
    replace(stage, Numbered.class.getName(), "com.example.Missing");
    assertNotLoaded(path, "is a com.example.Missing, which is no servable with a static");
    replace(stage, "com.example.Missing", Object.class.getName());
    assertNotLoaded(path, "is a java.lang.Object, which is no servable with a static");
  }

  @Test
  void aStageThatCannotBeLoadedClosesThoseBefore() throws Exception {
    String path = directory.resolve("pipeline").toString();
    ServablePipeline.save(path, onnx(), LogisticRegressionModelServable.of(1));
    Files.delete(Path.of(path, "stages", "1", "data", "part-0"));
    assertNotLoaded(path, "are 0 files and not 1");
    assertThat(ModelSession.openNativeObjects()).isEqualTo(openBefore);
  }

  @Test
  void aModelThatDoesNotFitIntoTheNativeMemoryIsNotLoaded() throws Exception {
    String path = scalerAndOnnx();
    Configuration taskManager = new Configuration();
    taskManager.set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, new MemorySize(10));
    assertThatThrownBy(() -> ServablePipeline.load(path, taskManager))
        .hasMessageContaining(TaskManagerOptions.TASK_OFF_HEAP_MEMORY.key());
    assertThat(ModelSession.openNativeObjects()).isEqualTo(openBefore);
  }

  @Test
  void whatIsNoPipelineIsNotLoaded() throws Exception {
    String path = scalerAndRegression();
    assertNotLoaded(directory.resolve("nowhere").toString(), "'metadata' of a servable cannot be");
    assertNotLoaded(
        Path.of(path, "stages", "0").toString(),
        "is a %s and no pipeline".formatted(StandardScalerModelServable.class.getName()));
    replace(Path.of(path), "\"numStages\":2", "\"numStages\":0");
    assertNotLoaded(path, "has '0' as 'numStages'");
    replace(Path.of(path), "\"numStages\":0", "\"numStages\":3");
    assertNotLoaded(path, "'metadata' of a servable cannot be read in " + path + "/stages/2");
    assertThatThrownBy(() -> ServablePipeline.save(path, onnx()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("already");
  }

  private String scalerAndRegression() throws IOException {
    String path = directory.resolve("regression").toString();
    ServablePipeline.save(
        path, scaler(), LogisticRegressionModelServable.of(COEFFICIENT).setFeaturesCol("scaled"));
    return path;
  }

  private String scalerAndOnnx() throws IOException {
    String path = directory.resolve("onnx").toString();
    ServablePipeline.save(path, scaler(), onnx());
    return path;
  }

  private static StandardScalerModelServable scaler() {
    return StandardScalerModelServable.of(MEAN, STD)
        .setWithMean(true)
        .setInputCol("features")
        .setOutputCol("scaled");
  }

  private static OnnxModelServable onnx() {
    return new OnnxModelServable()
        .setInputCols("scaled")
        .setInputTensors("x")
        .setOutputCols("sum")
        .setOutputTensors("y")
        .setModel(TestModels.reference("sum"));
  }

  private static DataFrame frame() {
    double[][] rows = new double[ROWS.length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = ROWS[i].clone();
    }
    return DataFrames.ofVectors("features", rows);
  }

  private static void assertLateness(DataFrame frame) {
    assertThat(frame.getColumnNames())
        .containsExactly("features", "scaled", "prediction", "rawPrediction");
    for (int i = 0; i < ROWS.length; i++) {
      double z = 0;
      for (int j = 0; j < MEAN.length; j++) {
        z += COEFFICIENT[j] * scaled(i, j);
      }
      Row row = frame.collect().get(i);
      assertThat((double) row.getAs(2)).isEqualTo(z >= 0 ? 1 : 0);
      DenseVector raw = row.getAs(3);
      assertThat(raw.get(1)).isCloseTo(1 / (1 + Math.exp(-z)), within(1e-12));
    }
  }

  private static void assertSums(DataFrame frame) {
    assertThat(frame.getColumnNames()).containsExactly("features", "scaled", "sum");
    for (int i = 0; i < ROWS.length; i++) {
      float sum = (float) (scaled(i, 0) + scaled(i, 1) + scaled(i, 2));
      assertThat((float) frame.collect().get(i).getAs(2)).isCloseTo(sum, within(1e-6f));
    }
  }

  private static double scaled(int row, int dimension) {
    return STD[dimension] == 0 ? 0 : (ROWS[row][dimension] - MEAN[dimension]) / STD[dimension];
  }

  private static void replace(Path stage, String from, String to) throws IOException {
    Path metadata = stage.resolve("metadata");
    Files.writeString(metadata, Files.readString(metadata).replace(from, to));
  }

  private static void assertNotLoaded(String path, String message) {
    assertThatThrownBy(() -> ServablePipeline.load(path, NO_BUDGET))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }
}
