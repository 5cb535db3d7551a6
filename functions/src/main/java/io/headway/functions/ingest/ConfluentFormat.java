// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import java.nio.ByteBuffer;

/**
 * Confluent's wire format: a byte 0, the id of the writer's schema in a registry (4 bytes,
 * big-endian), the record in Avro's binary encoding.
 */
public final class ConfluentFormat {
  /** Bytes before the record. */
  public static final int HEADER_BYTES = 5;

  private static final byte MAGIC = 0;

  private ConfluentFormat() {}

  /** Whether bytes begin as the format does. Those of single-object encoding never do. */
  public static boolean isIn(byte[] bytes) {
    return bytes.length >= HEADER_BYTES && bytes[0] == MAGIC;
  }

  /** Id of the schema that bytes in the format name. */
  public static int schemaId(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getInt(1);
  }

  /** The format's bytes of a record in single-object encoding; both hold the same Avro. */
  static byte[] ofSingleObject(byte[] singleObject, int schemaId) {
    int length = singleObject.length - SingleObjectReader.HEADER_BYTES;
    return ByteBuffer.allocate(HEADER_BYTES + length)
        .put(MAGIC)
        .putInt(schemaId)
        .put(singleObject, SingleObjectReader.HEADER_BYTES, length)
        .array();
  }
}
