// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

/**
 * Classes by which speeds off the road network are learned: the hour of the day (UTC), since the
 * hour explains more of a city's speed than anything else that is known without a map.
 */
public final class OffNetwork {
  /** How many classes there are. */
  public static final int CLASSES = 24;

  private static final long HOUR_MS = 3_600_000;

  private OffNetwork() {}

  /** The class of a moment, 0 inclusive to {@link #CLASSES} exclusive. */
  public static int classOf(long eventTimeMs) {
    return (int) Math.floorMod(Math.floorDiv(eventTimeMs, HOUR_MS), (long) CLASSES);
  }

  /** How a class stands in {@link EdgeObservation#edge} and {@link WeightDelta#edges}: below 0. */
  public static int edgeOf(int offNetworkClass) {
    return -1 - offNetworkClass;
  }

  /** The class that an edge below 0 stands for: the inverse of {@link #edgeOf}. */
  static int ofEdge(int edge) {
    return -1 - edge;
  }
}
