// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the road events that have begun leave of each edge's speed: where several meet, the lowest
 * counts. Not thread-safe.
 */
final class EventFactors {
  private final Map<Integer, List<ActiveEvent>> byEdge = new HashMap<>();

  void add(ActiveEvent event) {
    for (int edge : event.edges) {
      byEdge.computeIfAbsent(edge, e -> new ArrayList<>(1)).add(event);
    }
  }

  void remove(ActiveEvent event) {
    for (int edge : event.edges) {
      byEdge.computeIfPresent(
          edge,
          (e, events) -> {
            events.remove(event);
            return events.isEmpty() ? null : events;
          });
    }
  }

  /** Share of the free speed that is left on an edge, 0 to 1. */
  float of(int edge) {
    float least = 1;
    for (ActiveEvent event : byEdge.getOrDefault(edge, List.of())) {
      least = Math.min(least, event.factor);
    }
    return least;
  }
}
