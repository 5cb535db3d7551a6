// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.schemas.Decision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes decisions with the vehicle as key. Without a timestamp: the broker gives the append time.
 */
public final class DecisionSerializer implements KafkaRecordSerializationSchema<Decision> {
  private static final long serialVersionUID = 1;

  private final String topic;
  private final Integer schemaId;

  /** Writes to a topic in single-object encoding. */
  public DecisionSerializer(String topic) {
    this(topic, null);
  }

  /**
   * Writes to a topic.
   *
   * @param schemaId id of the schema of decisions in a registry, to write in {@link
   *     ConfluentFormat}; null to write in single-object encoding
   */
  public DecisionSerializer(String topic, Integer schemaId) {
    this.topic = topic;
    this.schemaId = schemaId;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      Decision decision, KafkaSinkContext context, Long timestamp) {
    try {
      byte[] bytes = decision.toByteBuffer().array();
      return new ProducerRecord<>(
          topic,
          decision.getVehicleId().getBytes(StandardCharsets.UTF_8),
          schemaId == null ? bytes : ConfluentFormat.ofSingleObject(bytes, schemaId));
    } catch (IOException e) {
      throw new UncheckedIOException("Decision " + decision + " cannot be encoded.", e);
    }
  }
}
