// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.schemas.DeadLetter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes dead letters with the key of the input that they are about. Without a timestamp: the
 * broker gives the append time.
 */
public final class DeadLetterSerializer implements KafkaRecordSerializationSchema<DeadLetter> {
  private static final long serialVersionUID = 1;

  private final String topic;
  private final Integer schemaId;

  /** Writes to a topic in single-object encoding. */
  public DeadLetterSerializer(String topic) {
    this(topic, null);
  }

  /**
   * Writes to a topic.
   *
   * @param schemaId id of the schema of dead letters in a registry, to write in {@link
   *     ConfluentFormat}; null to write in single-object encoding
   */
  public DeadLetterSerializer(String topic, Integer schemaId) {
    this.topic = topic;
    this.schemaId = schemaId;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      DeadLetter letter, KafkaSinkContext context, Long timestamp) {
    try {
      byte[] bytes = bytes(DeadLetter.getEncoder().encode(letter));
      return new ProducerRecord<>(
          topic,
          bytes(letter.getKey()),
          schemaId == null ? bytes : ConfluentFormat.ofSingleObject(bytes, schemaId));
    } catch (IOException e) {
      throw new UncheckedIOException("Dead letter " + letter + " cannot be encoded.", e);
    }
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
