// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.functions.decision.PointEstimate;
import io.headway.functions.decision.ScenarioCosts;
import io.headway.functions.decision.Scenarios;
import io.headway.schemas.Appraisal;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DecisionSource;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** What is judged: how the candidates of a request are costed. What is chosen the job says. */
public enum Policy {
  /** The job's own: everything takes as long as live speeds and expected services say. */
  BASELINE,
  /** Never does anything. */
  KEEP,
  /** Everything takes as long as it usually does. */
  USUAL;

  /** A costing, for one run of one city. */
  Function<DecisionRequest, Appraisal> costing() {
    Scenarios scenarios = new Scenarios();
    ScenarioCosts costs = new ScenarioCosts();
    return request -> {
      PointEstimate.drawInto(request, scenarios);
      if (this == USUAL) {
        Arrays.setAll(
            scenarios.travelS(),
            l -> l < request.getLegs().size() ? request.getLegs().get(l).getUsualS() : 0);
      }
      List<CandidateCost> costed = costs.cost(request, scenarios);
      if (this == KEEP) {
        double keepEur = costed.get(0).getObjectiveEur();
        costed.stream()
            .filter(
                cost ->
                    request.getCandidates().get(cost.getCandidate()).getKind() != DecisionKind.KEEP)
            .forEach(cost -> cost.setObjectiveEur(Math.max(keepEur, cost.getObjectiveEur())));
      }
      Appraisal appraisal = new Appraisal();
      appraisal.setRequest(request);
      appraisal.setCosts(costed);
      appraisal.setSource(DecisionSource.BASELINE);
      return appraisal;
    };
  }
}
