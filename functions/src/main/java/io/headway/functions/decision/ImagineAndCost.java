// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Appraisal;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DecisionSource;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;

/**
 * Costs the candidates of a request: a pure function of the request (but for the time that it
 * took), so that a recorded request always gives the same answer. It knows no state and chooses
 * nothing; {@link ApplyBounds} does.
 */
public final class ImagineAndCost extends RichMapFunction<DecisionRequest, Appraisal> {
  private transient Scenarios scenarios;
  private transient ScenarioCosts scenarioCosts;

  @Override
  public void open(OpenContext context) {
    scenarios = new Scenarios();
    scenarioCosts = new ScenarioCosts();
  }

  @Override
  public Appraisal map(DecisionRequest request) {
    long startNs = System.nanoTime();
    PointEstimate.drawInto(request, scenarios);
    List<CandidateCost> costs = scenarioCosts.cost(request, scenarios);
    Appraisal appraisal = new Appraisal();
    appraisal.setRequest(request);
    appraisal.setCosts(costs);
    appraisal.setSource(DecisionSource.BASELINE);
    appraisal.setImaginedMs((System.nanoTime() - startNs) / 1e6f);
    return appraisal;
  }
}
