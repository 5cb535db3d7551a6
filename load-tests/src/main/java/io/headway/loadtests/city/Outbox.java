// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.loadtests.feed.FeedRecord;
import java.util.Arrays;

/**
 * Records on their way to the broker, in order of their sending. Records of one moment come in the
 * order in which their places became free, which is the same in every run. Not thread-safe.
 */
final class Outbox {
  /** Most records that can be on their way. */
  static final int MAX_RECORDS = 1 << 24;

  private final long startMs;
  private final LongHeap order = new LongHeap();
  private FeedRecord[] records = new FeedRecord[1024];
  private int[] free = new int[1024];
  private int freeCount;
  private int used;

  Outbox(long startMs) {
    this.startMs = startMs;
  }

  void add(FeedRecord record) {
    int slot;
    if (freeCount > 0) {
      slot = free[--freeCount];
    } else {
      if (used == MAX_RECORDS) {
        throw new IllegalStateException(
            "%d records are on their way at once, so none fits in; lower vehicles or dropout_share"
                .formatted(used));
      }
      if (used == records.length) {
        records = Arrays.copyOf(records, 2 * used);
        free = Arrays.copyOf(free, 2 * used);
      }
      slot = used++;
    }
    records[slot] = record;
    order.add((Math.max(0, record.sendAtMs() - startMs) << 24) | slot);
  }

  boolean isEmpty() {
    return order.isEmpty();
  }

  /** When the first record is sent, milliseconds after the start. */
  long firstMs() {
    return order.least() >>> 24;
  }

  FeedRecord poll() {
    int slot = (int) (order.least() & (MAX_RECORDS - 1));
    order.removeLeast();
    FeedRecord record = records[slot];
    records[slot] = null;
    free[freeCount++] = slot;
    return record;
  }
}
