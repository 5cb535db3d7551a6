// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import io.headway.loadtests.cluster.JobStats;
import io.headway.schemas.DecisionKind;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Turns states of the demo into lines for a terminal: a panel that is drawn over itself, or a line
 * now and then. Holds the last minute of rates. One thread.
 */
final class LiveView {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final int COLUMNS_MIN = 60;
  private static final int COLUMNS_MAX = 150;
  private static final int BAR = 20;
  private static final int HISTORY = 30;
  private static final long SPARK_MS = 2_000;
  private static final long RATE_MS = 5_000;
  private static final String RESET = "\u001b[0m";
  private static final String BOLD = "\u001b[1m";
  private static final String DIM = "\u001b[2m";
  private static final String RED = "\u001b[31m";

  private final int columns;
  private final boolean colour;
  private final Deque<DemoState> recent = new ArrayDeque<>();
  private final Deque<Double> rates = new ArrayDeque<>();
  private DemoState rated;

  /**
   * Makes a view.
   *
   * @param columns width of the terminal; 60 to 150 are used
   * @param colour whether colours may be used
   */
  LiveView(int columns, boolean colour) {
    this.columns = Math.max(COLUMNS_MIN, Math.min(COLUMNS_MAX, columns));
    this.colour = colour;
  }

  /** Takes note of a state; to be called before it is drawn. */
  void observe(DemoState state) {
    recent.addLast(state);
    while (recent.size() > 1 && recent.peekFirst().elapsedMs() < state.elapsedMs() - RATE_MS) {
      recent.removeFirst();
    }
    if (rated == null) {
      rated = state;
    } else if (state.elapsedMs() - rated.elapsedMs() >= SPARK_MS) {
      rates.addLast(perSecond(rated, state, state.allSent() - rated.allSent()));
      rated = state;
      if (rates.size() > HISTORY) {
        rates.removeFirst();
      }
    }
  }

  /** The panel; the number of lines does not shrink while a demo runs. */
  List<String> panel(DemoState state) {
    List<String> lines = new ArrayList<>();
    lines.add(
        bold(Text.clock(state.elapsedMs() / 1000))
            + "  "
            + state.phase()
            + dim("   its time " + TIME.format(Instant.ofEpochMilli(state.eventTimeMs()))));
    lines.add("");
    lines.add(row("in", Text.count(Math.round(rate(state))) + " records/s", inText(state)));
    lines.add(
        row(
            "",
            Text.sparkline(rates.stream().mapToDouble(Double::doubleValue).toArray()),
            state.behindMs() > 1000
                ? colour(RED, "the feed is " + state.behindMs() / 1000 + " s behind its clock")
                : ""));
    lines.add(row("job", jobText(state.job()), ""));
    lines.add(row("", checkpointText(state.job()), ""));
    lines.add(row("fates", Text.counts(state.job().fatesOfAllTopics()), ""));
    DecisionTally.Latency latency = state.decisions().latency();
    lines.add(
        row(
            "latency",
            latency.count() == 0
                ? "no decision yet that a record brought about"
                : String.format(
                    Locale.ROOT,
                    "p50 %,d ms  p95 %,d ms  p99 %,d ms  max %,d ms",
                    latency.p50(),
                    latency.p95(),
                    latency.p99(),
                    latency.max()),
            dim("from append to append")));
    lines.add(
        row(
            "dead letters",
            Text.count(state.decisions().allDeadLetters()),
            dim(Text.counts(state.decisions().deadLetters()))));
    if (!state.job().failure().isEmpty()) {
      lines.add(row("failure", colour(RED, state.job().failure()), ""));
    }
    lines.add("");
    lines.add(row("decisions", bold(Text.count(state.decisions().decisions())), ""));
    addKinds(lines, state.decisions().byKind());
    lines.add("");
    for (DecisionTally.Shown decision : state.decisions().last()) {
      lines.add(decisionText(decision));
    }
    return lines.stream().map(line -> fit(line, columns)).toList();
  }

