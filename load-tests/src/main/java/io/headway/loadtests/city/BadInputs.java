// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.Draws.Stream;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.Topics;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * Slips records among the good ones that a job must refuse, each kind in turn: noise, a cut record,
 * a foreign schema, an impossible position, a time far ahead, an oversized record, a vehicle
 * without a plan, a road event without geometry. Nothing good is lost for them. Not thread-safe.
 */
final class BadInputs {
  private static final int KINDS = 8;
  private static final int OVERSIZED_BYTES = 100_000;
  private static final long AHEAD_MS = 86_400_000;

  private final long seed;
  private final double share;
  private final Outbox outbox;
  private final TelemetryEncoder encoder = new TelemetryEncoder();
  private final double latDeg;
  private final double lonDeg;
  private long looks;
  private long count;

  BadInputs(CityParameters parameters, RoadNetwork network, Outbox outbox) {
    seed = parameters.seed();
    share = parameters.get(Knob.BAD_INPUTS_PER_MILLION) / 1e6;
    this.outbox = outbox;
    latDeg = network.nodeLatDeg(0);
    lonDeg = network.nodeLonDeg(0);
  }

  /** Called once for each good fix. */
  void look(int vehicle, long ms) {
    if (share == 0 || Draws.uniform(seed, Stream.BAD_INPUT, looks++, 0) >= share) {
      return;
    }
    byte[] key = TelemetryEncoder.utf8(Vehicle.keyOf(vehicle));
    byte[] good = fix(key, ms, latDeg);
    int kind = (int) (count++ % KINDS);
    byte[] value =
        switch (kind) {
          case 0 -> noise(40);
          case 1 -> Arrays.copyOf(good, good.length / 2);
          case 2 -> foreignSchema(good);
          case 3 -> fix(key, ms, 123.456);
          case 4 -> fix(key, ms + AHEAD_MS, latDeg);
          case 5 -> noise(OVERSIZED_BYTES);
          case 6 -> fix(stranger(), ms, latDeg);
          default -> eventWithoutGeometry(ms);
        };
    boolean event = kind == 5 || kind == 7; // only road events may be that large
    outbox.add(
        new FeedRecord(
            event ? Topics.ROAD_EVENTS.name() : Topics.TELEMETRY.name(),
            event ? TelemetryEncoder.utf8("E-bad-" + count) : kind == 6 ? stranger() : key,
            value,
            ms + 100));
  }

  long count() {
    return count;
  }

  private byte[] stranger() {
    return TelemetryEncoder.utf8("X" + count);
  }

  private byte[] fix(byte[] key, long ms, double lat) {
    return encoder.encode(key, ms, lat, lonDeg, Float.NaN, Float.NaN, 5);
  }

  private static byte[] foreignSchema(byte[] good) {
    byte[] foreign = good.clone();
    for (int i = 2; i < 10; i++) {
      foreign[i] ^= 0x5A;
    }
    return foreign;
  }

  private byte[] noise(int length) {
    byte[] noise = new byte[length];
    for (int i = 0; i < length; i++) {
      noise[i] = (byte) Draws.bits(seed, Stream.BAD_INPUT, count, i);
    }
    return noise;
  }

  private byte[] eventWithoutGeometry(long ms) {
    return Wire.bytes(
        RoadEvent.newBuilder()
            .setEventId("E-bad-" + count)
            .setEventTime(Instant.ofEpochMilli(ms))
            .setKind(RoadEventKind.INCIDENT)
            .setValidFrom(Instant.ofEpochMilli(ms))
            .setValidUntil(null)
            .setSpeedFactor(0.5f)
            .setGeometry(List.of())
            .build());
  }
}
