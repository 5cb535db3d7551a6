// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.CityJudge;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.results.Results;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecisionsReportTest {
  private static final List<Policy> DRIVERS = List.of(Policy.KEEP, Policy.BASELINE);
  private static final List<Policy> ASKED = List.of(Policy.KEEP, Policy.USUAL, Policy.BASELINE);

  @TempDir private static Path folder;

  private static Path file;
  private static RoadNetwork network;

  @BeforeAll
  static void report() throws Exception {
    file = folder.resolve("city.roads");
    SyntheticNetwork.build(4, 700, file);
    network = RoadNetwork.open(file);
    DecisionsReport.write(
        new Results(folder, Clock.systemUTC()),
        "./headway evaluate decisions",
        new DecisionsReport.Settings(
            CityKind.SHIFTED, null, 7, 6, 0.4, 12, DRIVERS, ASKED, 0.2, 256),
        file,
        new RoadMap(network, new RoadIndex(network)),
        line -> {});
  }

  private static Map<String, Double> figures() throws Exception {
    Map<String, Double> figures = new HashMap<>();
    for (JsonNode figure :
        new ObjectMapper()
            .readTree(folder.resolve("decisions-shifted.json").toFile())
            .get("figures")) {
      figures.put(figure.get("name").asText(), figure.get("value").asDouble());
    }
    return figures;
  }

  @Test
  void everyPolicyIsInEveryTable() throws Exception {
    Map<String, Double> figures = figures();
    assertThat(figures)
        .containsEntry("seeds", 6.0)
        .containsEntry("judge_version", (double) CityJudge.VERSION);
    assertThat(figures.get("moments")).isGreaterThan(10);
    assertThat(figures.get("judged_twice")).isPositive();
    for (Policy policy : ASKED) {
      assertThat(figures.get(policy + "_regret_eur")).isNotNegative();
      assertThat(figures.get(policy + "_error")).isBetween(0.0, 1.0);
    }
    String page = Files.readString(folder.resolve("decisions-shifted.md"));
    // Regret, less the baseline's (but its own), by best action and by trigger; drivers' days, also
    // less the baseline's, what was done in vain and what bounds cost on them.
    assertThat(page.split("\\| usual \\|", -1)).hasSize(5);
    assertThat(page.split("\\| baseline \\|", -1)).hasSize(7);
    assertThat(page.split("\\| keep \\|", -1)).hasSize(9);
    assertThat(page).containsPattern("\nusual +\\d\\.\\d{3} [#=]*\\|=*\n");
    for (Policy driver : DRIVERS) {
      assertThat(figures)
          .containsKeys(
              driver + "_flips_a_vehicle_hour",
              driver + "_false_notify",
              driver + "_false_backup",
              driver + "_bounds_eur");
    }
  }

  @Test
  void thePageSaysWhereItWasMeasuredAndWhatWasLeftOut() throws Exception {
    String page = Files.readString(folder.resolve("decisions-shifted.md"));
    assertThat(page)
        .contains(
            "all on one road network (%,d nodes, ".formatted(network.nodeCount()),
            " km, id " + network.id() + ")")
        .containsPattern(
            "Of \\d+ decisions that were sampled \\d+ were judged and [1-9]\\d* were not: .*one candidate [1-9]")
        .containsPattern("\\| \\d+ of \\d+: .* \\| \\d+ of \\d+: ");
    assertThat(figures().get("regret_by_chance_eur")).isNotNegative();
  }

  @Test
  void aDayWithoutMomentsIsDashes(@TempDir Path empty) throws Exception {
    DecisionsReport.write(
        new Results(empty, Clock.systemUTC()),
        "./headway evaluate decisions",
        new DecisionsReport.Settings(
            CityKind.NEW_SEEDS,
            null,
            7,
            2,
            0.01,
            2,
            List.of(Policy.KEEP),
            List.of(Policy.KEEP, Policy.BASELINE),
            1e-9,
            256),
        file,
        new RoadMap(network, new RoadIndex(network)),
        line -> {});

    assertThat(Files.readString(empty.resolve("decisions-new-seeds.md")))
        .contains(
            "Of 0 decisions that were sampled 0 were judged and 0 were not. Of regret",
            "| baseline | – | – | – | – | – | – | – |",
            "| keep | 0 | 0.0000 (0.0000 to 0.0000) | 0 of 0: – | 0 of 0: – |");
    assertThat(Files.readAllLines(empty.resolve("decisions-new-seeds.csv")))
        .contains("7,baseline,0,,,,,,,,,,,")
        .anyMatch(line -> line.matches("8,keep,0,,,,[\\d.]+,\\d+,\\d+,0.0,0,0,0,0"));
  }

  @Test
  void rowsAreWhatTheFiguresAreMadeOf() throws Exception {
    List<String> lines = Files.readAllLines(folder.resolve("decisions-shifted.csv"));
    List<String> columns = List.of(lines.get(0).split(","));
    assertThat(columns).startsWith("seed", "policy", "moments", "regret_eur");
    assertThat(lines).hasSize(1 + 6 * 3);
    Map<String, Double> sums = new HashMap<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] cells = line.split(",", -1);
      assertThat(cells).hasSize(columns.size());
      assertThat(cells[columns.indexOf("eur_a_stop")].isEmpty())
          .isEqualTo(cells[1].equals("usual"));
      sums.merge(cells[1], Double.valueOf(cells[3]), Double::sum);
    }
    for (Policy policy : ASKED) {
      assertThat(sums.get(policy.toString()) / 6)
          .isCloseTo(figures().get(policy + "_regret_eur"), within(1e-9));
    }
  }
}
