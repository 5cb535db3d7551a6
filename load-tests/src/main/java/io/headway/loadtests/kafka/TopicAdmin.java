// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.kafka;

import io.headway.schemas.Topic;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;

/** Makes topics on a broker and counts their records. Thread-safe. */
public final class TopicAdmin implements AutoCloseable {
  private static final long ADMIN_TIMEOUT_S = 60;

  private final Admin admin;

  /**
   * Connects when it is first asked.
   *
   * @param bootstrapServers where the broker is, host:port
   */
  public TopicAdmin(String bootstrapServers) {
    this(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
  }

  /**
   * The same with all that a client may need, such as what its security takes.
   *
   * @param config of Kafka's admin client
   */
  public TopicAdmin(Map<String, Object> config) {
    admin = Admin.create(config);
  }

  /** The same with one replica. */
  public void create(Collection<Topic> topics) throws IOException {
    create(topics, (short) 1);
  }

  /**
   * Makes topics as the catalogue describes them.
   *
   * @param replicas of each partition
   * @throws IOException when the broker refuses one or does not answer within a minute
   */
  public void create(Collection<Topic> topics, short replicas) throws IOException {
    List<NewTopic> wanted =
        topics.stream()
            .map(t -> new NewTopic(t.name(), t.partitions(), replicas).configs(t.config()))
            .toList();
    await(admin.createTopics(wanted).all().toCompletionStage().toCompletableFuture());
  }

  /**
   * How many records each topic ever took, by the broker's own end offsets; in the order asked for.
   *
   * @throws IOException when the broker does not answer within a minute
   */
  public Map<String, Long> recordCounts(Collection<String> topics) throws IOException {
    Map<String, TopicDescription> described =
        await(
            admin.describeTopics(topics).allTopicNames().toCompletionStage().toCompletableFuture());
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    described.forEach(
        (topic, description) ->
            description
                .partitions()
                .forEach(
                    p -> ends.put(new TopicPartition(topic, p.partition()), OffsetSpec.latest())));
    Map<String, Long> counts = new LinkedHashMap<>();
    topics.forEach(topic -> counts.put(topic, 0L));
    await(admin.listOffsets(ends).all().toCompletionStage().toCompletableFuture())
        .forEach((partition, end) -> counts.merge(partition.topic(), end.offset(), Long::sum));
    return counts;
  }

  @Override
  public void close() {
    admin.close();
  }

  private static <T> T await(CompletableFuture<T> future) throws IOException {
    try {
      return future.get(ADMIN_TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while Kafka was asked.", e);
    } catch (ExecutionException e) {
      throw new IOException("Kafka refused: " + e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException(
          "Kafka gave no answer within " + ADMIN_TIMEOUT_S + " s; is this machine overloaded?", e);
    }
  }
}
