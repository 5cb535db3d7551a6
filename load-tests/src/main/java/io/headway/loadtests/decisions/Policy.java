// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.functions.decision.Appraiser;
import io.headway.functions.decision.DrawnTimes;
import io.headway.functions.decision.LegTimes;
import io.headway.functions.decision.PointEstimate;
import io.headway.functions.decision.Scenarios;
import io.headway.loadtests.city.CityJudge;
import io.headway.schemas.Appraisal;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Leg;
import java.util.List;
import java.util.Locale;

/** What is judged: how the candidates of a request are costed. What is chosen the job says. */
public enum Policy {
  /** Never does anything. */
  KEEP,
  /** Everything takes as long as it usually does, and services as long as expected. */
  USUAL,
  /** The job's own: everything takes as long as live speeds say, and services as expected. */
  BASELINE,
  /** As many scenarios as the job draws by default, from its own model. */
  SCENARIO(DrawnTimes.COUNT),
  /** 64 scenarios of log-normal laws with one share in common, which a small network gives. */
  LATENESS(64),
  /** One scenario a quantile of boosted trees: legs are all fast together, or slow together. */
  QUANTILES(LegQuantiles.COUNT),
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
   * @param judge whose belief an ideal policy shares; null will do for the others
   */
  Costing costing(CityJudge judge) {
    return switch (this) {
      case KEEP, BASELINE -> new OfScenarios(PointEstimate::drawInto, () -> {});
      case USUAL -> new OfScenarios(Policy::drawUsual, () -> {});
      case LATENESS -> {
        LegModel model = LegModel.lateness();
        yield new OfScenarios(
            (request, drawn) ->
                LegTimes.decode(request, model.ask(request)).drawInto(request, scenarios, drawn),
            model::close);
      }
      case SCENARIO -> {
        LegModel model = LegModel.scenario();
        yield new OfScenarios(
            (request, drawn) ->
                DrawnTimes.decode(request, model.ask(request)).drawInto(request, scenarios, drawn),
            model::close);
      }
      case QUANTILES -> {
        LegModel model = LegModel.quantiles();
        yield new OfScenarios(
            (request, drawn) ->
                LegQuantiles.decode(request, model.ask(request)).drawInto(request, drawn),
            model::close);
      }
      case IDEAL_16, IDEAL_64, IDEAL_256, IDEAL_1024 ->
          new OfScenarios((request, drawn) -> drawIdeal(judge, request, drawn), () -> {});
    };
  }

  private static void drawUsual(DecisionRequest request, Scenarios drawn) {
    PointEstimate.drawInto(request, drawn);
    List<Leg> legs = request.getLegs();
    for (int l = 0; l < legs.size(); l++) {
      drawn.travelS()[l] = legs.get(l).getUsualS();
    }
  }

  /** Where there is nothing to choose from, one scenario is as good as many. */
  private void drawIdeal(CityJudge judge, DecisionRequest request, Scenarios drawn) {
    if (request.getCandidates().size() > 1) {
      judge.drawInto(request, scenarios, drawn);
    } else {
      PointEstimate.drawInto(request, drawn);
    }
  }

  private final class OfScenarios implements Costing {
    private final Appraiser appraiser = new Appraiser();
    private final Appraiser.Draw draw;
    private final Runnable close;

    OfScenarios(Appraiser.Draw draw, Runnable close) {
      this.draw = draw;
      this.close = close;
    }

    @Override
    public Appraisal cost(DecisionRequest request) {
      if (scenarios > 0) {
        Appraisal appraisal = appraiser.generative(request, draw);
        if (Policy.this == QUANTILES) {
          // They are the law itself and not a sample of it, so they have no standard error.
          appraisal.setHalves(List.of());
        }
        return appraisal;
      }
      Appraisal appraisal = appraiser.baseline(request, draw);
      if (Policy.this == KEEP) {
        List<CandidateCost> costs = appraisal.getCosts();
        double keepEur = costs.get(0).getObjectiveEur();
        for (CandidateCost cost : costs) {
          cost.setObjectiveEur(Math.max(keepEur, cost.getObjectiveEur()));
        }
      }
      return appraisal;
    }

    @Override
    public void close() {
      close.run();
    }
  }
}
