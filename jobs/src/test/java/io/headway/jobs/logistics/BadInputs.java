// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import io.headway.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Every kind of input that is at fault, and the letter that each must become. */
final class BadInputs {
  private final List<String> expected = new ArrayList<>();
  private final List<byte[]> values = new ArrayList<>();
  private String topic;

  /** The bad inputs of a topic. */
  List<byte[]> of(String name, long watermarkMs) {
    topic = name;
    values.clear();
    add("not avro at all".getBytes(StandardCharsets.UTF_8), DeadLetterCause.MALFORMED);
    add(new byte[KafkaLike.MAX_RECORD_BYTES + 1], DeadLetterCause.OVERSIZED);
    if (topic.equals(Topics.TELEMETRY.name())) {
      telemetry(Instant.ofEpochMilli(watermarkMs));
    } else if (topic.equals(Topics.SHIPMENTS.name())) {
      shipments(Instant.ofEpochMilli(watermarkMs));
    } else {
      roadEvents(Instant.ofEpochMilli(watermarkMs));
    }
    return List.copyOf(values);
  }

  /** What must be found on dead-letters, as topic and cause. */
  List<String> expected() {
    return expected;
  }

  private void telemetry(Instant watermark) {
    byte[] sound = TownScript.bytes(fix("van-1", watermark.plusSeconds(1), 41.16));
    byte[] foreign = sound.clone();
    foreign[5] ^= 1;
    add(foreign, DeadLetterCause.UNKNOWN_SCHEMA);
    add(java.util.Arrays.copyOf(sound, sound.length - 3), DeadLetterCause.MALFORMED);
    add(TownScript.bytes(fix("van-1", watermark.plusSeconds(1), 91)), DeadLetterCause.OUT_OF_RANGE);
    add(
        TownScript.bytes(fix("van-1", watermark.plusSeconds(1), Double.NaN)),
        DeadLetterCause.OUT_OF_RANGE);
    add(
        TownScript.bytes(fix("van-1", watermark.plusSeconds(7_200), 41.16)),
        DeadLetterCause.FUTURE);
    add(TownScript.bytes(fix("van-1", watermark.minusSeconds(1), 41.16)), DeadLetterCause.LATE);
    add(TownScript.bytes(fix("ghost", watermark.plusSeconds(1), 10)), DeadLetterCause.NO_PLAN);
  }

  private void shipments(Instant watermark) {
    Shipment sound =
        new Shipment(
            "s-77",
            "van-1",
            watermark,
            ShipmentStatus.PLANNED,
            9,
            41.16,
            -8.6,
            watermark,
            watermark.plusSeconds(600),
            60f);
    add(
        TownScript.bytes(Shipment.newBuilder(sound).setVehicleId("").build()),
        DeadLetterCause.OUT_OF_RANGE);
    add(
        TownScript.bytes(
            Shipment.newBuilder(sound).setWindowEnd(watermark.minusSeconds(1)).build()),
        DeadLetterCause.OUT_OF_RANGE);
    add(
        TownScript.bytes(Shipment.newBuilder(sound).setStatus(ShipmentStatus.UNKNOWN).build()),
        DeadLetterCause.UNKNOWN_SCHEMA);
  }

  private void roadEvents(Instant watermark) {
    RoadEvent sound =
        new RoadEvent(
            "ev-77",
            watermark,
            RoadEventKind.INCIDENT,
            watermark,
            null,
            0.5f,
            List.of(TestTown.at(2, 3)));
    add(TownScript.bytes(sound), DeadLetterCause.NO_GEOMETRY);
    add(
        TownScript.bytes(
            RoadEvent.newBuilder(sound)
                .setGeometry(List.of(TestTown.at(2, 3), TestTown.at(3, 3)))
                .setSpeedFactor(1.5f)
                .build()),
        DeadLetterCause.OUT_OF_RANGE);
  }

  private void add(byte[] value, DeadLetterCause cause) {
    values.add(value);
    expected.add(topic + " " + cause);
  }

  private static Telemetry fix(String vehicle, Instant eventTime, double latDeg) {
    return new Telemetry(vehicle, eventTime, latDeg, -8.6, null, null, null);
  }
}
