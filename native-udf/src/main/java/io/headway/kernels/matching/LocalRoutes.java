// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadNetwork;
import java.util.Arrays;

/**
 * Shortest routes by length from one node to the nodes around a place: A* (Hart, Nilsson, Raphael
 * 1968) with the distance to the place as the bound, within a limit of length and of nodes.
 *
 * <p>Not thread-safe. Answers hold until the next search. Allocates only while it grows to the
 * largest search so far.
 */
final class LocalRoutes {
  /** More nodes than this are not looked at in one search. */
  static final int MAX_NODES = 16_384;

  private static final int SLOTS = 2 * MAX_NODES;
  private static final int NONE = -1;

  private final RoadNetwork network;

  // Open addressing by node; a slot is in use when its stamp is that of the present search.
  private final int[] stamps = new int[SLOTS];
  private final int[] nodes = new int[SLOTS];
  private final int[] firstEdges = new int[SLOTS];
  private final int[] lastEdges = new int[SLOTS];
  private final double[] lengthsM = new double[SLOTS];
  private final double[] boundsM = new double[SLOTS];
  private final boolean[] settled = new boolean[SLOTS];
  private int stamp;
  private int used;

  // A binary heap of float bits of the bound (upper half) and slot; bounds are never negative.
  private long[] heap = new long[1_024];
  private int heapSize;

  private double goalLatDeg;
  private double goalLonDeg;
  private double goalMPerDegLon;
  private double goalRadiusM;

  LocalRoutes(RoadNetwork network) {
    this.network = network;
  }

  /**
   * Finds the routes from a node.
   *
   * @param from the node
   * @param targets nodes to reach; the search ends early when all are reached
   * @param targetCount how many of them count
   * @param latDeg latitude of the place, degrees
   * @param lonDeg longitude of the place, degrees
   * @param radiusM routes go on from the targets to points at most this far from the place
   * @param limitM longer routes, measured to those points, need not be found
   */
  void search(
      int from,
      int[] targets,
      int targetCount,
      double latDeg,
      double lonDeg,
      double radiusM,
      double limitM) {
    goalLatDeg = latDeg;
    goalLonDeg = lonDeg;
    goalMPerDegLon = GeoMath.mPerDegLon(latDeg);
    goalRadiusM = radiusM;
    used = 0;
    heapSize = 0;
    if (++stamp == 0) {
      Arrays.fill(stamps, 0);
      stamp = 1;
    }
    int start = slotFor(from);
    lengthsM[start] = 0;
    firstEdges[start] = NONE;
    lastEdges[start] = NONE;
    push(start);
    int open = targetCount;
    while (heapSize > 0) {
      long top = pop();
      int slot = (int) top;
      if (settled[slot]) {
        continue;
      }
      settled[slot] = true;
      int node = nodes[slot];
      for (int i = 0; i < targetCount; i++) {
        if (targets[i] == node && --open == 0) {
          return;
        }
      }
      int end = network.firstOutEdge(node + 1);
      for (int edge = network.firstOutEdge(node); edge < end; edge++) {
        relax(slot, edge, limitM);
      }
    }
  }

  private void relax(int fromSlot, int edge, double limitM) {
    double lengthM = lengthsM[fromSlot] + network.edgeLengthM(edge);
    if (lengthM > limitM) {
      return;
    }
    int before = used;
    int slot = slotFor(network.edgeTo(edge));
    if (slot == NONE || settled[slot]) {
      return;
    }
    if (used == before && lengthM >= lengthsM[slot]) {
      return;
    }
    lengthsM[slot] = lengthM;
    lastEdges[slot] = edge;
    firstEdges[slot] = firstEdges[fromSlot] == NONE ? edge : firstEdges[fromSlot];
    if (lengthM + boundsM[slot] <= limitM) {
      push(slot);
    }
  }

  /** Length of the route to a node, metres; infinite when it was not reached. */
  double lengthM(int node) {
    int slot = find(node);
    return slot == NONE ? Double.POSITIVE_INFINITY : lengthsM[slot];
  }

  /** First edge of the route to a node that was reached; -1 at the start itself. */
  int firstEdge(int node) {
    return firstEdges[find(node)];
  }

  /** Last edge of the route to a node that was reached; -1 at the start itself. */
  int lastEdge(int node) {
    return lastEdges[find(node)];
  }

  private int find(int node) {
    int slot = hash(node);
    while (stamps[slot] == stamp) {
      if (nodes[slot] == node) {
        return settled[slot] ? slot : NONE;
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
    return NONE;
  }

  /** The node's slot, made when it has none yet; {@link #NONE} when there are too many nodes. */
  private int slotFor(int node) {
    int slot = hash(node);
    while (stamps[slot] == stamp) {
      if (nodes[slot] == node) {
        return slot;
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
    if (used == MAX_NODES) {
      return NONE;
    }
    used++;
    stamps[slot] = stamp;
    nodes[slot] = node;
    settled[slot] = false;
    boundsM[slot] = boundM(node);
    return slot;
  }

  private static int hash(int node) {
    int mixed = node * 0x9E3779B9;
    return (mixed ^ mixed >>> 15) & (SLOTS - 1);
  }

  /** Metres that lie ahead of a node at least; a little less for the plane is not the sphere. */
  private double boundM(int node) {
    double x = (network.nodeLonDeg(node) - goalLonDeg) * goalMPerDegLon;
    double y = (network.nodeLatDeg(node) - goalLatDeg) * GeoMath.M_PER_DEG;
    return Math.max(0, 0.99 * Math.sqrt(x * x + y * y) - goalRadiusM);
  }

  private void push(int slot) {
    if (heapSize == heap.length) {
      heap = Arrays.copyOf(heap, 2 * heapSize);
    }
    float bound = (float) (lengthsM[slot] + boundsM[slot]);
    long entry = (long) Float.floatToRawIntBits(bound) << 32 | slot;
    int at = heapSize++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (heap[parent] <= entry) {
        break;
      }
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  private long pop() {
    long top = heap[0];
    long last = heap[--heapSize];
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= heapSize) {
        break;
      }
      if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= last) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
