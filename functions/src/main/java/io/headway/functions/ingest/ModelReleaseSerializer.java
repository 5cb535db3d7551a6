// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.schemas.ModelRelease;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes releases with name and version as key, so that compaction keeps the last word on each;
 * always in single-object encoding, which every job and command reads without a registry.
 */
public final class ModelReleaseSerializer implements KafkaRecordSerializationSchema<ModelRelease> {
  private static final long serialVersionUID = 1;

  private final String topic;

  /** Writes to a topic. */
  public ModelReleaseSerializer(String topic) {
    this.topic = topic;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      ModelRelease release, KafkaSinkContext context, Long timestamp) {
    try {
      return new ProducerRecord<>(
          topic,
          release.getModel().getBytes(StandardCharsets.UTF_8),
          release.toByteBuffer().array());
    } catch (IOException e) {
      throw new UncheckedIOException("Release " + release + " cannot be encoded.", e);
    }
  }
}