  /** One line for a place where nothing can be drawn over. */
  String line(DemoState state) {
    return String.format(
        Locale.ROOT,
        "%s  %s  in %s records (%s/s)  lag %s  decisions %s (%s)  %s  dead letters %s  checkpoints %d  restarts %d",
        Text.clock(state.elapsedMs() / 1000),
        state.phase(),
        Text.count(state.allSent()),
        Text.count(Math.round(rate(state))),
        Text.count(state.job().pendingRecords()),
        Text.count(state.decisions().decisions()),
        Text.counts(state.decisions().byKind()),
        latency(state.decisions().latency()),
        Text.count(state.decisions().allDeadLetters()),
        state.job().checkpoints(),
        state.job().restarts());
  }

  private static String latency(DecisionTally.Latency latency) {
    return latency.count() == 0
        ? "warming up"
        : "p50 " + latency.p50() + " ms  p99 " + latency.p99() + " ms";
  }

  /** A decision on one line. */
  String decisionText(DecisionTally.Shown decision) {
    return String.format(
        Locale.ROOT,
        "  %s  %-8s %s  %s",
        dim(TIME.format(decision.decidedAt())),
        decision.vehicleId(),
        colour(colourOf(decision.kind()), String.format("%-15s", decision.kind())),
        decision.reason());
  }

  private double rate(DemoState state) {
    DemoState before = recent.isEmpty() ? state : recent.peekFirst();
    return perSecond(before, state, state.allSent() - before.allSent());
  }

  private static double perSecond(DemoState from, DemoState to, long count) {
    long ms = to.elapsedMs() - from.elapsedMs();
    return ms <= 0 ? 0 : 1000.0 * count / ms;
  }

  private String inText(DemoState state) {
    return dim(Text.counts(state.sent()));
  }

  private static String jobText(JobStats job) {
    return String.format(
        Locale.ROOT,
        "%s  lag %s records  busiest operator %.0f %%  restarts %d",
        job.state(),
        Text.count(job.pendingRecords()),
        100 * job.busyRatio(),
        job.restarts());
  }

  private static String checkpointText(JobStats job) {
    return job.checkpoints() == 0
        ? "no checkpoint yet"
        : String.format(
            Locale.ROOT,
            "checkpoint %d took %,d ms, %s%s",
            job.checkpoints(),
            job.checkpointMs(),
            Text.bytes(job.checkpointBytes()),
            job.failedCheckpoints() == 0 ? "" : ", " + job.failedCheckpoints() + " failed");
  }

  private void addKinds(List<String> lines, Map<DecisionKind, Long> byKind) {
    long most = byKind.values().stream().mapToLong(Long::longValue).max().orElse(0);
    for (DecisionKind kind : DecisionKind.values()) {
      long count = byKind.getOrDefault(kind, 0L);
      if (kind == DecisionKind.UNKNOWN && count == 0) {
        continue;
      }
      int length = count == 0 ? 0 : (int) Math.max(1, Math.round((double) BAR * count / most));
      lines.add(
          String.format(
              Locale.ROOT,
              "  %s %9s  %s",
              colour(colourOf(kind), String.format("%-15s", kind)),
              Text.count(count),
              colour(colourOf(kind), "█".repeat(length))));
    }
  }

  private static String colourOf(DecisionKind kind) {
    return switch (kind) {
      case KEEP -> DIM;
      case REROUTE -> "\u001b[36m";
      case RESEQUENCE -> "\u001b[34m";
      case NOTIFY_LATE -> "\u001b[33m";
      case DISPATCH_BACKUP -> "\u001b[35m";
      case WAIT -> "\u001b[32m";
      case UNKNOWN -> RED;
    };
  }

  private String row(String label, String text, String aside) {
    return "  " + dim(String.format("%-12s", label)) + " " + text + "  " + aside;
  }

  private String bold(String text) {
    return colour(BOLD, text);
  }

  private String dim(String text) {
    return colour(DIM, text);
  }

  private String colour(String code, String text) {
    return colour && !text.isEmpty() ? code + text + RESET : text;
  }

  /** Cuts a line to a width, not counting colours. */
  static String fit(String line, int width) {
    StringBuilder fitted = new StringBuilder();
    int shown = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\u001b') {
        int end = line.indexOf('m', i);
        fitted.append(line, i, end + 1);
        i = end;
      } else if (shown < width) {
        fitted.append(c);
        shown++;
      }
    }
    return fitted.toString().stripTrailing();
  }
}
