// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

/**
 * What is known of one block of neighbouring edges: how {@link LiveWeights} stand in Flink's state.
 * Parallel arrays, only edges that differ from the empty road. A Flink POJO.
 */
public class WeightBlock {
  /** Epoch of the newest delta that was applied when the block was written. */
  public long epoch;

  /** Event time of that delta, milliseconds since the epoch. */
  public long upToMs;

  /** Identity of the road network, empty without one. */
  public String networkId = "";

  /** The edges, ascending; negative for classes off the network. */
  public int[] edges = {};

  /** Speed as it was observed, metres a second; NaN where none was. */
  public float[] speedMps = {};

  /** When it was observed, milliseconds since the epoch; 0 where it was not. */
  public long[] observedAtMs = {};

  /** Observations behind it. */
  public int[] observations = {};

  /** Share of the speed that active road events leave, 0 to 1. */
  public float[] eventFactor = {};
}
