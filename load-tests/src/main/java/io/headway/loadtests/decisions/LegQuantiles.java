// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.functions.decision.LegFeatures;
import io.headway.functions.decision.Scenarios;
import io.headway.functions.inference.ItemTensors;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.TensorSpec;
import io.headway.schemas.DecisionRequest;
import java.util.List;

/**
 * Quantiles of the travel times of a request's legs, as a model gives them: those of the logarithm
 * of its ratio to the live estimate at {@value #COUNT} levels, in the middle of as many equal
 * parts.
 *
 * @param logRatio of leg l at level k at {@code l * COUNT + k}, ascending by level
 */
record LegQuantiles(float[] logRatio) {
  /** Levels: 0.125, 0.375, 0.625, 0.875. */
  static final int COUNT = 4;

  private static final double LOG_RATIO_MAX = 5;
  private static final String LOG_RATIO_QUANTILES = "log_ratio_quantiles";

  /** The tensors of a model that gives them. */
  static final ModelSignature SIGNATURE =
      new ModelSignature(
          List.of(TensorSpec.floats("legs", LegFeatures.LEGS_MAX, LegFeatures.FEATURES)),
          List.of(TensorSpec.floats(LOG_RATIO_QUANTILES, LegFeatures.LEGS_MAX, COUNT)));

  /** Reads what the model gave. */
  static LegQuantiles decode(DecisionRequest request, ItemTensors outputs) {
    float[] logRatio = new float[request.getLegs().size() * COUNT];
    outputs.floats(LOG_RATIO_QUANTILES).get(logRatio);
    for (int i = 0; i < logRatio.length; i++) {
      if (!(Math.abs(logRatio[i]) <= LOG_RATIO_MAX)
          || (i % COUNT > 0 && logRatio[i] < logRatio[i - 1])) {
        throw new IllegalArgumentException(
            "Request %s: %s of leg %d, level %d is %s; levels must ascend within ±%s, so the request cannot be costed"
                .formatted(
                    request.getDecisionId(),
                    LOG_RATIO_QUANTILES,
                    i / COUNT,
                    i % COUNT,
                    logRatio[i],
                    LOG_RATIO_MAX));
      }
    }
    return new LegQuantiles(logRatio);
  }

  /**
   * Two equal scenarios a level, in which every leg takes its quantile of that level: all are fast
   * together or slow together. Two, because what is done after WAIT is chosen on one half of the
   * scenarios and costed on the other. Services take as long as expected.
   */
  void drawInto(DecisionRequest request, Scenarios scenarios) {
    scenarios.reset(request, 2 * COUNT);
    for (int i = 0; i < logRatio.length; i++) {
      double liveS = request.getLegs().get(i / COUNT).getLiveS();
      double travelS = liveS * StrictMath.exp(logRatio[i]);
      scenarios.travelS()[2 * i] = travelS;
      scenarios.travelS()[2 * i + 1] = travelS;
    }
    scenarios.serveAsExpected(request);
  }
}
