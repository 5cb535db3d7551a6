// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import io.headway.schemas.Decision;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the decisions as any consumer does, from the first on. {@link #run} belongs to one thread,
 * the rest to any.
 */
final class DecisionLog implements Runnable {
  private static final Duration PATIENCE = Duration.ofMillis(200);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Timeline timeline = new Timeline();
  private long newSinceMs = Long.MAX_VALUE;
  private long firstNewMs;
  private RuntimeException failure;

  DecisionLog(String bootstrapServers) {
    consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.CLIENT_ID_CONFIG,
                "chaos-reader"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
  }

  @Override
  public void run() {
    try (consumer) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.DECISIONS.name()).stream()
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (true) {
        for (ConsumerRecord<byte[], byte[]> message : consumer.poll(PATIENCE)) {
          take(Decision.getDecoder().decode(message.value()), message.timestamp());
        }
      }
    } catch (WakeupException e) {
      // It was asked to end.
    } catch (IOException e) {
      fail(new UncheckedIOException("A decision cannot be decoded.", e));
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  private synchronized void fail(RuntimeException e) {
    failure = e;
  }

  private synchronized void take(Decision decision, long appendTimeMs) {
    timeline.add(decision);
    var triggeredAt = decision.getTrigger().getAppendTime();
    if (firstNewMs == 0 && triggeredAt != null && triggeredAt.toEpochMilli() >= newSinceMs) {
      firstNewMs = appendTimeMs;
    }
  }

  /**
   * From now on looks out for a decision about something that was appended at this time or later.
   */
  synchronized void lookOut(long sinceMs) {
    newSinceMs = sinceMs;
    firstNewMs = 0;
  }

  /** When the decision that was looked out for was appended, milliseconds since the epoch; or 0. */
  synchronized long firstNewMs() {
    return firstNewMs;
  }

  /** Decisions read so far. */
  synchronized long records() {
    if (failure != null) {
      throw failure;
    }
    return timeline.records();
  }

  /** Ends {@link #run} soon. */
  void stop() {
    consumer.wakeup();
  }

  /** What was read, once {@link #run} has ended. */
  synchronized Timeline timeline() {
    return timeline;
  }
}
