// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.functions.decision.PointEstimate;
import io.headway.functions.decision.ScenarioCosts;
import io.headway.functions.decision.Scenarios;
import io.headway.loadtests.city.CityJudge;
import io.headway.schemas.Appraisal;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DecisionSource;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** What is judged: how the candidates of a request are costed. What is chosen the job says. */
public enum Policy {
  /** Never does anything. */
  KEEP,
  /** Everything takes as long as it usually does, and services as long as expected. */
  USUAL,
  /** The job's own: everything takes as long as live speeds say, and services as expected. */
  BASELINE,
  /** Scenarios from the judge's own belief: what a perfect model could reach with as many. */
  IDEAL_16(16),
  IDEAL_64(64),
  IDEAL_256(256),
  IDEAL_1024(1024);

  private final int scenarios;

  Policy() {
    this(0);
  }

  Policy(int scenarios) {
    this.scenarios = scenarios;
  }

  /** Its name in options and results. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * A costing, for one run of one city.
   *
   * @param judge whose belief an ideal policy shares
   */
  Function<DecisionRequest, Appraisal> costing(CityJudge judge) {
    Scenarios drawn = new Scenarios();
    ScenarioCosts costs = new ScenarioCosts();
    return request -> {
      draw(judge, request, drawn);
      List<CandidateCost> costed = costs.cost(request, drawn);
      if (this == KEEP) {
        double keepEur = costed.get(0).getObjectiveEur();
        costed.forEach(cost -> cost.setObjectiveEur(Math.max(keepEur, cost.getObjectiveEur())));
      }
      Appraisal appraisal = new Appraisal();
      appraisal.setRequest(request);
      appraisal.setCosts(costed);
      appraisal.setSource(scenarios > 0 ? DecisionSource.GENERATIVE : DecisionSource.BASELINE);
      return appraisal;
    };
  }

  private void draw(CityJudge judge, DecisionRequest request, Scenarios drawn) {
    if (scenarios > 0 && request.getCandidates().size() > 1) {
      judge.drawInto(request, scenarios, drawn);
      return;
    }
    PointEstimate.drawInto(request, drawn);
    if (this == USUAL) {
      for (int l = 0; l < request.getLegs().size(); l++) {
        drawn.travelS()[l] = request.getLegs().get(l).getUsualS();
      }
    }
  }
}
