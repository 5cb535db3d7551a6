// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

/**
 * Classes by which speeds off the road network are learned: the great-circle distance of a leg,
 * since a short trip is all starting, turning and parking, and a long one is mostly main road.
 *
 * <p>Class 0 ends below 1 km, the next ones below 1.5, 2, 3, 4, 6, 9, 13 and 20 km, and the last
 * has no end: every bound is about a third to a half more than the one before, so that a class
 * spans about one ratio of distances.
 */
public final class OffNetwork {
  private static final double[] UPPER_M = {
    1_000, 1_500, 2_000, 3_000, 4_000, 6_000, 9_000, 13_000, 20_000
  };

  /** How many classes there are. */
  public static final int CLASSES = UPPER_M.length + 1;

  private OffNetwork() {}

  /**
   * The class of a distance, 0 inclusive to {@link #CLASSES} exclusive.
   *
   * @param straightM great-circle metres, 0 or more
   */
  public static int classOf(double straightM) {
    int offNetworkClass = 0;
    while (offNetworkClass < UPPER_M.length && straightM >= UPPER_M[offNetworkClass]) {
      offNetworkClass++;
    }
    return offNetworkClass;
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
