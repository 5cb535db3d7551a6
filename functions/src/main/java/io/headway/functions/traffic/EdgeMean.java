// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

/** Mean speed on one road edge in one event-time window. A Flink POJO. */
public class EdgeMean {
  /** The directed edge; below 0 a class off the network, see {@link OffNetwork}. */
  public int edge;

  /** Hash of the identity of the road network that the edge belongs to; 0 off the network. */
  public int networkHash;

  /** End of the window (exclusive), milliseconds since the epoch. */
  public long windowEndMs;

  /** Metres driven by all vehicles over the seconds that they took, metres a second. */
  public float speedMps;

  /** How many stretches were driven. */
  public int observations;
}
