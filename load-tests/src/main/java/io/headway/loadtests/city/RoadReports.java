// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.Draws.Stream;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.GeoPoint;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.Topics;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What the city learns of incidents: most are reported, some minutes after they began, with the
 * stretch of road where a queue is to be expected and a rounded factor, and cleared some time after
 * they ended; roadworks are announced with their end. Not thread-safe.
 */
final class RoadReports {
  private static final long SEND_MS = 300;
  private static final double QUEUE_M = 400;
  private static final double MAX_TURN_DEG = 50;
  private static final int MAX_POINTS = 1_000;

  private final CityParameters parameters;
  private final RoadNetwork network;
  private final HiddenWorld world;
  private final Outbox outbox;
  private int seen;

  RoadReports(City city, Outbox outbox) {
    this.parameters = city.parameters;
    this.network = city.network;
    this.world = city.world;
    this.outbox = outbox;
  }

  /** Sends what will be said of the incidents that began up to and including a slot. */
  void upTo(long slot) {
    List<Incident> incidents = world.incidents(slot).all();
    while (seen < incidents.size() && incidents.get(seen).bornSlot() <= slot) {
      report(incidents.get(seen++));
    }
  }

  private void report(Incident incident) {
    long bornMs = incident.bornSlot() * HiddenWorld.SLOT_MS;
    long endMs = incident.endSlot() * HiddenWorld.SLOT_MS;
    long bits =
        Draws.bits(parameters.seed(), Stream.INCIDENT_REPORT, incident.id(), incident.edge());
    boolean announced = incident.kind() == RoadEventKind.ROADWORKS;
    double delayMs =
        announced
            ? 0
            : -60_000
                * parameters.get(Knob.REPORT_DELAY_MIN)
                * Math.log(Draws.uniform(Draws.next(bits)));
    long reportMs = Math.max(parameters.startMs(), bornMs + (long) delayMs);
    if (Draws.uniform(bits) >= parameters.get(Knob.REPORTED_SHARE) || reportMs >= endMs) {
      return;
    }
    send(incident, reportMs, bornMs, announced ? endMs : null);
    long clearMs = endMs + (long) (0.5 * delayMs) + 1_000;
    send(incident, clearMs, bornMs, endMs);
  }

  private void send(Incident incident, long eventMs, long fromMs, Long untilMs) {
    String id = "E-" + incident.id();
    List<Integer> edges = stretch(incident);
    RoadEvent event =
        RoadEvent.newBuilder()
            .setEventId(id)
            .setEventTime(Instant.ofEpochMilli(eventMs))
            .setKind(incident.kind())
            .setValidFrom(Instant.ofEpochMilli(fromMs))
            .setValidUntil(untilMs == null ? null : Instant.ofEpochMilli(untilMs))
            .setSpeedFactor(speedFactor(incident, edges))
            .setGeometry(geometry(edges))
            .build();
    outbox.add(
        new FeedRecord(
            Topics.ROAD_EVENTS.name(),
            TelemetryEncoder.utf8(id),
            Wire.bytes(event),
            eventMs + SEND_MS));
  }

  /** The blocked edge and, unless it is closed, the road that leads to it: where the queue is. */
  private List<Integer> stretch(Incident incident) {
    List<Integer> edges = new ArrayList<>();
    edges.add(incident.edge());
    double metres = 0;
    while (incident.kind() != RoadEventKind.CLOSURE && metres < QUEUE_M) {
      int before = straightBefore(edges.get(0));
      if (before < 0 || edges.contains(before)) {
        break;
      }
      edges.add(0, before);
      metres += network.edgeLengthM(before);
    }
    return edges;
  }

  /** The edge of equal class that leads most nearly straight to another; −1 without one. */
  private int straightBefore(int edge) {
    int node = network.edgeFrom(edge);
    int best = -1;
    double bestDeg = MAX_TURN_DEG;
    for (int i = 0; i < network.inEdgeCount(node); i++) {
      int before = network.inEdge(node, i);
      double deg = GeoMath.headingDifferenceDeg(headingDeg(before), headingDeg(edge));
      if (network.edgeClass(before) == network.edgeClass(edge) && deg < bestDeg) {
        best = before;
        bestDeg = deg;
      }
    }
    return best;
  }

  private double headingDeg(int edge) {
    int from = network.edgeFrom(edge);
    int to = network.edgeTo(edge);
    return GeoMath.headingDeg(
        network.nodeLatDeg(from),
        network.nodeLonDeg(from),
        network.nodeLatDeg(to),
        network.nodeLonDeg(to));
  }

  /** The share of the speed that is left on a stretch whose last edge is blocked. */
  private float speedFactor(Incident incident, List<Integer> edges) {
    if (incident.speedFactor() == 0) {
      return 0;
    }
    double metres = 0;
    double slowed = 0;
    for (int edge : edges) {
      double factor =
          edge == incident.edge() ? incident.speedFactor() : Incidents.QUEUE_SPEED_FACTOR;
      metres += network.edgeLengthM(edge);
      slowed += network.edgeLengthM(edge) / factor;
    }
    return Math.max(1, Math.round(metres / slowed * 20)) / 20f;
  }

  private List<GeoPoint> geometry(List<Integer> edges) {
    List<GeoPoint> points = new ArrayList<>();
    for (int edge : edges) {
      for (int i = points.isEmpty() ? 0 : 1; i < network.edgePointCount(edge); i++) {
        points.add(
            new GeoPoint(network.edgePointLatDeg(edge, i), network.edgePointLonDeg(edge, i)));
      }
    }
    return points.subList(Math.max(0, points.size() - MAX_POINTS), points.size());
  }
}
