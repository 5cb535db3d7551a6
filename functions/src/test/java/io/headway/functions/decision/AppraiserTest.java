// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.schemas.Appraisal;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DecisionSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class AppraiserTest {
  private static final Offset<Double> ROUNDING = within(1e-9);

  private final Appraiser appraiser = new Appraiser();

  @Test
  void theBaselineCountsOnThePointEstimateAndHasNoHalves() {
    DecisionRequest request = Requests.random(3);
    Appraisal appraisal = appraiser.baseline(request);
    Scenarios point = new Scenarios();
    PointEstimate.drawInto(request, point);
    assertThat(appraisal.getCosts()).isEqualTo(new ScenarioCosts().cost(request, point));
    assertThat(appraisal.getSource()).isEqualTo(DecisionSource.BASELINE);
    assertThat(appraisal.getBaselineCosts()).isEmpty();
    assertThat(appraisal.getHalves()).isEmpty();
  }

  @Test
  void aModelsCostsStandBesideTheBaselines() {
    DecisionRequest request = Requests.random(3);
    Scenarios drawn = Requests.randomScenarios(request, 31, 3);
    Appraisal appraisal = generative(request, drawn);
    assertThat(appraisal.getCosts()).isEqualTo(new ScenarioCosts().cost(request, drawn));
    assertThat(appraisal.getBaselineCosts()).isEqualTo(appraiser.baseline(request).getCosts());
    assertThat(appraisal.getSource()).isEqualTo(DecisionSource.GENERATIVE);
  }

  @Test
  void oneScenarioCannotBeHalved() {
    DecisionRequest request = Requests.random(3);
    assertThat(generative(request, Requests.randomScenarios(request, 1, 3)).getHalves()).isEmpty();
  }

  @Property(tries = 200, seed = "6")
  void howSureAModelIsEqualsTheStraightforwardComputation(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 65) int count) {
    DecisionRequest request = Requests.random(seed);
    Scenarios drawn = Requests.randomScenarios(request, count, seed);
    Appraisal appraisal = generative(request, drawn);
    ScenarioCosts costs = new ScenarioCosts();
    int candidates = costs.cost(request, drawn).size();
    CostModel model = new CostModel(request.getBounds().getWeights());
    int baseline = (int) Math.floorMod(seed, (long) candidates);

    int[] chosen = new int[2];
    for (int half = 0; half < 2; half++) {
      double leastEur = Double.POSITIVE_INFINITY;
      for (int c = 0; c < candidates; c++) {
        double[] eur = half(costs, c, half, count);
        double mean = Arrays.stream(eur).average().orElseThrow();
        double objective =
            model.objectiveEur(mean, model.cvarEur(eur, 0, eur.length, new double[eur.length]));
        assertThat(appraisal.getHalves().get(half).getObjectiveEur().get(c))
            .isCloseTo(objective, ROUNDING);
        if (objective < leastEur) {
          leastEur = objective;
          chosen[half] = c;
        }
      }
    }
    List<Double> gains = new ArrayList<>();
    for (int s = 0; s < count; s++) {
      gains.add(costs.costEur(baseline, s) - costs.costEur(chosen[1 - s % 2], s));
    }
    double mean = gains.stream().mapToDouble(g -> g).average().orElseThrow();
    double variance = gains.stream().mapToDouble(g -> (g - mean) * (g - mean)).sum() / (count - 1);

    Certainty certainty =
        Certainty.of(appraisal.getHalves(), baseline, half -> indexOfLeast(half.getObjectiveEur()));
    assertThat(certainty.gainEur()).isCloseTo(mean, ROUNDING);
    assertThat(certainty.errorEur()).isCloseTo(Math.sqrt(variance / count), within(1e-5));
  }

  private Appraisal generative(DecisionRequest request, Scenarios drawn) {
    return appraiser.generative(
        request,
        (asked, into) -> {
          into.reset(asked, drawn.count());
          System.arraycopy(
              drawn.travelS(), 0, into.travelS(), 0, asked.getLegs().size() * drawn.count());
          System.arraycopy(
              drawn.serviceS(), 0, into.serviceS(), 0, asked.getStops().size() * drawn.count());
        });
  }

  private static double[] half(ScenarioCosts costs, int candidate, int half, int count) {
    double[] eur = new double[(count + 1 - half) / 2];
    for (int i = 0; i < eur.length; i++) {
      eur[i] = costs.costEur(candidate, 2 * i + half);
    }
    return eur;
  }

  private static int indexOfLeast(List<Double> values) {
    int least = 0;
    for (int i = 1; i < values.size(); i++) {
      least = values.get(i) < values.get(least) ? i : least;
    }
    return least;
  }
}
