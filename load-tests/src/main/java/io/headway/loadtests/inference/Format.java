// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;

/** How records and answers stand in Kafka. */
enum Format {
  /** {@code {"data":[0.1,0.2]}}, and answers alike. */
  JSON {
    @Override
    byte[] write(float[] numbers) {
      StringBuilder text = new StringBuilder(12 * numbers.length).append("{\"data\":[");
      for (int i = 0; i < numbers.length; i++) {
        text.append(i == 0 ? "" : ",").append(numbers[i]);
      }
      return text.append("]}").toString().getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    void read(byte[] record, FloatBuffer into) {
      JsonFloats.read(record, into);
    }
  },

  /** 32-bit floating-point numbers, little-endian. */
  BINARY {
    @Override
    byte[] write(float[] numbers) {
      ByteBuffer bytes =
          ByteBuffer.allocate(Float.BYTES * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(numbers);
      return bytes.array();
    }

    @Override
    void read(byte[] record, FloatBuffer into) {
      into.put(ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer());
    }
  };

  abstract byte[] write(float[] numbers);

  /** Reads a record's numbers into what has room for just these. */
  abstract void read(byte[] record, FloatBuffer into);
}
