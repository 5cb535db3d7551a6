// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.routing.Route;
import io.headway.kernels.routing.Router;
import java.util.LinkedHashMap;
import java.util.List;
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

  /** The same, but where a search goes around closures. */
  private final float[] openS;

  private final double leastSecondsPerM;
  private final Map<Long, Route> kept =
      new LinkedHashMap<>(1024, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Route> eldest) {
          return size() > MAX_KEPT;
        }
      };

  private final Map<Long, int[]> keptFrom =
      new LinkedHashMap<>(1024, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, int[]> eldest) {
          return size() > MAX_KEPT;
        }
      };

  UsualRoutes(RoadNetwork network, Places places) {
    this.network = network;
    this.places = places;
    this.router = new Router(network);
    this.usualS = Router.freeSeconds(network);
    this.openS = usualS.clone();
    this.leastSecondsPerM = router.leastSecondsPerM(usualS);
  }

  /** From one place to another, left and reached in whichever direction is fastest. */
  Route between(int fromPlace, int toPlace) {
    long pair = ((long) fromPlace << 32) | toPlace;
    Route route = kept.get(pair);
    if (route == null) {
      int edge = places.edge(fromPlace);
      route = search(edge, places.offsetM(fromPlace), true, toPlace);
      kept.put(pair, reached(route, edge, toPlace));
    }
    return route;
  }

  /**
   * The edges from a point on an edge, in its direction, to a place, reached from whichever end is
   * faster; not to be changed.
   */
  int[] from(int edge, double offsetM, int toPlace) {
    int toEdge = places.edge(toPlace);
    if (edge == toEdge || edge == network.reverseEdge(toEdge)) {
      return reached(search(edge, offsetM, false, toPlace), edge, toPlace).edges();
    }
    // From every other point of the edge it is the same way.
    long pair = ((long) edge << 32) | toPlace;
    int[] way = keptFrom.get(pair);
    if (way == null) {
      way = reached(search(edge, offsetM, false, toPlace), edge, toPlace).edges();
      keptFrom.put(pair, way);
    }
    return way;
  }

  /** How far along an edge, which may be either direction of the place's road, a place lies. */
  double offsetM(int place, int edge) {
    return edge == places.edge(place)
        ? places.offsetM(place)
        : mirroredM(edge, places.offsetM(place));
  }

  private Route search(int edge, double offsetM, boolean either, int toPlace) {
    return router.route(
        edge,
        offsetM,
        either,
        places.edge(toPlace),
        places.offsetM(toPlace),
        true,
        usualS,
        leastSecondsPerM);
  }

  private double mirroredM(int edge, double offsetM) {
    return Math.max(0, network.edgeLengthM(edge) - offsetM);
  }

  /**
   * From the end of an edge to a point on another, around everything that is closed in a slot;
   * entering the last edge is always allowed.
   *
   * @return null when closures leave no way
   */
  Route around(int edge, int toEdge, double toOffsetM, HiddenWorld world, long slot) {
    List<Incident> incidents = world.incidents(slot).all();
    for (Incident incident : incidents) {
      if (incident.edge() != edge
          && incident.edge() != toEdge
          && incident.speedFactor() == 0
          && world.closed(incident.edge(), slot)) {
        openS[incident.edge()] = Float.POSITIVE_INFINITY;
      }
    }
    Route route =
        router.route(
            edge,
            network.edgeLengthM(edge),
            false,
            toEdge,
            toOffsetM,
            false,
            openS,
            leastSecondsPerM);
    incidents.forEach(incident -> openS[incident.edge()] = usualS[incident.edge()]);
    return route;
  }

  private Route reached(Route route, int edge, int toPlace) {
    if (route == null) {
      throw new IllegalStateException(
          "No way leads from edge %d to edge %d, so a vehicle is stuck; places must lie in one connected part"
              .formatted(edge, places.edge(toPlace)));
    }
    return route;
  }
}
