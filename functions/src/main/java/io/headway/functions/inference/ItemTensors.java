// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import ai.onnxruntime.OnnxJavaType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.List;

/**
 * The tensors of one item of a batch: views of direct buffers, in row-major order, valid only while
 * the item is encoded or decoded. An encoder fills every tensor with relative puts. Not
 * thread-safe.
 */
public final class ItemTensors {
  private final List<TensorSpec> specs;
  private final Buffer[] values;

  /**
   * @param specs the tensors
   * @param batches the buffer of each tensor's whole batch
   * @param item which item of the batch, from 0
   */
  ItemTensors(List<TensorSpec> specs, List<ByteBuffer> batches, int item) {
    this.specs = specs;
    values = new Buffer[specs.size()];
    for (int i = 0; i < values.length; i++) {
      int bytes = specs.get(i).bytes();
      ByteBuffer slice = batches.get(i).slice(item * bytes, bytes).order(ByteOrder.nativeOrder());
      values[i] = typed(specs.get(i).type(), slice);
    }
  }

  /**
   * @throws IllegalArgumentException when there is no such tensor, or it is not of FLOAT
   */
  public FloatBuffer floats(String tensor) {
    return (FloatBuffer) value(tensor, OnnxJavaType.FLOAT);
  }

  /**
   * @throws IllegalArgumentException when there is no such tensor, or it is not of DOUBLE
   */
  public DoubleBuffer doubles(String tensor) {
    return (DoubleBuffer) value(tensor, OnnxJavaType.DOUBLE);
  }

  /**
   * @throws IllegalArgumentException when there is no such tensor, or it is not of INT32
   */
  public IntBuffer ints(String tensor) {
    return (IntBuffer) value(tensor, OnnxJavaType.INT32);
  }

  /**
   * @throws IllegalArgumentException when there is no such tensor, or it is not of INT64
   */
  public LongBuffer longs(String tensor) {
    return (LongBuffer) value(tensor, OnnxJavaType.INT64);
  }

  /** Every tensor is at its beginning again. */
  void rewind() {
    for (Buffer value : values) {
      value.clear();
    }
  }

  /**
   * What an earlier item left in a tensor must not pass for this one's.
   *
   * @throws IllegalArgumentException when a tensor is not filled to its end
   */
  void checkFilled() {
    for (int i = 0; i < values.length; i++) {
      if (values[i].hasRemaining()) {
        throw new IllegalArgumentException(
            "Tensor %s was given %d of its %d numbers; an encoder fills every tensor with relative puts."
                .formatted(specs.get(i), values[i].position(), values[i].limit()));
      }
    }
  }

  private Buffer value(String tensor, OnnxJavaType type) {
    for (int i = 0; i < values.length; i++) {
      TensorSpec spec = specs.get(i);
      if (spec.name().equals(tensor)) {
        if (spec.type() != type) {
          throw new IllegalArgumentException(
              "Tensor %s was taken for %s; take it for what it is.".formatted(spec, type));
        }
        return values[i];
      }
    }
    throw new IllegalArgumentException(
        "There is no tensor %s among %s; name one of these.".formatted(tensor, specs));
  }

  /** The whole of a direct buffer as numbers of a type. */
  static Buffer typed(OnnxJavaType type, ByteBuffer bytes) {
    return switch (type) {
      case FLOAT -> bytes.asFloatBuffer();
      case DOUBLE -> bytes.asDoubleBuffer();
      case INT32 -> bytes.asIntBuffer();
      case INT64 -> bytes.asLongBuffer();
      default -> throw new IllegalArgumentException("Tensors of " + type + " are not served.");
    };
  }
}
