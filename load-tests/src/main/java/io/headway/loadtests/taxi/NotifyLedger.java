// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Keeps the account from which a {@link NotifyScore} is made. Arrived trips are remembered for
 * {@link #REMEMBER_MS}, so that a decision that comes too late is still judged: as wrong, for it
 * tells nobody anything. Thread-safe.
 */
final class NotifyLedger {
  static final long REMEMBER_MS = 3_600_000;

  private static final int LEAD_DIGITS = 3;

  private static final class Entry {
    private final long windowEndMs;
    private long arrivalMs;
    private boolean told;
    private long toldAtMs;

    private Entry(long windowEndMs) {
      this.windowEndMs = windowEndMs;
    }

    private boolean late() {
      return arrivalMs > windowEndMs;
    }
  }

  private final Map<String, Entry> open = new HashMap<>();
  private final Map<String, Entry> arrived = new LinkedHashMap<>();
  private final Histogram leadsS = new Histogram(LEAD_DIGITS);
  private long openNotified;
  private long right;
  private long wrong;
  private long arrivals;
  private long lateArrivals;
  private long notifiedBeforeArrival;
  private long notifiedAhead;

  synchronized void promised(String shipmentId, long windowEndMs) {
    open.put(shipmentId, new Entry(windowEndMs));
  }

  /** Judges a trip at its arrival; one that was never promised is left out. */
  synchronized void arrived(String shipmentId, long arrivalMs) {
    Entry entry = open.remove(shipmentId);
    if (entry == null) {
      return;
    }
    entry.arrivalMs = arrivalMs;
    arrivals++;
    if (entry.told) {
      openNotified--;
      judge(entry);
    }
    if (entry.late()) {
      lateArrivals++;
      if (entry.told && entry.toldAtMs < arrivalMs) {
        long leadMs = arrivalMs - entry.toldAtMs;
        notifiedBeforeArrival++;
        notifiedAhead += leadMs >= NotifyScore.AHEAD_S * 1000 ? 1 : 0;
        leadsS.recordValue(leadMs / 1000);
      }
    }
    arrived.put(shipmentId, entry);
    forgetBefore(arrivalMs - REMEMBER_MS);
  }

  /**
   * Notes that a receiver was told.
   *
   * @return false when the trip is not known, or was told before
   */
  synchronized boolean told(String shipmentId, long nowMs) {
    Entry entry = open.get(shipmentId);
    boolean isOpen = entry != null;
    if (!isOpen) {
      entry = arrived.get(shipmentId);
    }
    if (entry == null || entry.told) {
      return false;
    }
    entry.told = true;
    entry.toldAtMs = nowMs;
    if (isOpen) {
      openNotified++;
    } else {
      judge(entry);
    }
    return true;
  }

  synchronized NotifyScore score() {
    return new NotifyScore(
        right,
        wrong,
        arrivals,
        lateArrivals,
        notifiedBeforeArrival,
        notifiedAhead,
        lateArrivals - notifiedBeforeArrival,
        open.size(),
        openNotified,
        leadsS.getTotalCount() == 0 ? 0 : leadsS.getValueAtPercentile(50));
  }

  private void judge(Entry entry) {
    if (entry.late() && entry.toldAtMs < entry.arrivalMs) {
      right++;
    } else {
      wrong++;
    }
  }

  private void forgetBefore(long timeMs) {
    Iterator<Entry> oldestFirst = arrived.values().iterator();
    while (oldestFirst.hasNext() && oldestFirst.next().arrivalMs < timeMs) {
      oldestFirst.remove();
    }
  }
}
