// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Knob;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class LatenessCityTest {

  @Test
  void aSeedIsACityOfItsOwn() {
    CityParameters city = LatenessCity.of(1000, 100, 2);
    CityParameters next = LatenessCity.of(1001, 100, 2);

    assertThat(city.seed()).isEqualTo(1000);
    assertThat(city.get(Knob.VEHICLES)).isEqualTo(100);
    assertThat(city.get(Knob.DURATION_H)).isEqualTo(2);
    assertThat(city.get(Knob.INCIDENTS)).isBetween(0.5, 4.0);
    assertThat(next.get(Knob.INCIDENTS)).isNotEqualTo(city.get(Knob.INCIDENTS));
    assertThat(LatenessCity.of(1000, 100, 2).get(Knob.INCIDENTS))
        .isEqualTo(city.get(Knob.INCIDENTS));
  }

  @Test
  void aFewCitiesCoverTheDay() {
    assertThat(
            LongStream.range(1000, 1008)
                .map(seed -> LatenessCity.of(seed, 1, 1).startMs())
                .mapToObj(ms -> Instant.ofEpochMilli(ms).atOffset(ZoneOffset.UTC).getHour() / 6)
                .distinct())
        .hasSize(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "999  | 1    | --seed 999 cannot be used   | give 1000 or more for training",
        "4000 | 1    | --seed 4000 cannot be used  | 3000 to 3999 for judging",
        "1999 | 2    | --cities 2 cannot be used   | its seeds end at 2000",
        "2990 | 11   | --cities 11 cannot be used  | give --cities 1 to 10",
        "3000 | 1001 | --cities 1001 cannot be used | its seeds end at 4000",
        "1000 | 0    | --cities 0 cannot be used   | give 1 or more"
      })
  void seedsOfAnotherPurposeAreRefused(
      long seed, int cities, String what, String remedy, @TempDir Path folder) {
    StringWriter errors = new StringWriter();
    CommandLine command = new CommandLine(new DatasetCommand());
    command.setErr(new PrintWriter(errors));

    int exitCode =
        command.execute("cities", "--cities=" + cities, "--seed=" + seed, "--out=" + folder);

    assertThat(exitCode).isEqualTo(2);
    assertThat(errors.toString()).contains(what, remedy);
    assertThat(folder).isEmptyDirectory();
  }
}
