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

  @Test
  void theSeedsOfTheDemoAndTheBenchmarksAreRefused(@TempDir Path folder) {
    StringWriter errors = new StringWriter();
    CommandLine command = new CommandLine(new DatasetCommand());
    command.setErr(new PrintWriter(errors));

    int exitCode = command.execute("lateness", "--cities=1", "--seed=999", "--out=" + folder);

    assertThat(exitCode).isEqualTo(2);
    assertThat(errors.toString()).contains("--seed 999", "give 1000 or more");
    assertThat(folder).isEmptyDirectory();
  }
}
