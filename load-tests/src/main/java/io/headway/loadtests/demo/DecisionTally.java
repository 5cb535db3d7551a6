// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import io.headway.schemas.DeadLetter;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.TriggerKind;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/**
 * Counts decisions and dead letters as they are read from their topics. Of decisions with one id
 * the last one counts; an id is remembered for the next {@link #REMEMBERED} others. Thread-safe.
 */
final class DecisionTally {
  static final int REMEMBERED = 200_000;
  private static final int SHOWN = 8;
  private static final long LATENCY_MS_MAX = 3_600_000;

  private final Map<String, Counted> byId =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Counted> eldest) {
          return size() > REMEMBERED;
        }
      };
  private final Map<DecisionKind, Long> byKind = new EnumMap<>(DecisionKind.class);
  private final Map<DecisionSource, Long> bySource = new EnumMap<>(DecisionSource.class);
  private final Map<DeadLetterCause, Long> byCause = new EnumMap<>(DeadLetterCause.class);
  private final Map<TriggerKind, Histogram> latencyByTrigger = new EnumMap<>(TriggerKind.class);
  private final Histogram latency = histogram();
  private final Deque<Shown> actions = new ArrayDeque<>();
  private final Deque<Shown> keeps = new ArrayDeque<>();
  private final LongSupplier measureFromMs;
  private long repeated;
  private long abstained;
  private long unreadable;

  private record Counted(
      DecisionKind kind, DecisionSource source, boolean abstained, int content) {}

  /** A decision as the live view shows it. */
  record Shown(
      Instant decidedAt, String vehicleId, DecisionKind kind, double gainEur, String reason) {}

  /** Percentiles of a latency in milliseconds; all 0 when {@code count} is 0. */
  record Latency(long count, long p50, long p95, long p99, long max) {
    private static Latency of(Histogram histogram) {
      return new Latency(
          histogram.getTotalCount(),
          histogram.getValueAtPercentile(50),
          histogram.getValueAtPercentile(95),
          histogram.getValueAtPercentile(99),
          histogram.getMaxValue());
    }
  }

  /**
   * The counts at one moment. Immutable.
   *
   * @param abstained decisions that a model left to the baseline, as it was not sure
   * @param repeated records whose id had been seen
   * @param unreadable records that could not be decoded
   * @param latency from the append of the record that brought the change to the append of the
   *     decision, of decisions that a record brought about
   * @param last newest decisions other than KEEP, newest first, filled up with KEEPs
   */
  record Counts(
      Map<DecisionKind, Long> byKind,
      Map<DecisionSource, Long> bySource,
      Map<DeadLetterCause, Long> deadLetters,
      long abstained,
      long repeated,
      long unreadable,
      Latency latency,
      Map<TriggerKind, Latency> latencyByTrigger,
      List<Shown> last) {

    long decisions() {
      return byKind.values().stream().mapToLong(Long::longValue).sum();
    }

    long allDeadLetters() {
      return deadLetters.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /**
   * Makes an empty tally.
   *
   * @param measureFromMs the latency of decisions that a record appended before this moment brought
   *     about is not measured: the warm-up
   */
  DecisionTally(LongSupplier measureFromMs) {
    this.measureFromMs = measureFromMs;
  }

  /**
   * Counts a decision.
   *
   * @param appendTimeMs when the broker appended it
   * @return false when the same was decided before under this id
   */
  synchronized boolean add(Decision decision, long appendTimeMs) {
    Counted counted =
        new Counted(
            decision.getKind(),
            decision.getSource(),
            decision.getSource() == DecisionSource.BASELINE && decision.getModelName() != null,
            Objects.hash(decision.getShipmentIds(), decision.getRoute()));
    Counted before = byId.put(decision.getDecisionId(), counted);
    byKind.merge(counted.kind(), 1L, Long::sum);
    bySource.merge(counted.source(), 1L, Long::sum);
    abstained += counted.abstained() ? 1 : 0;
    if (before != null) {
      repeated++;
      byKind.merge(before.kind(), -1L, Long::sum);
      bySource.merge(before.source(), -1L, Long::sum);
      abstained -= before.abstained() ? 1 : 0;
    } else {
      measure(decision, appendTimeMs);
    }
    if (counted.equals(before)) {
      return false;
    }
    show(decision);
    return true;
  }

  synchronized void add(DeadLetter letter) {
    byCause.merge(letter.getCause(), 1L, Long::sum);
  }

  synchronized void addUnreadable() {
    unreadable++;
  }

  synchronized Counts counts() {
    List<Shown> last = new ArrayList<>(actions);
    for (Shown keep : keeps) {
      if (last.size() < SHOWN) {
        last.add(keep);
      }
    }
    Map<TriggerKind, Latency> latencies = new EnumMap<>(TriggerKind.class);
    latencyByTrigger.forEach((kind, histogram) -> latencies.put(kind, Latency.of(histogram)));
    return new Counts(
        new EnumMap<>(byKind),
        new EnumMap<>(bySource),
        new EnumMap<>(byCause),
        abstained,
        repeated,
        unreadable,
        Latency.of(latency),
        latencies,
        List.copyOf(last));
  }

  private void measure(Decision decision, long appendTimeMs) {
    Instant trigger = decision.getTrigger().getAppendTime();
    if (trigger != null && trigger.toEpochMilli() >= measureFromMs.getAsLong()) {
      long ms = Math.min(LATENCY_MS_MAX, Math.max(0, appendTimeMs - trigger.toEpochMilli()));
      latency.recordValue(ms);
      latencyByTrigger
          .computeIfAbsent(decision.getTrigger().getKind(), kind -> histogram())
          .recordValue(ms);
    }
  }

  private void show(Decision decision) {
    Deque<Shown> shown = decision.getKind() == DecisionKind.KEEP ? keeps : actions;
    shown.addFirst(
        new Shown(
            decision.getDecidedAt(),
            decision.getVehicleId(),
            decision.getKind(),
            decision.getGainEur(),
            decision.getReason()));
    if (shown.size() > SHOWN) {
      shown.removeLast();
    }
  }

  private static Histogram histogram() {
    return new Histogram(LATENCY_MS_MAX, 3);
  }
}
