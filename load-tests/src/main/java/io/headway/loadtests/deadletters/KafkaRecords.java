// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads stretches of topics and single records, one fetch at a time in memory. Used by one thread.
 */
public final class KafkaRecords implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration SILENCE_MAX = Duration.ofSeconds(30);

  private final KafkaConsumer<byte[], byte[]> consumer;

  /**
   * Connects when first asked for something.
   *
   * @param connection properties of a Kafka client
   * @param isolation {@code read_committed}, or {@code read_uncommitted} for a record at an offset
   *     whatever became of its transaction
   */
  public KafkaRecords(Map<String, Object> connection, String isolation) {
    Map<String, Object> config = new HashMap<>(connection);
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 1 << 20);
    config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 8 << 20);
    consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** The partitions of a topic in ascending order; empty when there is no such topic. */
  public Set<Integer> partitions(String topic) {
    Set<Integer> partitions = new TreeSet<>();
    consumer.partitionsFor(topic).forEach(p -> partitions.add(p.partition()));
    return partitions;
  }

  /** The offset after the last record of each partition. */
  Map<TopicPartition, Long> ends(Collection<TopicPartition> partitions) {
    return consumer.endOffsets(partitions);
  }

  /** The offset of the first record that a partition still holds. */
  long beginning(TopicPartition partition) {
    return consumer.beginningOffsets(List.of(partition)).get(partition);
  }

  /** The first offsets of records appended at a moment or later; the end when there is none. */
  public Map<TopicPartition, Long> since(Collection<TopicPartition> partitions, long timeMs) {
    Map<TopicPartition, Long> times = new HashMap<>();
    partitions.forEach(p -> times.put(p, Math.max(0, timeMs)));
    Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(times);
    Map<TopicPartition, Long> offsets = new HashMap<>(ends(partitions));
    found.forEach(
        (partition, at) -> {
          if (at != null) {
            offsets.put(partition, at.offset());
          }
        });
    return offsets;
  }

  /** Takes a record and says whether more are wanted. */
  public interface Taker {
    boolean take(ConsumerRecord<byte[], byte[]> record) throws IOException, CannotDo;
  }

  /**
   * Reads from offsets up to where the partitions ended when it was called, until it was enough.
   *
   * @param from first offset of each partition
   * @throws IOException when the brokers fall silent before the end
   */
  public void read(Map<TopicPartition, Long> from, Taker taker) throws IOException, CannotDo {
    Map<TopicPartition, Long> ends = ends(from.keySet());
    Map<TopicPartition, Long> left = new HashMap<>();
    from.forEach(
        (partition, offset) -> {
          if (offset < ends.get(partition)) {
            left.put(partition, ends.get(partition));
          }
        });
    consumer.assign(left.keySet());
    left.keySet().forEach(partition -> consumer.seek(partition, from.get(partition)));
    long heardNs = System.nanoTime();
    while (!left.isEmpty()) {
      var polled = consumer.poll(POLL);
      for (ConsumerRecord<byte[], byte[]> record : polled) {
        Long end = left.get(new TopicPartition(record.topic(), record.partition()));
        if (end != null && record.offset() < end && !taker.take(record)) {
          consumer.assign(List.of());
          return;
        }
      }
      // The position also passes what is no record: markers of transactions, compacted offsets.
      Set<TopicPartition> done = new HashSet<>(left.keySet());
      done.removeIf(partition -> consumer.position(partition) < left.get(partition));
      left.keySet().removeAll(done);
      consumer.pause(done);
      if (!polled.isEmpty() || !done.isEmpty()) {
        heardNs = System.nanoTime();
      } else if (System.nanoTime() - heardNs > SILENCE_MAX.toNanos()) {
        throw new IOException(
            "The brokers sent nothing of "
                + left.keySet()
                + " for "
                + SILENCE_MAX.toSeconds()
                + " s, though there is more; look after them and try again.");
      }
    }
    consumer.assign(List.of());
  }

  /**
   * The record at an address; null when there is none (any more).
   *
   * @throws IOException when the brokers fall silent
   */
  ConsumerRecord<byte[], byte[]> at(Address address) throws IOException, CannotDo {
    TopicPartition partition = address.topicPartition();
    if (!partitions(address.topic()).contains(address.partition())
        || address.offset() < beginning(partition)) {
      return null;
    }
    AtomicReference<ConsumerRecord<byte[], byte[]>> found = new AtomicReference<>();
    read(
        Map.of(partition, address.offset()),
        record -> {
          found.set(record.offset() == address.offset() ? record : null);
          return false;
        });
    return found.get();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
