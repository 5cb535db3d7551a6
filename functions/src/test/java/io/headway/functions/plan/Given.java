// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.fusion.FusedFix;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.functions.ingest.Origin;
import io.headway.schemas.GeoPoint;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** Inputs for tests. Times are seconds after {@link #T_MS}. */
final class Given {
  static final long T_MS = Instant.parse("2024-05-17T08:00:00Z").toEpochMilli();
  static final String VEHICLE = "v-1";

  private Given() {}

  static long ms(double seconds) {
    return T_MS + Math.round(seconds * 1000);
  }

  /** A fix on a street, so many metres after its beginning. */
  static FusedFix fix(double atS, GridCity city, int edge, double offsetM) {
    double[] place = new double[2];
    city.map.network().pointAt(edge, offsetM, place);
    FusedFix fix = fix(atS, place[0], place[1]);
    fix.edge = edge;
    fix.offsetM = (float) offsetM;
    return fix;
  }

  /** A fix off the network; 100 metres after the last. */
  static FusedFix fix(double atS, double latDeg, double lonDeg) {
    FusedFix fix = new FusedFix();
    fix.vehicleId = VEHICLE;
    fix.eventTimeMs = ms(atS);
    fix.appendTimeMs = ms(atS) + 7;
    fix.latDeg = latDeg;
    fix.lonDeg = lonDeg;
    fix.speedMps = 10;
    fix.movedM = 100;
    fix.elapsedS = 10;
    fix.offset = Math.round(atS);
    fix.payload = new byte[] {1, 2, 3};
    return fix;
  }

  /** A shipment to a place in blocks of the grid, promised within an hour. */
  static Shipment shipment(
      String id, double atS, ShipmentStatus status, int stopIndex, double row, double column) {
    return Shipment.newBuilder()
        .setShipmentId(id)
        .setVehicleId(VEHICLE)
        .setEventTime(Instant.ofEpochMilli(ms(atS)))
        .setStatus(status)
        .setStopIndex(stopIndex)
        .setLatDeg(GridCity.lat(row))
        .setLonDeg(GridCity.lon(column))
        .setWindowStart(Instant.ofEpochMilli(ms(0)))
        .setWindowEnd(Instant.ofEpochMilli(ms(3600)))
        .setServiceS(60)
        .build();
  }

  static Shipment planned(String id, double atS, int stopIndex, double row, double column) {
    return shipment(id, atS, ShipmentStatus.PLANNED, stopIndex, row, column);
  }

  static Inbound<Shipment> inbound(Shipment shipment) {
    return Inbound.of(
        InputType.SHIPMENTS,
        new Origin("shipments", 0, 1, shipment.getEventTime().toEpochMilli() + 5),
        shipment.getShipmentId().getBytes(StandardCharsets.UTF_8),
        shipment);
  }

  /** A road event along a straight line between two places in blocks of the grid. */
  static RoadEvent roadEvent(
      String id, double atS, double factor, double row, double column, double toRow, double toCol) {
    return RoadEvent.newBuilder()
        .setEventId(id)
        .setEventTime(Instant.ofEpochMilli(ms(atS)))
        .setKind(factor == 0 ? RoadEventKind.CLOSURE : RoadEventKind.INCIDENT)
        .setValidFrom(Instant.ofEpochMilli(ms(atS)))
        .setValidUntil(Instant.ofEpochMilli(ms(atS + 1800)))
        .setSpeedFactor((float) factor)
        .setGeometry(
            List.of(
                new GeoPoint(GridCity.lat(row), GridCity.lon(column)),
                new GeoPoint(GridCity.lat(toRow), GridCity.lon(toCol))))
        .build();
  }

  static Inbound<RoadEvent> inbound(RoadEvent event) {
    return Inbound.of(
        InputType.ROAD_EVENTS,
        new Origin("road-events", 0, 1, event.getEventTime().toEpochMilli() + 5),
        event.getEventId().getBytes(StandardCharsets.UTF_8),
        event);
  }

  /** What a tile is told of an event with these edges. */
  static TileEvent tileEvent(String id, double atS, double factor, int... edges) {
    TileEvent event = new TileEvent();
    event.tile = 7;
    event.eventId = id;
    event.eventTimeMs = ms(atS);
    event.appendTimeMs = ms(atS) + 5;
    event.kind = factor == 0 ? RoadEventKind.CLOSURE : RoadEventKind.INCIDENT;
    event.validFromMs = ms(atS);
    event.validUntilMs = ms(atS + 1800);
    event.sinceMs = ms(atS);
    event.speedFactor = (float) factor;
    event.edges = edges.clone();
    Arrays.sort(event.edges);
    return event;
  }
}
