// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.sql;

import ai.onnxruntime.OnnxJavaType;
import io.headway.functions.inference.ItemTensors;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;

/**
 * Which column of a row is which numbers of which tensor. Where every column has the name of a
 * tensor, each is that tensor; where not, and there is one tensor, the columns are its numbers one
 * after the other. An array holds all numbers of an item, in row-major order. Thread-safe.
 */
final class RowTensors {
  private final List<Column> columns;

  /**
   * A column of a row.
   *
   * @param element of its numbers
   * @param array whether it is an array
   * @param elements how many numbers
   */
  private record Column(
      int position,
      String name,
      LogicalTypeRoot element,
      boolean array,
      TensorSpec tensor,
      int elements) {}

  private RowTensors(List<Column> columns) {
    this.columns = columns;
  }

  /**
   * @throws IllegalArgumentException when a column is neither a number nor an array of numbers
   */
  static void checkTypes(RowType row) {
    for (RowType.RowField field : row.getFields()) {
      switch (element(field.getType()).getTypeRoot()) {
        case FLOAT, DOUBLE, INTEGER, BIGINT -> {}
        default ->
            throw new IllegalArgumentException(
                "Column %s is of %s, and only FLOAT, DOUBLE, INT, BIGINT and arrays of these are served; cast it."
                    .formatted(field.getName(), field.getType().asSummaryString()));
      }
    }
  }

  /**
   * How columns are written into a model's inputs.
   *
   * @throws ModelException when they do not fit
   */
  static RowTensors inputs(Object model, RowType row, List<TensorSpec> tensors)
      throws ModelException {
    RowTensors mapping = of(model, "input", row, tensors);
    for (TensorSpec tensor : tensors) {
      int given =
          mapping.columns.stream()
              .filter(column -> column.tensor.equals(tensor))
              .mapToInt(Column::elements)
              .sum();
      if (given != tensor.elements()) {
        throw misfit(
            model,
            "input %s needs %d numbers and the columns give %d"
                .formatted(tensor, tensor.elements(), given));
      }
    }
    for (Column column : mapping.columns) {
      if (!writable(column)) {
        throw misfit(
            model,
            "column %s of %s does not go into input %s without loss"
                .formatted(column.name, column.element, column.tensor));
      }
    }
    return mapping;
  }

  /**
   * How columns are read from a model's outputs.
   *
   * @throws ModelException when they do not fit
   */
  static RowTensors outputs(Object model, RowType row, List<TensorSpec> tensors)
      throws ModelException {
    RowTensors mapping = of(model, "output", row, tensors);
    for (Column column : mapping.columns) {
      if (!readable(column)) {
        throw misfit(
            model,
            "output %s does not go into column %s of %s without loss"
                .formatted(column.tensor, column.name, column.element));
      }
    }
    return mapping;
  }

  /** The tensors that have a column. */
  List<TensorSpec> tensors() {
    return columns.stream().map(Column::tensor).distinct().toList();
  }

  /** Writes a row's columns. */
  void encode(RowData row, ItemTensors tensors) {
    for (Column column : columns) {
      if (row.isNullAt(column.position)) {
        throw new IllegalArgumentException("column %s is NULL".formatted(column.name));
      }
      if (column.array) {
        ArrayData array = row.getArray(column.position);
        if (array.size() != column.elements) {
          throw new IllegalArgumentException(
              "column %s has %d numbers and not %d"
                  .formatted(column.name, array.size(), column.elements));
        }
        writeArray(column, array, tensors);
      } else {
        writeNumber(column, row, tensors);
      }
    }
  }

  /** Reads a row's columns. */
  RowData decode(ItemTensors tensors) {
    GenericRowData row = new GenericRowData(columns.size());
    for (Column column : columns) {
      row.setField(
          column.position, column.array ? readArray(column, tensors) : readNumber(column, tensors));
    }
    return row;
  }

