// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.models;

import io.headway.functions.ingest.OutputSerializer;
import io.headway.functions.release.Releases;
import io.headway.loadtests.deadletters.CannotDo;
import io.headway.loadtests.deadletters.KafkaRecords;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The topic {@code model-releases}: reads the last word on every version, and writes the next. */
public final class ReleaseTopic {
  private static final String NAME = Topics.MODEL_RELEASES.name();

  private final Map<String, Object> kafka;

  /**
   * @param kafka properties of a Kafka client
   */
  public ReleaseTopic(Map<String, Object> kafka) {
    this.kafka = Map.copyOf(kafka);
  }

  /**
   * The last word on every version, by name and version ascending. Records that are no releases in
   * single-object encoding are passed over.
   *
   * @throws CannotDo when there is no such topic
   */
  public List<ModelRelease> read() throws IOException, CannotDo {
    Map<String, ModelRelease> newest = new HashMap<>();
    try (KafkaRecords records = new KafkaRecords(kafka, "read_committed")) {
      Map<TopicPartition, Long> from = new HashMap<>();
      records.partitions(NAME).forEach(p -> from.put(new TopicPartition(NAME, p), 0L));
      if (from.isEmpty()) {
        throw new CannotDo(
            "There is no topic %s; make it with './headway topics create'.".formatted(NAME));
      }
      records.read(
          from,
          record -> {
            ModelRelease release = decoded(record.value());
            if (release != null) {
              newest.merge(
                  release.getModel(),
                  release,
                  (before, now) -> Releases.supersedes(now, before) ? now : before);
            }
            return true;
          });
    }
    return newest.values().stream()
        .sorted(
            Comparator.comparing(ModelRelease::getName).thenComparingInt(ModelRelease::getVersion))
        .toList();
  }

  /** Writes a release, and waits until the brokers have it. */
  public void write(ModelRelease release) throws IOException, InterruptedException {
    Map<String, Object> config = new HashMap<>(kafka);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(OutputSerializer.ofModelReleases(NAME).serialize(release, null, null)).get();
    } catch (ExecutionException e) {
      throw new IOException(
          "Kafka did not take the release of %s: %s"
              .formatted(release.getModel(), e.getCause().getMessage()),
          e);
    }
  }

  private static ModelRelease decoded(byte[] value) {
    try {
      return value == null ? null : ModelRelease.fromByteBuffer(ByteBuffer.wrap(value));
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }
}
