// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.io.DatumReader;
import org.apache.avro.message.MissingSchemaException;
import org.apache.avro.message.SchemaStore;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * Reads records in Avro's single-object encoding (two marker bytes, the CRC-64-AVRO fingerprint of
 * the writer's schema in little-endian order, the record) that any schema of the store has written.
 * Thread-safe.
 */
final class SingleObjectReader<T extends SpecificRecordBase> {
  static final int HEADER_BYTES = 10;

  private final Schema schema;
  private final SpecificData model;
  private final SchemaStore writers;
  private final Map<Long, DatumReader<T>> readers = new ConcurrentHashMap<>();

  SingleObjectReader(Class<T> type, SchemaStore writers) {
    this.model = SpecificData.getForClass(type);
    this.schema = model.getSchema(type);
    this.writers = writers;
  }

  /**
   * Decodes one record.
   *
   * @throws MissingSchemaException when the store does not know the writer's schema
   * @throws IOException when the bytes are not one whole record
   */
  T read(byte[] bytes) throws IOException {
    if (bytes.length < HEADER_BYTES || bytes[0] != (byte) 0xC3 || bytes[1] != 0x01) {
      throw new IOException(
          "they do not begin with the single-object header c3 01 and a fingerprint");
    }
    return readWhole(readerOf(fingerprint(bytes)), bytes, HEADER_BYTES);
  }

  /**
   * Decodes the record that begins at {@code start} and is all that follows.
   *
   * @throws IOException when the bytes are not one whole record
   */
  static <T> T readWhole(DatumReader<T> reader, byte[] bytes, int start) throws IOException {
    BoundedDecoder decoder = new BoundedDecoder(bytes, start);
    T record;
    try {
      record = reader.read(null, decoder);
    } catch (RuntimeException e) {
      // Avro reports an index that a union or enum does not have in several ways.
      throw new IOException(e.getMessage(), e);
    } catch (StackOverflowError e) {
      throw new IOException("they are nested too deeply", e);
    }
    if (decoder.remaining() > 0) {
      throw new IOException(decoder.remaining() + " bytes follow the record");
    }
    return record;
  }

  Schema schema() {
    return schema;
  }

  /** Reads what a schema has written; both are resolved at the first record. */
  DatumReader<T> readerOf(Schema writer) {
    return new SpecificDatumReader<>(writer, schema, model);
  }

  private static long fingerprint(byte[] bytes) {
    long fingerprint = 0;
    for (int i = HEADER_BYTES - 1; i >= 2; i--) {
      fingerprint = fingerprint << 8 | (bytes[i] & 0xFF);
    }
    return fingerprint;
  }

  private DatumReader<T> readerOf(long fingerprint) {
    DatumReader<T> reader = readers.get(fingerprint);
    if (reader == null) {
      Schema writer = writers.findByFingerprint(fingerprint);
      if (writer == null) {
        throw new MissingSchemaException(
            "no known schema has the fingerprint " + String.format("%016x", fingerprint));
      }
      reader = readerOf(writer);
      readers.put(fingerprint, reader);
    }
    return reader;
  }
}
