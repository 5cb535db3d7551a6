// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all partitions of topics, as any consumer would, and hands every record on. {@link #run}
 * belongs to one thread, the rest to any.
 */
public final class TopicReader implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);
  private static final Duration PATIENCE = Duration.ofMillis(200);

  /** Takes records, in the order of their partition, from the reader's one thread. */
  @FunctionalInterface
  public interface Handler {
    void read(ConsumerRecord<byte[], byte[]> message) throws InterruptedException;
  }

  /** Where a reader begins. */
  public enum Start {
    EARLIEST,
    LATEST
  }

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Collection<String> topics;
  private final Start start;
  private final Handler handler;
  private final AtomicLong readCount = new AtomicLong();
  private volatile String failure;

  /**
   * @param kafka properties of a Kafka client: where the brokers are, and how to get in
   * @param clientId names it in the brokers' logs and metrics
   */
  public TopicReader(
      Map<String, Object> kafka,
      String clientId,
      Collection<String> topics,
      Start start,
      Handler handler) {
    Map<String, Object> config = new HashMap<>();
    // With exactly-once, what is aborted was never decided.
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.putAll(kafka);
    config.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
    consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.topics = List.copyOf(topics);
    this.start = start;
    this.handler = handler;
  }

  /** Reads until {@link #stop} or its failure. */
  @Override
  public void run() {
    try (consumer) {
      List<TopicPartition> partitions =
          topics.stream()
              .flatMap(topic -> consumer.partitionsFor(topic).stream())
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .toList();
      consumer.assign(partitions);
      if (start == Start.EARLIEST) {
        consumer.seekToBeginning(partitions);
      } else {
        consumer.seekToEnd(partitions);
      }
      while (true) {
        for (ConsumerRecord<byte[], byte[]> message : consumer.poll(PATIENCE)) {
          handler.read(message);
          readCount.incrementAndGet();
        }
      }
    } catch (WakeupException e) {
      LOG.debug("Stopped.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("The reader of {} failed.", topics, e);
      failure = e.toString();
    }
  }

  /** Ends {@link #run} soon. */
  public void stop() {
    consumer.wakeup();
  }

  /** Records read so far, of all its topics. */
  public long readCount() {
    return readCount.get();
  }

  /** What made the reader fail; null when nothing did. */
  public String failure() {
    return failure;
  }
}
