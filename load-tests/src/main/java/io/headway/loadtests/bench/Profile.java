// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import io.headway.loadtests.results.Results;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/** Where a JVM's processor time went, from a recording of JDK Flight Recorder. */
public final class Profile {
  private static final double LEAST_SHARE = 0.01;

  private final Map<String, Double> byThread = new TreeMap<>();
  private final Map<String, Double> byPlace = new TreeMap<>();
  private final Map<String, Double> within = new TreeMap<>();
  private int samples;

  private Profile() {}

  /**
   * Reads a recording.
   *
   * @param from what was before is left out
   */
  public static Profile of(Path jfr, Instant from) throws IOException {
    Profile profile = new Profile();
    try (RecordingFile file = new RecordingFile(jfr)) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        if (event.getStartTime().isAfter(from)) {
          profile.add(event);
        }
      }
    }
    return profile;
  }

  private void add(RecordedEvent event) {
    switch (event.getEventType().getName()) {
      case "jdk.ThreadCPULoad" -> {
        if (event.getThread() != null && event.getThread().getJavaName() != null) {
          double load = event.getFloat("user") + event.getFloat("system");
          byThread.merge(group(event.getThread().getJavaName()), load, Double::sum);
        }
      }
      case "jdk.ExecutionSample" -> sample(event);
      default -> {}
    }
  }

  private void sample(RecordedEvent event) {
    if (event.getStackTrace() == null) {
      return;
    }
    samples++;
    List<RecordedFrame> frames = event.getStackTrace().getFrames();
    byPlace.merge(place(frames), 1.0, Double::sum);
    Set<String> seen = new HashSet<>();
    for (RecordedFrame frame : frames) {
      String type = frame.getMethod().getType().getName();
      if (type.startsWith("io.headway.")) {
        seen.add(simple(type) + "." + frame.getMethod().getName());
      }
    }
    seen.forEach(method -> within.merge(method, 1.0, Double::sum));
  }

  /** Threads of one kind, whatever their number; C1 and C2 are kinds of the compiler's. */
  private static String group(String thread) {
    return thread.replaceAll("\\s*\\(\\d+/\\d+\\)#\\d+", "").replaceAll("(?<![A-Z])\\d+", "N");
  }

  /** The library that a stack is in: that of its innermost frame outside the JDK. */
  private static String place(List<RecordedFrame> frames) {
    for (RecordedFrame frame : frames) {
      String type = frame.getMethod().getType().getName();
      if (type.startsWith("io.headway.")) {
        return type.replaceAll("^(io\\.headway\\.\\w+\\.\\w+).*", "$1");
      }
      if (type.startsWith("org.apache.flink.")) {
        return type.replaceAll("^(org\\.apache\\.flink\\.\\w+(\\.\\w+)?(\\.\\w+)?).*", "$1");
      }
      if (!type.startsWith("java.") && !type.startsWith("jdk.") && !type.startsWith("sun.")) {
        return type.replaceAll("^(\\w+\\.\\w+(\\.\\w+)?).*", "$1");
      }
    }
    return "JDK";
  }

  private static String simple(String type) {
    return type.substring(type.lastIndexOf('.') + 1);
  }

  /** Three tables in Markdown. */
  public String markdown() {
    double load = byThread.values().stream().mapToDouble(Double::doubleValue).sum();
    return "Processor time by thread (those of the garbage collector are not recorded):\n\n"
        + table("thread", byThread, load)
        + "\nSamples of Java code (native code, such as RocksDB, shows by thread only) by the library that they were in:\n\n"
        + table("library", byPlace, samples)
        + "\nSamples that were in a method, or in what it called:\n\n"
        + table("method", within, samples);
  }

  private static String table(String head, Map<String, Double> counts, double whole) {
    StringBuilder table = new StringBuilder("| " + head + " | share |\n|---|---:|\n");
    List<Map.Entry<String, Double>> largest = new ArrayList<>(counts.entrySet());
    largest.sort(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()));
    for (Map.Entry<String, Double> entry : largest) {
      if (entry.getValue() >= LEAST_SHARE * whole) {
        table.append("| `").append(entry.getKey()).append("` | ");
        table.append(Results.number(100 * entry.getValue() / whole)).append(" % |\n");
      }
    }
    return table.toString();
  }
}
