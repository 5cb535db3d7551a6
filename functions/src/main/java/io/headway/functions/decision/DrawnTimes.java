// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.functions.inference.ItemTensors;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.TensorSpec;
import io.headway.schemas.DecisionRequest;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Scenarios of a request as a generative model draws them: joint samples of the travel times of all
 * legs and of the service times at all stops. A model is told of the request ({@link
 * ScenarioFeatures}) and given its {@code noise_seed}, of which its draws are a function; it gives
 * each travel time over the live estimate and each service over what was expected, scenario by
 * scenario. One scenario is one future: the same driver and the same jams in all legs.
 *
 * @param travelRatio of leg l in scenario s at {@code l * COUNT + s}
 * @param serviceRatio of stop i in scenario s at {@code i * COUNT + s}
 */
public record DrawnTimes(float[] travelRatio, float[] serviceRatio) {
  /** Scenarios that a model draws. */
  public static final int COUNT = 256;

  private static final String LEGS = "legs";
  private static final String STOPS = "stops";
  private static final String NOISE_SEED = "noise_seed";
  private static final String TRAVEL_RATIO = "travel_ratio";
  private static final String SERVICE_RATIO = "service_ratio";

  /** The tensors of a model of scenarios. */
  public static final ModelSignature SIGNATURE =
      new ModelSignature(
          List.of(
              TensorSpec.floats(LEGS, LegFeatures.LEGS_MAX, ScenarioFeatures.OF_LEG),
              TensorSpec.floats(STOPS, ScenarioFeatures.STOPS_MAX, ScenarioFeatures.OF_STOP),
              TensorSpec.longs(NOISE_SEED)),
          List.of(
              TensorSpec.floats(TRAVEL_RATIO, LegFeatures.LEGS_MAX, COUNT),
              TensorSpec.floats(SERVICE_RATIO, ScenarioFeatures.STOPS_MAX, COUNT)));

  /** No trip takes so many times the estimate, nor so small a share of it. */
  private static final float RATIO_MOST = 100;

  /**
   * Writes what the model is asked.
   *
   * @throws IllegalArgumentException when the request has more legs or stops than a model takes
   */
  public static void encode(DecisionRequest request, ItemTensors inputs) {
    ScenarioFeatures.writeLegs(request, inputs.floats(LEGS));
    ScenarioFeatures.writeStops(request, inputs.floats(STOPS));
    inputs.longs(NOISE_SEED).put(request.getNoiseSeed());
  }

  /**
   * Reads what the model gave.
   *
   * @throws IllegalArgumentException when a ratio is out of its range
   */
  public static DrawnTimes decode(DecisionRequest request, ItemTensors outputs) {
    return new DrawnTimes(
        ratios(outputs.floats(TRAVEL_RATIO), request.getLegs().size(), TRAVEL_RATIO + " of leg"),
        ratios(
            outputs.floats(SERVICE_RATIO), request.getStops().size(), SERVICE_RATIO + " of stop"));
  }

  private static float[] ratios(FloatBuffer from, int rows, String what) {
    float[] ratios = new float[rows * COUNT];
    from.get(ratios);
    for (int i = 0; i < ratios.length; i++) {
      if (!(ratios[i] >= 1 / RATIO_MOST && ratios[i] <= RATIO_MOST)) {
        throw new IllegalArgumentException(
            "%s %d in scenario %d is %s, outside %s to %s, so the request cannot be costed."
                .formatted(what, i / COUNT, i % COUNT, ratios[i], 1 / RATIO_MOST, RATIO_MOST));
      }
    }
    return ratios;
  }

  /**
   * Writes the first scenarios. A service that has begun lasts at least as long as it has.
   *
   * @param count how many, 1 to {@link #COUNT}
   * @throws IllegalArgumentException when there are not so many
   */
  public void drawInto(DecisionRequest request, int count, Scenarios scenarios) {
    if (count > COUNT) {
      throw new IllegalArgumentException(
          "Cannot take %d scenarios of a model that draws %d; take fewer".formatted(count, COUNT));
    }
    scenarios.reset(request, count);
    double[] travelS = scenarios.travelS();
    for (int l = 0; l < request.getLegs().size(); l++) {
      double liveS = request.getLegs().get(l).getLiveS();
      for (int s = 0; s < count; s++) {
        travelS[l * count + s] = liveS * travelRatio[l * COUNT + s];
      }
    }
    double[] serviceS = scenarios.serviceS();
    for (int i = 0; i < request.getStops().size(); i++) {
      double expectedS = request.getStops().get(i).getServiceS();
      double servedS = ScenarioFeatures.servedS(request, request.getStops().get(i));
      for (int s = 0; s < count; s++) {
        serviceS[i * count + s] = Math.max(servedS, expectedS * serviceRatio[i * COUNT + s]);
      }
    }
  }
}
