// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.fusion.FusedFix;

/** How far a vehicle has come on its route. A Flink POJO. */
public class VehicleProgress {
  /** The newest fused fix, without the bytes of its record. */
  public FusedFix fix;

  /** Place in the first leg's edges that was last seen driven; 0 off the network. */
  public int routeIndex;

  /** Metres from the start of that edge; 0 off the network. */
  public float routeOffsetM;

  /** Metres driven since the plan became known. */
  public double drivenM;
}
