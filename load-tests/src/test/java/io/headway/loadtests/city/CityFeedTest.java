// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.headway.kernels.roads.GeoMath;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CityFeedTest {
  private static final long MINUTE_MS = 60_000;

  private final CityParameters parameters = Cities.parameters();
  private final long startMs = parameters.startMs();

  @Test
  void equalSeedsGiveEqualRecordsAndOtherSeedsOthers() {
    List<FeedRecord> first = all(feed(parameters));
    List<FeedRecord> again = all(feed(parameters));
    assertThat(first.size()).isGreaterThan(10_000);
    assertThat(digest(again)).isEqualTo(digest(first));
    assertThat(digest(all(feed(parameters.withSeed(6))))).isNotEqualTo(digest(first));
  }

  @Test
  void recordsAreValidAndInOrderOfSending() throws IOException {
    long lastMs = startMs;
    Map<String, ShipmentStatus> fate = new HashMap<>();
    int telemetry = 0;
    for (FeedRecord record : all(feed(parameters.with(Knob.BAD_INPUTS_PER_MILLION, 0)))) {
      assertThat(record.sendAtMs()).isGreaterThanOrEqualTo(lastMs);
      lastMs = record.sendAtMs();
      switch (record.topic()) {
        case "telemetry" -> {
          telemetry++;
          Telemetry t = Telemetry.fromByteBuffer(ByteBuffer.wrap(record.value()));
          assertThat(record.key()).isEqualTo(TelemetryEncoder.utf8(t.getVehicleId()));
          assertThat(t.getLatDeg()).isBetween(47.0, 48.0);
          assertThat(t.getAccuracyM()).isPositive();
          if (t.getHeadingDeg() != null) {
            assertThat(t.getHeadingDeg()).isBetween(0f, Math.nextDown(360f));
          }
          if (t.getSpeedMps() != null) {
            assertThat(t.getSpeedMps()).isBetween(0f, 45f);
          }
        }
        case "shipments" -> {
          Shipment s = Shipment.fromByteBuffer(ByteBuffer.wrap(record.value()));
          assertThat(s.getWindowEnd()).isAfter(s.getWindowStart());
          ShipmentStatus before = fate.put(s.getShipmentId(), s.getStatus());
          if (before == null) {
            assertThat(s.getStatus()).isEqualTo(ShipmentStatus.PLANNED);
          } else {
            assertThat(before).isNotIn(ShipmentStatus.DELIVERED, ShipmentStatus.CANCELLED);
          }
        }
        case "road-events" -> {
          RoadEvent e = RoadEvent.fromByteBuffer(ByteBuffer.wrap(record.value()));
          assertThat(e.getGeometry()).hasSizeGreaterThan(1);
          assertThat(e.getSpeedFactor()).isBetween(0f, 1f);
        }
        default -> throw new AssertionError("Topic " + record.topic());
      }
    }
    assertThat(telemetry).isCloseTo(40 * 360, within(600));
    assertThat(fate.values())
        .contains(ShipmentStatus.DELIVERED, ShipmentStatus.PLANNED, ShipmentStatus.CANCELLED);
  }

  @Test
  void sharesOfOutliersDuplicatesAndDropoutsAreThoseAskedFor() throws IOException {
    CityFeed feed =
        feed(
            parameters
                .with(Knob.OUTLIER_SHARE, 0.02)
                .with(Knob.DUPLICATE_SHARE, 0.03)
                .with(Knob.DROPOUT_SHARE, 0.05)
                .with(Knob.FIX_INTERVAL_S, 1));
    Map<String, Integer> copies = new HashMap<>();
    int sent = 0;
    for (FeedRecord record : all(feed)) {
      if (record.topic().equals("telemetry")) {
        sent++;
        copies.merge(Arrays.toString(record.value()), 1, Integer::sum);
      }
    }
    int fixes = copies.size();
    assertThat((sent - fixes) / (double) fixes).isCloseTo(0.03, within(0.003));
    assertThat(feed.outliers() / (double) fixes).isCloseTo(0.02, within(0.003));
    // Three fifths of the silence are lost.
    assertThat(fixes / (40 * 1_800.0)).isCloseTo(1 - 0.6 * 0.05, within(0.012));
  }

  @Test
  void fixesLieAroundTheTruthWithTheStatedNoise() throws IOException {
    CityParameters clean =
        Cities.settled()
            .with(Knob.OUTLIER_SHARE, 0)
            .with(Knob.MULTIPATH_SHARE, 0)
            .with(Knob.CLOCK_ERROR_MS, 0);
    Hindsight truth = feed(clean).hindsight(Moments.BOUNDS);
    double squares = 0;
    int n = 0;
    double[] point = new double[2];
    for (FeedRecord record : all(feed(clean))) {
      if (!record.topic().equals("telemetry")) {
        continue;
      }
      Telemetry t = Telemetry.fromByteBuffer(ByteBuffer.wrap(record.value()));
      if (n < 4_000 && t.getVehicleId().length() == 2) {
        long ms = t.getEventTime().toEpochMilli();
        Vehicle vehicle = truth.at(Integer.parseInt(t.getVehicleId().substring(1)), ms);
        Cities.network().pointAt(vehicle.edge(), vehicle.offsetM((double) ms), point);
        double metres = GeoMath.distanceM(point[0], point[1], t.getLatDeg(), t.getLonDeg());
        squares += metres * metres;
        n++;
      }
    }
    // Two components of variance noise².
    assertThat(Math.sqrt(squares / n / 2)).isCloseTo(5, within(0.6));
  }

  @Test
  void badInputsComeInEveryKindAndReplaceNothing() {
    List<FeedRecord> good = all(feed(parameters.with(Knob.BAD_INPUTS_PER_MILLION, 0)));
    CityFeed feed = feed(parameters.with(Knob.BAD_INPUTS_PER_MILLION, 2_000));
    List<FeedRecord> all = all(feed);
    assertThat(feed.badInputs()).isBetween(15L, 50L);
    assertThat((long) all.size()).isCloseTo(good.size() + feed.badInputs(), within(2L));
    assertThat(all)
        .filteredOn(record -> record.value().length > 65_536)
        .isNotEmpty()
        .allMatch(record -> record.topic().equals("road-events"));
  }

  @Test
  void notifyLatePublishesNotifiedOnceAndIsNothingTheSecondTime() throws IOException {
    CityFeed feed = feed(Cities.settled());
    Map<String, Shipment> plan = planOf(feed, "V3");
    String last = lastOf(plan);
    long ms = startMs + MINUTE_MS;
    feed.act(
        Cities.decision(
            "V3", ms, Cities.alternative(DecisionKind.NOTIFY_LATE, List.of(last), List.of())),
        ms);
    feed.act(
        Cities.decision(
            "V3", ms, Cities.alternative(DecisionKind.NOTIFY_LATE, List.of(last), List.of())),
        ms + 1_000);
    assertThat(feed.acted().get(DecisionKind.NOTIFY_LATE)).containsEntry("done", 1L);
    assertThat(feed.acted().get(DecisionKind.NOTIFY_LATE)).containsEntry("nothing", 1L);
    assertThat(changes(feed))
        .filteredOn(s -> s.getShipmentId().equals(last))
        .extracting(Shipment::getStatus)
        .containsOnlyOnce(ShipmentStatus.NOTIFIED);
  }

  @Test
  void resequencePublishesNewPlacesAndTheVehicleDrivesThem() throws IOException {
    CityParameters long4 = Cities.settled().with(Knob.DURATION_H, 3);
    CityFeed feed = feed(long4);
    List<String> order = new ArrayList<>(planOf(feed, "V3").keySet());
    Collections.reverse(order);
    long ms = startMs + 1_500;
    feed.act(
        Cities.decision("V3", ms, Cities.alternative(DecisionKind.RESEQUENCE, order, List.of())),
        ms);
    assertThat(feed.acted().get(DecisionKind.RESEQUENCE)).containsEntry("done", 1L);
    List<Shipment> changes = changes(feed);
    Map<String, Integer> index = new HashMap<>();
    List<String> arrived = new ArrayList<>();
    for (Shipment s : changes) {
      if (order.contains(s.getShipmentId())) {
        index.put(s.getShipmentId(), s.getStopIndex());
        if (s.getStatus() == ShipmentStatus.ARRIVED) {
          arrived.add(s.getShipmentId());
        }
      }
    }
    assertThat(arrived).isEqualTo(order);
    for (int i = 1; i < order.size(); i++) {
      assertThat(index.get(order.get(i))).isGreaterThan(index.get(order.get(i - 1)));
    }
  }

  @Test
  void whatWasDoneMakesTheSameRecordsAgain() throws IOException {
    CityParameters city = Cities.parameters();
    CityFeed feed = feed(city);
    List<String> order = new ArrayList<>(planOf(feed(city), "V3").keySet());
    Collections.reverse(order);
    String last = order.get(order.size() - 1);
    List<FeedRecord> first = new ArrayList<>();
    for (FeedRecord record = feed.next(); record != null; record = feed.next()) {
      first.add(record);
      if (first.size() == 1_000 || first.size() == 4_000) {
        long ms = record.sendAtMs();
        boolean isFirst = first.size() == 1_000;
        feed.act(
            Cities.decision(
                "V3",
                ms,
                isFirst
                    ? Cities.alternative(DecisionKind.RESEQUENCE, order, List.of())
                    : Cities.alternative(DecisionKind.NOTIFY_LATE, List.of(last), List.of())),
            ms);
      }
    }
    assertThat(feed.acted().values()).hasSize(2).allMatch(effects -> effects.containsKey("done"));

    List<FeedRecord> again = new ArrayList<>();
    try (CityFeed scripted =
        new CityFeed(city, Cities.network(), Moments.BOUNDS, feed.done().inOrder())) {
      for (FeedRecord record = scripted.next(); record != null; record = scripted.next()) {
        again.add(record);
      }
    }
    // Those of one millisecond in any order.
    assertThat(sorted(again)).isEqualTo(sorted(first));
  }

  private static List<String> sorted(List<FeedRecord> records) {
    return records.stream()
        .map(record -> record.sendAtMs() + " " + HexFormat.of().formatHex(record.value()))
        .sorted()
        .toList();
  }

  @Test
  void dispatchBackupCancelsTheTailForTheVehicle() throws IOException {
    CityFeed feed = feed(Cities.settled().with(Knob.DURATION_H, 3));
    List<String> ids = new ArrayList<>(planOf(feed, "V3").keySet());
    List<String> tail = ids.subList(ids.size() - 2, ids.size());
    long ms = startMs + 1_500;
    feed.act(
        Cities.decision(
            "V3", ms, Cities.alternative(DecisionKind.DISPATCH_BACKUP, tail, List.of())),
        ms);
    List<Shipment> changes = changes(feed);
    assertThat(changes)
        .filteredOn(s -> tail.contains(s.getShipmentId()))
        .extracting(Shipment::getStatus)
        .containsOnly(ShipmentStatus.CANCELLED);
    assertThat(changes)
        .filteredOn(s -> ids.contains(s.getShipmentId()) && !tail.contains(s.getShipmentId()))
        .extracting(Shipment::getStatus)
        .contains(ShipmentStatus.DELIVERED);
  }

  @Test
  void rerouteIsDrivenWhereItIsStillAhead() {
    CityParameters city = Cities.settled();
    Moments moments = new Moments(city);
    Moments.Detour detour = moments.detour();
    CityFeed feed = feed(city);
    feed.act(
        Cities.decision(
            Vehicle.keyOf(detour.vehicle()),
            detour.ms(),
            Cities.alternative(DecisionKind.REROUTE, List.of(), detour.route())),
        detour.ms());
    assertThat(feed.acted().get(DecisionKind.REROUTE)).containsEntry("done", 1L);
    Hindsight after = feed.hindsight(Moments.BOUNDS);
    List<Integer> driven = new ArrayList<>();
    int target = detour.route().get(detour.route().size() - 1);
    for (long ms = detour.ms(); ms < detour.ms() + 20 * MINUTE_MS; ms += 500) {
      int edge = after.at(detour.vehicle(), ms).edge();
      if (driven.isEmpty() || driven.get(driven.size() - 1) != edge) {
        driven.add(edge);
      }
      if (edge == target) {
        break;
      }
    }
    assertThat(detour.route()).containsAll(driven);
    assertThat(driven.get(driven.size() - 1)).isEqualTo(target);
  }

  @Test
  void aWayToldBeforeTheDepartureIsTakenWithIt() {
    CityParameters city = Cities.settled();
    Moments.Detour detour = new Moments(city).detourBeforeDeparture();
    CityFeed feed = feed(city);
    feed.act(
        Cities.decision(
            Vehicle.keyOf(detour.vehicle()),
            detour.ms(),
            Cities.alternative(DecisionKind.REROUTE, List.of(), detour.route())),
        detour.ms());
    assertThat(feed.acted().get(DecisionKind.REROUTE)).containsEntry("done", 1L);
    Hindsight after = feed.hindsight(Moments.BOUNDS);
    int target = detour.route().get(detour.route().size() - 1);
    for (long ms = detour.ms() + MINUTE_MS; ms < detour.ms() + 20 * MINUTE_MS; ms += 500) {
      int edge = after.at(detour.vehicle(), ms).edge();
      assertThat(detour.route()).contains(edge);
      if (edge == target) {
        return;
      }
    }
    throw new AssertionError("The vehicle did not come to its stop.");
  }

  @Test
  void vehiclesThatBreakDownStandStillAndGoOn() throws IOException {
    CityParameters prone = Cities.settled().with(Knob.BREAKDOWNS_PER_H, 10);
    List<Shipment> calm = changes(feed(Cities.settled().with(Knob.BREAKDOWNS_PER_H, 0)));
    List<Shipment> broken = changes(feed(prone));
    assertThat(delivered(broken)).isPositive().isLessThan(3 * delivered(calm) / 4);
  }

  @Test
  void decisionsThatNoLongerApplyChangeNothingAndAreCounted() {
    CityFeed feed = feed(parameters);
    CityFeed untouched = feed(parameters);
    long ms = startMs;
    feed.act(
        Cities.decision(
            "V3", ms, Cities.alternative(DecisionKind.NOTIFY_LATE, List.of("S9-99"), List.of())),
        ms);
    feed.act(
        Cities.decision(
            "nobody", ms, Cities.alternative(DecisionKind.REROUTE, List.of(), List.of(1, 2))),
        ms);
    feed.act(
        Cities.decision(
            "V3", ms, Cities.alternative(DecisionKind.REROUTE, List.of(), List.of(1, 9_999_999))),
        ms);
    feed.act(
        Cities.decision("V3", ms, Cities.alternative(DecisionKind.KEEP, List.of(), List.of())), ms);
    assertThat(feed.acted().get(DecisionKind.NOTIFY_LATE)).containsOnlyKeys("stale");
    assertThat(feed.acted().get(DecisionKind.REROUTE)).containsExactly(Map.entry("stale", 2L));
    assertThat(digest(all(feed))).isEqualTo(digest(all(untouched)));
  }

  @Test
  void aKnobOutOfItsRangeIsRefusedWithTheRange() {
    assertThatThrownBy(() -> parameters.with(Knob.OUTLIER_SHARE, 1.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("outlier_share is 1.5")
        .hasMessageContaining("0.0 to 1.0");
  }

  static CityFeed feed(CityParameters parameters) {
    return new CityFeed(parameters, Cities.network());
  }

  static List<FeedRecord> all(CityFeed feed) {
    List<FeedRecord> records = new ArrayList<>();
    for (FeedRecord record = feed.next(); record != null; record = feed.next()) {
      records.add(record);
    }
    return records;
  }

  private static long digest(List<FeedRecord> records) {
    long digest = 17;
    for (FeedRecord record : records) {
      digest = 31 * digest + record.topic().hashCode();
      digest = 31 * digest + Arrays.hashCode(record.key());
      digest = 31 * digest + Arrays.hashCode(record.value());
      digest = 31 * digest + record.sendAtMs();
    }
    return digest;
  }

  /** The plan that a vehicle begins with, in order. */
  private static Map<String, Shipment> planOf(CityFeed feed, String vehicle) throws IOException {
    Map<String, Shipment> plan = new LinkedHashMap<>();
    FeedRecord record = feed.next();
    while (record != null && record.sendAtMs() < feed.startMs() + 1_000) {
      if (record.topic().equals("shipments")) {
        Shipment s = Shipment.fromByteBuffer(ByteBuffer.wrap(record.value()));
        if (s.getVehicleId().equals(vehicle)) {
          plan.put(s.getShipmentId(), s);
        }
      }
      record = feed.next();
    }
    Map<String, Shipment> ordered = new LinkedHashMap<>();
    plan.values().stream()
        .sorted(Comparator.comparingInt(Shipment::getStopIndex))
        .forEach(s -> ordered.put(s.getShipmentId(), s));
    return ordered;
  }

  private static String lastOf(Map<String, Shipment> plan) {
    return new ArrayList<>(plan.keySet()).get(plan.size() - 1);
  }

  private static long delivered(List<Shipment> changes) {
    return changes.stream().filter(s -> s.getStatus() == ShipmentStatus.DELIVERED).count();
  }

  private static List<Shipment> changes(CityFeed feed) throws IOException {
    List<Shipment> changes = new ArrayList<>();
    for (FeedRecord record : all(feed)) {
      if (record.topic().equals("shipments")) {
        changes.add(Shipment.fromByteBuffer(ByteBuffer.wrap(record.value())));
      }
    }
    return changes;
  }
}
