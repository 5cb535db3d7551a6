// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.decision.PointEstimate;
import io.headway.functions.decision.ScenarioCosts;
import io.headway.functions.decision.Scenarios;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.CityFeed;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Appraisal;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionSource;
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
    Scenarios scenarios = new Scenarios();
    ScenarioCosts costs = new ScenarioCosts();
    List<String> decisions = new ArrayList<>();
    CityParameters parameters =
        CityParameters.defaults()
            .with(Knob.VEHICLES, 40)
            .with(Knob.DURATION_H, 2)
            .with(Knob.INCIDENTS, 4);
    try (SteppedJob job =
            new SteppedJob(
                roads,
                request -> {
                  PointEstimate.drawInto(request, scenarios);
                  Appraisal appraisal = new Appraisal();
                  appraisal.setRequest(request);
                  appraisal.setCosts(costs.cost(request, scenarios));
                  appraisal.setSource(DecisionSource.BASELINE);
                  return appraisal;
                },
                request -> {});
        CityFeed feed = new CityFeed(parameters, RoadNetwork.open(roads))) {
      long second = 0;
      for (FeedRecord record = feed.next(); record != null; record = feed.next()) {
        job.send(record);
        if (record.sendAtMs() / 1000 > second) {
          second = record.sendAtMs() / 1000;
          job.advance(record.sendAtMs());
        }
        for (Decision decision = job.poll(); decision != null; decision = job.poll()) {
          feed.act(decision, record.sendAtMs());
          decisions.add(decision.getDecisionId() + " " + decision.getKind());
        }
      }
    }
    return decisions;
  }
}
