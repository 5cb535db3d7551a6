// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every fault once, one after the other, on one job under load. {@code ./headway chaos} gives each
 * a job of its own and measures.
 */
class ChaosE2ECase {
  private static final Path JAR = Path.of(System.getProperty("headway.jobs.jar"));
  private static final int VEHICLES = 100;
  private static final Duration BEFORE = Duration.ofSeconds(5);
  private static final Duration AFTER = Duration.ofSeconds(2);
  private static final Set<Fault> STOP_TASKS =
      Set.of(Fault.TASKMANAGER_KILLED, Fault.TASKMANAGER_PAUSED, Fault.JOBMANAGER_KILLED);

  @TempDir private static Path folder;

  @Test
  void theJobComesBackFromEveryFaultAndLosesNothing() throws Exception {
    List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
    String obstacle = SmallDisk.obstacle();
    if (obstacle != null) {
      System.out.println(Fault.DISK_FULL + " is left out. " + obstacle);
      faults.remove(Fault.DISK_FULL);
    }
    ChaosRun.Outcome outcome =
        new ChaosRun(folder, JAR, VEHICLES, BEFORE, AFTER, Map.of()).run(faults);

    assertThat(outcome.recoveries()).hasSameSizeAs(faults).allMatch(ChaosRun.Recovery::holds);
    for (ChaosRun.Recovery recovery : outcome.recoveries()) {
      assertThat(Double.isNaN(recovery.detectedS()))
          .as("%s", recovery)
          .isNotEqualTo(STOP_TASKS.contains(recovery.fault()));
    }
    assertThat(outcome.unexplained()).as("records without a fate").isZero();
    List<String> missing = outcome.timeline().missing();
    assertThat(outcome.lost())
        .as("numbers without a decision: %s", missing.subList(0, Math.min(20, missing.size())))
        .isZero();
    // Without a repeat the rest would say nothing about what a restart takes back.
    assertThat(outcome.timeline().repeated()).isPositive();
  }
}
