// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.HalfCosts;
import java.util.List;

/**
 * How sure a model's choice is to be cheaper on average than the baseline's: what is chosen on one
 * half of the scenarios is tested on the other, and the gains of all scenarios are pooled. Tested
 * on the scenarios that chose it, the best of many would seem better than it is.
 *
 * @param gainEur mean gain of the model's choice over the baseline's
 * @param errorEur its standard error
 */
record Certainty(double gainEur, double errorEur) {
  /** One-sided 95 %. */
  private static final double STANDARD_ERRORS = 1.64;

  /** Chooses by the objectives of a half, by candidate. */
  interface Chooser {
    int choose(List<Double> objectiveEur);
  }

  /**
   * Tests.
   *
   * @param halves the even scenarios and the odd ones
   * @param baseline the candidate that the baseline takes
   */
  static Certainty of(List<HalfCosts> halves, int baseline, Chooser chooser) {
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (int half = 0; half < 2; half++) {
      int chosen = chooser.choose(halves.get(1 - half).getObjectiveEur());
      HalfCosts tested = halves.get(half);
      int n = tested.getScenarios();
      double gainEur = tested.getMeanEur().get(baseline) - tested.getMeanEur().get(chosen);
      double variance =
          covariance(tested, baseline, baseline)
              + covariance(tested, chosen, chosen)
              - 2 * covariance(tested, baseline, chosen);
      sum += n * gainEur;
      squares += n * (Math.max(0, variance) + gainEur * gainEur);
      count += n;
    }
    double mean = sum / count;
    double variance = Math.max(0, squares / count - mean * mean);
    return new Certainty(mean, Math.sqrt(variance / count));
  }

  /** Whether it is to be followed. */
  boolean isSure() {
    return gainEur - STANDARD_ERRORS * errorEur > 0;
  }

  private static double covariance(HalfCosts half, int a, int b) {
    int least = Math.min(a, b);
    int candidates = half.getMeanEur().size();
    return half.getCovarianceEur2()
        .get(least * candidates - least * (least - 1) / 2 + Math.max(a, b) - least);
  }
}
