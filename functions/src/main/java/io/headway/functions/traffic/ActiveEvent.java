// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

/**
 * A road event on the edges of the road network, as {@link WeightEpoch} is told it and holds it
 * until it ends. A Flink POJO.
 */
public class ActiveEvent {
  /** The event. */
  public String eventId;

  /** When this state of it was reported, milliseconds since the epoch. */
  public long eventTimeMs;

  /** Since when it holds, milliseconds since the epoch. */
  public long fromMs;

  /** Until when (exclusive), milliseconds since the epoch. */
  public long untilMs;

  /** Share of the free speed that remains, 0 (closed) to 1. */
  public float factor;

  /** True when it takes effect now. */
  public boolean begun;

  /** Identity of the road network that the edges belong to. */
  public String networkId = "";

  /** The directed edges concerned, ascending; none when the event is over. */
  public int[] edges = {};

  /** The same event, in effect: state that a checkpoint may be reading is never written to. */
  ActiveEvent asBegun() {
    ActiveEvent copy = new ActiveEvent();
    copy.eventId = eventId;
    copy.eventTimeMs = eventTimeMs;
    copy.fromMs = fromMs;
    copy.untilMs = untilMs;
    copy.factor = factor;
    copy.begun = true;
    copy.networkId = networkId;
    copy.edges = edges;
    return copy;
  }
}
