// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.schemas.Bounds;
import io.headway.schemas.GeoPoint;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecordBase;

/** Sound inputs for tests. */
public final class Inputs {
  /** The moment at which they happen: 2026-03-02T08:00:00Z. */
  public static final long T0 = 1_772_438_400_000L;

  private Inputs() {}

  /** A vehicle that stands in Porto. */
  public static Telemetry telemetry(String vehicle, long timeMs) {
    return telemetry(vehicle, timeMs, 41.15, -8.61);
  }

  /** A vehicle at a place, without speed and heading. */
  public static Telemetry telemetry(String vehicle, long timeMs, double latDeg, double lonDeg) {
    return Telemetry.newBuilder()
        .setVehicleId(vehicle)
        .setEventTime(Instant.ofEpochMilli(timeMs))
        .setLatDeg(latDeg)
        .setLonDeg(lonDeg)
        .build();
  }

  /** A planned shipment. */
  public static Shipment shipment() {
    return Shipment.newBuilder()
        .setShipmentId("s1")
        .setVehicleId("v1")
        .setEventTime(Instant.ofEpochMilli(T0))
        .setStatus(ShipmentStatus.PLANNED)
        .setStopIndex(0)
        .setLatDeg(41.15)
        .setLonDeg(-8.61)
        .setWindowStart(Instant.ofEpochMilli(T0))
        .setWindowEnd(Instant.ofEpochMilli(T0 + 3_600_000))
        .setServiceS(120)
        .build();
  }

  /** A closure without an end, along points given as latitude, longitude, and so on. */
  public static RoadEvent closure(String id, long timeMs, double... latLonDeg) {
    List<GeoPoint> points = new ArrayList<>();
    for (int i = 0; i < latLonDeg.length; i += 2) {
      points.add(new GeoPoint(latLonDeg[i], latLonDeg[i + 1]));
    }
    return RoadEvent.newBuilder()
        .setEventId(id)
        .setEventTime(Instant.ofEpochMilli(timeMs))
        .setKind(RoadEventKind.CLOSURE)
        .setValidFrom(Instant.ofEpochMilli(timeMs))
        .setValidUntil(null)
        .setSpeedFactor(0)
        .setGeometry(points)
        .build();
  }

  /** A short closure in Porto. */
  public static RoadEvent roadEvent() {
    return closure("e1", T0, 41.15, -8.61, 41.151, -8.61);
  }

  /** The default bounds as version 1. */
  public static Bounds bounds() {
    return Bounds.newBuilder().setVersion(1).build();
  }

  /** The record as its topic brings it. */
  public static <T extends SpecificRecordBase> Inbound<T> inbound(
      InputType<T> type, long offset, T value) {
    Origin origin = new Origin(type.topic(), 0, offset, T0 + offset);
    return Inbound.of(type, origin, "key".getBytes(StandardCharsets.UTF_8), value);
  }
}
