// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

/**
 * The way that a vehicle is expected to take from one place to the next: the fastest on usual
 * speeds, or without roads a great circle. A Flink POJO.
 */
public class PlannedLeg {
  /** Directed road edges in driving order, at least one; empty when the leg is off the network. */
  public int[] edges = {};

  /** Metres from the start of the first edge to the place where the leg begins. */
  public float startOffsetM;

  /** Metres from the start of the last edge to the place where the leg ends. */
  public float endOffsetM;

  /** Length in metres; off the network the great circle times the detour factor. */
  public double distanceM;

  /** Travel time at usual speeds, seconds. */
  public double usualS;

  /**
   * Where an edge comes for the first time from a place in the leg's edges on; -1 if it does not.
   */
  int indexOf(int edge, int from) {
    for (int i = from; i < edges.length; i++) {
      if (edges[i] == edge) {
        return i;
      }
    }
    return -1;
  }

  /** Whether the leg follows roads. */
  public boolean onNetwork() {
    return edges.length > 0;
  }
}
