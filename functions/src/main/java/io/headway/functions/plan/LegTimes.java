// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.kernels.roads.RoadNetwork;

/** Sums along what remains of a leg on the network; the first and the last edge count in part. */
final class LegTimes {
  private LegTimes() {}

  /**
   * Travel time in seconds, by times of one's own for each whole edge.
   *
   * @param index the edge at which to begin
   * @param offsetM metres from the start of that edge
   */
  static double seconds(
      RoadNetwork network, PlannedLeg leg, int index, double offsetM, float[] seconds) {
    double sum = 0;
    int last = leg.edges.length - 1;
    for (int i = index; i <= last; i++) {
      int edge = leg.edges[i];
      double share = drivenM(network, leg, i, index, offsetM) / network.edgeLengthM(edge);
      sum += share == 0 ? 0 : share * seconds[edge];
    }
    return sum;
  }

  /** Length in metres. */
  static double metres(RoadNetwork network, PlannedLeg leg, int index, double offsetM) {
    double sum = 0;
    for (int i = index; i < leg.edges.length; i++) {
      sum += drivenM(network, leg, i, index, offsetM);
    }
    return sum;
  }

  private static double drivenM(
      RoadNetwork network, PlannedLeg leg, int i, int index, double offsetM) {
    double fromM = i == index ? offsetM : 0;
    double toM = i == leg.edges.length - 1 ? leg.endOffsetM : network.edgeLengthM(leg.edges[i]);
    return Math.max(0, toM - fromM);
  }
}
