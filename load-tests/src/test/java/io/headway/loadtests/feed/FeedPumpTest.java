// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.Decision;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class FeedPumpTest {
  private static final long EVENT_MS = 1_000_000;
  private static final long WALL_MS = 50_000;

  private final MockProducer<byte[], byte[]> producer = producer(true);

  @Test
  void sendsWhatIsDueAtTheClocksPaceAndSaysWhenTheNextIsDue() throws Exception {
    FeedPump pump = pump(new ListedFeed(0, 10_000, 20_000), 10, Double.POSITIVE_INFINITY);

    assertThat(pump.advance(WALL_MS)).isEqualTo(WALL_MS + 1_000);
    assertThat(producer.history()).hasSize(1);
    assertThat(pump.advance(WALL_MS + 999)).isEqualTo(WALL_MS + 1_000);
    assertThat(producer.history()).hasSize(1);
    assertThat(pump.advance(WALL_MS + 1_000)).isEqualTo(WALL_MS + 2_000);
    assertThat(pump.advance(WALL_MS + 2_500)).isEqualTo(Long.MAX_VALUE);
    assertThat(pump.ended()).isTrue();
    assertThat(pump.sent()).isEqualTo(Map.of("telemetry", 3L));
    assertThat(pump.eventTimeMs()).isEqualTo(EVENT_MS + 20_000);
  }

  @Test
  void sendsNoMoreThanTheRateEvenWhenItIsBehind() throws Exception {
    FeedPump pump = pump(new ListedFeed(new long[5_000]), 1, 1_000);

    for (long ms = 0; ms < 1_000; ms++) {
      pump.advance(WALL_MS + ms);
      assertThat(producer.history().size()).isLessThanOrEqualTo((int) ms + 201);
    }
    assertThat(producer.history()).hasSizeBetween(1_000, 1_201);
    assertThat(pump.behindMs()).isEqualTo(999);
  }

  @Test
  void handsDecisionsOverAtTheFeedsOwnTimeAndBeforeLaterRecords() throws Exception {
    ListedFeed feed = new ListedFeed(0, 10_000);
    FeedPump pump = pump(feed, 10, Double.POSITIVE_INFINITY);
    pump.advance(WALL_MS);

    pump.decided(new Decision());
    pump.advance(WALL_MS + 500);
    pump.decided(new Decision());
    // Late by ten seconds: the feed's time stands at its next record.
    pump.advance(WALL_MS + 11_000);

    assertThat(feed.actedMs).containsExactly(EVENT_MS + 5_000, EVENT_MS + 10_000);
  }

  @Test
  void neverHandsADecisionOverBeyondTheNextRecordHoweverFarItIsBehind() throws Exception {
    ListedFeed feed = new ListedFeed(2_000);
    FeedPump pump = pump(feed, 1_000_000, Double.POSITIVE_INFINITY);

    pump.decided(new Decision());
    pump.advance(WALL_MS + 60_000);

    assertThat(feed.actedMs).containsExactly(EVENT_MS + 2_000);
  }

  @Test
  void sendsNoMoreThanIsAllowed() throws Exception {
    FeedPump pump = pump(new ListedFeed(new long[5]), 1, Double.POSITIVE_INFINITY);
    pump.allow(2);

    assertThat(pump.advance(WALL_MS)).isGreaterThan(WALL_MS);
    assertThat(producer.history()).hasSize(2);
    pump.allow(4);
    pump.advance(WALL_MS);

    assertThat(producer.history()).hasSize(4);
  }

  @Test
  void countsRecordsThatTheBrokerRefuses() throws Exception {
    MockProducer<byte[], byte[]> refusing = producer(false);
    FeedPump pump =
        new FeedPump(
            new ListedFeed(0, 0),
            new FeedClock(EVENT_MS, WALL_MS, 1),
            Double.POSITIVE_INFINITY,
            refusing);
    pump.advance(WALL_MS);

    assertThat(refusing.errorNext(new RecordTooLargeException("too large"))).isTrue();
    assertThat(refusing.completeNext()).isTrue();

    assertThat(pump.errors()).isEqualTo(1);
    assertThat(pump.sent()).isEqualTo(Map.of("telemetry", 1L));
  }

  @Test
  void endsWithAFailureWhenTheFeedFails() {
    FeedPump pump =
        pump(
            new ListedFeed() {
              @Override
              public FeedRecord next() {
                throw new IllegalStateException("row 7 is damaged");
              }
            },
            1,
            Double.POSITIVE_INFINITY);

    pump.run();

    assertThat(pump.failure()).isEqualTo("row 7 is damaged");
  }

  private FeedPump pump(Feed feed, double speedUp, double mostPerSecond) {
    return new FeedPump(feed, new FeedClock(EVENT_MS, WALL_MS, speedUp), mostPerSecond, producer);
  }

  private static MockProducer<byte[], byte[]> producer(boolean completes) {
    return new MockProducer<>(
        completes, null, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Records at given offsets from the feed's beginning. */
  private static class ListedFeed implements Feed {
    private final ArrayDeque<FeedRecord> records = new ArrayDeque<>();
    private final List<Long> actedMs = new ArrayList<>();

    ListedFeed(long... offsetsMs) {
      for (long offsetMs : offsetsMs) {
        records.add(new FeedRecord("telemetry", new byte[1], new byte[1], EVENT_MS + offsetMs));
      }
    }

    @Override
    public long startMs() {
      return EVENT_MS;
    }

    @Override
    public FeedRecord next() {
      return records.poll();
    }

    @Override
    public void act(Decision decision, long nowMs) {
      actedMs.add(nowMs);
    }

    @Override
    public void close() {}
  }
}
