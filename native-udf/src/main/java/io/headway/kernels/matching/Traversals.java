// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

import java.util.Arrays;

/**
 * The edges that a vehicle traversed: the one it is on, to which stretches are added until it
 * leaves it, and those that were closed since the last {@link #clear}. Not thread-safe.
 */
final class Traversals {
  static final int NONE = -1;

  int openEdge = NONE;
  double openM;
  double openS;
  long openEndMs;

  int count;
  int[] edges = new int[16];
  float[] metres = new float[16];
  float[] seconds = new float[16];
  long[] endsMs = new long[16];

  /** Forgets what was closed. */
  void clear() {
    count = 0;
  }

  /** Adds a stretch to the edge that is being traversed, or closes that one and opens this. */
  void add(int edge, double stretchM, double stretchS, long endMs) {
    if (edge != openEdge) {
      close();
      openEdge = edge;
    }
    openM += stretchM;
    openS += stretchS;
    openEndMs = endMs;
  }

  /** Closes the edge that is being traversed, if any; without metres it is dropped. */
  void close() {
    if (openEdge != NONE && (float) openM > 0) {
      if (count == edges.length) {
        edges = Arrays.copyOf(edges, 2 * count);
        metres = Arrays.copyOf(metres, 2 * count);
        seconds = Arrays.copyOf(seconds, 2 * count);
        endsMs = Arrays.copyOf(endsMs, 2 * count);
      }
      edges[count] = openEdge;
      metres[count] = (float) openM;
      seconds[count] = (float) openS;
      endsMs[count] = openEndMs;
      count++;
    }
    forgetOpen();
  }

  /** Forgets the edge that is being traversed. */
  void forgetOpen() {
    openEdge = NONE;
    openM = 0;
    openS = 0;
    openEndMs = 0;
  }
}
