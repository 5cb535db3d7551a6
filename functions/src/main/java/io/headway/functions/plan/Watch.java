// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What {@link PlanAndTrigger} remembers of having asked for a vehicle. A Flink POJO. */
public class Watch {
  /**
   * Number of the newest request; 0 before the first. The first one's is the millisecond at which
   * it was requested, so that numbers ascend even when the vehicle was forgotten in between.
   */
  public long sequence;

  /** Speed of the vehicle over the live speed of what it drove; 1 when not known. */
  public float pace = 1;

  /** Shipments whose stops were at risk when last looked at. */
  public List<String> atRisk = new ArrayList<>();

  /** When a cause last asked, by its key, milliseconds since the epoch. */
  public Map<String, Long> askedMs = new HashMap<>();

  /** Causes that wait until they may ask again, or until the vehicle's position is known. */
  public List<Cause> waiting = new ArrayList<>();

  /** Time of the next periodic look, milliseconds since the epoch; 0 when none is due. */
  public long periodicMs;

  /** Event time of the newest record other than a fix, milliseconds since the epoch. */
  public long seenMs;

  /** Time of the timer that forgets the vehicle, milliseconds since the epoch. */
  public long idleMs;
}
