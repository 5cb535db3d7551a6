// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import io.headway.schemas.DeadLetter;
import io.headway.schemas.Decision;
import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.avro.AvroRuntimeException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads decisions and dead letters from the beginning of their topics, as any consumer would, and
 * hands what was decided on. {@link #run} belongs to one thread, {@link #stop} to any.
 */
final class DecisionReader implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(DecisionReader.class);
  private static final Duration PATIENCE = Duration.ofMillis(200);

  /** Takes decisions. */
  @FunctionalInterface
  interface Dispatcher {
    void decided(Decision decision) throws InterruptedException;
  }

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final DecisionTally tally;
  private final Dispatcher dispatcher;
  private final AtomicLong readCount = new AtomicLong();
  private volatile String failure;

  DecisionReader(String bootstrapServers, DecisionTally tally, Dispatcher dispatcher) {
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.CLIENT_ID_CONFIG,
                "demo-reader"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    this.tally = tally;
    this.dispatcher = dispatcher;
  }

  /** Reads until {@link #stop}. */
  @Override
  public void run() {
    try (consumer) {
      List<TopicPartition> partitions =
          Stream.of(Topics.DECISIONS, Topics.DEAD_LETTERS)
              .map(Topic::name)
              .flatMap(topic -> consumer.partitionsFor(topic).stream())
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (true) {
        for (ConsumerRecord<byte[], byte[]> message : consumer.poll(PATIENCE)) {
          read(message);
          readCount.incrementAndGet();
        }
      }
    } catch (WakeupException e) {
      LOG.debug("Stopped.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("The reader of decisions failed.", e);
      failure = e.toString();
    }
  }

  /** Ends {@link #run} soon. */
  void stop() {
    consumer.wakeup();
  }

  /** Records read so far, of both topics. */
  long readCount() {
    return readCount.get();
  }

  /** What made the reader fail; null when nothing did. */
  String failure() {
    return failure;
  }

  private void read(ConsumerRecord<byte[], byte[]> message) throws InterruptedException {
    try {
      if (message.topic().equals(Topics.DECISIONS.name())) {
        Decision decision = Decision.getDecoder().decode(message.value());
        if (tally.add(decision, message.timestamp())) {
          dispatcher.decided(decision);
        }
      } else {
        tally.add(DeadLetter.getDecoder().decode(message.value()));
      }
    } catch (IOException | AvroRuntimeException e) {
      LOG.error("{} offset {} cannot be decoded.", message.topic(), message.offset(), e);
      tally.addUnreadable();
    }
  }
}