  private static RowTensors of(Object model, String side, RowType row, List<TensorSpec> tensors)
      throws ModelException {
    List<RowType.RowField> fields = row.getFields();
    boolean byName = fields.stream().allMatch(field -> named(tensors, field.getName()).isPresent());
    if (!byName && tensors.size() != 1) {
      throw misfit(
          model,
          "it has the %ss %s, and the columns are %s; give every column the name of a tensor"
              .formatted(side, tensors, row.getFieldNames()));
    }
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      String name = fields.get(i).getName();
      LogicalType type = fields.get(i).getType();
      boolean array = type.is(LogicalTypeRoot.ARRAY);
      TensorSpec tensor = byName ? named(tensors, name).orElseThrow() : tensors.get(0);
      int elements =
          array ? (byName ? tensor.elements() : tensor.elements() - (fields.size() - 1)) : 1;
      if (byName && !array && tensor.elements() != 1) {
        throw misfit(
            model,
            "column %s is one number and %s %s has %d; make it an array"
                .formatted(name, side, tensor, tensor.elements()));
      }
      columns.add(new Column(i, name, element(type).getTypeRoot(), array, tensor, elements));
    }
    if (!byName && !packs(columns, tensors.get(0).elements())) {
      throw misfit(
          model,
          "%s %s has %d numbers, and the columns %s do not give just these; give a column for each number, or one array and a column for each that it leaves"
              .formatted(side, tensors.get(0), tensors.get(0).elements(), row.getFieldNames()));
    }
    return new RowTensors(columns);
  }

  private static boolean packs(List<Column> columns, int elements) {
    long arrays = columns.stream().filter(Column::array).count();
    return arrays == 0 ? columns.size() == elements : arrays == 1 && columns.size() - 1 < elements;
  }

  private static ModelException misfit(Object model, String fault) {
    return new ModelException(
        "Model %s does not fit its INPUT and OUTPUT columns: %s.".formatted(model, fault));
  }

  private static Optional<TensorSpec> named(List<TensorSpec> tensors, String name) {
    return tensors.stream().filter(tensor -> tensor.name().equals(name)).findAny();
  }

  private static LogicalType element(LogicalType type) {
    return type instanceof ArrayType array ? array.getElementType() : type;
  }

  /** Digits may be lost on the way into floating-point numbers; whole ones take only what fits. */
  private static boolean writable(Column column) {
    return switch (column.tensor.type()) {
      case FLOAT, DOUBLE -> true;
      case INT64 ->
          column.element == LogicalTypeRoot.INTEGER || column.element == LogicalTypeRoot.BIGINT;
      default -> column.element == LogicalTypeRoot.INTEGER;
    };
  }

  private static boolean readable(Column column) {
    return switch (column.tensor.type()) {
      case FLOAT ->
          column.element == LogicalTypeRoot.FLOAT || column.element == LogicalTypeRoot.DOUBLE;
      case DOUBLE -> column.element == LogicalTypeRoot.DOUBLE;
      case INT64 -> column.element == LogicalTypeRoot.BIGINT;
      default ->
          column.element == LogicalTypeRoot.INTEGER || column.element == LogicalTypeRoot.BIGINT;
    };
  }

  private static void writeNumber(Column column, RowData row, ItemTensors tensors) {
    int at = column.position;
    switch (column.element) {
      case FLOAT -> put(column.tensor, row.getFloat(at), tensors);
      case DOUBLE -> put(column.tensor, row.getDouble(at), tensors);
      case INTEGER -> put(column.tensor, (long) row.getInt(at), tensors);
      default -> put(column.tensor, row.getLong(at), tensors);
    }
  }

  private static void writeArray(Column column, ArrayData array, ItemTensors tensors) {
    if (column.element == LogicalTypeRoot.FLOAT && column.tensor.type() == OnnxJavaType.FLOAT) {
      tensors.floats(column.tensor.name()).put(array.toFloatArray());
      return;
    }
    for (int i = 0; i < array.size(); i++) {
      if (array.isNullAt(i)) {
        throw new IllegalArgumentException(
            "number %d of column %s is NULL".formatted(i + 1, column.name));
      }
      switch (column.element) {
        case FLOAT -> put(column.tensor, array.getFloat(i), tensors);
        case DOUBLE -> put(column.tensor, array.getDouble(i), tensors);
        case INTEGER -> put(column.tensor, (long) array.getInt(i), tensors);
        default -> put(column.tensor, array.getLong(i), tensors);
      }
    }
  }

  private static void put(TensorSpec tensor, double value, ItemTensors tensors) {
    if (tensor.type() == OnnxJavaType.FLOAT) {
      tensors.floats(tensor.name()).put((float) value);
    } else {
      tensors.doubles(tensor.name()).put(value);
    }
  }

  private static void put(TensorSpec tensor, long value, ItemTensors tensors) {
    switch (tensor.type()) {
      case INT32 -> tensors.ints(tensor.name()).put((int) value);
      case INT64 -> tensors.longs(tensor.name()).put(value);
      default -> put(tensor, (double) value, tensors);
    }
  }

  private static Object readNumber(Column column, ItemTensors tensors) {
    String tensor = column.tensor.name();
    return switch (column.tensor.type()) {
      case FLOAT -> {
        float value = tensors.floats(tensor).get();
        yield column.element == LogicalTypeRoot.FLOAT ? (Object) value : (Object) (double) value;
      }
      case DOUBLE -> tensors.doubles(tensor).get();
      case INT64 -> tensors.longs(tensor).get();
      default -> {
        int value = tensors.ints(tensor).get();
        yield column.element == LogicalTypeRoot.INTEGER ? (Object) value : (Object) (long) value;
      }
    };
  }

  private static Object readArray(Column column, ItemTensors tensors) {
    if (column.tensor.type() == OnnxJavaType.FLOAT && column.element == LogicalTypeRoot.FLOAT) {
      float[] values = new float[column.elements];
      tensors.floats(column.tensor.name()).get(values);
      return new GenericArrayData(values);
    }
    Object[] values = new Object[column.elements];
    for (int i = 0; i < values.length; i++) {
      values[i] = readNumber(column, tensors);
    }
    return new GenericArrayData(values);
  }
}
