// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.functions.registry.UnusableSchemaException;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaPairCompatibility;
import org.apache.avro.io.DatumReader;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.util.clock.Clock;
import org.apache.flink.util.clock.SystemClock;

/**
 * Reads records in {@link ConfluentFormat}, whoever wrote them, as long as the registry knows with
 * what schema and that can be resolved against ours. What was found out about an id is kept for the
 * last {@value #MAX_IDS} ids; that the registry does not know an id, for {@link #UNKNOWN_FOR}. Used
 * by one thread.
 */
public final class ConfluentReader<T extends SpecificRecordBase> {
  static final int MAX_IDS = 1_000;
  static final Duration UNKNOWN_FOR = Duration.ofSeconds(10);

  /** Finds out the schema of an id. */
  @FunctionalInterface
  public interface Schemas {
    /**
     * The schema of an id.
     *
     * @throws UnusableSchemaException when there is none, or it is not Avro
     * @throws IOException when it is not known whether there is one
     */
    Schema schema(int id) throws UnusableSchemaException, IOException, InterruptedException;
  }

  private final InputType<T> type;
  private final Schemas schemas;
  private final Clock clock;
  private final Map<Integer, Known<T>> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Known<T>> eldest) {
          return size() > MAX_IDS;
        }
      };

  /** A reader, or why there is none and until when that holds. */
  private record Known<T>(
      DatumReader<T> reader, UnusableSchemaException refusal, long foundOutNs) {}

  /** A reader of a topic's records. */
  public ConfluentReader(InputType<T> type, Schemas schemas) {
    this(type, schemas, SystemClock.getInstance());
  }

  ConfluentReader(InputType<T> type, Schemas schemas, Clock clock) {
    this.type = type;
    this.schemas = schemas;
    this.clock = clock;
  }

  /**
   * Decodes one record.
   *
   * @param bytes that {@link ConfluentFormat#isIn}
   * @throws UnusableSchemaException when it cannot be read with the schema that it names
   * @throws IOException when the bytes are not one whole record, or the registry gives no answer
   *     that tells
   */
  public T read(byte[] bytes) throws UnusableSchemaException, IOException, InterruptedException {
    return SingleObjectReader.readWhole(
        reader(ConfluentFormat.schemaId(bytes)), bytes, ConfluentFormat.HEADER_BYTES);
  }

  private DatumReader<T> reader(int id)
      throws UnusableSchemaException, IOException, InterruptedException {
    Known<T> found = known.get(id);
    if (found == null || isOver(found)) {
      found = findOut(id);
      known.put(id, found);
    }
    if (found.refusal != null) {
      throw found.refusal;
    }
    return found.reader;
  }

  private boolean isOver(Known<T> found) {
    return found.refusal != null
        && !found.refusal.isForGood()
        && clock.relativeTimeNanos() - found.foundOutNs >= UNKNOWN_FOR.toNanos();
  }

  private Known<T> findOut(int id) throws IOException, InterruptedException {
    try {
      Schema writer = schemas.schema(id);
      SchemaPairCompatibility compatibility =
          SchemaCompatibility.checkReaderWriterCompatibility(type.schema(), writer);
      if (compatibility.getType() != SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE) {
        throw UnusableSchemaException.forGood(
            "schema id "
                + id
                + " ("
                + writer.getFullName()
                + ") cannot be read as "
                + type.schema().getFullName()
                + ": "
                + compatibility.getResult().getIncompatibilities().get(0).getMessage()
                + "; write with a schema that is compatible with the topic's.");
      }
      return new Known<>(type.readerOf(writer), null, 0);
    } catch (UnusableSchemaException e) {
      return new Known<>(null, e, clock.relativeTimeNanos());
    }
  }
}
