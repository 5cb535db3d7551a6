// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.servable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Reads and writes vectors as Flink ML does: the length, then big-endian doubles. */
final class ModelData {
  private final String source;
  private final ByteBuffer bytes;

  /**
   * @param source where it comes from, for messages
   */
  ModelData(String source, byte[] bytes) {
    this.source = source;
    this.bytes = ByteBuffer.wrap(bytes);
  }

  /**
   * The next vector.
   *
   * @param what names it in messages
   * @throws IOException when it is empty, cut off or not finite
   */
  double[] vector(String what) throws IOException {
    if (bytes.remaining() < Integer.BYTES) {
      throw fault("ends before the length of the %s".formatted(what));
    }
    int length = bytes.getInt();
    if (length < 1 || length > bytes.remaining() / Double.BYTES) {
      throw fault(
          "says that the %s has %d numbers, and %d bytes are left"
              .formatted(what, length, bytes.remaining()));
    }
    double[] values = new double[length];
    bytes.asDoubleBuffer().get(values);
    bytes.position(bytes.position() + length * Double.BYTES);
    for (int i = 0; i < length; i++) {
      if (!Double.isFinite(values[i])) {
        throw fault("has %s as number %d of the %s".formatted(values[i], i + 1, what));
      }
    }
    return values;
  }

  /**
   * What follows the vectors: 64-bit integers.
   *
   * @param counts how many there may be
   * @throws IOException when there are more or fewer bytes
   */
  long[] rest(List<Integer> counts) throws IOException {
    int came = bytes.remaining();
    if (came % Long.BYTES != 0 || !counts.contains(came / Long.BYTES)) {
      throw fault(
          "has %d bytes behind its vectors, and there may be 8 times %s".formatted(came, counts));
    }
    long[] values = new long[came / Long.BYTES];
    bytes.asLongBuffer().get(values);
    return values;
  }

  /** To be thrown: what is wrong with it. */
  IOException fault(String fault) {
    return new IOException(
        "The model data of %s %s, so it is not loaded; save the model anew."
            .formatted(source, fault));
  }

  /**
   * Vectors, one after the other, and so many zeros (64-bit integers) behind them.
   *
   * @param vectors not empty
   */
  static byte[] bytes(int zeros, double[]... vectors) {
    int length = zeros * Long.BYTES;
    for (double[] vector : vectors) {
      length += Integer.BYTES + vector.length * Double.BYTES;
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    for (double[] vector : vectors) {
      bytes.putInt(vector.length);
      for (double value : vector) {
        bytes.putDouble(value);
      }
    }
    return bytes.array();
  }
}
