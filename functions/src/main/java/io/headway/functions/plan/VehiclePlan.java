// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import java.util.ArrayList;
import java.util.List;

/** What a vehicle has still to do and the way that it is expected to take. A Flink POJO. */
public class VehiclePlan {
  /** Most stops that a plan holds. */
  public static final int MAX_STOPS = 64;

  /** Number of this plan, ascending: every change of the stops makes a new one. */
  public long version;

  /** Identity of the road network that the edges belong to; empty without one. */
  public String networkId = "";

  /** The stops in the order in which they will be made; those arrived at come first. */
  public List<PlanStop> stops = new ArrayList<>();

  /**
   * For each stop the leg that leads to it; the first leads from where the vehicle was when the
   * route was planned. Empty until the vehicle's position is known.
   */
  public List<PlannedLeg> legs = new ArrayList<>();

  /** The stop that was delivered last; null while none was since the vehicle had a plan. */
  public PlanStop delivered;
}
