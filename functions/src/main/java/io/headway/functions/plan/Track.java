// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

/** What {@link PlanRoute} keeps of a vehicle and changes with every fix. A Flink POJO. */
public class Track {
  /** The next leg is off the network. */
  static final int NO_EDGE = -1;

  /** The vehicle stands at its next stop, so that it cannot leave its route. */
  static final int AT_STOP = -2;

  /** Event time of the first record of the vehicle, milliseconds since the epoch. */
  public long firstSeenMs;

  /** Event time of the newest record of the vehicle, milliseconds since the epoch. */
  public long seenMs;

  /** Whether it ever had a plan. */
  public boolean planned;

  /** Whether stops remain. */
  public boolean hasStops;

  /** How far it has come; null before the first fix. */
  public VehicleProgress progress;

  /** The edge that it was last seen on along its route, {@link #NO_EDGE} or {@link #AT_STOP}. */
  public int routeEdge = NO_EDGE;

  /** When it set out for its next stop; null when it stands there, or its position is not known. */
  public SetOut setOut;

  /** Fixes in a row that are off the route. */
  public int offRouteFixes;

  /**
   * Event time of the newest record of a shipment that changed the route, milliseconds since the
   * epoch: before, the vehicle was on an older route.
   */
  public long changedMs;

  /** Metres driven since it left the route. */
  public double offRouteM;

  /** Tile that it was in when its tiles were last laid out; -1 before. */
  public int tile = -1;

  /** Hash of the identity of the road network that the route was planned on. */
  public int networkHash;

  /** Delivered and cancelled shipments that are remembered. */
  public int closedShipments;

  /** Time of the one timer for the whole vehicle, milliseconds since the epoch. */
  public long timerMs;
}
