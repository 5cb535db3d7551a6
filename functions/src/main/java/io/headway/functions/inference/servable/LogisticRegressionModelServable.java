// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.ml.linalg.SparseVector;
import org.apache.flink.ml.linalg.Vector;
import org.apache.flink.ml.linalg.Vectors;
import org.apache.flink.ml.param.Param;
import org.apache.flink.ml.param.ParamValidators;
import org.apache.flink.ml.param.StringParam;
import org.apache.flink.ml.servable.api.DataFrame;
import org.apache.flink.ml.servable.types.BasicType;
import org.apache.flink.ml.servable.types.DataTypes;
import org.apache.flink.ml.util.ParamUtils;

/**
 * Tells two classes apart, as Flink ML's {@code LogisticRegressionModelServable} does: with z the
 * dot product of features and coefficients, the raw prediction is (1 - p, p), p = 1 / (1 + e^-z),
 * and the prediction 1 where z is at least 0, otherwise 0. As in Flink ML there is no intercept;
 * who needs one makes one feature always 1, and where a scaler stands before, gives it the mean 0
 * and the standard deviation 1.
 *
 * <p>Reads what {@code LogisticRegressionModel.save} of Flink ML 2.2 has written, and writes the
 * same bytes: the vector of coefficients and the model's version (64-bit integer). It is 0, and
 * means nothing when it is read; a file may end before it, or have the beginning and end of its
 * only segment there too, as later versions of Flink ML do.
 *
 * <p>Not thread-safe.
 */
public final class LogisticRegressionModelServable
    implements SavableServable<LogisticRegressionModelServable> {

  public static final Param<String> FEATURES_COL =
      new StringParam(
          "featuresCol", "Features column name.", "features", ParamValidators.notNull());

  public static final Param<String> PREDICTION_COL =
      new StringParam(
          "predictionCol", "Prediction column name.", "prediction", ParamValidators.notNull());

  public static final Param<String> RAW_PREDICTION_COL =
      new StringParam(
          "rawPredictionCol",
          "Raw prediction column name.",
          "rawPrediction",
          ParamValidators.notNull());

  static final Set<String> CLASS_NAMES =
      Set.of(
          LogisticRegressionModelServable.class.getName(),
          "org.apache.flink.ml.classification.logisticregression.LogisticRegressionModel");

  private final Map<Param<?>, Object> params = new HashMap<>();

  /** Null until there is a model. */
  private double[] coefficient;

  /** Without a model; {@link #setModelData} gives it one. */
  public LogisticRegressionModelServable() {
    ParamUtils.initializeMapWithDefaultValues(params, this);
  }

  /**
   * @param coefficient of each feature
   * @throws IllegalArgumentException when there is none or one is not finite
   */
  public static LogisticRegressionModelServable of(double... coefficient) {
    try {
      return new LogisticRegressionModelServable()
          .setModel(new ModelData("the regression", ModelData.bytes(0, coefficient)));
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /**
   * Reads a directory.
   *
   * @throws IOException when it cannot be read, or is no logistic regression's
   */
  public static LogisticRegressionModelServable load(String path) throws IOException {
    return StageFiles.load(path, new LogisticRegressionModelServable(), CLASS_NAMES)
        .setModel(StageFiles.modelData(path));
  }

  /** {@link #load}, by the name under which a pipeline of Flink ML calls it. */
  public static LogisticRegressionModelServable loadServable(String path) throws IOException {
    return load(path);
  }

  @Override
  public void save(String path) throws IOException {
    checkModel();
    StageFiles.save(
        path,
        LogisticRegressionModelServable.class.getName(),
        this,
        Map.of(),
        Map.of("part-0", ModelData.bytes(1, coefficient)));
  }

  /**
   * @param modelDataInputs one stream, which is not closed
   * @throws IOException when it cannot be read; the model is left as it was
   */
  @Override
  public LogisticRegressionModelServable setModelData(InputStream... modelDataInputs)
      throws IOException {
    return setModel(StageFiles.modelData(modelDataInputs));
  }

  /**
   * Adds the columns of predictions (DOUBLE) and raw predictions (VECTOR(DOUBLE)) to the frame, and
   * returns it.
   *
   * @throws IllegalArgumentException when the columns do not fit; the frame is left as it was
   * @throws IllegalStateException when there is no model
   */
  @Override
  public DataFrame transform(DataFrame input) {
    checkModel();
    Columns columns = new Columns(this, input);
    columns.checkAbsent(List.of(getPredictionCol(), getRawPredictionCol()));
    List<Double> predictions = new ArrayList<>();
    List<Vector> raw = new ArrayList<>();
    for (Vector features : columns.vectors(getFeaturesCol(), coefficient.length)) {
      double dot = dot(features);
      double probability = 1 - 1 / (1 + Math.exp(dot));
      predictions.add(dot >= 0 ? 1.0 : 0.0);
      raw.add(Vectors.dense(1 - probability, probability));
    }
    return input
        .addColumn(getPredictionCol(), DataTypes.DOUBLE, predictions)
        .addColumn(getRawPredictionCol(), DataTypes.VECTOR(BasicType.DOUBLE), raw);
  }

  public String getFeaturesCol() {
    return get(FEATURES_COL);
  }

  public LogisticRegressionModelServable setFeaturesCol(String column) {
    return set(FEATURES_COL, column);
  }

  public String getPredictionCol() {
    return get(PREDICTION_COL);
  }

  public LogisticRegressionModelServable setPredictionCol(String column) {
    return set(PREDICTION_COL, column);
  }

  public String getRawPredictionCol() {
    return get(RAW_PREDICTION_COL);
  }

  public LogisticRegressionModelServable setRawPredictionCol(String column) {
    return set(RAW_PREDICTION_COL, column);
  }

  @Override
  public Map<Param<?>, Object> getParamMap() {
    return params;
  }

  @Override
  public String toString() {
    return "LogisticRegressionModelServable";
  }

  private LogisticRegressionModelServable setModel(ModelData data) throws IOException {
    double[] values = data.vector("coefficients");
    long[] rest = data.rest(List.of(0, 1, 3));
    // Later versions of Flink ML put where the segment begins and ends before the model's version.
    if (rest.length == 3 && (rest[0] != 0 || rest[1] != values.length)) {
      throw data.fault(
          "is the segment from %d to %d and not the whole model".formatted(rest[0], rest[1]));
    }
    coefficient = values;
    return this;
  }

  private double dot(Vector features) {
    double sum = 0;
    if (features instanceof SparseVector sparse) {
      for (int i = 0; i < sparse.indices.length; i++) {
        sum += sparse.values[i] * coefficient[sparse.indices[i]];
      }
    } else {
      for (int i = 0; i < coefficient.length; i++) {
        sum += features.get(i) * coefficient[i];
      }
    }
    return sum;
  }

  private void checkModel() {
    if (coefficient == null) {
      throw new IllegalStateException(
          "A LogisticRegressionModelServable has no model yet, so it neither transforms nor is saved; load it, or set its model data.");
    }
  }
}
