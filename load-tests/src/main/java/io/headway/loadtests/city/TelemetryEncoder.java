// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.schemas.Telemetry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.SchemaNormalization;

/**
 * Writes {@link Telemetry} in Avro single-object encoding from plain numbers, with no object but
 * the bytes that it returns. A test holds it against the generated class. Not thread-safe.
 */
final class TelemetryEncoder {
  private static final byte[] HEADER = header();
  private static final int MAX_BYTES = 128;

  private final ByteBuffer buffer = ByteBuffer.allocate(MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /**
   * @param vehicleId UTF-8, at most 64 bytes
   * @param speedMps NaN for none, as with headingDeg and accuracyM
   */
  byte[] encode(
      byte[] vehicleId,
      long eventTimeMs,
      double latDeg,
      double lonDeg,
      float speedMps,
      float headingDeg,
      float accuracyM) {
    buffer.clear();
    buffer.put(HEADER);
    putLong(vehicleId.length);
    buffer.put(vehicleId);
    putLong(eventTimeMs);
    buffer.putDouble(latDeg);
    buffer.putDouble(lonDeg);
    putOptional(speedMps);
    putOptional(headingDeg);
    putOptional(accuracyM);
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  private void putOptional(float value) {
    if (Float.isNaN(value)) {
      putLong(0);
    } else {
      putLong(1);
      buffer.putFloat(value);
    }
  }

  /** Avro's long: zigzag, then seven bits a byte, low ones first. */
  private void putLong(long value) {
    long rest = (value << 1) ^ (value >> 63);
    while ((rest & ~0x7FL) != 0) {
      buffer.put((byte) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    buffer.put((byte) rest);
  }

  private static byte[] header() {
    return ByteBuffer.allocate(10)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) 0xC3)
        .put((byte) 0x01)
        .putLong(SchemaNormalization.parsingFingerprint64(Telemetry.getClassSchema()))
        .array();
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
