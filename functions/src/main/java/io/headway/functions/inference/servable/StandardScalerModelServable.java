// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.ml.linalg.DenseVector;
import org.apache.flink.ml.linalg.SparseVector;
import org.apache.flink.ml.linalg.Vector;
import org.apache.flink.ml.param.BooleanParam;
import org.apache.flink.ml.param.Param;
import org.apache.flink.ml.param.ParamValidators;
import org.apache.flink.ml.param.StringParam;
import org.apache.flink.ml.servable.api.DataFrame;
import org.apache.flink.ml.servable.types.BasicType;
import org.apache.flink.ml.servable.types.DataTypes;
import org.apache.flink.ml.util.ParamUtils;

/**
 * Centers and scales the numbers of a vector, as Flink ML's {@code StandardScalerModel} does; Flink
 * ML 2.2 has no servable for it. A dimension whose standard deviation is 0 becomes 0.
 *
 * <p>Reads what {@code StandardScalerModel.save} of Flink ML 2.2 has written, and writes the same
 * bytes: the vector of means, that of standard deviations, the model's version and its timestamp
 * (64-bit integers). Both are 0, and mean nothing when they are read; a file may end before them.
 *
 * <p>Not thread-safe.
 */
public final class StandardScalerModelServable
    implements SavableServable<StandardScalerModelServable> {

  public static final Param<String> INPUT_COL =
      new StringParam("inputCol", "Input column name.", "input", ParamValidators.notNull());

  public static final Param<String> OUTPUT_COL =
      new StringParam("outputCol", "Output column name.", "output", ParamValidators.notNull());

  public static final Param<Boolean> WITH_MEAN =
      new BooleanParam(
          "withMean",
          "Whether centers the data with mean before scaling.",
          false,
          ParamValidators.notNull());

  public static final Param<Boolean> WITH_STD =
      new BooleanParam(
          "withStd",
          "Whether scales the data with standard deviation.",
          true,
          ParamValidators.notNull());

  static final Set<String> CLASS_NAMES =
      Set.of(
          StandardScalerModelServable.class.getName(),
          "org.apache.flink.ml.feature.standardscaler.StandardScalerModel");

  private final Map<Param<?>, Object> params = new HashMap<>();

  /** Null until there is a model; then as long as {@link #std}. */
  private double[] mean;

  private double[] std;

  /** Without a model; {@link #setModelData} gives it one. */
  public StandardScalerModelServable() {
    ParamUtils.initializeMapWithDefaultValues(params, this);
  }

  /**
   * @param mean of each dimension
   * @param std standard deviation of each dimension, not negative
   * @throws IllegalArgumentException when they are empty, not finite or of different lengths
   */
  public static StandardScalerModelServable of(double[] mean, double[] std) {
    try {
      return new StandardScalerModelServable()
          .setModel(new ModelData("the scaler", ModelData.bytes(0, mean, std)));
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /**
   * Reads a directory.
   *
   * @throws IOException when it cannot be read, or is no scaler's
   */
  public static StandardScalerModelServable load(String path) throws IOException {
    return StageFiles.load(path, new StandardScalerModelServable(), CLASS_NAMES)
        .setModel(StageFiles.modelData(path));
  }

  /** {@link #load}, by the name under which a pipeline of Flink ML calls it. */
  public static StandardScalerModelServable loadServable(String path) throws IOException {
    return load(path);
  }

  @Override
  public void save(String path) throws IOException {
    checkModel();
    StageFiles.save(
        path,
        StandardScalerModelServable.class.getName(),
        this,
        Map.of(),
        Map.of("part-0", ModelData.bytes(2, mean, std)));
  }

  /**
   * @param modelDataInputs one stream, which is not closed
   * @throws IOException when it cannot be read; the model is left as it was
   */
  @Override
  public StandardScalerModelServable setModelData(InputStream... modelDataInputs)
      throws IOException {
    return setModel(StageFiles.modelData(modelDataInputs));
  }

  /**
   * Adds the column of scaled vectors to the frame, and returns it. Sparse vectors stay sparse
   * unless they are centered.
   *
   * @throws IllegalArgumentException when the columns do not fit; the frame is left as it was
   * @throws IllegalStateException when there is no model
   */
  @Override
  public DataFrame transform(DataFrame input) {
    checkModel();
    Columns columns = new Columns(this, input);
    columns.checkAbsent(List.of(getOutputCol()));
    List<Vector> scaled = new ArrayList<>();
    for (Vector vector : columns.vectors(getInputCol(), mean.length)) {
      scaled.add(
          vector instanceof SparseVector sparse && !getWithMean() ? scale(sparse) : scale(vector));
    }
    return input.addColumn(getOutputCol(), DataTypes.VECTOR(BasicType.DOUBLE), scaled);
  }

  public String getInputCol() {
    return get(INPUT_COL);
  }

  public StandardScalerModelServable setInputCol(String column) {
    return set(INPUT_COL, column);
  }

  public String getOutputCol() {
    return get(OUTPUT_COL);
  }

  public StandardScalerModelServable setOutputCol(String column) {
    return set(OUTPUT_COL, column);
  }

  public boolean getWithMean() {
    return get(WITH_MEAN);
  }

  public StandardScalerModelServable setWithMean(boolean withMean) {
    return set(WITH_MEAN, withMean);
  }

  public boolean getWithStd() {
    return get(WITH_STD);
  }

  public StandardScalerModelServable setWithStd(boolean withStd) {
    return set(WITH_STD, withStd);
  }

  @Override
  public Map<Param<?>, Object> getParamMap() {
    return params;
  }

  @Override
  public String toString() {
    return "StandardScalerModelServable";
  }

  private StandardScalerModelServable setModel(ModelData data) throws IOException {
    double[] means = data.vector("mean");
    double[] deviations = data.vector("standard deviation");
    data.rest(List.of(0, 2));
    if (means.length != deviations.length) {
      throw data.fault(
          "has %d means and %d standard deviations".formatted(means.length, deviations.length));
    }
    for (int i = 0; i < deviations.length; i++) {
      if (deviations[i] < 0) {
        throw data.fault("has %s as standard deviation %d".formatted(deviations[i], i + 1));
      }
    }
    mean = means;
    std = deviations;
    return this;
  }

  private Vector scale(Vector vector) {
    double[] values = vector.toArray().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = (values[i] - (getWithMean() ? mean[i] : 0)) * factor(i);
    }
    return new DenseVector(values);
  }

  private Vector scale(SparseVector vector) {
    double[] values = vector.values.clone();
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor(vector.indices[i]);
    }
    return new SparseVector(vector.n, vector.indices.clone(), values);
  }

  private double factor(int dimension) {
    if (!getWithStd()) {
      return 1;
    }
    return std[dimension] == 0 ? 0 : 1 / std[dimension];
  }

  private void checkModel() {
    if (mean == null) {
      throw new IllegalStateException(
          "A StandardScalerModelServable has no model yet, so it neither transforms nor is saved; load it, or set its model data.");
    }
  }
}
