// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.loadtests.results.Results;
import io.headway.loadtests.taxi.TaxiMarginals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MarginalsReportTest {
  @TempDir private Path folder;

  @Test
  void measuresACityByWhatItsTopicsShow() throws IOException {
    TaxiMarginals calm = measure(Cities.parameters());
    assertThat(calm.trips()).isGreaterThan(20);
    assertThat(calm.updateIntervalS().p50()).isCloseTo(5, within(0.05));
    // Some outliers lie too near to be told from a fast hop.
    assertThat(calm.outlierShare()).isCloseTo(0.008, within(0.003));
    assertThat(calm.speedMpsByHour().get(7)).isBetween(2.0, 12.0);
    assertThat(calm.speedMpsByHour().get(3)).isNaN();
  }

  @Test
  void aDeeperRushHourIsSeenInTheSpeeds() throws IOException {
    CityParameters atEight =
        Cities.parameters().withStartMs(CityParameters.DEFAULT_START_MS + 3_600_000);
    TaxiMarginals even = measure(atEight.with(Knob.RUSH_HOUR, 0));
    TaxiMarginals deep = measure(atEight.with(Knob.RUSH_HOUR, 2));
    assertThat(deep.speedMpsByHour().get(8)).isLessThan(0.85 * even.speedMpsByHour().get(8));
  }

  @Test
  void writesAllSideBySide() throws IOException {
    TaxiMarginals city = measure(Cities.parameters());
    MarginalsReport.write(
        new Results(folder, Clock.systemUTC()),
        "./headway evaluate city-marginals",
        city,
        city,
        city);
    assertThat(Files.readString(folder.resolve("city-marginals.md")))
        .contains("| update interval, median (s) | 5.00 | 5.00 | 5.00 | 1.00 |")
        .contains("| 03 | – | – | – | – |");
    assertThat(folder.resolve("city-marginals.json")).exists();
  }

  private static TaxiMarginals measure(CityParameters parameters) throws IOException {
    return MarginalsReport.measure(parameters, Cities.network());
  }
}
