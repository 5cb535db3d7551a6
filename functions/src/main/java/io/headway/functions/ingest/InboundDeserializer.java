// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.functions.registry.PatientRegistry;
import io.headway.functions.registry.RegistryAddress;
import io.headway.functions.registry.UnusableSchemaException;
import io.headway.schemas.DeadLetterCause;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.apache.avro.message.MissingSchemaException;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Decodes the records of one topic and does every check that needs no other record. There are no
 * side outputs in a source, so a record at fault is passed on as such: it never fails the job, and
 * it reaches {@link Decode} before it could move a watermark. Used by one thread.
 */
public final class InboundDeserializer<T extends SpecificRecordBase>
    implements KafkaRecordDeserializationSchema<Inbound<T>> {
  private static final long serialVersionUID = 1;

  private static final int MAX_DETAIL_CHARACTERS = 500;

  private final InputType<T> type;
  private final StreamClock clock;
  private final long futureAllowanceMs;
  private final int maxRecordBytes;
  private final int keptBytes;
  private final RegistryAddress registry;

  private transient ConfluentReader<T> confluent;

  /**
   * Decodes records of a type in single-object encoding.
   *
   * @param clock by which "in the future" is judged
   * @param futureAllowance how far ahead of the clock an event time may be
   * @param maxRecordBytes largest record that is decoded, key and value together
   * @param letters how much of a larger one is kept
   */
  public InboundDeserializer(
      InputType<T> type,
      StreamClock clock,
      Duration futureAllowance,
      int maxRecordBytes,
      DeadLetters letters) {
    this(type, clock, futureAllowance, maxRecordBytes, letters, null);
  }

  /**
   * Decodes records of a type in single-object encoding and, with a registry, also in {@link
   * ConfluentFormat}. As long as the registry does not answer what schema a record has, it waits.
   *
   * @param registry null when there is none
   */
  public InboundDeserializer(
      InputType<T> type,
      StreamClock clock,
      Duration futureAllowance,
      int maxRecordBytes,
      DeadLetters letters,
      RegistryAddress registry) {
    this.type = type;
    this.clock = clock;
    this.futureAllowanceMs = futureAllowance.toMillis();
    this.maxRecordBytes = maxRecordBytes;
    this.keptBytes = letters.maxPayloadBytes();
    this.registry = registry;
  }

  @Override
  public void open(DeserializationSchema.InitializationContext context) {
    if (registry != null) {
      PatientRegistry patient = new PatientRegistry(registry, type.topic());
      context
          .getMetricGroup()
          .addGroup("headway")
          .addGroup("registry")
          .gauge("waiting-ms", (Gauge<Long>) patient::waitingMs);
      confluent = new ConfluentReader<>(type, patient::schema);
    }
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Inbound<T>> out) {
    try {
      out.collect(read(record));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(
          "Interrupted while the schema registry " + registry + " did not answer.", e);
    }
  }

  private Inbound<T> read(ConsumerRecord<byte[], byte[]> record) throws InterruptedException {
    Origin origin =
        new Origin(record.topic(), record.partition(), record.offset(), record.timestamp());
    byte[] key = record.key();
    byte[] payload = record.value();
    if (payload == null) {
      return Inbound.faulty(
          origin,
          key,
          new byte[0],
          new Fault(
              DeadLetterCause.MALFORMED,
              "the record has no value (a tombstone), which says nothing here; send the entity's"
                  + " last state instead."));
    }
    long length = (long) payload.length + (key == null ? 0 : key.length);
    if (length > maxRecordBytes) {
      return oversized(origin, key, payload, length);
    }
    try {
      boolean isConfluent = confluent != null && ConfluentFormat.isIn(payload);
      T value = isConfluent ? confluent.read(payload) : type.decode(payload);
      Fault fault = type.faultOf(value);
      if (fault == null) {
        fault = future(value);
      }
      if (fault != null) {
        return Inbound.faulty(origin, key, payload, fault);
      }
      return Inbound.sound(origin, key, payload, isConfluent ? type.encode(value) : payload, value);
    } catch (UnusableSchemaException e) {
      return Inbound.faulty(
          origin,
          key,
          payload,
          new Fault(DeadLetterCause.UNKNOWN_SCHEMA, shortened(e.getMessage())));
    } catch (MissingSchemaException e) {
      return Inbound.faulty(
          origin,
          key,
          payload,
          new Fault(
              DeadLetterCause.UNKNOWN_SCHEMA,
              "the bytes cannot be read: "
                  + e.getMessage()
                  + "; write with a released schema of the topic or update the job."));
    } catch (IOException e) {
      return Inbound.faulty(
          origin,
          key,
          payload,
          new Fault(
              DeadLetterCause.MALFORMED,
              shortened(
                  "the bytes are no "
                      + type.recordClass().getSimpleName()
                      + (confluent == null
                          ? " in Avro single-object encoding: "
                          : " in Confluent's format or Avro single-object encoding: ")
                      + e.getMessage()
                      + (confluent == null && ConfluentFormat.isIn(payload)
                          ? ", but as Confluent's format does, for which the job needs a registry"
                          : ""))));
    }
  }

  private Inbound<T> oversized(Origin origin, byte[] key, byte[] payload, long length) {
    Fault fault =
        new Fault(
            DeadLetterCause.OVERSIZED,
            "the record has "
                + length
                + " bytes, more than the "
                + maxRecordBytes
                + " that are decoded; send less or raise the limit.");
    byte[] keptKey = key == null || key.length <= keptBytes ? key : Arrays.copyOf(key, keptBytes);
    return payload.length <= keptBytes
        ? Inbound.faulty(origin, keptKey, payload, fault)
        : Inbound.faulty(
            origin,
            keptKey,
            Arrays.copyOf(payload, keptBytes),
            payload.length,
            DeadLetters.sha256(payload),
            fault);
  }

  private Fault future(T value) {
    long eventTimeMs = type.eventTimeMs(value);
    long aheadMs = eventTimeMs == InputType.NO_EVENT_TIME ? 0 : eventTimeMs - clock.nowMs();
    if (aheadMs <= futureAllowanceMs) {
      return null;
    }
    return new Fault(
        DeadLetterCause.FUTURE,
        "event_time is "
            + Instant.ofEpochMilli(eventTimeMs)
            + ", "
            + aheadMs
            + " ms ahead of the clock and more than the "
            + futureAllowanceMs
            + " ms allowed; set the sender's clock.");
  }

  private static String shortened(String text) {
    return text.length() <= MAX_DETAIL_CHARACTERS
        ? text
        : text.substring(0, MAX_DETAIL_CHARACTERS) + "...";
  }

  @Override
  public TypeInformation<Inbound<T>> getProducedType() {
    return type.inbound();
  }
}
