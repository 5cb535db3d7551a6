// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Figures as people read them. */
final class Text {
  private static final String SPARKS = "▁▂▃▄▅▆▇█";

  private Text() {}

  /** 1,234 or 0.25 or 7.5: no more digits than it has. */
  static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, "%.3g", value);
  }

  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** 01:30. */
  static String clock(long seconds) {
    return String.format(Locale.ROOT, "%02d:%02d", seconds / 60, seconds % 60);
  }

  /** 12.3 MB. */
  static String bytes(long bytes) {
    return bytes < 1_000_000
        ? String.format(Locale.ROOT, "%.0f kB", bytes / 1e3)
        : String.format(Locale.ROOT, "%,.1f MB", bytes / 1e6);
  }

  /** The entries that are not 0, largest first: {@code KEEP 900 · REROUTE 3}. */
  static <K> String counts(Map<K, Long> counts) {
    String text =
        counts.entrySet().stream()
            .filter(entry -> entry.getValue() != 0)
            .sorted(Map.Entry.<K, Long>comparingByValue().reversed())
            .map(entry -> entry.getKey() + " " + count(entry.getValue()))
            .collect(Collectors.joining(" · "));
    return text.isEmpty() ? "none" : text;
  }

  /** A small column chart, each value relative to the largest. */
  static String sparkline(double[] values) {
    double most = 0;
    for (double value : values) {
      most = Math.max(most, value);
    }
    StringBuilder line = new StringBuilder();
    for (double value : values) {
      int height = most == 0 ? 0 : (int) Math.round(value / most * (SPARKS.length() - 1));
      line.append(SPARKS.charAt(height));
    }
    return line.toString();
  }

  /** At most {@code width} characters. */
  static String fit(String text, int width) {
    if (width <= 0) {
      return "";
    }
    return text.length() <= width ? text : text.substring(0, width - 1) + "…";
  }
}
