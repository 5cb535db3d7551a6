// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.Candidates;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.Draws.Stream;
import java.util.ArrayDeque;

/**
 * Depots and customers: points on edges from which every other can be reached. The first {@link
 * #depots} are depots, on main roads and collectors; customers live on the other roads. Immutable
 * and thread-safe.
 */
final class Places {
  private static final double NEAR_M = 50;
  private static final int TRIES = 1_000;

  private final int depots;
  private final int[] edge;
  private final double[] offsetM;
  private final double[] latDeg;
  private final double[] lonDeg;

  Places(CityParameters parameters, RoadNetwork network) {
    depots = parameters.count(Knob.DEPOTS);
    int size = depots + parameters.count(Knob.CUSTOMERS);
    edge = new int[size];
    offsetM = new double[size];
    latDeg = new double[size];
    lonDeg = new double[size];
    boolean[] connected = connectedNodes(parameters.seed(), network);
    RoadIndex index = new RoadIndex(network);
    Candidates nearest = new Candidates(1);
    double[] point = new double[2];
    for (int p = 0; p < size; p++) {
      int chosen = -1;
      for (int i = 0; i < TRIES && chosen < 0; i++) {
        int e = Draws.below(Draws.bits(parameters.seed(), Stream.PLACE, p, i), network.edgeCount());
        boolean main = HiddenWorld.group(network.edgeClass(e)) < 2;
        boolean wanted = (p < depots) == main;
        // A network of one class still has depots and customers, after half of the tries.
        if (connected[network.edgeFrom(e)]
            && connected[network.edgeTo(e)]
            && (i >= TRIES / 2 || (wanted && network.edgeLengthM(e) >= 40))) {
          chosen = e;
        }
      }
      if (chosen < 0) {
        throw new IllegalArgumentException(
            "%s has hardly any roads that lead to each other, so no deliveries can be driven on it; choose another network"
                .formatted(network));
      }
      double along = 0.3 + 0.4 * Draws.uniform(parameters.seed(), Stream.PLACE, p, -1);
      network.pointAt(chosen, along * network.edgeLengthM(chosen), point);
      // A driver stops where a map matcher would put the address: on the first of two directions.
      index.nearest(point[0], point[1], NEAR_M, nearest);
      int e = nearest.edge(0);
      if (!connected[network.edgeFrom(e)] || !connected[network.edgeTo(e)]) {
        e = chosen;
      }
      edge[p] = e;
      offsetM[p] = e == chosen ? along * network.edgeLengthM(e) : nearest.offsetM(0);
      latDeg[p] = point[0];
      lonDeg[p] = point[1];
    }
  }

  int size() {
    return edge.length;
  }

  int depots() {
    return depots;
  }

  int edge(int place) {
    return edge[place];
  }

  double offsetM(int place) {
    return offsetM[place];
  }

  double latDeg(int place) {
    return latDeg[place];
  }

  double lonDeg(int place) {
    return lonDeg[place];
  }

  /** Nodes of a large strongly connected part. */
  private static boolean[] connectedNodes(long seed, RoadNetwork network) {
    boolean[] best = new boolean[network.nodeCount()];
    int bestSize = 0;
    for (int i = 0; i < 20 && bestSize < network.nodeCount() / 2; i++) {
      int start = Draws.below(Draws.bits(seed, Stream.PLACE, -1, i), network.nodeCount());
      boolean[] part = reach(network, start, true);
      boolean[] back = reach(network, start, false);
      int size = 0;
      for (int n = 0; n < part.length; n++) {
        part[n] &= back[n];
        size += part[n] ? 1 : 0;
      }
      if (size > bestSize) {
        best = part;
        bestSize = size;
      }
    }
    return best;
  }

  private static boolean[] reach(RoadNetwork network, int start, boolean forward) {
    boolean[] seen = new boolean[network.nodeCount()];
    ArrayDeque<Integer> open = new ArrayDeque<>();
    seen[start] = true;
    open.add(start);
    while (!open.isEmpty()) {
      int node = open.poll();
      int count =
          forward
              ? network.firstOutEdge(node + 1) - network.firstOutEdge(node)
              : network.inEdgeCount(node);
      for (int i = 0; i < count; i++) {
        int next =
            forward
                ? network.edgeTo(network.firstOutEdge(node) + i)
                : network.edgeFrom(network.inEdge(node, i));
        if (!seen[next]) {
          seen[next] = true;
          open.add(next);
        }
      }
    }
    return seen;
  }
}
