// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

/** A stop that a vehicle has still to make, as its shipment's newest record says. A Flink POJO. */
public class PlanStop {
  /** Stands for a moment that has not come. */
  public static final long NEVER = Long.MIN_VALUE;

  /** The shipment. */
  public String shipmentId;

  /** Event time of the newest record of the shipment, milliseconds since the epoch. */
  public long eventTimeMs;

  /** Place in the order, ascending, gaps allowed. */
  public int stopIndex;

  /** WGS84 latitude, degrees. */
  public double latDeg;

  /** WGS84 longitude, degrees. */
  public double lonDeg;

  /** Opening of the promised window, milliseconds since the epoch. */
  public long windowStartMs;

  /** End of the promised window, milliseconds since the epoch. */
  public long windowEndMs;

  /** Expected time at the stop, seconds. */
  public float serviceS;

  /** When the receiver was told of a delay, milliseconds since the epoch; {@link #NEVER}. */
  public long notifiedAtMs = NEVER;

  /** When the vehicle arrived, milliseconds since the epoch; {@link #NEVER}. */
  public long arrivedAtMs = NEVER;

  /** Directed road edge nearest to the stop; -1 when none is within reach. */
  public int edge = -1;

  /** Metres from the start of {@link #edge} to the point nearest to the stop. */
  public float offsetM;
}
