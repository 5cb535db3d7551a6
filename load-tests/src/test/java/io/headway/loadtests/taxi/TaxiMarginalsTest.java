// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaxiMarginalsTest {
  private static final ZoneId ZONE = ZoneId.of("America/Los_Angeles");
  private static final Instant NOON = Instant.parse("2008-05-21T19:00:00Z");

  @TempDir Path folder;

  @Test
  void measuresSpeedByLocalHourWithAPassengerOnly() throws IOException {
    Path data =
        new DayFolder(folder)
            .trip("a", NOON, 6000, 10)
            .trip("b", NOON.plusSeconds(3600), 3000, 10)
            .free("c", NOON, 0)
            .free("c", NOON.plusSeconds(60), 1500)
            .write();

    TaxiMarginals marginals = TaxiMarginals.read(data, 1, ZONE);

    assertThat(marginals.speedMpsByHour()).hasSize(24);
    assertThat(marginals.speedMpsByHour().get(12)).isCloseTo(10, within(0.05));
    assertThat(marginals.speedMpsByHour().get(13)).isCloseTo(5, within(0.05));
    assertThat(marginals.speedMpsByHour().get(14)).isNaN();
    assertThat(marginals.fixes()).isEqualTo(28);
    assertThat(marginals.trips()).isEqualTo(2);
  }

  @Test
  void measuresHowTripTimesSpreadAtEqualDistance() {
    TaxiMarginals.Collector collector = new TaxiMarginals.Collector(ZONE);
    for (int i = 0; i < 101; i++) {
      int seconds = 500 + 5 * i;
      Instant pickUp = NOON.plusSeconds(2000L * i);
      take(collector, pickUp.minusSeconds(60), 0, false);
      for (int quarter = 0; quarter <= 4; quarter++) {
        take(collector, pickUp.plusSeconds(seconds * quarter / 4), 500 * quarter, true);
      }
      take(collector, pickUp.plusSeconds(seconds + 60), 2000, false);
    }

    TaxiMarginals marginals = collector.marginals();

    assertThat(marginals.tripTimeRatio().p10()).isCloseTo(550 / 750.0, within(0.01));
    assertThat(marginals.tripTimeRatio().p50()).isCloseTo(1, within(0.01));
    assertThat(marginals.tripTimeRatio().p90()).isCloseTo(950 / 750.0, within(0.01));
  }

  @Test
  void speedDoesNotDependOnHowOftenACabReports() {
    TaxiMarginals.Collector everySecond = new TaxiMarginals.Collector(ZONE);
    TaxiMarginals.Collector everyMinute = new TaxiMarginals.Collector(ZONE);
    for (int second = 0; second <= 1200; second++) {
      double zigzagM = second % 2 == 0 ? 20 : 0;
      take(everySecond, NOON.plusSeconds(second), 10.0 * second + zigzagM, true);
      if (second % 60 == 0) {
        take(everyMinute, NOON.plusSeconds(second), 10.0 * second, true);
      }
    }
    assertThat(everyMinute.marginals().speedMpsByHour().get(12)).isCloseTo(10, within(0.1));
    assertThat(everySecond.marginals().speedMpsByHour().get(12)).isCloseTo(10, within(0.1));
  }

  @Test
  void countsOutliersAndMeasuresUpdateIntervals() {
    TaxiMarginals.Collector collector = new TaxiMarginals.Collector(ZONE);
    for (int i = 0; i < 100; i++) {
      take(collector, NOON.plusSeconds(30L * i), i % 50 == 7 ? 90_000 : 10 * i, false);
    }
    take(collector, NOON.plusSeconds(100_000), 0, false);

    TaxiMarginals marginals = collector.marginals();

    assertThat(marginals.outlierShare()).isEqualTo(2 / 101.0);
    assertThat(marginals.updateIntervalS().p50()).isCloseTo(30, within(0.05));
    assertThat(marginals.updateIntervalS().p99()).isCloseTo(30, within(0.05));
  }

  @Test
  void hasNoFiguresWithoutFixes() {
    TaxiMarginals marginals = new TaxiMarginals.Collector(ZONE).marginals();
    assertThat(marginals.fixes()).isZero();
    assertThat(marginals.outlierShare()).isZero();
    assertThat(marginals.tripTimeRatio().p50()).isNaN();
    assertThat(marginals.updateIntervalS().p50()).isNaN();
  }

  private static void take(
      TaxiMarginals.Collector collector, Instant time, double eastM, boolean occupied) {
    Fix fix = DayFolder.fix("a", time, eastM, occupied);
    collector.fix(fix.cab(), fix.timeMs(), fix.latDeg(), fix.lonDeg(), fix.occupied());
  }
}
