// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.fusion.Motion;
import io.headway.functions.ingest.InputType;
import io.headway.functions.roads.RoadMap;
import io.headway.functions.traffic.EdgeObservation;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Makes of the records on the topics what they say of the speed of roads: each stretch of an edge
 * that a vehicle drove through, as the job's own filter and matcher see it, but for those on which
 * it stood at a stop. Fixes that come out of order are left out. Not thread-safe.
 */
final class SpeedWitness {
  /** Shorter stretches say more of the receiver than of the road. */
  private static final double LEAST_M = 30;

  /** Error of the length of a stretch, metres, of noise at both its ends. */
  private static final double ERROR_M = 6;

  /** Slower than this share of the usual speed a vehicle did not just drive. */
  static final double LEAST_RATIO = 0.2;

  private final RoadMap roads;
  private final RoadNetwork network;
  private final Map<String, Track> tracks = new HashMap<>();
  private final Map<String, List<Standing>> standings = new HashMap<>();
  private final Map<String, Standing> arrived = new HashMap<>();
  private final Consumer<Driven> stretches;

  /**
   * A stretch of an edge that was driven.
   *
   * @param ms middle of the time that it took
   */
  record Driven(String vehicleId, int edge, long ms, double metres, double seconds) {
    double speedMps() {
      return metres / seconds;
    }

    /** Standard deviation of the error of the log speed. */
    double errorSpread() {
      return ERROR_M / metres;
    }
  }

  /** A time in which a vehicle stood at a stop; it may not have ended. */
  private static final class Standing {
    final long fromMs;
    long toMs = Long.MAX_VALUE;

    Standing(long fromMs) {
      this.fromMs = fromMs;
    }
  }

  /** A vehicle's motion so far. */
  private static final class Track {
    final Motion motion;
    Instant last = Instant.MIN;

    Track(RoadMap roads) {
      motion = new Motion(roads);
    }
  }

  /**
   * @param stretches told of each stretch once it is known to have been driven
   */
  SpeedWitness(RoadMap roads, Consumer<Driven> stretches) {
    this.roads = roads;
    this.stretches = stretches;
    network = roads.network();
  }

  /** Takes a record in, in the order of its topic. Records that are not sound say nothing. */
  void add(FeedRecord record) {
    if (record.topic().equals(InputType.TELEMETRY.topic())) {
      Telemetry fix = CityBelief.sound(InputType.TELEMETRY, record);
      if (fix != null) {
        note(fix);
      }
    } else if (record.topic().equals(InputType.SHIPMENTS.topic())) {
      note(CityBelief.sound(InputType.SHIPMENTS, record));
    }
  }

  private void note(Shipment shipment) {
    if (shipment == null) {
      return;
    }
    if (shipment.getStatus() == ShipmentStatus.ARRIVED) {
      Standing standing = new Standing(shipment.getEventTime().toEpochMilli());
      arrived.put(shipment.getShipmentId(), standing);
      standings.computeIfAbsent(shipment.getVehicleId(), first -> new ArrayList<>()).add(standing);
    } else if (shipment.getStatus() == ShipmentStatus.DELIVERED) {
      Standing standing = arrived.remove(shipment.getShipmentId());
      if (standing != null) {
        standing.toMs = shipment.getEventTime().toEpochMilli();
      }
    }
  }

  private void note(Telemetry fix) {
    String vehicleId = fix.getVehicleId();
    Track track = tracks.computeIfAbsent(vehicleId, first -> new Track(roads));
    if (fix.getEventTime().isAfter(track.last)) {
      track.motion.update(fix, stretch -> tell(vehicleId, stretch));
      track.last = fix.getEventTime();
    }
  }

  /** Tells of what is still open at the end. */
  void finish() {
    tracks.forEach((vehicleId, track) -> track.motion.finish(stretch -> tell(vehicleId, stretch)));
  }

  private void tell(String vehicleId, EdgeObservation stretch) {
    long endMs = stretch.eventTimeMs;
    long beginMs = endMs - (long) (1000 * stretch.seconds);
    Driven driven =
        new Driven(
            vehicleId, stretch.edge, (beginMs + endMs) / 2, stretch.distanceM, stretch.seconds);
    double usualMps = network.edgeFreeSpeedMps(stretch.edge);
    if (driven.metres >= LEAST_M
        && driven.speedMps() >= LEAST_RATIO * usualMps
        && !stood(vehicleId, beginMs, endMs)) {
      stretches.accept(driven);
    }
  }

  private boolean stood(String vehicleId, long beginMs, long endMs) {
    return standings.getOrDefault(vehicleId, List.of()).stream()
        .anyMatch(standing -> standing.fromMs < endMs && standing.toMs > beginMs);
  }
}
