// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.CityFeed;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.city.SyntheticNetwork;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SteppedJobTest {
  @TempDir Path folder;

  @Test
  void equalCitiesMakeEqualDecisions() throws Exception {
    Path roads = folder.resolve("city.roads");
    SyntheticNetwork.build(1, 3_000, roads);
    List<String> first = decisions(roads);
    assertThat(decisions(roads)).isEqualTo(first);
    assertThat(first).hasSizeGreaterThan(100);
    assertThat(first).anyMatch(line -> !line.endsWith("KEEP"));
  }

  private static List<String> decisions(Path roads) throws Exception {
    List<String> decisions = new ArrayList<>();
    CityParameters parameters =
        CityParameters.defaults()
            .with(Knob.VEHICLES, 40)
            .with(Knob.DURATION_H, 2)
            .with(Knob.INCIDENTS, 4);
    try (SteppedJob job = SteppedJob.of(roads, Policy.BASELINE, request -> {});
        CityFeed feed = new CityFeed(parameters, RoadNetwork.open(roads))) {
      job.drive(
          feed,
          record -> {},
          decision -> decisions.add(decision.getDecisionId() + " " + decision.getKind()));
    }
    return decisions;
  }
}
