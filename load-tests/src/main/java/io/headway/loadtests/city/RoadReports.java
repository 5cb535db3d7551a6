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
import java.util.OptionalLong;

/**
 * What the city learns of incidents: most are reported, some minutes after they began, with the
 * stretch of road where a queue is to be expected and a rounded factor, and cleared some time after
 * they ended; roadworks are announced with their end. Not thread-safe.
 */
final class RoadReports {
  /** A record is sent so long after the moment that it tells of. */
  static final long SEND_MS = 300;

  /** And an incident's end is told of so long after it, besides half the delay of its report. */
  static final long CLEARED_AFTER_MS = 1_000;

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
    long bits =
        Draws.bits(parameters.seed(), Stream.INCIDENT_REPORT, incident.id(), incident.edge());
    long bornMs = incident.bornSlot() * HiddenWorld.SLOT_MS;
    long endMs = incident.endSlot() * HiddenWorld.SLOT_MS;
    reportMs(parameters, incident, bits)
        .ifPresent(
            reportMs -> {
              boolean announced = incident.kind() == RoadEventKind.ROADWORKS;
              send(incident, reportMs, bornMs, announced ? endMs : null);
              double delayMs = delayMs(parameters, incident, bits);
              send(incident, endMs + (long) (0.5 * delayMs) + CLEARED_AFTER_MS, bornMs, endMs);
            });
  }

  /**
   * When an incident is reported, milliseconds since the epoch; empty when nobody does while it
   * lasts.
   *
   * @param bits of the draw that decides
   */
  static OptionalLong reportMs(CityParameters parameters, Incident incident, long bits) {
    long bornMs = incident.bornSlot() * HiddenWorld.SLOT_MS;
    long endMs = incident.endSlot() * HiddenWorld.SLOT_MS;
    double delayMs = delayMs(parameters, incident, bits);
    long reportMs = Math.max(parameters.startMs(), bornMs + (long) delayMs);
    return Draws.uniform(bits) >= parameters.get(Knob.REPORTED_SHARE) || reportMs >= endMs
        ? OptionalLong.empty()
        : OptionalLong.of(reportMs);
  }

  /** From an incident's beginning to its report; roadworks are announced. */
  private static double delayMs(CityParameters parameters, Incident incident, long bits) {
    return incident.kind() == RoadEventKind.ROADWORKS
        ? 0
        : -60_000
            * parameters.get(Knob.REPORT_DELAY_MIN)
            * Math.log(Draws.uniform(Draws.next(bits)));
  }

  private void send(Incident incident, long eventMs, long fromMs, Long untilMs) {
    String id = "E-" + incident.id();
    List<Integer> edges = stretch(network, incident.edge(), incident.kind());
    RoadEvent event =
        RoadEvent.newBuilder()
            .setEventId(id)
            .setEventTime(Instant.ofEpochMilli(eventMs))
            .setKind(incident.kind())
            .setValidFrom(Instant.ofEpochMilli(fromMs))
            .setValidUntil(untilMs == null ? null : Instant.ofEpochMilli(untilMs))
            .setSpeedFactor(reported(network, incident.edge(), incident.speedFactor(), edges))
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
  static List<Integer> stretch(RoadNetwork network, int edge, RoadEventKind kind) {
    List<Integer> edges = new ArrayList<>();
    edges.add(edge);
    double metres = 0;
    while (kind != RoadEventKind.CLOSURE && metres < QUEUE_M) {
      int before = straightBefore(network, edges.get(0));
      if (before < 0 || edges.contains(before)) {
        break;
      }
      edges.add(0, before);
      metres += network.edgeLengthM(before);
    }
    return edges;
  }

  /** The edge of equal class that leads most nearly straight to another; −1 without one. */
  private static int straightBefore(RoadNetwork network, int edge) {
    int node = network.edgeFrom(edge);
    int best = -1;
    double bestDeg = MAX_TURN_DEG;
    for (int i = 0; i < network.inEdgeCount(node); i++) {
      int before = network.inEdge(node, i);
      double deg =
          GeoMath.headingDifferenceDeg(headingDeg(network, before), headingDeg(network, edge));
      if (network.edgeClass(before) == network.edgeClass(edge) && deg < bestDeg) {
        best = before;
        bestDeg = deg;
      }
    }
    return best;
  }

  private static double headingDeg(RoadNetwork network, int edge) {
    int from = network.edgeFrom(edge);
    int to = network.edgeTo(edge);
    return GeoMath.headingDeg(
        network.nodeLatDeg(from),
        network.nodeLonDeg(from),
        network.nodeLatDeg(to),
        network.nodeLonDeg(to));
  }

  /**
   * The share of the speed that is said to be left on a stretch.
   *
   * @param blocked the edge of it where only {@code factor} is left
   */
  static float reported(RoadNetwork network, int blocked, double factor, List<Integer> stretch) {
    if (factor == 0) {
      return 0;
    }
    double metres = 0;
    double slowed = 0;
    for (int edge : stretch) {
      metres += network.edgeLengthM(edge);
      slowed +=
          network.edgeLengthM(edge) / (edge == blocked ? factor : Incidents.QUEUE_SPEED_FACTOR);
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
