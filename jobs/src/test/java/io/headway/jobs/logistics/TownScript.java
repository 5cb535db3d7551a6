// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import io.headway.jobs.logistics.Steps.Step;
import io.headway.schemas.GeoPoint;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A quarter of an hour in the test town. {@code van-1} drives east along row 3 towards its first
 * stop and meets a closure; stops come and go; {@code van-2} is far from every road and late.
 */
final class TownScript {
  static final Instant START = Instant.parse("2026-01-05T09:00:00Z");
  static final long OUT_OF_ORDERNESS_MS = 5_000;

  /** Leaves room for steps in between. */
  static final long WATERMARK_STEP_MS = 10;

  private static final double SPEED_MPS = 10;
  private static final int INTERVAL_S = 2;

  private final List<Step> steps = new ArrayList<>();
  private long nowMs = START.toEpochMilli();
  private long lastWatermarkMs = Long.MIN_VALUE;

  private TownScript() {}

  /** The script. */
  static List<Step> steps() {
    TownScript script = new TownScript();
    script.play();
    return script.steps;
  }

  private void play() {
    shipments(
        stop("s-1", "van-1", 1, 6, 3, 0, 6),
        stop("s-2", "van-1", 2, 6, 0, 0, 14),
        stop("s-3", "van-1", 3, 3, 0, 0, 19),
        farStop("s-9", "van-2", 20));
    drive(0.1, 3, 30);
    roadEvent("ev-1", RoadEventKind.CLOSURE, 0, 60, TestTown.at(3, 3), TestTown.at(4, 3));
    drive(0.85, 3, 30);
    shipments(stop("s-4", "van-1", 4, 0, 6, 0, 12));
    drive(1.6, 3, 30);
    shipments(cancelled("s-4", "van-1"));
    roadEvent("ev-1", RoadEventKind.CLOSURE, 0, 0, TestTown.at(3, 3), TestTown.at(4, 3));
    drive(2.35, 3, 180);
    shipments(arrived("s-1", "van-1", 1, 6, 3, 6), delivered("s-1", "van-1", 1, 6, 3, 6));
    step(Topics.TELEMETRY.name(), List.of(), nowMs + 600_000);
  }

  /** van-1 drives east at 10 m/s, van-2 stands. */
  private void drive(double fromColumn, double row, int seconds) {
    List<byte[]> values = new ArrayList<>();
    for (int s = 0; s < seconds; s += INTERVAL_S) {
      nowMs += INTERVAL_S * 1_000L;
      double column = Math.min(fromColumn + s * SPEED_MPS / TestTown.BLOCK_M, TestTown.SIDE - 1);
      GeoPoint place = TestTown.at(column, row);
      boolean moves = column < TestTown.SIDE - 1;
      values.add(
          bytes(
              new Telemetry(
                  "van-1",
                  Instant.ofEpochMilli(nowMs),
                  place.getLatDeg(),
                  place.getLonDeg(),
                  moves ? (float) SPEED_MPS : 0f,
                  90f,
                  4f)));
      values.add(
          bytes(
              new Telemetry("van-2", Instant.ofEpochMilli(nowMs), 41.40, -8.20, null, null, null)));
    }
    step(Topics.TELEMETRY.name(), values, nowMs - OUT_OF_ORDERNESS_MS);
  }

  /**
   * The watermark proves that a step is over, so it has to be later than that of the one before.
   */
  private void step(String topic, List<byte[]> values, long watermarkMs) {
    lastWatermarkMs = Math.max(watermarkMs, lastWatermarkMs + WATERMARK_STEP_MS);
    steps.add(new Step(topic, values, lastWatermarkMs));
  }

  private void shipments(Shipment... shipments) {
    List<byte[]> values = new ArrayList<>();
    for (Shipment shipment : shipments) {
      values.add(bytes(shipment));
    }
    step(Topics.SHIPMENTS.name(), values, nowMs - OUT_OF_ORDERNESS_MS);
  }

  private void roadEvent(
      String id, RoadEventKind kind, float speedFactor, int minutes, GeoPoint... geometry) {
    RoadEvent event =
        new RoadEvent(
            id,
            Instant.ofEpochMilli(nowMs),
            kind,
            Instant.ofEpochMilli(nowMs),
            Instant.ofEpochMilli(nowMs).plusSeconds(minutes * 60L),
            speedFactor,
            List.of(geometry));
    step(Topics.ROAD_EVENTS.name(), List.of(bytes(event)), nowMs - OUT_OF_ORDERNESS_MS);
  }

  private Shipment stop(
      String id, String vehicle, int index, double column, double row, int fromMin, int untilMin) {
    return shipment(
        id, vehicle, ShipmentStatus.PLANNED, index, TestTown.at(column, row), fromMin, untilMin);
  }

  private Shipment farStop(String id, String vehicle, int untilMin) {
    return shipment(
        id, vehicle, ShipmentStatus.PLANNED, 1, new GeoPoint(41.50, -8.00), 0, untilMin);
  }

  private Shipment cancelled(String id, String vehicle) {
    return shipment(id, vehicle, ShipmentStatus.CANCELLED, 4, TestTown.at(0, 6), 0, 12);
  }

  private Shipment arrived(
      String id, String vehicle, int index, double column, double row, int untilMin) {
    return shipment(
        id, vehicle, ShipmentStatus.ARRIVED, index, TestTown.at(column, row), 0, untilMin);
  }

  private Shipment delivered(
      String id, String vehicle, int index, double column, double row, int untilMin) {
    nowMs += 1_000;
    return shipment(
        id, vehicle, ShipmentStatus.DELIVERED, index, TestTown.at(column, row), 0, untilMin);
  }

  private Shipment shipment(
      String id,
      String vehicle,
      ShipmentStatus status,
      int index,
      GeoPoint place,
      int fromMin,
      int untilMin) {
    return new Shipment(
        id,
        vehicle,
        Instant.ofEpochMilli(nowMs),
        status,
        index,
        place.getLatDeg(),
        place.getLonDeg(),
        START.plusSeconds(fromMin * 60L),
        START.plusSeconds(untilMin * 60L),
        60f);
  }

  static byte[] bytes(Telemetry record) {
    return array(record::toByteBuffer);
  }

  static byte[] bytes(Shipment record) {
    return array(record::toByteBuffer);
  }

  static byte[] bytes(RoadEvent record) {
    return array(record::toByteBuffer);
  }

  private static byte[] array(Encoding encoding) {
    try {
      ByteBuffer buffer = encoding.encode();
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Encoding {
    ByteBuffer encode() throws IOException;
  }
}
