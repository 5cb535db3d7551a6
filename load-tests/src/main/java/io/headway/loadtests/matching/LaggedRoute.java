// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.matching;

import io.headway.kernels.matching.Stretch;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The route as somebody sees it who waits so long, and no longer, before he believes where a fix
 * is: of each way to a fix at time t, what the matcher says when it has seen all fixes up to t +
 * lag. Ways that were believed stay, also where later ones do not fit. Not thread-safe.
 */
final class LaggedRoute {
  private final long lagMs;
  private final MatchedRoute route;
  private final TreeMap<Long, List<Stretch>> waiting = new TreeMap<>();
  private long believedMs = Long.MIN_VALUE;

  LaggedRoute(long lagMs, ArcNetwork arcs) {
    this.lagMs = lagMs;
    route = new MatchedRoute(arcs);
  }

  /** Must be called before the matcher sees a fix of this time. */
  void before(long timeMs) {
    while (!waiting.isEmpty() && timeMs - waiting.firstKey() > lagMs) {
      believeFirst();
    }
  }

  /** Takes what the matcher says after it has seen a fix. */
  void after(SortedMap<Long, List<Stretch>> ways) {
    waiting.putAll(ways.tailMap(believedMs + 1));
  }

  /** Metres of each arc, at the end. */
  double[] metresByArc() {
    while (!waiting.isEmpty()) {
      believeFirst();
    }
    return route.metresByArc();
  }

  private void believeFirst() {
    var first = waiting.pollFirstEntry();
    believedMs = first.getKey();
    route.add(first.getValue());
  }
}
