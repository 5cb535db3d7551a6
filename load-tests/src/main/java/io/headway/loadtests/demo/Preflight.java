// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import io.headway.loadtests.cluster.Ports;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds out before anything is started whether the demo can run here. */
final class Preflight {
  private static final long MIB = 1 << 20;

  /** Least heap that the demo is let run with: an estimate, not a measurement. */
  private static final long HEAP_MIB_LEAST = 600;

  /** Kafka's log and checkpoints of some minutes. */
  private static final long DISK_MIB_LEAST = 1024;

  private Preflight() {}

  /** Whether this process may have enough heap. */
  static void heap(long mostBytes) throws StartProblem {
    if (mostBytes < HEAP_MIB_LEAST * MIB) {
      throw new StartProblem(
          "Too little memory: Java may use "
              + mostBytes / MIB
              + " MiB of heap here, and the demo needs "
              + HEAP_MIB_LEAST
              + " MiB; run it where 3 GiB of memory are free, or set HEADWAY_HEAP, for instance HEADWAY_HEAP=1g.");
    }
  }

  /** Whether there is room for the demo's files. */
  static void disk(Path folder, long usableBytes) throws StartProblem {
    if (usableBytes < DISK_MIB_LEAST * MIB) {
      throw new StartProblem(
          "Too little disk: "
              + usableBytes / MIB
              + " MiB are free in "
              + folder
              + ", and the demo needs "
              + DISK_MIB_LEAST
              + " MiB; free some, or name another place with the environment variable TMPDIR.");
    }
  }

  /** Whether a file that was named can be read. */
  static void file(String option, Path file) throws StartProblem {
    if (file != null && !Files.isReadable(file)) {
      throw new StartProblem(
          option
              + " "
              + file
              + " cannot be read; build a road network with './headway roads build CITY.osm.pbf OUT.roads' and name it.");
    }
  }

  /**
   * The ports that the web UI may take, the first free one of them.
   *
   * @param asked what was asked for; null for the usual one or one of the next
   */
  static String restPorts(Integer asked) throws StartProblem {
    if (asked == null) {
      return "8081-8180";
    }
    if (!Ports.isFree(asked)) {
      throw new StartProblem(
          "--port "
              + asked
              + " is in use by another process; name another port, or leave the option out to take the next free one.");
    }
    return asked.toString();
  }
}
