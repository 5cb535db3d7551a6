// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.routing.Route;
import io.headway.kernels.routing.Router;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The routes that drivers take: fastest at usual speeds. Routes between places are kept, up to a
 * limit. Not thread-safe.
 */
final class UsualRoutes {
  private static final int MAX_KEPT = 60_000;

  private final RoadNetwork network;
  private final Places places;
  private final Router router;
  private final float[] usualS;
  private final Map<Long, Route> kept =
      new LinkedHashMap<>(1024, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Route> eldest) {
          return size() > MAX_KEPT;
        }
      };

  UsualRoutes(RoadNetwork network, Places places) {
    this.network = network;
    this.places = places;
    this.router = new Router(network);
    this.usualS = Router.freeSeconds(network);
  }

  /** From one place to another. */
  Route between(int fromPlace, int toPlace) {
    return kept.computeIfAbsent(
        ((long) fromPlace << 32) | toPlace,
        pair -> from(places.edge(fromPlace), places.offsetM(fromPlace), toPlace));
  }

  /** From a point on an edge to a place. */
  Route from(int edge, double offsetM, int toPlace) {
    return reached(
        router.route(edge, offsetM, places.edge(toPlace), places.offsetM(toPlace), usualS),
        edge,
        places.edge(toPlace));
  }

  /**
   * From the end of an edge to a point on another, around everything that is closed in a slot;
   * entering the last edge is always allowed.
   *
   * @return null when closures leave no way
   */
  Route around(int edge, int toEdge, double toOffsetM, HiddenWorld world, long slot) {
    float[] openS = usualS.clone();
    for (Incident incident : world.incidents(slot).all()) {
      if (incident.speedFactor() == 0 && world.closed(incident.edge(), slot)) {
        openS[incident.edge()] = Float.POSITIVE_INFINITY;
      }
    }
    openS[edge] = usualS[edge];
    openS[toEdge] = usualS[toEdge];
    return router.route(edge, network.edgeLengthM(edge), toEdge, toOffsetM, openS);
  }

  private static Route reached(Route route, int edge, int toEdge) {
    if (route == null) {
      throw new IllegalStateException(
          "No way leads from edge %d to edge %d, so a vehicle is stuck; places must lie in one connected part"
              .formatted(edge, toEdge));
    }
    return route;
  }
}
