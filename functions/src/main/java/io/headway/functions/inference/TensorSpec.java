// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import ai.onnxruntime.OnnxJavaType;
import java.io.Serializable;
import java.util.List;

/**
 * One input or output tensor of a model, as a single item of a batch sees it: the first dimension,
 * which counts the items, is left out.
 *
 * @param name as in the model
 * @param type FLOAT, DOUBLE, INT32 or INT64
 * @param itemShape the dimensions after the first, all positive; empty for one number an item
 */
public record TensorSpec(String name, OnnxJavaType type, List<Integer> itemShape)
    implements Serializable {

  /**
   * @throws IllegalArgumentException when the type is not served or a dimension is not positive
   */
  public TensorSpec {
    itemShape = List.copyOf(itemShape);
    switch (type) {
      case FLOAT, DOUBLE, INT32, INT64 -> {}
      default ->
          throw new IllegalArgumentException(
              "Tensor %s is of %s, and only FLOAT, DOUBLE, INT32 and INT64 are served; convert it inside the model."
                  .formatted(name, type));
    }
    for (int dimension : itemShape) {
      if (dimension <= 0) {
        throw new IllegalArgumentException(
            "Tensor %s has the shape %s for one item, and every dimension but the first must be fixed and positive; export the model so."
                .formatted(name, itemShape));
      }
    }
  }

  /** A tensor of 32-bit floating-point numbers. */
  public static TensorSpec floats(String name, Integer... itemShape) {
    return new TensorSpec(name, OnnxJavaType.FLOAT, List.of(itemShape));
  }

  /** A tensor of 64-bit integers. */
  public static TensorSpec longs(String name, Integer... itemShape) {
    return new TensorSpec(name, OnnxJavaType.INT64, List.of(itemShape));
  }

  /** How many numbers one item has. */
  public int elements() {
    return itemShape.stream().reduce(1, Math::multiplyExact);
  }

  /** How many bytes one item takes. */
  public int bytes() {
    return Math.multiplyExact(elements(), type.size);
  }

  /** The shape of a batch of that many items. */
  long[] batchShape(int items) {
    long[] shape = new long[itemShape.size() + 1];
    shape[0] = items;
    for (int i = 0; i < itemShape.size(); i++) {
      shape[i + 1] = itemShape.get(i);
    }
    return shape;
  }

  /** As people write it: {@code features FLOAT[batch, 28, 28]}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(name).append(' ').append(type).append("[batch");
    itemShape.forEach(dimension -> text.append(", ").append(dimension));
    return text.append(']').toString();
  }
}
