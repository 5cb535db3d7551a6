// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-03T10:00:00.5Z"), ZoneOffset.UTC);

  @TempDir private Path folder;

  @Test
  void aMeanHasItsIntervalByStudentsT() {
    Figure figure = Figure.mean("speed", new double[] {9, 10, 11}, "m/s");
    assertThat(figure.value()).isEqualTo(10);
    // s = 1, n = 3, 97.5 % point of t with 2 degrees of freedom.
    assertThat(figure.high() - 10).isCloseTo(4.303 / Math.sqrt(3), within(1e-9));
    assertThat(10 - figure.low()).isCloseTo(figure.high() - 10, within(1e-9));
  }

  @Test
  void aGoalHoldsOnlyWhenTheWholeIntervalClearsIt() {
    Figure figure = Figure.mean("speed", new double[] {9, 10, 11}, "m/s");
    assertThat(figure.atLeast(7).holds()).isTrue();
    assertThat(figure.atLeast(9).holds()).isFalse();
    assertThat(Figure.of("speed", 9, "m/s").atLeast(9).holds()).isTrue();
  }

  @Test
  void aRatioIsOfMediansAndKeepsRoundsTogether() {
    // The last round was slow for both, which changes neither the ratio nor its interval.
    Figure same =
        Figure.ratio(
            "faster", new double[] {40, 44, 42, 46, 48, 4}, new double[] {20, 22, 21, 23, 24, 2});
    assertThat(same.value()).isEqualTo(2);
    assertThat(same.low()).isEqualTo(2);
    assertThat(same.high()).isEqualTo(2);

    Figure spread = Figure.ratio("faster", new double[] {3, 9, 6}, new double[] {1, 1, 1});
    assertThat(spread.value()).isEqualTo(6);
    assertThat(spread.low()).isEqualTo(3);
    assertThat(spread.high()).isEqualTo(9);
  }

  @Test
  void aRatioIsWithinAFactorWhenItsWholeIntervalIsOnBothSides() {
    double[] one = {1, 1, 1};
    assertThat(Figure.ratio("equal", new double[] {0.8, 1, 1.2}, one).within(1.3).holds()).isTrue();
    assertThat(Figure.ratio("equal", new double[] {0.8, 1, 1.4}, one).within(1.3).holds())
        .isFalse();
    assertThat(Figure.ratio("equal", new double[] {0.7, 1, 1.2}, one).within(1.3).holds())
        .isFalse();
  }

  @Test
  void writesBothFilesInTheFormOfAllResults() throws IOException {
    Path deep = folder.resolve("a/b");
    new Results(deep, CLOCK)
        .write(
            "thing",
            "./headway bench thing",
            "How fast a thing is",
            List.of(
                Figure.mean("speed", new double[] {9, 10, 11}, "m/s").atLeast(9),
                Figure.of("nothing", Double.NaN, "")),
            "Words.\n");
    JsonNode json = new ObjectMapper().readTree(deep.resolve("thing.json").toFile());
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly("name", "command", "commit", "date", "machine", "figures");
    assertThat(json.get("date").asText()).isEqualTo("2026-03-03T10:00:00Z");
    JsonNode figure = json.get("figures").get(0);
    assertThat(figure.fieldNames())
        .toIterable()
        .containsExactly("name", "value", "unit", "low", "high", "goal", "holds");
    assertThat(figure.get("goal").asText()).isEqualTo("at least 9.00");
    assertThat(figure.get("holds").asBoolean()).isFalse();
    assertThat(json.get("figures").get(1).get("value").isNull()).isTrue();
    assertThat(Files.readString(deep.resolve("thing.md")))
        .startsWith("# How fast a thing is\n")
        .contains("| speed | 10.0 m/s | 7.52 to 12.5 | at least 9.00 | **no** |")
        .endsWith("Words.\n");
  }
}
