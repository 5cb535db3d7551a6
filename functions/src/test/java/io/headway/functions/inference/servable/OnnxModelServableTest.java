// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSession;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.inference.TestModels;
import io.headway.functions.memory.NativeMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.ml.linalg.Vectors;
import org.apache.flink.ml.servable.api.DataFrame;
import org.apache.flink.ml.servable.api.Row;
import org.apache.flink.ml.servable.types.BasicType;
import org.apache.flink.ml.servable.types.DataType;
import org.apache.flink.ml.servable.types.DataTypes;
import org.apache.flink.ml.servable.types.ScalarType;
import org.apache.flink.ml.servable.types.VectorType;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxModelServableTest {
  private static final DataType VECTOR = DataTypes.VECTOR(BasicType.DOUBLE);

  @TempDir Path directory;

  private int openBefore;
  private int modelsBefore;
  private long reservedBefore;

  @BeforeEach
  void count() {
    openBefore = ModelSession.openNativeObjects();
    modelsBefore = SharedModels.ofThisJob().size();
    reservedBefore = NativeMemory.ofThisJob().reservedBytes();
  }

  @AfterEach
  void nothingNativeLeaks() {
    assertThat(ModelSession.openNativeObjects()).isEqualTo(openBefore);
    assertThat(SharedModels.ofThisJob().size()).isEqualTo(modelsBefore);
    assertThat(NativeMemory.ofThisJob().reservedBytes()).isEqualTo(reservedBefore);
  }

  @Test
  void moreRowsThanABatchTakesAreAllAnswered() {
    try (OnnxModelServable model = sum().setMaxBatchSize(2)) {
      double[][] rows = new double[5][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = new double[] {i, 10 * i, 0.5};
      }
      DataFrame frame = model.transform(DataFrames.ofVectors("features", rows));
      assertThat(frame.getColumnNames()).containsExactly("features", "sum");
      assertThat(scalar(frame, "sum")).isEqualTo(BasicType.FLOAT);
      assertThat(frame.collect().stream().map(row -> row.get(1)))
          .containsExactly(0.5f, 11.5f, 22.5f, 33.5f, 44.5f);
    }
  }

  @Test
  void noRowsGiveAnEmptyColumn() {
    try (OnnxModelServable model = sum()) {
      assertThat(model.transform(DataFrames.ofVectors("features")).getColumnNames())
          .containsExactly("features", "sum");
    }
  }

  @Test
  void vectorsAndNumbersAreTensorsOfSeveralTypes() {
    try (OnnxModelServable model = pick()) {
      DataFrame frame =
          model.transform(
              frame(
                  List.of("index", "values"),
                  List.of(DataTypes.INT, VECTOR),
                  Arrays.asList(3, Vectors.dense(1, 2, 3, 4)),
                  Arrays.asList(0, Vectors.sparse(4, new int[] {0, 3}, new double[] {5, 8}))));
      assertThat(frame.getColumnNames()).containsExactly("index", "values", "twice", "picked");
      assertThat(((VectorType) frame.getDataType("twice")).getElementType())
          .isEqualTo(BasicType.DOUBLE);
      assertThat(scalar(frame, "picked")).isEqualTo(BasicType.FLOAT);
      assertThat(frame.collect().get(0).get(2)).isEqualTo(Vectors.dense(2, 4, 6, 8));
      assertThat(frame.collect().get(0).get(3)).isEqualTo(4f);
      assertThat(frame.collect().get(1).get(2)).isEqualTo(Vectors.dense(10, 0, 0, 16));
      assertThat(frame.collect().get(1).get(3)).isEqualTo(5f);
    }
  }

  @Test
  void aVectorOfOneWholeNumberIsATensorOfWholeNumbers() {
    try (OnnxModelServable model = pick()) {
      DataFrame frame = pickFrame(VECTOR, Vectors.dense(2));
      assertThat(model.transform(frame).collect().get(0).get(3)).isEqualTo(3f);
    }
  }

  @Test
  void outputsMayBeLeftOut() {
    try (OnnxModelServable model = pick().setOutputCols("chosen").setOutputTensors("picked")) {
      DataFrame frame = model.transform(pickFrame(DataTypes.LONG, 1L));
      assertThat(frame.getColumnNames()).containsExactly("index", "values", "chosen");
      assertThat(frame.collect().get(0).get(2)).isEqualTo(2f);
    }
  }

  @Test
  void whatIsSavedIsLoaded() throws Exception {
    Path path = saved();
    try (OnnxModelServable model = OnnxModelServable.load(path.toString())) {
      assertThat(model.getInputCols()).containsExactly("features");
      assertThat(model.getInputTensors()).containsExactly("x");
      assertThat(model.getMaxBatchSize()).isEqualTo(8);
      assertThat(model.getIntraOpThreads()).isEqualTo(2);
      assertThat(answer(model)).isEqualTo(6f);
      // And once more, as it would be when it is copied from place to place.
      Path copy = directory.resolve("copy");
      model.save(copy.toString());
      assertThat(copy.resolve("data").resolve("model.onnx"))
          .hasBinaryContent(TestModels.bytes("sum"));
    }
  }

  @Test
  void theDirectoryIsLaidOutAsFlinkMlDoesIt() throws Exception {
    Path path = saved();
    JsonNode metadata = new ObjectMapper().readTree(path.resolve("metadata").toFile());
    assertThat(metadata.get("className").asText()).isEqualTo(OnnxModelServable.class.getName());
    assertThat(metadata.get("timestamp").isIntegralNumber()).isTrue();
    assertThat(metadata.get("paramMap"))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {"inputCols": ["features"], "inputTensors": ["x"], "intraOpThreads": 2,
                     "maxBatchSize": 8, "modelName": "sum", "modelVersion": 1,
                     "outputCols": ["sum"], "outputTensors": ["y"]}
                    """));
    assertThat(path.resolve("data").resolve("model.onnx"))
        .hasBinaryContent(TestModels.bytes("sum"));
    assertThat(path.resolve("data").resolve("model.onnx.sha256"))
        .hasContent(TestModels.reference("sum").sha256() + "  model.onnx\n");
  }

  @Test
  void theDigitsAloneAreEnough() throws Exception {
    Path path = saved();
    Files.writeString(
        path.resolve("data").resolve("model.onnx.sha256"), TestModels.reference("sum").sha256());
    try (OnnxModelServable model = OnnxModelServable.load(path.toString())) {
      assertThat(answer(model)).isEqualTo(6f);
    }
  }

  @Test
  void aFileThatIsNotTheOneThatWasSavedIsNotLoaded() throws Exception {
    Path path = saved();
    Files.write(path.resolve("data").resolve("model.onnx"), TestModels.bytes("pick"));
    assertNotLoaded(path, "has the SHA-256");
  }

  @Test
  void whatIsNoOnnxModelIsNotLoaded() throws Exception {
    Path path = saved();
    byte[] text = {1, 2, 3};
    Files.write(path.resolve("data").resolve("model.onnx"), text);
    Files.writeString(
        path.resolve("data").resolve("model.onnx.sha256"),
        ModelReference.of("text", 1, "nowhere", text).sha256());
    assertNotLoaded(path, "cannot be opened");
  }

  @Test
  void aDirectoryThatLacksSomethingIsNotLoaded() throws Exception {
    Path path = saved();
    Path sha256 = path.resolve("data").resolve("model.onnx.sha256");
    Files.writeString(sha256, "abc  model.onnx\n");
    assertNotLoaded(path, "holds no SHA-256 of model.onnx");
    Files.writeString(sha256, "a".repeat(2000));
    assertNotLoaded(path, "has more than 1024 bytes");
    Files.delete(sha256);
    assertNotLoaded(path, "model.onnx.sha256");
    Files.delete(path.resolve("metadata"));
    assertNotLoaded(path, "'metadata' of a servable cannot be read");
  }

  @Test
  void aDirectoryOfAnotherClassOrWithOtherParametersIsNotLoaded() throws Exception {
    Path path = saved();
    Path metadata = path.resolve("metadata");
    String good = Files.readString(metadata);
    Files.writeString(metadata, good.replace("OnnxModelServable", "TensorFlowModelServable"));
    assertNotLoaded(path, "TensorFlowModelServable and not a " + OnnxModelServable.class.getName());
    Files.writeString(metadata, good.replace("maxBatchSize", "batch"));
    assertNotLoaded(path, "parameter 'batch', which it does not know");
    Files.writeString(metadata, good.replace("\"maxBatchSize\":8", "\"maxBatchSize\":0"));
    assertNotLoaded(path, "Parameter 'maxBatchSize'", "1 to 4096");
    Files.writeString(metadata, good.replace("\"maxBatchSize\":8", "\"maxBatchSize\":\"eight\""));
    assertNotLoaded(path, "Parameter 'maxBatchSize'", "\"eight\"", "Integer");
    Files.writeString(metadata, good.replace("[\"features\"]", "\"features\""));
    assertNotLoaded(path, "Parameter 'inputCols'", "String[]");
    Files.writeString(metadata, good.replace("[\"features\"]", "[]"));
    assertNotLoaded(path, "Parameter 'inputCols'");
    Files.writeString(metadata, good.replace("\"modelName\":\"sum\"", "\"modelName\":\"a b\""));
    assertNotLoaded(path, "The name of a model is 'a b'");
  }

  @Test
  void aModelWithOtherTensorsIsNotLoaded() throws Exception {
    Path path = saved();
    Path metadata = path.resolve("metadata");
    String good = Files.readString(metadata);
    Files.writeString(metadata, good.replace("[\"x\"]", "[\"z\"]"));
    assertNotLoaded(
        path, "Model sum:1 has no input 'z' for column 'features' but only [x FLOAT[batch, 3]]");
    Files.writeString(metadata, good.replace("[\"y\"]", "[\"z\"]"));
    assertNotLoaded(path, "has no output 'z' for column 'sum' but only [y FLOAT[batch, 1]]");
    Files.writeString(metadata, good.replace("[\"x\"]", "[\"x\",\"x\"]"));
    assertNotLoaded(path, "the input columns [features] and the input tensors [x, x]");
  }

  @Test
  void everyInputOfTheModelNeedsAColumn() {
    try (OnnxModelServable model = pick().setInputCols("values")) {
      assertThatThrownBy(() -> model.transform(pickFrame(DataTypes.LONG, 1L)))
          .hasMessageContaining("input index INT64[batch, 1] was not expected");
    }
  }

  @Test
  void columnsThatDoNotFitAreNamedAndTheFrameIsLeftAlone() {
    try (OnnxModelServable model = pick()) {
      assertMisfit(
          model,
          DataFrames.ofVectors("values", new double[4]),
          "reads column 'index', and there are only [values]");
      assertMisfit(
          model,
          pickFrame(DataTypes.STRING, "1"),
          "column 'index' is of STRING and goes into input index INT64[batch, 1], which takes [INT, LONG] or VECTOR(DOUBLE)");
      assertMisfit(model, pickFrame(DataTypes.DOUBLE, 1.0), "column 'index' is of DOUBLE");
      assertMisfit(model, pickFrame(DataTypes.LONG, null), "column 'index' has null where");
      assertMisfit(model, pickFrame(DataTypes.LONG, "1"), "has 1 (String) where a number of LONG");
      assertMisfit(
          model, pickFrame(DataTypes.LONG, 1.5), "column 'index' has 1.5, and input index");
      assertMisfit(
          model, pickFrame(VECTOR, Vectors.dense(1.5)), "column 'index' has 1.5, and input index");
      assertMisfit(
          model,
          pickFrame(VECTOR, Vectors.dense(1, 2)),
          "column 'index' has a vector of 2 numbers and must have 1");
      assertMisfit(
          model,
          frame(
              List.of("index", "values"),
              List.of(DataTypes.LONG, DataTypes.DOUBLE),
              Arrays.asList(1L, 2.0)),
          "column 'values' is of DOUBLE and goes into input values FLOAT[batch, 4], which takes VECTOR(DOUBLE)");
      assertMisfit(
          model,
          frame(
              List.of("index", "values", "picked"),
              List.of(DataTypes.LONG, VECTOR, DataTypes.FLOAT),
              Arrays.asList(1L, Vectors.dense(1, 2, 3, 4), 0f)),
          "column 'picked' would be there twice");
    }
  }

  @Test
  void aRowThatTheModelFailsOnFailsTheFrameAndLeavesItAlone() {
    try (OnnxModelServable model = pick()) {
      DataFrame frame = pickFrame(DataTypes.LONG, 17L);
      assertThatThrownBy(() -> model.transform(frame))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("Model pick:1 failed");
      assertThat(frame.getColumnNames()).containsExactly("index", "values");
      assertThat(model.transform(pickFrame(DataTypes.LONG, 1L)).collect().get(0).get(3))
          .isEqualTo(2f);
    }
  }

  @Test
  void servablesOfOneDirectoryShareASession() throws Exception {
    Path path = saved();
    try (OnnxModelServable one = OnnxModelServable.load(path.toString())) {
      OnnxModelServable other = OnnxModelServable.load(path.toString());
      assertThat(SharedModels.ofThisJob().size()).isEqualTo(modelsBefore + 1);
      other.close();
      assertThat(answer(one)).isEqualTo(6f);
    }
  }

  @Test
  void whatIsClosedTransformsNothingMore() {
    OnnxModelServable model = sum();
    assertThat(answer(model)).isEqualTo(6f);
    assertThat(ModelSession.openNativeObjects()).isGreaterThan(openBefore);
    model.close();
    model.close();
    assertThat(ModelSession.openNativeObjects()).isEqualTo(openBefore);
    assertThatThrownBy(() -> answer(model))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed");
  }

  @Test
  void parametersAreSetBeforeTheModelIsOpen() {
    try (OnnxModelServable model = sum()) {
      assertThat(answer(model)).isEqualTo(6f);
      assertThatThrownBy(() -> model.setMaxBatchSize(3))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("'maxBatchSize' of model sum:1 is not set to 3");
    }
    assertThatThrownBy(() -> new OnnxModelServable().setMaxBatchSize(5000))
        .hasMessageContaining("maxBatchSize");
    assertThatThrownBy(() -> answer(new OnnxModelServable()))
        .hasMessageContaining("has no model yet");
    assertThatThrownBy(() -> new OnnxModelServable().save(directory.toString()))
        .hasMessageContaining("has no model yet");
  }

  @Test
  void aModelThatDoesNotFitIntoTheNativeMemoryIsNotLoaded() throws Exception {
    Path path = saved();
    Configuration taskManager = new Configuration();
    taskManager.set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, new MemorySize(10));
    assertThatThrownBy(() -> OnnxModelServable.load(path.toString(), taskManager))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(TaskManagerOptions.TASK_OFF_HEAP_MEMORY.key());
  }

  @Test
  void whatIsForgottenIsFreed() throws Exception {
    Path path = saved();
    OnnxModelServable.load(path.toString());
    assertThat(ModelSession.openNativeObjects()).isGreaterThan(openBefore);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              System.gc();
              return ModelSession.openNativeObjects() == openBefore
                  && SharedModels.ofThisJob().size() == modelsBefore;
            });
  }

  private Path saved() throws IOException {
    Path path = directory.resolve("model");
    try (OnnxModelServable model = sum().setMaxBatchSize(8).setIntraOpThreads(2)) {
      model.save(path.toString());
    }
    return path;
  }

  private static OnnxModelServable sum() {
    return new OnnxModelServable()
        .setInputCols("features")
        .setInputTensors("x")
        .setOutputCols("sum")
        .setOutputTensors("y")
        .setModel(TestModels.reference("sum"));
  }

  private static OnnxModelServable pick() {
    return new OnnxModelServable()
        .setInputCols("index", "values")
        .setOutputCols("twice", "picked")
        .setModel(TestModels.reference("pick"));
  }

  private static DataFrame pickFrame(DataType indexType, Object index) {
    return frame(
        List.of("index", "values"),
        List.of(indexType, VECTOR),
        Arrays.asList(index, Vectors.dense(1, 2, 3, 4)));
  }

  @SafeVarargs
  private static DataFrame frame(List<String> columns, List<DataType> types, List<Object>... rows) {
    List<Row> all = new ArrayList<>();
    for (List<Object> row : rows) {
      all.add(new Row(new ArrayList<>(row)));
    }
    return new DataFrame(new ArrayList<>(columns), new ArrayList<>(types), all);
  }

  private static Object answer(OnnxModelServable model) {
    return model
        .transform(DataFrames.ofVectors("features", new double[] {1, 2, 3}))
        .collect()
        .get(0)
        .get(1);
  }

  private static BasicType scalar(DataFrame frame, String column) {
    return ((ScalarType) frame.getDataType(column)).getElementType();
  }

  private static void assertMisfit(OnnxModelServable model, DataFrame frame, String message) {
    List<String> before = List.copyOf(frame.getColumnNames());
    assertThatThrownBy(() -> model.transform(frame))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
    assertThat(frame.getColumnNames()).isEqualTo(before);
    assertThat(frame.collect()).allMatch(row -> row.size() == before.size());
  }

  private void assertNotLoaded(Path path, String... messages) {
    assertThatThrownBy(() -> OnnxModelServable.load(path.toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(messages);
    assertThat(ModelSession.openNativeObjects()).isEqualTo(openBefore);
  }
}
