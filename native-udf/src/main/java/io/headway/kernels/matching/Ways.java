// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

/**
 * Ways from one fix to the next on a path through the lattice, in order. Not thread-safe; allocates
 * nothing after construction.
 */
final class Ways {
  private static final int ROOM = Lattice.MAX_COLUMNS + 1;

  int count;
  final long[] timesMs = new long[ROOM];
  final int[] kinds = new int[ROOM];
  final int[] fromEdges = new int[ROOM];
  final float[] fromsM = new float[ROOM];
  final int[] toEdges = new int[ROOM];
  final float[] tosM = new float[ROOM];

  /** Adds the ways to the columns from the second to a given one, on the path last traced. */
  void addPath(Lattice lattice, int until) {
    for (int c = 1; c <= until; c++) {
      int from = Lattice.at(c - 1, lattice.path[c - 1]);
      int to = Lattice.at(c, lattice.path[c]);
      timesMs[count] = lattice.timesMs[c];
      kinds[count] = lattice.kind(to);
      fromEdges[count] = lattice.edges[from];
      fromsM[count] = lattice.offsetsM[from];
      toEdges[count] = lattice.edges[to];
      tosM[count] = lattice.offsetsM[to];
      count++;
    }
  }
}
