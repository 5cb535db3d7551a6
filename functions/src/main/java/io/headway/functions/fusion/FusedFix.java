// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.fusion;

/**
 * Where a vehicle is after fusion: one for each telemetry record that was fused, in order of event
 * time within a vehicle. A Flink POJO.
 */
public class FusedFix {
  /** The vehicle. */
  public String vehicleId;

  /** Event time, milliseconds since the epoch. */
  public long eventTimeMs;

  /** Append time of the telemetry record, milliseconds since the epoch. */
  public long appendTimeMs;

  /** Filtered latitude, degrees. */
  public double latDeg;

  /** Filtered longitude, degrees. */
  public double lonDeg;

  /** Filtered speed over ground, metres a second. */
  public float speedMps;

  /** Filtered course over ground, clockwise from north in degrees, 0 inclusive to 360 exclusive. */
  public float headingDeg;

  /** Directed road edge the vehicle was matched to; -1 when it is off the road network. */
  public int edge = -1;

  /** Metres from the start of {@link #edge}; 0 when off the network. */
  public float offsetM;

  /**
   * Metres driven since the previous fused fix: along the roads when both are matched; 0 for a jump
   * faster than 60 m/s, which is no driving.
   */
  public float movedM;

  /** Seconds since the previous fused fix; 0 for the first. */
  public float elapsedS;

  /** Partition of the telemetry record that brought this fix. */
  public int partition;

  /** Offset of the telemetry record that brought this fix. */
  public long offset;

  /** The bytes of that record, for a dead letter should the vehicle turn out to have no plan. */
  public byte[] payload;
}
