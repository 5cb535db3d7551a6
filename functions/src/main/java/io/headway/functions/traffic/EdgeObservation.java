// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

/** A stretch of one road edge, or a leg off the network, that one vehicle drove. A Flink POJO. */
public class EdgeObservation {
  /**
   * The directed road edge, or for a leg off the network {@code -1 - c} with {@code c} the class of
   * {@link OffNetwork}.
   */
  public int edge;

  /** Hash of the identity of the road network that the edge belongs to; 0 off the network. */
  public int networkHash;

  /** Event time of the end of the stretch, milliseconds since the epoch. */
  public long eventTimeMs;

  /** Metres driven; off the network great-circle metres of the leg. */
  public float distanceM;

  /** Seconds taken. */
  public float seconds;
}
