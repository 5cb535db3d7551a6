// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import io.headway.loadtests.kafka.TopicReader;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.Decision;
import io.headway.schemas.Topics;
import java.io.IOException;
import org.apache.avro.AvroRuntimeException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the decisions and dead letters that are read, and hands on what was decided. */
final class DecisionReader implements TopicReader.Handler {
  private static final Logger LOG = LoggerFactory.getLogger(DecisionReader.class);

  /** Takes decisions. */
  @FunctionalInterface
  interface Dispatcher {
    void decided(Decision decision) throws InterruptedException;
  }

  private final DecisionTally tally;
  private final Dispatcher dispatcher;

  DecisionReader(DecisionTally tally, Dispatcher dispatcher) {
    this.tally = tally;
    this.dispatcher = dispatcher;
  }

  @Override
  public void read(ConsumerRecord<byte[], byte[]> message) throws InterruptedException {
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
