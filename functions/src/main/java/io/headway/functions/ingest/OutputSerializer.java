// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.schemas.DeadLetter;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.ModelRelease;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes records of a type to a topic. Without a timestamp: the broker gives the append time.
 *
 * @param <T> the type of the records
 */
public final class OutputSerializer<T extends SpecificRecordBase>
    implements KafkaRecordSerializationSchema<T> {
  private static final long serialVersionUID = 1;

  private final String topic;
  private final Integer schemaId;
  private final Encoding<T> encoding;
  private final Key<T> key;

  /** A record in single-object encoding. */
  @FunctionalInterface
  private interface Encoding<T> extends Serializable {
    ByteBuffer encode(T record) throws IOException;
  }

  /** The bytes of a record's key; null for none. */
  @FunctionalInterface
  private interface Key<T> extends Function<T, ByteBuffer>, Serializable {}

  private OutputSerializer(String topic, Integer schemaId, Encoding<T> encoding, Key<T> key) {
    this.topic = topic;
    this.schemaId = schemaId;
    this.encoding = encoding;
    this.key = key;
  }

  /**
   * Writes decisions with the vehicle as key.
   *
   * @param schemaId id of their schema in a registry, to write in {@link ConfluentFormat}; null to
   *     write in single-object encoding
   */
  public static OutputSerializer<Decision> ofDecisions(String topic, Integer schemaId) {
    return new OutputSerializer<>(
        topic, schemaId, Decision::toByteBuffer, decision -> utf8(decision.getVehicleId()));
  }

  /**
   * Writes requests with the vehicle as key.
   *
   * @param schemaId as in {@link #ofDecisions}
   */
  public static OutputSerializer<DecisionRequest> ofDecisionRequests(
      String topic, Integer schemaId) {
    return new OutputSerializer<>(
        topic, schemaId, DecisionRequest::toByteBuffer, request -> utf8(request.getVehicleId()));
  }

  /**
   * Writes dead letters with the key of the input that they are about.
   *
   * @param schemaId as in {@link #ofDecisions}
   */
  public static OutputSerializer<DeadLetter> ofDeadLetters(String topic, Integer schemaId) {
    return new OutputSerializer<>(topic, schemaId, DeadLetter::toByteBuffer, DeadLetter::getKey);
  }

  /**
   * Writes releases with name and version as key, so that compaction keeps the last word on each;
   * always in single-object encoding, which every job and command reads without a registry.
   */
  public static OutputSerializer<ModelRelease> ofModelReleases(String topic) {
    return new OutputSerializer<>(
        topic, null, ModelRelease::toByteBuffer, release -> utf8(release.getModel()));
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      T record, KafkaSinkContext context, Long timestamp) {
    try {
      byte[] bytes = bytes(encoding.encode(record));
      return new ProducerRecord<>(
          topic,
          bytes(key.apply(record)),
          schemaId == null ? bytes : ConfluentFormat.ofSingleObject(bytes, schemaId));
    } catch (IOException e) {
      throw new UncheckedIOException("Record " + record + " cannot be encoded.", e);
    }
  }

  private static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    if (buffer == null) {
      return null;
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
