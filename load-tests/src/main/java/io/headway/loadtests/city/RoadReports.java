// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

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
 * What the city learns of incidents: most are reported, some minutes after they began and with a
 * rounded factor, and cleared some time after they ended; roadworks are announced with their end.
 * Not thread-safe.
 */
final class RoadReports {
  private static final long SEND_MS = 300;

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
    RoadEvent event =
        RoadEvent.newBuilder()
            .setEventId(id)
            .setEventTime(Instant.ofEpochMilli(eventMs))
            .setKind(incident.kind())
            .setValidFrom(Instant.ofEpochMilli(fromMs))
            .setValidUntil(untilMs == null ? null : Instant.ofEpochMilli(untilMs))
            .setSpeedFactor(Math.round(incident.speedFactor() * 20) / 20f)
            .setGeometry(geometry(incident.edge()))
            .build();
    outbox.add(
        new FeedRecord(
            Topics.ROAD_EVENTS.name(),
            TelemetryEncoder.utf8(id),
            Wire.bytes(event),
            eventMs + SEND_MS));
  }

  private List<GeoPoint> geometry(int edge) {
    List<GeoPoint> points = new ArrayList<>();
    for (int i = 0; i < Math.min(1_000, network.edgePointCount(edge)); i++) {
      points.add(new GeoPoint(network.edgePointLatDeg(edge, i), network.edgePointLonDeg(edge, i)));
    }
    return points;
  }
}
