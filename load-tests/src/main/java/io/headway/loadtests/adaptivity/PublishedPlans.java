// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.adaptivity;

import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.Candidates;
import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.routing.Route;
import io.headway.kernels.routing.Router;
import io.headway.schemas.GeoPoint;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What every vehicle has still to do and the way that it will take there, told from what is
 * published alone, without the job: the stops of {@code shipments} in their order, the vehicle's
 * newest position, and between them the fastest ways at usual speeds. Records are handed in in the
 * order in which they were appended. Not thread-safe.
 */
final class PublishedPlans {
  /** Farther from its position a vehicle is on no road, metres. */
  private static final double NEAR_M = 50;

  /** Farther from a point of a road event's geometry an edge is another one, metres. */
  private static final double ON_GEOMETRY_M = 2;

  /** A stop that is farther from every road is not driven to on roads, metres. */
  private static final double STOP_REACH_M = 200;

  /** Roads whose directions differ by less are driven along each other, degrees. */
  private static final double ALONG_DEG = 45;

  /** Below this speed a heading means nothing. */
  private static final double STANDING_MPS = 2;

  /** Those at which the vehicle arrived come first. */
  private static final Comparator<Shipment> ORDER =
      Comparator.comparing((Shipment stop) -> stop.getStatus() != ShipmentStatus.ARRIVED)
          .thenComparing(Shipment::getStopIndex);

  private final RoadNetwork network;
  private final RoadIndex index;
  private final Router router;
  private final float[] usualS;
  private final double leastSecondsPerM;
  private final Candidates near = new Candidates(16);
  private final Map<String, Vehicle> vehicles = new TreeMap<>();
  private final Map<Pair, int[]> between = new HashMap<>();

  /** A vehicle as its newest records show it. */
  private static final class Vehicle {
    final Map<String, Shipment> shipments = new HashMap<>();
    Position position;
  }

  /**
   * Where a vehicle was.
   *
   * @param headingDeg NaN when it is not known
   * @param speedMps NaN when it is not known
   */
  record Position(double latDeg, double lonDeg, float headingDeg, float speedMps) {}

  private record Place(int edge, double offsetM) {}

  private record Pair(Place from, Place to) {}

  PublishedPlans(RoadMap roads) {
    network = roads.network();
    index = roads.index();
    router = new Router(network);
    usualS = Router.freeSeconds(network);
    leastSecondsPerM = router.leastSecondsPerM(usualS);
  }

  /** Takes a shipment's record; of two of one shipment the one of later event time holds. */
  void take(Shipment record) {
    vehicles
        .computeIfAbsent(record.getVehicleId(), id -> new Vehicle())
        .shipments
        .merge(
            record.getShipmentId(),
            record,
            (held, now) -> now.getEventTime().isAfter(held.getEventTime()) ? now : held);
  }

  /** Takes a vehicle's newest position. */
  void take(String vehicleId, Position position) {
    vehicles.computeIfAbsent(vehicleId, id -> new Vehicle()).position = position;
  }

  /** The edges that a road event's geometry runs along, in its direction. */
  BitSet edgesOf(RoadEvent event) {
    BitSet edges = new BitSet();
    List<GeoPoint> points = event.getGeometry();
    for (int i = 1; i < points.size(); i++) {
      GeoPoint a = points.get(i - 1);
      GeoPoint b = points.get(i);
      double headingDeg =
          GeoMath.headingDeg(a.getLatDeg(), a.getLonDeg(), b.getLatDeg(), b.getLonDeg());
      index.nearest(
          (a.getLatDeg() + b.getLatDeg()) / 2,
          (a.getLonDeg() + b.getLonDeg()) / 2,
          ON_GEOMETRY_M,
          near);
      for (int c = 0; c < near.size(); c++) {
        if (runsAlong(c, headingDeg)) {
          edges.set(near.edge(c));
        }
      }
    }
    return edges;
  }

  /**
   * The vehicles whose way ahead runs over any of these edges, in the order of their names. One
   * without stops or position has no way.
   */
  List<String> touchedBy(BitSet edges) {
    return vehicles.entrySet().stream()
        .filter(entry -> touches(entry.getValue(), edges))
        .map(Map.Entry::getKey)
        .toList();
  }

  private boolean touches(Vehicle vehicle, BitSet edges) {
    List<Shipment> stops =
        vehicle.shipments.values().stream()
            .filter(
                stop ->
                    stop.getStatus() != ShipmentStatus.DELIVERED
                        && stop.getStatus() != ShipmentStatus.CANCELLED)
            .sorted(ORDER)
            .toList();
    if (stops.isEmpty() || vehicle.position == null) {
      return false;
    }
    Place from = null;
    for (int i = 0; i < stops.size(); i++) {
      Shipment stop = stops.get(i);
      Place to = nearest(stop.getLatDeg(), stop.getLonDeg(), STOP_REACH_M);
      int[] way;
      if (i > 0) {
        way = from == null || to == null ? new int[0] : between(from, to);
      } else if (stop.getStatus() == ShipmentStatus.ARRIVED) {
        way = new int[0];
      } else {
        way = from(vehicle.position, to);
      }
      if (IntStream.of(way).anyMatch(edges::get)) {
        return true;
      }
      from = to;
    }
    return false;
  }

  private int[] from(Position position, Place to) {
    index.nearest(position.latDeg, position.lonDeg, NEAR_M, near);
    if (near.size() == 0 || to == null) {
      return new int[0];
    }
    boolean moves = position.speedMps >= STANDING_MPS;
    for (int c = 0; c < near.size(); c++) {
      if (moves && runsAlong(c, position.headingDeg)) {
        return route(new Place(near.edge(c), near.offsetM(c)), false, to);
      }
    }
    return route(new Place(near.edge(0), near.offsetM(0)), true, to);
  }

  private boolean runsAlong(int candidate, double headingDeg) {
    return GeoMath.headingDifferenceDeg(
            headingDeg, network.headingDeg(near.edge(candidate), near.offsetM(candidate)))
        < ALONG_DEG;
  }

  private int[] between(Place from, Place to) {
    return between.computeIfAbsent(new Pair(from, to), pair -> route(from, true, to));
  }

  private int[] route(Place from, boolean either, Place to) {
    Route route =
        router.route(
            from.edge, from.offsetM, either, to.edge, to.offsetM, true, usualS, leastSecondsPerM);
    return route == null ? new int[0] : route.edges();
  }

  private Place nearest(double latDeg, double lonDeg, double radiusM) {
    return index.nearest(latDeg, lonDeg, radiusM, near) == 0
        ? null
        : new Place(near.edge(0), near.offsetM(0));
  }

  /** Whether a record tells of something that slows vehicles down. */
  static boolean slows(RoadEvent event) {
    boolean over =
        event.getValidUntil() != null && !event.getValidUntil().isAfter(event.getEventTime());
    return !over && event.getSpeedFactor() < 1;
  }
}
