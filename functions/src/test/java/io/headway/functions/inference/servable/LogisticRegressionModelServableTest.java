// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
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
import org.apache.flink.ml.servable.types.ScalarType;
import org.apache.flink.ml.servable.types.VectorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogisticRegressionModelServableTest {
  private static final double[] COEFFICIENT = {0.75, 1.5, -0.25};

  @TempDir Path directory;

  @Test
  void predictsTheClassAndBothProbabilities() {
    DataFrame frame =
        regression()
            .transform(
                DataFrames.ofVectors(
                    "features",
                    new double[] {2, -1, 3},
                    new double[] {0, 0, 0},
                    new double[] {4, 1, 0}));
    assertThat(frame.getColumnNames()).containsExactly("features", "prediction", "rawPrediction");
    assertThat(((ScalarType) frame.getDataType("prediction")).getElementType())
        .isEqualTo(BasicType.DOUBLE);
    assertThat(((VectorType) frame.getDataType("rawPrediction")).getElementType())
        .isEqualTo(BasicType.DOUBLE);
    assertRow(frame.collect().get(0), 0, -0.75);
    assertRow(frame.collect().get(1), 1, 0);
    assertRow(frame.collect().get(2), 1, 4.5);
  }

  @Test
  void sparseFeaturesGiveTheSameAsDenseOnes() {
    Vector sparse = Vectors.sparse(3, new int[] {0, 2}, new double[] {2, 3});
    DataFrame frame =
        new DataFrame(
            new ArrayList<>(List.of("features")),
            new ArrayList<>(List.of(DataTypes.VECTOR(BasicType.DOUBLE))),
            List.of(new Row(new ArrayList<>(List.of(sparse)))));
    assertRow(regression().transform(frame).collect().get(0), 1, 0.75);
  }

  @Test
  void farFromTheBorderProbabilitiesAreZeroAndOne() {
    DataFrame frame =
        regression()
            .transform(
                DataFrames.ofVectors(
                    "features", new double[] {1e6, 0, 0}, new double[] {-1e6, 0, 0}));
    assertThat(frame.collect().get(0).get(2)).isEqualTo(Vectors.dense(0, 1));
    assertThat(frame.collect().get(1).get(2)).isEqualTo(Vectors.dense(1, 0));
  }

  @Test
  void whatIsSavedIsLoaded() throws IOException {
    String path = directory.resolve("regression").toString();
    regression()
        .setFeaturesCol("scaled")
        .setPredictionCol("late")
        .setRawPredictionCol("probabilities")
        .save(path);
    LogisticRegressionModelServable loaded = LogisticRegressionModelServable.load(path);
    DataFrame frame = loaded.transform(DataFrames.ofVectors("scaled", new double[] {4, 1, 0}));
    assertThat(frame.getColumnNames()).containsExactly("scaled", "late", "probabilities");
    assertRow(frame.collect().get(0), 1, 4.5);
  }

  @Test
  void theBytesAreThoseOfFlinkMl() throws IOException {
    String path = directory.resolve("regression").toString();
    regression().save(path);
    DataOutputSerializer bytes = new DataOutputSerializer(100);
    new DenseVectorSerializer().serialize(new DenseVector(COEFFICIENT), bytes);
    bytes.writeLong(0);
    assertThat(Path.of(path, "data", "part-0")).hasBinaryContent(bytes.getCopyOfBuffer());
  }

  @Test
  void modelDataOfOtherVersionsIsReadWhenItIsWhole() throws IOException {
    byte[] vector = ModelData.bytes(0, COEFFICIENT);
    for (byte[] data : List.of(vector, ModelData.bytes(1, COEFFICIENT), segment(vector, 0, 3))) {
      LogisticRegressionModelServable regression =
          new LogisticRegressionModelServable().setModelData(new ByteArrayInputStream(data));
      assertRow(
          regression
              .transform(DataFrames.ofVectors("features", new double[] {4, 1, 0}))
              .collect()
              .get(0),
          1,
          4.5);
    }
    assertThatThrownBy(
            () ->
                new LogisticRegressionModelServable()
                    .setModelData(new ByteArrayInputStream(segment(vector, 3, 6))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is the segment from 3 to 6 and not the whole model");
    assertThatThrownBy(
            () ->
                new LogisticRegressionModelServable()
                    .setModelData(new ByteArrayInputStream(ModelData.bytes(2, COEFFICIENT))))
        .hasMessageContaining("16 bytes behind its vectors");
  }

  @Test
  void whatDoesNotFitIsNamedAndLeftAlone() {
    DataFrame frame = DataFrames.ofVectors("features", new double[] {1, 2});
    assertThatThrownBy(() -> regression().transform(frame))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("column 'features' has a vector of 2 numbers and must have 3");
    LogisticRegressionModelServable twice = regression().setRawPredictionCol("prediction");
    assertThatThrownBy(() -> twice.transform(frame))
        .hasMessageContaining("'prediction' would be there twice");
    assertThat(frame.getColumnNames()).containsExactly("features");
    assertThatThrownBy(() -> new LogisticRegressionModelServable().transform(frame))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has no model yet");
    assertThatThrownBy(() -> LogisticRegressionModelServable.of(1, Double.POSITIVE_INFINITY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Infinity as number 2");
  }

  private static LogisticRegressionModelServable regression() {
    return LogisticRegressionModelServable.of(COEFFICIENT);
  }

  private static byte[] segment(byte[] vector, long begin, long end) {
    return ByteBuffer.allocate(vector.length + 24)
        .put(vector)
        .putLong(begin)
        .putLong(end)
        .putLong(7)
        .array();
  }

  private static void assertRow(Row row, double prediction, double dot) {
    assertThat(row.get(1)).isEqualTo(prediction);
    DenseVector raw = row.getAs(2);
    double probability = 1 / (1 + Math.exp(-dot));
    assertThat(raw.size()).isEqualTo(2);
    assertThat(raw.get(0)).isCloseTo(1 - probability, within(1e-12));
    assertThat(raw.get(1)).isCloseTo(probability, within(1e-12));
  }
}
