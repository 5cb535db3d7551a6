// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.matching;

/**
 * How far a matched route is from the true one. Each road counts as often as it was driven.
 *
 * @param trueM length of the true route, metres
 * @param matchedM length of the matched one
 * @param correctM length of what they have in common
 */
record RouteError(double trueM, double matchedM, double correctM) {

  static final RouteError NONE = new RouteError(0, 0, 0);

  /**
   * Compares.
   *
   * @param route arcs of the true route
   * @param matchedByArcM metres of each arc that were matched
   */
  static RouteError of(int[] route, double[] matchedByArcM, ArcNetwork arcs) {
    double[] trueByArcM = new double[matchedByArcM.length];
    for (int arc : route) {
      trueByArcM[arc] += arcs.arcLengthM(arc);
    }
    double trueM = 0;
    double matchedM = 0;
    double correctM = 0;
    for (int arc = 0; arc < trueByArcM.length; arc++) {
      trueM += trueByArcM[arc];
      matchedM += matchedByArcM[arc];
      correctM += Math.min(trueByArcM[arc], matchedByArcM[arc]);
    }
    return new RouteError(trueM, matchedM, correctM);
  }

  /** Both together. */
  RouteError plus(RouteError other) {
    return new RouteError(
        trueM + other.trueM, matchedM + other.matchedM, correctM + other.correctM);
  }

  /** Share of the true route that was matched. */
  double correctFraction() {
    return correctM / trueM;
  }

  /**
   * Route mismatch fraction of Newson and Krumm (ACM GIS 2009): what was erroneously added and what
   * was erroneously missed, over the length of the true route. 0 is perfect; it may exceed 1.
   */
  double mismatchFraction() {
    return ((matchedM - correctM) + (trueM - correctM)) / trueM;
  }
}
