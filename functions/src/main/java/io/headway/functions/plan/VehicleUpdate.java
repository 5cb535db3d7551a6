// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.traffic.TripFeatures;

/**
 * The one type that {@link PlanAndTrigger} is told about a vehicle by. What is not told is null; a
 * plan comes together with the progress on it, everything else alone. A Flink POJO.
 */
public class VehicleUpdate {
  /** The vehicle. */
  public String vehicleId;

  /** A new plan or route; one without stops when nothing remains to be done. */
  public VehiclePlan plan;

  /** What changed the plan, when that asks for a decision. */
  public Cause cause;

  /** How far the vehicle has come. */
  public VehicleProgress progress;

  /** A road event that meets the route in one tile, or no longer does. */
  public TileEvent touch;

  /** How the vehicle drove. */
  public TripFeatures features;

  /** For Flink. */
  public VehicleUpdate() {}

  private VehicleUpdate(String vehicleId) {
    this.vehicleId = vehicleId;
  }

  /** A new plan; {@code cause} and {@code progress} may be null. */
  public static VehicleUpdate of(
      String vehicleId, VehiclePlan plan, Cause cause, VehicleProgress progress) {
    VehicleUpdate update = new VehicleUpdate(vehicleId);
    update.plan = plan;
    update.cause = cause;
    update.progress = progress;
    return update;
  }

  /** The vehicle moved. */
  public static VehicleUpdate of(String vehicleId, VehicleProgress progress) {
    VehicleUpdate update = new VehicleUpdate(vehicleId);
    update.progress = progress;
    return update;
  }

  /** A road event met the vehicle's route, or no longer does. */
  public static VehicleUpdate of(String vehicleId, TileEvent touch) {
    VehicleUpdate update = new VehicleUpdate(vehicleId);
    update.touch = touch;
    return update;
  }

  /** How the vehicle drove. */
  public static VehicleUpdate of(TripFeatures features) {
    VehicleUpdate update = new VehicleUpdate(features.vehicleId);
    update.features = features;
    return update;
  }
}
