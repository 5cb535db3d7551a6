// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

class DemoCommandTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--for=90        | 90s, 5m or 1h",
        "--for=0s        | 90s, 5m or 1h",
        "--rate=0        | --rate 0 cannot be used",
        "--vehicles=0    | --vehicles 0 cannot be used",
        "--speed-up=-1   | --speed-up -1.0 cannot be used",
        "--port=70000    | --port 70000 cannot be used",
        "--vehicles=many | --vehicles",
        "--colour        | --colour"
      })
  void anOptionThatCannotBeUsedIsRefusedWithItsNameAndARemedy(String option, String said) {
    StringWriter err = new StringWriter();
    CommandLine command = new CommandLine(new DemoCommand()).setErr(new PrintWriter(err, true));

    assertThat(command.execute(option)).isEqualTo(2);
    assertThat(err.toString()).contains(said);
  }

  @Test
  void lengthsOfTimeAreRead() throws Exception {
    DemoCommand.DurationConverter converter = new DemoCommand.DurationConverter();

    assertThat(List.of("90s", "5m", "1h").stream().map(converter::convert))
        .containsExactly(Duration.ofSeconds(90), Duration.ofMinutes(5), Duration.ofHours(1));
    assertThatThrownBy(() -> converter.convert("-5s")).isInstanceOf(TypeConversionException.class);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // vehicles, speed-up, rate, vehicles then, speed-up then
        "-, -, -, 600, 10",
        "50, -, -, 50, 10",
        "-, -, 6000, 3000, 10",
        "-, 30, 6000, 1000, 30",
        "100, -, 2000, 100, 100",
        "100, 5, 2000, 100, 5"
      })
  void aRateIsMadeByVehiclesOrElseByAFasterClock(
      Integer vehicles, Double speedUp, Integer rate, int vehiclesThen, double speedUpThen) {
    assertThat(Pace.of(vehicles, speedUp, rate, 5)).isEqualTo(new Pace(vehiclesThen, speedUpThen));
  }
}
