// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import io.headway.schemas.Bounds;
import io.headway.schemas.ModelRelease;

/**
 * The one type of the broadcast control stream: exactly one field is set. A Flink POJO. The highest
 * version of each kind holds.
 */
public class ControlUpdate {
  /** New weights of the road network, or null. */
  public WeightDelta weights;

  /** New bounds, or null. */
  public Bounds bounds;

  /** The last word on a version of a model, or null. */
  public ModelRelease release;

  /** For Flink. */
  public ControlUpdate() {}

  /** An update of the weights. */
  public static ControlUpdate of(WeightDelta weights) {
    ControlUpdate update = new ControlUpdate();
    update.weights = weights;
    return update;
  }

  /** An update of the bounds. */
  public static ControlUpdate of(Bounds bounds) {
    ControlUpdate update = new ControlUpdate();
    update.bounds = bounds;
    return update;
  }

  /** An update of a version of a model. */
  public static ControlUpdate of(ModelRelease release) {
    ControlUpdate update = new ControlUpdate();
    update.release = release;
    return update;
  }
}
