// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import com.sun.management.OperatingSystemMXBean;
import io.headway.loadtests.inference.Speeds.Speed;
import java.lang.management.ManagementFactory;

/** Looks at the clocks at two records, of the time and of this process's processors. One thread. */
final class SpeedMeter {
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final long from;
  private final long to;
  private long count;
  private long startNs;
  private long startCpuNs;
  private long endNs;
  private long endCpuNs;

  /**
   * @param from how many records there are when the measurement begins
   * @param to and when it ends
   */
  SpeedMeter(long from, long to) {
    this.from = from;
    this.to = to;
  }

  void count() {
    count++;
    if (count == from) {
      startNs = System.nanoTime();
      startCpuNs = PROCESS.getProcessCpuTime();
    } else if (count == to) {
      endNs = System.nanoTime();
      endCpuNs = PROCESS.getProcessCpuTime();
    }
  }

  Speed speed() {
    if (count != to) {
      throw new IllegalStateException("%d records were answered of %d.".formatted(count, to));
    }
    double records = to - from;
    return new Speed(records / ((endNs - startNs) / 1e9), (endCpuNs - startCpuNs) / 1e3 / records);
  }
}
