// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The undecided fixes of one vehicle: a column for each, oldest first, of candidates that know
 * their predecessor in the column before. The last column also has log-likelihoods, the best 0.
 * Candidate i of column c stands at {@link #at}. Not thread-safe; allocates nothing after
 * construction.
 */
final class Lattice {
  /** Candidates of one column. */
  static final int MAX_CANDIDATES = 16;

  /** Columns between two fixes; the fix that is being matched may be one more. */
  static final int MAX_COLUMNS = 32;

  /** The largest {@link #bytes()}. */
  static final int MAX_BYTES = MAX_COLUMNS * (9 + 9 * MAX_CANDIDATES) + 8 * MAX_CANDIDATES;

  private static final int COLUMN_BYTES = 9;
  private static final int CANDIDATE_BYTES = 9;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle DOUBLE =
      MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

  int columns;
  final long[] timesMs = new long[MAX_COLUMNS + 1];
  final int[] counts = new int[MAX_COLUMNS + 1];
  final int[] edges = new int[(MAX_COLUMNS + 1) * MAX_CANDIDATES];
  final float[] offsetsM = new float[(MAX_COLUMNS + 1) * MAX_CANDIDATES];
  final double[] scores = new double[MAX_CANDIDATES];

  /** Candidates of each column on the path that {@link #trace} followed. */
  final int[] path = new int[MAX_COLUMNS + 1];

  /** Predecessor in the low four bits, kind of route from there in bits 4 and 5. */
  private final byte[] ways = new byte[(MAX_COLUMNS + 1) * MAX_CANDIDATES];

  /** Candidates of each column from which a candidate of the last one descends, as bits. */
  private final int[] alive = new int[MAX_COLUMNS + 1];

  static int at(int column, int candidate) {
    return column * MAX_CANDIDATES + candidate;
  }

  int last() {
    return columns - 1;
  }

  /** Adds an empty column. */
  void addColumn(long timeMs) {
    timesMs[columns] = timeMs;
    counts[columns] = 0;
    columns++;
  }

  /** Adds a candidate to the last column. */
  void addCandidate(int edge, float offsetM, int predecessor, int kind, double score) {
    int i = counts[last()]++;
    edges[at(last(), i)] = edge;
    offsetsM[at(last(), i)] = offsetM;
    ways[at(last(), i)] = (byte) (predecessor | (kind << 4));
    scores[i] = score;
  }

  /** The likeliest candidate of the last column. */
  int best() {
    int best = 0;
    for (int i = 1; i < counts[last()]; i++) {
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    return best;
  }

  int predecessor(int at) {
    return ways[at] & 0xf;
  }

  int kind(int at) {
    return ways[at] >>> 4;
  }

  /** Sets {@link #path} to that of a candidate of the last column. */
  void trace(int candidate) {
    path[last()] = candidate;
    for (int c = last(); c > 0; c--) {
      path[c - 1] = predecessor(at(c, path[c]));
    }
  }

  /**
   * Finds the last column up to which all is decided and traces the path there: all candidates that
   * are alive descend from one of its, or, for no more than {@code lag} columns may stay undecided,
   * the best one does. Follow with {@link #dropBefore} that column.
   */
  int decide(int lag) {
    alive[last()] = (1 << counts[last()]) - 1;
    for (int c = last(); c > 0; c--) {
      alive[c - 1] = predecessors(c);
    }
    int decided = last();
    while (decided > 0 && Integer.bitCount(alive[decided]) > 1) {
      decided--;
    }
    if (decided < columns - lag) {
      decided = columns - lag;
      trace(best());
      alive[decided] = 1 << path[decided];
      for (int c = decided + 1; c < columns; c++) {
        alive[c] &= successors(c);
      }
    }
    trace(Integer.numberOfTrailingZeros(alive[last()]));
    return decided;
  }

  /** Decides for the best candidate of the last column and traces the path to it. */
  int decideAll() {
    trace(best());
    alive[last()] = 1 << path[last()];
    return last();
  }

  private int predecessors(int column) {
    int mask = 0;
    for (int bits = alive[column]; bits != 0; bits &= bits - 1) {
      mask |= 1 << predecessor(at(column, Integer.numberOfTrailingZeros(bits)));
    }
    return mask;
  }

  private int successors(int column) {
    int mask = 0;
    for (int i = 0; i < counts[column]; i++) {
      mask |= ((alive[column - 1] >>> predecessor(at(column, i))) & 1) << i;
    }
    return mask;
  }

  /** Makes a column the first one and drops all candidates that are not alive. */
  void dropBefore(int first) {
    // Four bits for the new number of each candidate of the column before.
    long renumbered = 0;
    for (int c = first; c < columns; c++) {
      long before = renumbered;
      renumbered = 0;
      int kept = 0;
      for (int bits = alive[c]; bits != 0; bits &= bits - 1) {
        int i = Integer.numberOfTrailingZeros(bits);
        int from = at(c, i);
        int to = at(c - first, kept);
        int predecessor = (int) (before >>> (4 * predecessor(from))) & 0xf;
        edges[to] = edges[from];
        offsetsM[to] = offsetsM[from];
        ways[to] = c == first ? 0 : (byte) (predecessor | (kind(from) << 4));
        if (c == last()) {
          scores[kept] = scores[i];
        }
        renumbered |= (long) kept << (4 * i);
        kept++;
      }
      counts[c - first] = kept;
      timesMs[c - first] = timesMs[c];
    }
    columns -= first;
  }

  /** Length of the written form now. */
  int bytes() {
    int bytes = 0;
    for (int c = 0; c < columns; c++) {
      bytes += COLUMN_BYTES + CANDIDATE_BYTES * counts[c];
    }
    return columns == 0 ? 0 : bytes + 8 * counts[last()];
  }

  /** Writes the columns; returns where the next byte after them stands. */
  int write(byte[] to, int at) {
    int next = at;
    for (int c = 0; c < columns; c++) {
      int count = counts[c];
      LONG.set(to, next, timesMs[c]);
      to[next + 8] = (byte) count;
      next += COLUMN_BYTES;
      for (int i = 0; i < count; i++) {
        INT.set(to, next + 4 * i, edges[at(c, i)]);
        FLOAT.set(to, next + 4 * (count + i), offsetsM[at(c, i)]);
        to[next + 8 * count + i] = ways[at(c, i)];
      }
      next += CANDIDATE_BYTES * count;
    }
    if (columns > 0) {
      for (int i = 0; i < counts[last()]; i++) {
        DOUBLE.set(to, next, scores[i]);
        next += 8;
      }
    }
    return next;
  }

  /**
   * Reads columns.
   *
   * @return null, or what is wrong with them; the lattice is then empty
   */
  String read(byte[] from, int at, int columnsRead, int edgeCount) {
    columns = 0;
    if (columnsRead > MAX_COLUMNS) {
      return "too many columns";
    }
    int next = at;
    for (int c = 0; c < columnsRead; c++) {
      int count = from.length - next < COLUMN_BYTES ? 0 : from[next + 8] & 0xff;
      if (count < 1 || count > MAX_CANDIDATES) {
        return "a column without candidates or with too many";
      }
      timesMs[c] = (long) LONG.get(from, next);
      counts[c] = count;
      next += COLUMN_BYTES;
      if (from.length - next < CANDIDATE_BYTES * count) {
        return "cut off";
      }
      for (int i = 0; i < count; i++) {
        edges[at(c, i)] = (int) INT.get(from, next + 4 * i);
        offsetsM[at(c, i)] = (float) FLOAT.get(from, next + 4 * (count + i));
        ways[at(c, i)] = from[next + 8 * count + i];
        if (edges[at(c, i)] < 0 || edges[at(c, i)] >= edgeCount) {
          return "an edge that is none";
        }
        if (predecessor(at(c, i)) >= (c == 0 ? 1 : counts[c - 1])) {
          return "a candidate without predecessor";
        }
      }
      next += CANDIDATE_BYTES * count;
    }
    if (columnsRead > 0) {
      int count = counts[columnsRead - 1];
      if (from.length - next < 8 * count) {
        return "cut off";
      }
      for (int i = 0; i < count; i++) {
        scores[i] = (double) DOUBLE.get(from, next + 8 * i);
      }
    }
    columns = columnsRead;
    return null;
  }
}
