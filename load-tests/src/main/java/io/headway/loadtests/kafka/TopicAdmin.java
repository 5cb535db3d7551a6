// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.kafka;

import io.headway.schemas.Topic;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;

/** Makes topics on a broker and counts their records. Thread-safe. */
public final class TopicAdmin implements AutoCloseable {
  private static final long ADMIN_TIMEOUT_S = 60;
  private static final short BROKERS_DEFAULT = -1;

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

  /** The same with as many replicas as the broker has by default. */
  public Set<String> create(Collection<Topic> topics) throws IOException {
    return create(topics, BROKERS_DEFAULT);
  }

  /**
   * Makes those topics that are not there yet, as the catalogue describes them.
   *
   * @param replicas of each partition; -1 for the broker's default
   * @return the names of those that were made
   * @throws IOException when the broker refuses one or does not answer within a minute
   */
  public Set<String> create(Collection<Topic> topics, short replicas) throws IOException {
    Set<String> there = await(admin.listTopics().names());
    List<NewTopic> wanted =
        topics.stream()
            .filter(t -> !there.contains(t.name()))
            .map(t -> new NewTopic(t.name(), t.partitions(), replicas).configs(t.config()))
            .toList();
    Set<String> made = new TreeSet<>();
    for (Map.Entry<String, KafkaFuture<Void>> topic :
        admin.createTopics(wanted).values().entrySet()) {
      try {
        await(topic.getValue());
        made.add(topic.getKey());
      } catch (IOException e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
      }
    }
    return made;
  }

  /**
   * How many records each topic ever took, by the broker's own end offsets; in the order asked for.
   *
   * @throws IOException when the broker does not answer within a minute
   */
  public Map<String, Long> recordCounts(Collection<String> topics) throws IOException {
    Map<String, TopicDescription> described = await(admin.describeTopics(topics).allTopicNames());
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    described.forEach(
        (topic, description) ->
            description
                .partitions()
                .forEach(
                    p -> ends.put(new TopicPartition(topic, p.partition()), OffsetSpec.latest())));
    Map<String, Long> counts = new LinkedHashMap<>();
    topics.forEach(topic -> counts.put(topic, 0L));
    await(admin.listOffsets(ends).all())
        .forEach((partition, end) -> counts.merge(partition.topic(), end.offset(), Long::sum));
    return counts;
  }

  @Override
  public void close() {
    admin.close();
  }

  private static <T> T await(KafkaFuture<T> future) throws IOException {
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
