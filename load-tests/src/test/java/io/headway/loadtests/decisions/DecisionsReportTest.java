// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.results.Results;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecisionsReportTest {
  @TempDir Path folder;

  @Test
  void everyPolicyIsInEveryTable() throws Exception {
    Path file = folder.resolve("city.roads");
    SyntheticNetwork.build(4, 700, file);
    RoadNetwork network = RoadNetwork.open(file);
    List<Policy> drivers = List.of(Policy.KEEP, Policy.BASELINE);
    List<Policy> asked = List.of(Policy.KEEP, Policy.USUAL, Policy.BASELINE);

    DecisionsReport.write(
        new Results(folder, Clock.systemUTC()),
        "./headway evaluate decisions",
        new DecisionsReport.Settings(
            CityKind.SHIFTED, null, 7, 6, 0.4, 12, drivers, asked, 0.2, 256),
        file,
        new RoadMap(network, new RoadIndex(network)),
        line -> {});

    Map<String, Double> figures = new HashMap<>();
    for (JsonNode figure :
        new ObjectMapper()
            .readTree(folder.resolve("decisions-shifted.json").toFile())
            .get("figures")) {
      figures.put(figure.get("name").asText(), figure.get("value").asDouble());
    }
    assertThat(figures).containsEntry("seeds", 6.0).containsEntry("judge_version", 1.0);
    assertThat(figures.get("moments")).isGreaterThan(10);
    assertThat(figures.get("judged_twice")).isPositive();
    for (Policy policy : asked) {
      assertThat(figures.get(policy + "_regret_eur")).isNotNegative();
      assertThat(figures.get(policy + "_error")).isBetween(0.0, 1.0);
    }
    String page = Files.readString(folder.resolve("decisions-shifted.md"));
    // Regret, less the baseline's (but its own), by best action and by trigger; drivers' days.
    assertThat(page.split("\\| usual \\|", -1)).hasSize(5);
    assertThat(page.split("\\| baseline \\|", -1)).hasSize(5);
  }
}
