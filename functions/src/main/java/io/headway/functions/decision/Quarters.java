// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import java.util.Arrays;

/**
 * Scenarios by what will soon be seen of them: in which quarter of the times of a leg they lie, by
 * the quartiles over the scenarios; equal times are in one quarter. Each quarter has two cells, its
 * scenarios of even and those of odd number, so that what is chosen on one can be charged on the
 * other: a minimum taken on the scenarios that it is charged on would be too low.
 *
 * <p>A reusable buffer, for one thread.
 */
final class Quarters {
  private static final int QUARTERS = 4;

  /** Two for each quarter; the even one first. */
  static final int CELLS = 2 * QUARTERS;

  private int count;
  private double[] sorted = {};
  private int[] quarter = {};
  private int[] members = {};
  private int[] choosers = {};
  private final int[] cellStart = new int[CELLS + 1];

  /** Takes scenarios of which nothing will be seen: all are in the first quarter. */
  void begin(int count) {
    this.count = count;
    if (quarter.length < count) {
      sorted = new double[count];
      quarter = new int[count];
      members = new int[count];
      choosers = new int[count];
    }
    Arrays.fill(quarter, 0, count, 0);
    sort();
  }

  /** Takes scenarios of which the time of a leg will be seen, at {@code from + s} in scenario s. */
  void begin(int count, double[] travelS, int from) {
    begin(count);
    System.arraycopy(travelS, from, sorted, 0, count);
    Arrays.sort(sorted, 0, count);
    for (int k = 1; k < QUARTERS; k++) {
      double quartile = sorted[(k * count + QUARTERS - 1) / QUARTERS - 1];
      for (int s = 0; s < count; s++) {
        quarter[s] += travelS[from + s] > quartile ? 1 : 0;
      }
    }
    sort();
  }

  private void sort() {
    int n = 0;
    for (int cell = 0; cell < CELLS; cell++) {
      cellStart[cell] = n;
      for (int s = cell % 2; s < count; s += 2) {
        if (quarter[s] == cell / 2) {
          members[n++] = s;
        }
      }
    }
    cellStart[CELLS] = n;
  }

  /** The scenarios, cell by cell. Live. */
  int[] members() {
    return members;
  }

  /** Where a cell begins in {@link #members}; where the next one begins it ends. */
  int start(int cell) {
    return cellStart[cell];
  }

  /**
   * Finds the scenarios on which is chosen what a cell is charged: those of the other half of its
   * quarter; where there are none, the other half of all; a single scenario chooses for itself.
   *
   * @return how many {@link #choosers} there are
   */
  int choose(int cell) {
    int n = 0;
    int other = cell ^ 1;
    for (int i = cellStart[other]; i < cellStart[other + 1]; i++) {
      choosers[n++] = members[i];
    }
    if (n == 0) {
      for (int s = other % 2; s < count; s += 2) {
        choosers[n++] = s;
      }
    }
    if (n == 0) {
      choosers[n++] = 0;
    }
    return n;
  }

  /** The scenarios that {@link #choose} found. Live. */
  int[] choosers() {
    return choosers;
  }
}
