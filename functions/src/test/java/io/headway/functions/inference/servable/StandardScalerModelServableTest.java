// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.ml.linalg.DenseVector;
import org.apache.flink.ml.linalg.Vector;
import org.apache.flink.ml.linalg.Vectors;
import org.apache.flink.ml.linalg.typeinfo.DenseVectorSerializer;
import org.apache.flink.ml.servable.api.DataFrame;
import org.apache.flink.ml.servable.api.Row;
import org.apache.flink.ml.servable.types.BasicType;
import org.apache.flink.ml.servable.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StandardScalerModelServableTest {
  private static final double[] MEAN = {10, 2, 0.5};
  private static final double[] STD = {4, 0, 0.25};

  @TempDir Path directory;

  @Test
  void vectorsAreScaledAndCenteredAsTheParametersSay() {
    assertThat(scaled(scaler())).isEqualTo(Vectors.dense(3, 0, 4));
    assertThat(scaled(scaler().setWithMean(true))).isEqualTo(Vectors.dense(0.5, 0, 2));
    assertThat(scaled(scaler().setWithMean(true).setWithStd(false)))
        .isEqualTo(Vectors.dense(2, 5, 0.5));
    assertThat(scaled(scaler().setWithStd(false))).isEqualTo(Vectors.dense(12, 7, 1));
  }

  @Test
  void theInputIsLeftAsItIs() {
    DataFrame frame = DataFrames.ofVectors("input", new double[] {12, 7, 1});
    scaler().setWithMean(true).transform(frame);
    assertThat(frame.getColumnNames()).containsExactly("input", "output");
    assertThat(frame.collect().get(0).get(0)).isEqualTo(Vectors.dense(12, 7, 1));
  }

  @Test
  void aSparseVectorStaysSparseUnlessItIsCentered() {
    Vector sparse = Vectors.sparse(3, new int[] {0, 2}, new double[] {12, 1});
    assertThat(answer(scaler(), sparse))
        .isEqualTo(Vectors.sparse(3, new int[] {0, 2}, new double[] {3, 4}));
    assertThat(answer(scaler().setWithMean(true), sparse)).isEqualTo(Vectors.dense(0.5, -0.0, 2));
  }

  @Test
  void whatIsSavedIsLoaded() throws IOException {
    String path = directory.resolve("scaler").toString();
    scaler().setInputCol("größe").setOutputCol("scaled").setWithMean(true).save(path);
    StandardScalerModelServable loaded = StandardScalerModelServable.load(path);
    assertThat(loaded.getInputCol()).isEqualTo("größe");
    assertThat(loaded.getOutputCol()).isEqualTo("scaled");
    assertThat(loaded.getWithMean()).isTrue();
    assertThat(loaded.getWithStd()).isTrue();
    DataFrame frame = loaded.transform(DataFrames.ofVectors("größe", new double[] {12, 7, 1}));
    assertThat(last(frame)).isEqualTo(Vectors.dense(0.5, 0, 2));
  }

  @Test
  void theBytesAreThoseOfFlinkMl() throws IOException {
    String path = directory.resolve("scaler").toString();
    scaler().save(path);
    DataOutputSerializer bytes = new DataOutputSerializer(100);
    new DenseVectorSerializer().serialize(new DenseVector(MEAN), bytes);
    new DenseVectorSerializer().serialize(new DenseVector(STD), bytes);
    bytes.writeLong(0);
    bytes.writeLong(0);
    assertThat(Path.of(path, "data", "part-0")).hasBinaryContent(bytes.getCopyOfBuffer());
  }

  @Test
  void modelDataIsSetFromAStreamAndABadOneChangesNothing() throws IOException {
    StandardScalerModelServable scaler =
        new StandardScalerModelServable()
            .setModelData(new ByteArrayInputStream(ModelData.bytes(2, MEAN, STD)));
    assertFails(scaler, ModelData.bytes(0, MEAN), "ends before the length of the standard");
    assertFails(scaler, ModelData.bytes(0, MEAN, new double[] {1}), "3 means and 1 standard");
    assertFails(
        scaler, ModelData.bytes(0, MEAN, new double[] {1, -2, 1}), "-2.0 as standard deviation 2");
    assertFails(
        scaler,
        ModelData.bytes(0, new double[] {1, Double.NaN}, STD),
        "NaN as number 2 of the mean");
    assertFails(scaler, ModelData.bytes(1, MEAN, STD), "8 bytes behind its vectors");
    assertFails(
        scaler, new byte[] {0x7f, -1, -1, -1, 0}, "2147483647 numbers, and 1 bytes are left");
    assertThatThrownBy(() -> scaler.setModelData()).hasMessageContaining("0 streams");
    assertThat(scaled(scaler)).isEqualTo(Vectors.dense(3, 0, 4));
  }

  @Test
  void withoutAModelNothingIsDone() {
    StandardScalerModelServable scaler = new StandardScalerModelServable();
    assertThatThrownBy(() -> scaled(scaler)).hasMessageContaining("has no model yet");
    assertThatThrownBy(() -> scaler.save(directory.toString()))
        .hasMessageContaining("has no model yet");
    assertThatThrownBy(() -> StandardScalerModelServable.of(new double[0], new double[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 numbers");
  }

  @Test
  void whatDoesNotFitIsNamedAndLeftAlone() {
    assertMisfit(
        DataFrames.ofVectors("features", new double[3]),
        "reads column 'input', and there are only [features]");
    assertMisfit(
        DataFrames.ofVectors("input", new double[3], new double[2]),
        "column 'input' has a vector of 2 numbers and must have 3");
    assertMisfit(
        frame(DataTypes.DOUBLE, 3.0), "column 'input' is of DOUBLE and must be VECTOR(DOUBLE)");
    assertMisfit(
        frame(DataTypes.VECTOR(BasicType.DOUBLE), null),
        "column 'input' has null where a vector must be");
    assertMisfit(
        frame(DataTypes.VECTOR(BasicType.DOUBLE), 3.0),
        "column 'input' has 3.0 (Double) where a vector must be");
    StandardScalerModelServable onto = scaler().setOutputCol("input");
    assertThatThrownBy(() -> scaled(onto)).hasMessageContaining("'input' would be there twice");
  }

  @Test
  void aDirectoryThatIsNoScalersIsNotLoaded() throws IOException {
    Path path = directory.resolve("scaler");
    assertNotLoaded(path, "'metadata' of a servable cannot be read");
    scaler().save(path.toString());
    assertThatThrownBy(() -> scaler().save(path.toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a servable in")
        .hasMessageContaining("already");
    Path metadata = path.resolve("metadata");
    String good = Files.readString(metadata);

    Files.writeString(metadata, "{");
    assertNotLoaded(path, "is no JSON");
    Files.writeString(metadata, "{\"paramMap\": {}}");
    assertNotLoaded(path, "no text as 'className'");
    Files.writeString(metadata, good.replace("StandardScaler", "MinMaxScaler"));
    assertNotLoaded(path, "MinMaxScalerModelServable and not a");
    Files.writeString(metadata, good.replace("\"withMean\"", "\"withMedian\""));
    assertNotLoaded(
        path,
        "parameter 'withMedian', which it does not know, so it is not loaded; it has [inputCol, outputCol, withMean, withStd]");
    Files.writeString(metadata, good.replace("\"input\"", "7"));
    assertNotLoaded(path, "Parameter 'inputCol'");
    Files.writeString(metadata, good.replace("\"input\"", "null"));
    assertNotLoaded(path, "Parameter 'inputCol'");

    Files.writeString(metadata, "# a comment\n" + good);
    assertThat(scaled(StandardScalerModelServable.load(path.toString())))
        .isEqualTo(Vectors.dense(3, 0, 4));

    Files.writeString(path.resolve("data").resolve("part-1"), "");
    assertNotLoaded(path, "are 2 files and not 1");
    Files.delete(path.resolve("data").resolve("part-1"));
    Files.delete(path.resolve("data").resolve("part-0"));
    assertNotLoaded(path, "are 0 files and not 1");
    Files.delete(path.resolve("data"));
    assertNotLoaded(path, "are 0 files and not 1");
  }

  private static StandardScalerModelServable scaler() {
    return StandardScalerModelServable.of(MEAN, STD);
  }

  private static Object scaled(StandardScalerModelServable scaler) {
    return last(scaler.transform(DataFrames.ofVectors("input", new double[] {12, 7, 1})));
  }

  private static Object answer(StandardScalerModelServable scaler, Object value) {
    return last(scaler.transform(frame(DataTypes.VECTOR(BasicType.DOUBLE), value)));
  }

  private static Object last(DataFrame frame) {
    Row row = frame.collect().get(0);
    return row.get(row.size() - 1);
  }

  private static DataFrame frame(org.apache.flink.ml.servable.types.DataType type, Object value) {
    List<Object> values = new ArrayList<>();
    values.add(value);
    return new DataFrame(
        new ArrayList<>(List.of("input")),
        new ArrayList<>(List.of(type)),
        List.of(new Row(values)));
  }

  private static void assertMisfit(DataFrame frame, String message) {
    List<String> before = List.copyOf(frame.getColumnNames());
    assertThatThrownBy(() -> scaler().transform(frame))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
    assertThat(frame.getColumnNames()).isEqualTo(before);
  }

  private static void assertFails(StandardScalerModelServable scaler, byte[] data, String message) {
    assertThatThrownBy(() -> scaler.setModelData(new ByteArrayInputStream(data)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }

  private static void assertNotLoaded(Path path, String message) {
    assertThatThrownBy(() -> StandardScalerModelServable.load(path.toString()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message)
        .hasMessageContaining(path.toString());
  }
}
