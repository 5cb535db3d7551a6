// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * When requests were due and when they were answered, by whom. Times are of one monotonic clock, in
 * nanoseconds. One thread writes; it is read when all is written.
 */
final class Answers {
  private static final long LATENCY_MAX_US = TimeUnit.MINUTES.toMicros(10);
  private static final long WINDOW_NS = TimeUnit.MILLISECONDS.toNanos(100);

  private final long[] dueNs;
  private final long[] answeredNs;
  private final boolean[] byModel;
  private int count;

  /**
   * @param requests how many there will be
   */
  Answers(int requests) {
    dueNs = new long[requests];
    answeredNs = new long[requests];
    byModel = new boolean[requests];
  }

  /**
   * @param model whether it answered, and not the fallback
   * @throws IllegalStateException when there are more answers than requests
   */
  void add(long due, long answered, boolean model) {
    if (count == dueNs.length) {
      throw new IllegalStateException(
          "There are more answers than the %d requests.".formatted(count));
    }
    dueNs[count] = due;
    answeredNs[count] = answered;
    byModel[count] = model;
    count++;
  }

  /** How many requests have no answer. */
  int missing() {
    return dueNs.length - count;
  }

  /** From due to answered, microseconds, of requests that were due from a moment to another. */
  Histogram latenciesUs(long fromNs, long toNs) {
    Histogram latencies = new Histogram(LATENCY_MAX_US, 3);
    for (int i = 0; i < count; i++) {
      if (dueNs[i] >= fromNs && dueNs[i] < toNs) {
        latencies.recordValue(TimeUnit.NANOSECONDS.toMicros(answeredNs[i] - dueNs[i]));
      }
    }
    return latencies;
  }

  /** Which share of the requests that were due from a moment to another the model answered. */
  double shareOfModel(long fromNs, long toNs) {
    long due = 0;
    long answered = 0;
    for (int i = 0; i < count; i++) {
      if (dueNs[i] >= fromNs && dueNs[i] < toNs) {
        due++;
        answered += byModel[i] ? 1 : 0;
      }
    }
    return (double) answered / due;
  }

  /**
   * How long it takes after a moment until the model answers as many a second as it is asked for,
   * but for a tenth: to the end of the first 100 ms in which it does.
   *
   * @param perS requests a second
   * @return seconds; NaN when it never does
   */
  double recoveryS(long fromNs, double perS) {
    int[] windows = new int[(int) ((lastNs() - fromNs) / WINDOW_NS) + 1];
    for (int i = 0; i < count; i++) {
      if (byModel[i] && answeredNs[i] >= fromNs) {
        windows[(int) ((answeredNs[i] - fromNs) / WINDOW_NS)]++;
      }
    }
    double enough = 0.9 * perS * WINDOW_NS / 1e9;
    for (int window = 0; window < windows.length; window++) {
      if (windows[window] >= enough) {
        return (window + 1) * WINDOW_NS / 1e9;
      }
    }
    return Double.NaN;
  }

  private long lastNs() {
    long last = Long.MIN_VALUE;
    for (int i = 0; i < count; i++) {
      last = Math.max(last, answeredNs[i]);
    }
    return last;
  }
}
