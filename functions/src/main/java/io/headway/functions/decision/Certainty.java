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

  /** Chooses a candidate by the costs of a half. */
  interface Chooser {
    int choose(HalfCosts half);
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
      int chosen = chooser.choose(halves.get(1 - half));
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
    return new Certainty(mean, Math.sqrt(variance / (count - 1)));
  }

  /** By how much the gain may be less, at one-sided 95 %. */
  double marginEur() {
    return STANDARD_ERRORS * errorEur;
  }

  /** Whether it is to be followed. */
  boolean isSure() {
    return gainEur > marginEur();
  }

  private static double covariance(HalfCosts half, int a, int b) {
    int least = Math.min(a, b);
    int candidates = half.getMeanEur().size();
    return half.getCovarianceEur2()
        .get(least * candidates - least * (least - 1) / 2 + Math.max(a, b) - least);
  }
}
