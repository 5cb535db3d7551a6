// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.jobs.logistics.LogisticsOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every fault that can be made here once, one after the other, on one job under load. {@code
 * ./headway chaos} gives each a job of its own and measures.
 */
class ChaosE2ECase {
  private static final Path JAR = Path.of(System.getProperty("headway.jobs.jar"));
  private static final int VEHICLES = 100;
  private static final Duration BEFORE = Duration.ofSeconds(5);
  private static final Duration AFTER = Duration.ofSeconds(2);

  /** What the processes said, if it fails. */
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  @ParameterizedTest
  @EnumSource(names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
  void theJobComesBackFromEveryFaultAndLosesNothing(
      DeliveryGuarantee guarantee, TestReporter reporter) throws Exception {
    List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
    String obstacle = SmallDisk.obstacle();
    if (obstacle != null) {
      faults.remove(Fault.DISK_FULL);
      reporter.publishEntry(Fault.DISK_FULL + " is left out", obstacle);
    }
    survives(faults, guarantee, "hashmap");
  }

  @Test
  void soItDoesWithStateInRocksDb() throws Exception {
    survives(List.of(Fault.TASKMANAGER_KILLED), DeliveryGuarantee.EXACTLY_ONCE, "rocksdb");
  }

  private void survives(List<Fault> faults, DeliveryGuarantee guarantee, String stateBackend)
      throws Exception {
    boolean exactlyOnce = guarantee == DeliveryGuarantee.EXACTLY_ONCE;
    Map<String, String> options =
        Map.of(
            LogisticsOptions.DELIVERY_GUARANTEE.key(),
            guarantee.toString(),
            StateBackendOptions.STATE_BACKEND.key(),
            stateBackend);
    ChaosRun.Outcome outcome =
        new ChaosRun(folder, JAR, VEHICLES, BEFORE, AFTER, options).run(faults);

    assertThat(outcome.recoveries())
        .hasSameSizeAs(faults)
        .allMatch(recovery -> recovery.holds(exactlyOnce));
    assertThat(outcome.unexplained()).as("records without a fate; %s", outcome.stats()).isEmpty();
    assertThat(outcome.timeline().missing()).as("numbers without a decision").isEmpty();
    assertThat(outcome.planned()).isPositive();
    assertThat(outcome.unanswered()).as("shipments without a decision").isEmpty();
    if (exactlyOnce) {
      assertThat(outcome.timeline().sameNumber()).as("numbers with two decisions").isZero();
    } else {
      // Without a repeat the rest would say nothing about what a restart takes back.
      assertThat(outcome.timeline().repeated()).isPositive();
    }
  }
}
