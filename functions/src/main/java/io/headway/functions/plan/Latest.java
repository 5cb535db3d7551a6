// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

/** What {@link PlanAndTrigger} keeps of a vehicle and changes with every fix. A Flink POJO. */
public class Latest {
  /** How far the vehicle has come. */
  public VehicleProgress progress;

  /** Event time of the next estimate of its arrivals, milliseconds since the epoch. */
  public long nextCheckMs = Long.MIN_VALUE;

  /** Metres driven since its pace was last measured. */
  public double drivenM;

  /** Seconds that live speeds give to them. */
  public double expectedS;
}
