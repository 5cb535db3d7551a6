// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.functions.inference.ItemTensors;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.TensorSpec;
import io.headway.schemas.DecisionRequest;
import java.util.List;

/**
 * The law of the travel times of a request's legs, as a model gives it: the time of leg l is
 *
 * <pre>
 * live_s(l) · exp(m(l) + s(l)·(√c·z + √(1−c)·e(l))),   z, e(l) ~ N(0, 1)
 * </pre>
 *
 * with m and s the mean and spread of the logarithm of its ratio to the live estimate, and c the
 * share of the variance that all legs have in common: one driver, one jam.
 *
 * @param logRatioMean m, by leg
 * @param logRatioStd s, by leg, positive
 * @param sharedShare c, 0 to 1
 */
public record LegTimes(float[] logRatioMean, float[] logRatioStd, float sharedShare) {

  private static final String LEGS = "legs";
  private static final String LOG_RATIO_MEAN = "log_ratio_mean";
  private static final String LOG_RATIO_STD = "log_ratio_std";
  private static final String SHARED_SHARE = "shared_share";

  /** The tensors of a model that gives it. */
  public static final ModelSignature SIGNATURE =
      new ModelSignature(
          List.of(TensorSpec.floats(LEGS, LegFeatures.LEGS_MAX, LegFeatures.FEATURES)),
          List.of(
              TensorSpec.floats(LOG_RATIO_MEAN, LegFeatures.LEGS_MAX),
              TensorSpec.floats(LOG_RATIO_STD, LegFeatures.LEGS_MAX),
              TensorSpec.floats(SHARED_SHARE, 1)));

  /** Beyond this a leg would take 20 times the live estimate, or a twentieth, on average. */
  private static final float LOG_RATIO_MAX = 3;

  /**
   * Writes what the model is asked.
   *
   * @throws IllegalArgumentException when the request has more legs than a model takes
   */
  public static void encode(DecisionRequest request, ItemTensors inputs) {
    LegFeatures.write(request, inputs.floats(LEGS));
  }

  /**
   * Reads what the model gave.
   *
   * @throws IllegalArgumentException when a number is out of its range
   */
  public static LegTimes decode(DecisionRequest request, ItemTensors outputs) {
    int legs = request.getLegs().size();
    float[] mean = floats(outputs, legs, LOG_RATIO_MEAN, -LOG_RATIO_MAX);
    float[] std = floats(outputs, legs, LOG_RATIO_STD, Float.MIN_VALUE);
    float shared = outputs.floats(SHARED_SHARE).get();
    if (!(shared >= 0 && shared <= 1)) {
      throw new IllegalArgumentException(
          "shared_share is %s, outside 0 to 1, so no scenario can be drawn.".formatted(shared));
    }
    return new LegTimes(mean, std, shared);
  }

  private static float[] floats(ItemTensors outputs, int legs, String name, float least) {
    float[] values = new float[legs];
    outputs.floats(name).get(values);
    for (int l = 0; l < legs; l++) {
      if (!(values[l] >= least && values[l] <= LOG_RATIO_MAX)) {
        throw new IllegalArgumentException(
            "%s of leg %d is %s, outside %s to %s, so no scenario can be drawn."
                .formatted(name, l, values[l], least, LOG_RATIO_MAX));
      }
    }
    return values;
  }

  /**
   * Draws scenarios. They are a function of the law and the request, of which {@code noise_seed}
   * gives the noise: two models see the same. Services take as long as expected.
   *
   * @param count how many, 1 to {@link Scenarios#COUNT_MAX}
   */
  public void drawInto(DecisionRequest request, int count, Scenarios scenarios) {
    scenarios.reset(request, count);
    Noise noise = new Noise(request.getNoiseSeed());
    double[] common = new double[count];
    for (int s = 0; s < count; s++) {
      common[s] = Math.sqrt(sharedShare) * noise.next();
    }
    double own = Math.sqrt(1 - sharedShare);
    double[] travelS = scenarios.travelS();
    for (int l = 0; l < logRatioMean.length; l++) {
      double liveS = request.getLegs().get(l).getLiveS();
      for (int s = 0; s < count; s++) {
        double z = common[s] + own * noise.next();
        travelS[l * count + s] = liveS * StrictMath.exp(logRatioMean[l] + logRatioStd[l] * z);
      }
    }
    scenarios.serveAsExpected(request);
  }
}
