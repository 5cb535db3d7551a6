// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.functions.decision.ScenarioFeatures;
import io.headway.loadtests.taxi.DayFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DatasetCommandTest {
  private static final int COLUMNS = 5 + ScenarioFeatures.OF_LEG + 3;

  @Test
  void whatWasRequestedInACityIsJoinedWithWhatCame(@TempDir Path folder) throws Exception {
    make(folder, 1);

    JsonNode city =
        new ObjectMapper().readTree(folder.resolve("counts.json").toFile()).at("/cities/0");
    assertThat(city.get("seed").asLong()).isEqualTo(1000);
    assertThat(city.get("requests").asLong()).isGreaterThan(60);
    long observed = city.at("/legs/observed").asLong();
    assertThat(observed).isPositive();

    List<String[]> legs = lines(folder.resolve("requests.csv.gz"));
    assertThat(legs).hasSize((int) (observed + city.at("/legs/unfinished").asLong()));
    List<Double> ratios =
        legs.stream()
            .filter(leg -> leg.length == COLUMNS)
            .map(leg -> Double.parseDouble(leg[COLUMNS - 1]) / Double.parseDouble(leg[COLUMNS - 2]))
            .sorted()
            .toList();
    assertThat(ratios).hasSize((int) observed);
    assertThat(ratios.get(ratios.size() / 2))
        .as("median of realised over expected")
        .isBetween(0.7, 1.5);
    assertThat(lines(folder.resolve("stops.csv.gz"))).hasSizeGreaterThan(60);

    int ofService = 5 + ScenarioFeatures.OF_STOP + 2;
    List<Double> services =
        lines(folder.resolve("services.csv.gz")).stream()
            .filter(service -> service.length == ofService)
            .map(
                service ->
                    Double.parseDouble(service[ofService - 1])
                        / Double.parseDouble(service[ofService - 2]))
            .sorted()
            .toList();
    assertThat(services).hasSizeGreaterThan(60);
    assertThat(services.get(services.size() / 2))
        .as("median of realised over expected")
        .isBetween(0.7, 1.3);
  }

  /** The best forecast that is possible is better than any; that it is one at all shows here. */
  @Test
  void theIdealForecastIsScoredOnTheLegsThatWereObserved(@TempDir Path folder) throws Exception {
    make(folder, 1, "--ideal=0.1");

    List<String[]> requests = lines(folder.resolve("requests.csv.gz"));
    Map<String, Double> errorS =
        requests.stream()
            .filter(leg -> leg.length == COLUMNS)
            .collect(
                Collectors.toMap(
                    DatasetCommandTest::key,
                    leg ->
                        Math.abs(
                            Double.parseDouble(leg[COLUMNS - 1])
                                - Double.parseDouble(leg[COLUMNS - 2]))));
    List<String[]> ideal = lines(folder.resolve("ideal.csv.gz"));
    assertThat(ideal).hasSizeBetween(requests.size() / 50, requests.size() / 4);
    assertThat(ideal).allMatch(leg -> errorS.containsKey(key(leg)));
    double live = ideal.stream().mapToDouble(leg -> errorS.get(key(leg))).average().orElseThrow();
    double best =
        ideal.stream().mapToDouble(leg -> Double.parseDouble(leg[5])).average().orElseThrow();
    assertThat(best)
        .as("mean CRPS of a leg, where that of the live estimate is its error of %s s", live)
        .isBetween(live / 10, live * 0.9);
  }

  private static String key(String[] leg) {
    return leg[0] + "," + leg[1] + "," + leg[2];
  }

  @Test
  void equalOptionsMakeEqualData(@TempDir Path first, @TempDir Path second) throws Exception {
    make(first, 3);
    make(second, 3);

    for (String file : List.of("requests.csv.gz", "stops.csv.gz", "services.csv.gz")) {
      assertThat(second.resolve(file)).hasSameBinaryContentAs(first.resolve(file));
    }
    assertThat(lines(first.resolve("requests.csv.gz")).stream().map(leg -> leg[0]).distinct())
        .as("cities in their order")
        .containsExactly("1000", "1001", "1002");
  }

  @Test
  void aTaxisTripIsAPlanOfOneStopFromItsPickUpToItsDropOff(
      @TempDir Path recording, @TempDir Path folder) throws Exception {
    Instant start = Instant.parse("2008-05-21T01:00:00Z");
    DayFolder days = new DayFolder(recording);
    for (int i = 0; i < 40; i++) {
      days.trip("t" + i, start.minusSeconds(86_400 - i), 2_000, 5);
      days.trip("t" + i, start.minusSeconds(2 * 86_400 - i), 2_000, 5);
    }
    int minutes = 8;
    for (int i = 0; i < 10; i++) {
      days.trip("a" + i, start.plusSeconds(100 + i), 2_000, minutes);
    }
    days.write();

    int exitCode =
        new CommandLine(new DatasetCommand())
            .execute("taxis", "--data=" + recording, "--day=2008-05-20", "--out=" + folder);
    assertThat(exitCode).isZero();
    List<String[]> legs = lines(folder.resolve("requests.csv.gz"));
    assertThat(legs).hasSizeGreaterThanOrEqualTo(10);
    assertThat(legs).allMatch(leg -> leg[0].equals("20080521") && leg.length == COLUMNS);
    assertThat(legs)
        .extracting(leg -> Double.parseDouble(leg[COLUMNS - 1]))
        .as("seconds from the request to the drop-off")
        .allMatch(driven -> driven > 0 && driven <= 60 * minutes)
        .contains(60.0 * minutes);
  }

  private static void make(Path folder, int cities, String... more) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "cities",
                "--cities=" + cities,
                "--seed=1000",
                "--vehicles=60",
                "--hours=0.3",
                "--out=" + folder));
    options.addAll(List.of(more));
    int exitCode = new CommandLine(new DatasetCommand()).execute(options.toArray(String[]::new));
    assertThat(exitCode).isZero();
  }

  /** The lines of a file without its header, by their columns; empty ones at the end left out. */
  private static List<String[]> lines(Path file) throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      return reader.lines().skip(1).map(line -> line.split(",")).toList();
    }
  }
}
