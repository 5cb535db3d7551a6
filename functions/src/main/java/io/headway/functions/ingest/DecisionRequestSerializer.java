// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.schemas.DecisionRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes requests with the vehicle as key. Without a timestamp: the broker gives the append time.
 */
public final class DecisionRequestSerializer
    implements KafkaRecordSerializationSchema<DecisionRequest> {
  private static final long serialVersionUID = 1;

  private final String topic;
  private final Integer schemaId;

  /** Writes to a topic in single-object encoding. */
  public DecisionRequestSerializer(String topic) {
    this(topic, null);
  }

  /**
   * Writes to a topic.
   *
   * @param schemaId id of the schema of requests in a registry, to write in {@link
   *     ConfluentFormat}; null to write in single-object encoding
   */
  public DecisionRequestSerializer(String topic, Integer schemaId) {
    this.topic = topic;
    this.schemaId = schemaId;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      DecisionRequest request, KafkaSinkContext context, Long timestamp) {
    try {
      byte[] bytes = request.toByteBuffer().array();
      return new ProducerRecord<>(
          topic,
          request.getVehicleId().getBytes(StandardCharsets.UTF_8),
          schemaId == null ? bytes : ConfluentFormat.ofSingleObject(bytes, schemaId));
    } catch (IOException e) {
      throw new UncheckedIOException("Request " + request + " cannot be encoded.", e);
    }
  }
}
