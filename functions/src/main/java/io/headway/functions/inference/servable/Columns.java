// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import java.util.List;
import org.apache.flink.ml.linalg.Vector;
import org.apache.flink.ml.servable.api.DataFrame;
import org.apache.flink.ml.servable.types.BasicType;
import org.apache.flink.ml.servable.types.DataType;
import org.apache.flink.ml.servable.types.MatrixType;
import org.apache.flink.ml.servable.types.ScalarType;
import org.apache.flink.ml.servable.types.VectorType;

/**
 * The columns that a servable reads and adds, checked: Flink ML finds the first of two columns with
 * one name, and casts what it finds.
 *
 * @param servable names it in messages
 */
record Columns(Object servable, DataFrame frame) {

  /**
   * Where a column is.
   *
   * @throws IllegalArgumentException when it is missing
   */
  int index(String column) {
    int index = frame.getColumnNames().indexOf(column);
    if (index < 0) {
      throw new IllegalArgumentException(
          "%s reads column '%s', and there are only %s, so nothing is transformed; name one of these, or put the stage that adds it before."
              .formatted(servable, column, frame.getColumnNames()));
    }
    return index;
  }

  /**
   * The vectors of a column, one a row.
   *
   * @param size how many numbers each must have
   * @throws IllegalArgumentException when the column is missing, of another type, or a vector is
   *     missing or of another size
   */
  List<Vector> vectors(String column, int size) {
    int index = index(column);
    DataType type = frame.getDataType(column);
    if (!(type instanceof VectorType vectors) || vectors.getElementType() != BasicType.DOUBLE) {
      throw misfit(column, "is of %s and must be VECTOR(DOUBLE)".formatted(name(type)));
    }
    return frame.collect().stream().map(row -> vector(column, row.get(index), size)).toList();
  }

  /**
   * A value of a column as a vector.
   *
   * @throws IllegalArgumentException when it is none or of another size
   */
  Vector vector(String column, Object value, int size) {
    if (!(value instanceof Vector vector)) {
      throw misfit(column, "has %s where a vector must be".formatted(shown(value)));
    }
    if (vector.size() != size) {
      throw misfit(
          column, "has a vector of %d numbers and must have %d".formatted(vector.size(), size));
    }
    return vector;
  }

  /**
   * Checks that columns can be added.
   *
   * @throws IllegalArgumentException when one is there already, or named twice
   */
  void checkAbsent(List<String> columns) {
    for (int i = 0; i < columns.size(); i++) {
      String column = columns.get(i);
      if (frame.getColumnNames().contains(column) || columns.indexOf(column) < i) {
        throw misfit(column, "would be there twice; name the output otherwise");
      }
    }
  }

  /** To be thrown: what is wrong with a column. */
  IllegalArgumentException misfit(String column, String fault) {
    return new IllegalArgumentException(
        "%s transforms nothing: column '%s' %s.".formatted(servable, column, fault));
  }

  /** A type as people write it. */
  static String name(DataType type) {
    if (type instanceof ScalarType scalar) {
      return scalar.getElementType().name();
    } else if (type instanceof VectorType vector) {
      return "VECTOR(%s)".formatted(vector.getElementType());
    } else if (type instanceof MatrixType matrix) {
      return "MATRIX(%s)".formatted(matrix.getElementType());
    }
    return type.getClass().getName();
  }

  /** A value and its class, for messages. */
  static String shown(Object value) {
    return value == null ? "null" : "%s (%s)".formatted(value, value.getClass().getSimpleName());
  }
}
