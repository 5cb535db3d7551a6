// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.adaptivity;

import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.routing.Route;
import io.headway.kernels.routing.Router;
import io.headway.loadtests.adaptivity.PublishedPlans.Position;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.schemas.GeoPoint;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A made-up town and a trip through it, to a stop in the middle of the last of its edges. */
final class Trips {
  static final String LAST = "last";
  private static final Instant T = Instant.parse("2026-03-03T08:00:00Z");

  final RoadMap roads;

  /** The fastest way, of ten edges or more. */
  final int[] way;

  Trips(Path folder) throws IOException {
    Path file = folder.resolve("town.roads");
    SyntheticNetwork.build(1, 300, file);
    RoadNetwork network = RoadNetwork.open(file);
    roads = new RoadMap(network, new RoadIndex(network));
    Router router = new Router(network);
    float[] usualS = Router.freeSeconds(network);
    int to = 0;
    Route route = router.route(0, middle(0), to, middle(to), usualS);
    while (route == null || route.edges().length < 10) {
      to++;
      route = router.route(0, middle(0), false, to, middle(to), true, usualS);
    }
    way = route.edges();
  }

  private double middle(int edge) {
    return roads.network().edgeLengthM(edge) / 2;
  }

  private double[] middleOf(int edge) {
    double[] latLon = new double[2];
    roads.network().pointAt(edge, middle(edge), latLon);
    return latLon;
  }

  /** In the middle of an edge of the way, under way. */
  Position at(int place) {
    int edge = way[place];
    double[] latLon = middleOf(edge);
    float headingDeg = (float) roads.network().headingDeg(edge, middle(edge));
    return new Position(latLon[0], latLon[1], headingDeg, 10);
  }

  /** A stop at the end of the way, as it was planned. */
  Shipment planned(String vehicle, int index) {
    return stop(vehicle, LAST, ShipmentStatus.PLANNED, index, way.length - 1);
  }

  /** A stop in the middle of an edge of the way; the later the index, the later the record. */
  Shipment stop(String vehicle, String id, ShipmentStatus status, int index, int place) {
    double[] latLon = middleOf(way[place]);
    return Shipment.newBuilder()
        .setShipmentId(id)
        .setVehicleId(vehicle)
        .setEventTime(T.plusSeconds(index))
        .setStatus(status)
        .setStopIndex(index)
        .setLatDeg(latLon[0])
        .setLonDeg(latLon[1])
        .setWindowStart(T)
        .setWindowEnd(T.plusSeconds(3600))
        .setServiceS(60)
        .build();
  }

  /** Something that slows an edge down. */
  RoadEvent event(String id, int edge) {
    RoadNetwork network = roads.network();
    List<GeoPoint> points = new ArrayList<>();
    for (int i = 0; i < network.edgePointCount(edge); i++) {
      points.add(new GeoPoint(network.edgePointLatDeg(edge, i), network.edgePointLonDeg(edge, i)));
    }
    return RoadEvent.newBuilder()
        .setEventId(id)
        .setEventTime(T)
        .setKind(RoadEventKind.INCIDENT)
        .setValidFrom(T)
        .setValidUntil(null)
        .setSpeedFactor(0.3f)
        .setGeometry(points)
        .build();
  }
}
