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

  /** Identity of the road network that it was put on; empty without one. */
  public String networkId = "";

  /** Append time of the newest record, milliseconds since the epoch. */
  public long appendTimeMs;

  /** The newest record, to put it on another road network; empty when the event is over. */
  public byte[] payload = {};

  /** Time of the next look, milliseconds since the epoch; 0 when none is due. */
  public long timerMs;
}
