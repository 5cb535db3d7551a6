// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.roads;

import java.util.Objects;

/**
 * Reusable result of {@link RoadIndex#nearest}: the nearest edges, each once, by ascending
 * distance, then edge. Holds at most its capacity; farther edges are left out. Not thread-safe.
 */
public final class Candidates {
  private final int[] edges;
  private final double[] offsetsM;
  private final double[] distancesM;
  private int size;

  /**
   * @param capacity largest number of edges to return, at least 1
   */
  public Candidates(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity " + capacity + " must be at least 1");
    }
    edges = new int[capacity];
    offsetsM = new double[capacity];
    distancesM = new double[capacity];
  }

  public int size() {
    return size;
  }

  /** The i-th nearest edge, i in [0, {@link #size}). */
  public int edge(int i) {
    return edges[Objects.checkIndex(i, size)];
  }

  /** Metres from the start of the i-th edge to its point nearest to the place asked for. */
  public double offsetM(int i) {
    return offsetsM[Objects.checkIndex(i, size)];
  }

  /** Metres from the place asked for to the i-th edge. */
  public double distanceM(int i) {
    return distancesM[Objects.checkIndex(i, size)];
  }

  void clear() {
    size = 0;
  }

  /** Keeps the edge's nearest point, if it is among the nearest so far. */
  void offer(int edge, double offsetM, double distanceM) {
    if (size == edges.length && !before(distanceM, edge, size - 1)) {
      return;
    }
    int at = 0;
    while (at < size && edges[at] != edge) {
      at++;
    }
    if (at < size) {
      if (distanceM >= distancesM[at]) {
        return;
      }
    } else if (size < edges.length) {
      size++;
    } else {
      at--;
    }
    while (at > 0 && before(distanceM, edge, at - 1)) {
      edges[at] = edges[at - 1];
      offsetsM[at] = offsetsM[at - 1];
      distancesM[at] = distancesM[at - 1];
      at--;
    }
    edges[at] = edge;
    offsetsM[at] = offsetM;
    distancesM[at] = distanceM;
  }

  private boolean before(double distanceM, int edge, int i) {
    return distanceM < distancesM[i] || (distanceM == distancesM[i] && edge < edges[i]);
  }
}
