// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

/** How one vehicle drove in one event-time window. A Flink POJO. */
public class TripFeatures {
  /** The vehicle. */
  public String vehicleId;

  /** End of the window (exclusive), milliseconds since the epoch. */
  public long windowEndMs;

  /** Fused fixes in the window. */
  public int fixes;

  /** Metres driven. */
  public double distanceM;

  /** Great-circle metres from the window's first fix to its last. */
  public double displacementM;

  /** Seconds between the window's first fix and its last. */
  public double elapsedS;

  /** Of those, seconds in which the vehicle moved. */
  public double movingS;
}
