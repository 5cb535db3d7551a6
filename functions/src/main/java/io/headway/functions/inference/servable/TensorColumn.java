// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import io.headway.functions.inference.ItemTensors;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.flink.ml.linalg.DenseVector;
import org.apache.flink.ml.linalg.Vector;
import org.apache.flink.ml.servable.types.BasicType;
import org.apache.flink.ml.servable.types.DataType;
import org.apache.flink.ml.servable.types.DataTypes;
import org.apache.flink.ml.servable.types.ScalarType;
import org.apache.flink.ml.servable.types.VectorType;

/** A column of a frame that is a tensor of a model. */
record TensorColumn(String column, TensorSpec tensor) {

  /**
   * The columns of one side of a model.
   *
   * @param side for messages
   * @param columns their names
   * @param names of the tensors, one a column; none where they are called as the columns are
   * @param tensors what the model has
   * @throws ModelException when there is no such tensor, or the numbers of names differ
   */
  static List<TensorColumn> of(
      ModelReference model, String side, String[] columns, String[] names, List<TensorSpec> tensors)
      throws ModelException {
    String[] wanted = names.length == 0 ? columns : names;
    if (wanted.length != columns.length) {
      throw new ModelException(
          "Model %s has the %s columns %s and the %s tensors %s, so it is not known which is which; name one tensor for each column."
              .formatted(model, side, Arrays.toString(columns), side, Arrays.toString(names)));
    }
    List<TensorColumn> pairs = new ArrayList<>();
    for (int i = 0; i < wanted.length; i++) {
      String name = wanted[i];
      Optional<TensorSpec> tensor =
          tensors.stream().filter(spec -> spec.name().equals(name)).findAny();
      if (tensor.isEmpty()) {
        throw new ModelException(
            "Model %s has no %s '%s' for column '%s' but only %s, so it is not used; name one of these."
                .formatted(model, side, name, columns[i], tensors));
      }
      pairs.add(new TensorColumn(columns[i], tensor.get()));
    }
    return pairs;
  }

  /**
   * Checks that a column goes into the tensor without loss; digits may be lost on the way into
   * floating-point numbers. Vectors are looked at one by one.
   *
   * @throws IllegalArgumentException when it does not
   */
  void checkType(Columns columns) {
    DataType type = columns.frame().getDataType(column);
    boolean fits;
    if (type instanceof VectorType vector) {
      fits = vector.getElementType() == BasicType.DOUBLE;
    } else {
      fits = type instanceof ScalarType scalar && takes(scalar.getElementType());
    }
    if (!fits) {
      throw columns.misfit(
          column,
          "is of %s and goes into input %s, which takes %s"
              .formatted(
                  Columns.name(type),
                  tensor,
                  tensor.elements() == 1 ? numbers() + " or VECTOR(DOUBLE)" : "VECTOR(DOUBLE)"));
    }
  }

  /**
   * Writes a value of the column into an item.
   *
   * @throws IllegalArgumentException when it is of another type than its column, or of another size
   *     than the tensor, or not whole where whole numbers are taken
   */
  void write(Columns columns, Object value, ItemTensors item) {
    if (columns.frame().getDataType(column) instanceof VectorType) {
      Vector vector = columns.vector(column, value, tensor.elements());
      for (double number : vector.toArray()) {
        put(columns, number, item);
      }
    } else if (value instanceof Long || value instanceof Integer) {
      put(columns, ((Number) value).longValue(), item);
    } else if (value instanceof Double || value instanceof Float) {
      put(columns, ((Number) value).doubleValue(), item);
    } else {
      throw columns.misfit(
          column,
          "has %s where a number of %s must be"
              .formatted(Columns.shown(value), Columns.name(columns.frame().getDataType(column))));
    }
  }

  /** Reads an item's value: a number where the tensor has one, otherwise a vector. */
  Object read(ItemTensors item) {
    if (tensor.elements() == 1) {
      return get(item);
    }
    double[] values = new double[tensor.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = get(item).doubleValue();
    }
    return new DenseVector(values);
  }

  /** Of what is read. */
  DataType type() {
    if (tensor.elements() != 1) {
      return DataTypes.VECTOR(BasicType.DOUBLE);
    }
    return switch (tensor.type()) {
      case FLOAT -> DataTypes.FLOAT;
      case DOUBLE -> DataTypes.DOUBLE;
      case INT32 -> DataTypes.INT;
      default -> DataTypes.LONG;
    };
  }

  private boolean takes(BasicType number) {
    return tensor.elements() == 1 && numbers().contains(number);
  }

  private List<BasicType> numbers() {
    return switch (tensor.type()) {
      case FLOAT, DOUBLE ->
          List.of(BasicType.FLOAT, BasicType.DOUBLE, BasicType.INT, BasicType.LONG);
      case INT32 -> List.of(BasicType.INT);
      default -> List.of(BasicType.INT, BasicType.LONG);
    };
  }

  private void put(Columns columns, double number, ItemTensors item) {
    switch (tensor.type()) {
      case FLOAT -> item.floats(tensor.name()).put((float) number);
      case DOUBLE -> item.doubles(tensor.name()).put(number);
      default -> {
        long whole = (long) number;
        if (whole != number || whole == Long.MAX_VALUE) {
          throw columns.misfit(
              column, "has %s, and input %s takes whole numbers".formatted(number, tensor));
        }
        put(columns, whole, item);
      }
    }
  }

  private void put(Columns columns, long number, ItemTensors item) {
    switch (tensor.type()) {
      case INT64 -> item.longs(tensor.name()).put(number);
      case INT32 -> {
        if ((int) number != number) {
          throw columns.misfit(
              column, "has %d, which is too large for input %s".formatted(number, tensor));
        }
        item.ints(tensor.name()).put((int) number);
      }
      default -> put(columns, (double) number, item);
    }
  }

  private Number get(ItemTensors item) {
    return switch (tensor.type()) {
      case FLOAT -> item.floats(tensor.name()).get();
      case DOUBLE -> item.doubles(tensor.name()).get();
      case INT32 -> item.ints(tensor.name()).get();
      default -> item.longs(tensor.name()).get();
    };
  }
}
