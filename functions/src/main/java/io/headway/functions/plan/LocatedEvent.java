// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

/** What {@link LocateEvent} remembers of a road event. A Flink POJO. */
public class LocatedEvent {
  /** Event time of the newest record, milliseconds since the epoch. */
  public long eventTimeMs;

  /** Until when it is remembered, milliseconds since the epoch. */
  public long untilMs;

  /** The tiles that were told of it; none when it was cleared. */
  public int[] tiles = {};
}
