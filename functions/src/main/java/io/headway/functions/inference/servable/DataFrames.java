// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.ml.linalg.DenseVector;
import org.apache.flink.ml.servable.api.DataFrame;
import org.apache.flink.ml.servable.api.Row;
import org.apache.flink.ml.servable.types.BasicType;
import org.apache.flink.ml.servable.types.DataTypes;

/** Makes the frames that servables add columns to. */
public final class DataFrames {

  private DataFrames() {}

  /**
   * A frame with one column of vectors.
   *
   * @param column its name
   * @param rows a vector each; not copied
   */
  public static DataFrame ofVectors(String column, double[]... rows) {
    List<Row> all = new ArrayList<>();
    for (double[] values : rows) {
      all.add(new Row(new ArrayList<>(List.of(new DenseVector(values)))));
    }
    return new DataFrame(
        new ArrayList<>(List.of(column)),
        new ArrayList<>(List.of(DataTypes.VECTOR(BasicType.DOUBLE))),
        all);
  }
}
