// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.schemas.ModelRelease;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes releases with name and version as key, so that compaction keeps the last word on each. */
public final class ModelReleaseSerializer implements KafkaRecordSerializationSchema<ModelRelease> {
  private static final long serialVersionUID = 1;

  private final String topic;
  private final Integer schemaId;

  /**
   * Writes to a topic.
   *
   * @param schemaId id of the schema of releases in a registry, to write in {@link
   *     ConfluentFormat}; null to write in single-object encoding
   */
  public ModelReleaseSerializer(String topic, Integer schemaId) {
    this.topic = topic;
    this.schemaId = schemaId;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      ModelRelease release, KafkaSinkContext context, Long timestamp) {
    try {
      byte[] bytes = release.toByteBuffer().array();
      return new ProducerRecord<>(
          topic,
          release.getModel().getBytes(StandardCharsets.UTF_8),
          schemaId == null ? bytes : ConfluentFormat.ofSingleObject(bytes, schemaId));
    } catch (IOException e) {
      throw new UncheckedIOException("Release " + release + " cannot be encoded.", e);
    }
  }
}
