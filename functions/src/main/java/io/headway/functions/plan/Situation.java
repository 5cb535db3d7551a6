// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.schemas.Bounds;
import java.util.List;

/**
 * Everything about a vehicle that a request is made from.
 *
 * @param vehicleId the vehicle
 * @param plan with at least one stop and all its legs
 * @param progress how far it has come
 * @param events the road events that touch it, one for each tile, in any order
 * @param pace its speed over the live speed of what it drove
 * @param bounds the limits in force
 * @param nowMs the moment to decide for, milliseconds since the epoch
 */
record Situation(
    String vehicleId,
    VehiclePlan plan,
    VehicleProgress progress,
    List<TileEvent> events,
    float pace,
    Bounds bounds,
    long nowMs) {

  int stops() {
    return plan.stops.size();
  }

  PlanStop stop(int i) {
    return plan.stops.get(i);
  }

  boolean arrived(int i) {
    return stop(i).arrivedAtMs != PlanStop.NEVER;
  }
}
