// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import io.headway.loadtests.results.Figure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** How fast one thing was, round by round. Not thread-safe. */
final class Speeds {
  private final List<Speed> rounds = new ArrayList<>();

  /**
   * How fast it was in a round.
   *
   * @param recordsPerS by the wall clock
   * @param cpuUsPerRecord processor time of the whole process, microseconds a record
   */
  record Speed(double recordsPerS, double cpuUsPerRecord) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%,.0f/s, %.3f µs", recordsPerS, cpuUsPerRecord);
    }

    double recordsPerCpuS() {
      return 1e6 / cpuUsPerRecord;
    }
  }

  void add(Speed round) {
    rounds.add(round);
  }

  /** Both figures, the name before them. */
  List<Figure> figures(String name) {
    return List.of(
        Figure.mean(name + "_records_per_s", values(Speed::recordsPerS), "/s"),
        Figure.mean(name + "_cpu_us_per_record", values(Speed::cpuUsPerRecord), "µs"));
  }

  /** How many times as many records a second as a peer in the same rounds. */
  Figure timesRecordsPerS(String name, Speeds peer) {
    return Figure.ratio(name, values(Speed::recordsPerS), peer.values(Speed::recordsPerS));
  }

  /** How many times as many records a processor second as a peer in the same rounds. */
  Figure timesRecordsPerCpuS(String name, Speeds peer) {
    return Figure.ratio(name, values(Speed::recordsPerCpuS), peer.values(Speed::recordsPerCpuS));
  }

  /** Records a second in the mean of the rounds. */
  double meanRecordsPerS() {
    return rounds.stream().mapToDouble(Speed::recordsPerS).average().orElseThrow();
  }

  private double[] values(ToDoubleFunction<Speed> value) {
    return rounds.stream().mapToDouble(value).toArray();
  }
}
