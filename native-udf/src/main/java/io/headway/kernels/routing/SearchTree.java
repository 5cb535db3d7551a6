// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.routing;

import java.util.Arrays;

/**
 * Labels and priority queue of one direction of a best-first search over nodes. Labels carry the
 * number of the search that wrote them, so that a new search begins without clearing; the queue is
 * a 4-ary heap with positions. Everything is allocated once: 32 bytes a node.
 */
final class SearchTree {
  private static final int ARITY = 4;
  private static final int SETTLED = -1;

  private final int[] search;
  private final double[] costS;
  private final double[] keyS;
  private final int[] parentEdge;
  private final int[] position;
  private final int[] heap;
  private int heapSize;
  private int currentSearch;

  SearchTree(int nodeCount) {
    search = new int[nodeCount];
    costS = new double[nodeCount];
    keyS = new double[nodeCount];
    parentEdge = new int[nodeCount];
    position = new int[nodeCount];
    heap = new int[nodeCount];
  }

  void begin() {
    heapSize = 0;
    if (++currentSearch == 0) {
      Arrays.fill(search, 0);
      currentSearch = 1;
    }
  }

  boolean isReached(int node) {
    return search[node] == currentSearch;
  }

  boolean isSettled(int node) {
    return isReached(node) && position[node] == SETTLED;
  }

  /** Cost of a reached node. */
  double costS(int node) {
    return costS[node];
  }

  /** Edge over which a reached node was reached, −1 for a root. */
  int parentEdge(int node) {
    return parentEdge[node];
  }

  /** Reaches a node for the first time. */
  void reach(int node, double cost, double potential, int overEdge) {
    search[node] = currentSearch;
    costS[node] = cost;
    keyS[node] = cost + potential;
    parentEdge[node] = overEdge;
    siftUp(heapSize++, node);
  }

  /** Lowers the cost of a reached node; a settled one keeps its own. */
  boolean improve(int node, double cost, int overEdge) {
    if (cost >= costS[node] || position[node] == SETTLED) {
      return false;
    }
    keyS[node] -= costS[node] - cost;
    costS[node] = cost;
    parentEdge[node] = overEdge;
    siftUp(position[node], node);
    return true;
  }

  boolean isQueueEmpty() {
    return heapSize == 0;
  }

  int queueSize() {
    return heapSize;
  }

  double minKeyS() {
    return keyS[heap[0]];
  }

  /** Takes the node of least key from the queue. */
  int settle() {
    int node = heap[0];
    position[node] = SETTLED;
    int last = heap[--heapSize];
    if (heapSize > 0) {
      siftDown(last);
    }
    return node;
  }

  private void siftUp(int from, int node) {
    int at = from;
    double key = keyS[node];
    while (at > 0) {
      int up = (at - 1) / ARITY;
      int other = heap[up];
      if (keyS[other] <= key) {
        break;
      }
      heap[at] = other;
      position[other] = at;
      at = up;
    }
    heap[at] = node;
    position[node] = at;
  }

  private void siftDown(int node) {
    int at = 0;
    double key = keyS[node];
    while (true) {
      int child = ARITY * at + 1;
      if (child >= heapSize) {
        break;
      }
      int end = Math.min(child + ARITY, heapSize);
      int least = child;
      double leastKey = keyS[heap[child]];
      for (int c = child + 1; c < end; c++) {
        double k = keyS[heap[c]];
        if (k < leastKey) {
          least = c;
          leastKey = k;
        }
      }
      if (leastKey >= key) {
        break;
      }
      heap[at] = heap[least];
      position[heap[at]] = at;
      at = least;
    }
    heap[at] = node;
    position[node] = at;
  }
}
