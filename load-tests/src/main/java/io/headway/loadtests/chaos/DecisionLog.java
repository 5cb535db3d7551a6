// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import io.headway.loadtests.kafka.TopicReader;
import io.headway.schemas.Decision;
import io.headway.schemas.Shipment;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The decisions, and the shipments behind them, that a {@link TopicReader} has read. Thread-safe.
 */
final class DecisionLog implements TopicReader.Handler {
  private final Timeline timeline = new Timeline();
  private final ShipmentAnswers answers;
  private long newSinceMs = Long.MAX_VALUE;
  private long firstNewMs;

  /**
   * @param together changes of a vehicle's shipments further apart in event time are not answered
   *     together
   */
  DecisionLog(Duration together) {
    answers = new ShipmentAnswers(together);
  }

  @Override
  public synchronized void read(ConsumerRecord<byte[], byte[]> message) {
    try {
      if (message.topic().equals(Topics.SHIPMENTS.name())) {
        answers.add(Shipment.getDecoder().decode(message.value()), message.timestamp());
      } else {
        add(Decision.getDecoder().decode(message.value()), message.timestamp());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("A record of " + message.topic() + " cannot be decoded.", e);
    }
  }

  private void add(Decision decision, long appendMs) {
    timeline.add(decision);
    answers.add(decision);
    var triggeredAt = decision.getTrigger().getAppendTime();
    if (firstNewMs == 0 && triggeredAt != null && triggeredAt.toEpochMilli() >= newSinceMs) {
      firstNewMs = appendMs;
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
    return timeline.records();
  }

  /** The decisions that were read, once their reader has ended. */
  synchronized Timeline timeline() {
    return timeline;
  }

  /** What was decided about shipments, once the reader has ended. */
  synchronized ShipmentAnswers answers() {
    return answers;
  }
}
