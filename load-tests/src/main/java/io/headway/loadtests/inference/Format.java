// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
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
      try (JsonParser parser = JSON_FACTORY.createParser(record)) {
        while (parser.nextToken() != JsonToken.START_ARRAY) {
          if (parser.currentToken() == null) {
            throw new IllegalArgumentException("There is no array in the record.");
          }
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          into.put(parser.getFloatValue());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
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

  private static final JsonFactory JSON_FACTORY =
      JsonFactory.builder().enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER).build();

  abstract byte[] write(float[] numbers);

  /** Reads a record's numbers into what has room for just these. */
  abstract void read(byte[] record, FloatBuffer into);
}
