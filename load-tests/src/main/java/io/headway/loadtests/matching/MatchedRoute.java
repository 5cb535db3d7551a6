// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.matching;

import io.headway.kernels.matching.Stretch;
import java.util.List;

/**
 * Puts ways from fix to fix together. Where noise seems to drive back on a road and then forward
 * again, the road counts once. Not thread-safe.
 */
final class MatchedRoute {
  private final ArcNetwork arcs;
  private final double[] metresByArc;
  private int edge = -1;
  private double fromM;
  private double toM;

  MatchedRoute(ArcNetwork arcs) {
    this.arcs = arcs;
    metresByArc = new double[arcs.arcCount()];
  }

  /** Adds the way to the next fix. */
  void add(List<Stretch> way) {
    for (int i = 0; i < way.size(); i++) {
      Stretch stretch = way.get(i);
      double lowM = Math.min(stretch.fromM(), stretch.toM());
      double highM = Math.max(stretch.fromM(), stretch.toM());
      if (i == 0 && stretch.edge() == edge && lowM <= toM) {
        fromM = Math.min(fromM, lowM);
        toM = Math.max(toM, highM);
      } else {
        leave();
        edge = stretch.edge();
        fromM = lowM;
        toM = highM;
      }
    }
  }

  /** Metres of each arc so far; nothing may be added after. */
  double[] metresByArc() {
    leave();
    return metresByArc;
  }

  private void leave() {
    if (edge >= 0) {
      arcs.add(new Stretch(edge, fromM, toM), metresByArc);
    }
    edge = -1;
  }
}
