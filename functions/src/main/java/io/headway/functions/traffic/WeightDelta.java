// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

/**
 * The edges whose speed changed, in primitive blocks of equal length. A Flink POJO: broadcast state
 * lives on the heap of every subtask and is copied in the synchronous part of a checkpoint, so it
 * holds no objects.
 */
public class WeightDelta {
  /** Number of this epoch, ascending from 1 without gaps. */
  public long epoch;

  /** Event time up to which observations went into it, milliseconds since the epoch. */
  public long upToMs;

  /** Identity of the road network that the edges belong to; empty without one. */
  public String networkId = "";

  /** Directed edges; negative for classes of legs off the network, see {@link OffNetwork}. */
  public int[] edges = {};

  /** Mean speed that was observed, metres a second; NaN where only a factor is known. */
  public float[] speedMps = {};

  /** How many observations stand behind it; 0 where only a factor is known. */
  public int[] observations = {};

  /** Share of the speed that active road events leave, 0 (closed) to 1. */
  public float[] eventFactor = {};
}
