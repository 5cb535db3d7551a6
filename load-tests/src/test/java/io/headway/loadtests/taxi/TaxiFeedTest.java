// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Bounds;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaxiFeedTest {
  /** 18:00 in San Francisco on Tuesday 20 May: in the file of the UTC day after. */
  private static final Instant START = Instant.parse("2008-05-21T01:00:00Z");

  private static final LocalDate LOCAL_DAY = LocalDate.parse("2008-05-20");
  private static final TaxiFeed.Options OPTIONS =
      TaxiFeed.Options.defaults().startingAt(LOCAL_DAY, 18);
  private static final long PROMISED_S = 300;

  @TempDir Path folder;
  private DayFolder days;

  @BeforeEach
  void everyEarlierTripOfTwoKilometresTookFiveMinutes() {
    days = new DayFolder(folder);
    for (int i = 0; i < 40; i++) {
      days.trip("t" + i, START.minusSeconds(86_400 - i), 2000, 5);
    }
  }

  @Test
  void replaysEachFixAsItWasRecorded() throws IOException {
    days.free("a", after(0), 0).occupied("b", after(7), -500).free("a", after(60), 90_000);

    List<Telemetry> telemetry = telemetry(replay(OPTIONS));

    assertThat(telemetry)
        .extracting(Telemetry::getVehicleId)
        .containsExactly("cab-a", "cab-b", "cab-a");
    assertThat(telemetry)
        .extracting(Telemetry::getEventTime)
        .containsExactly(after(0), after(7), after(60));
    assertThat(telemetry.get(1).getLatDeg()).isEqualTo(DayFolder.LAT_DEG);
    assertThat(telemetry.get(1).getLonDeg())
        .isCloseTo(DayFolder.LON_DEG - 500 / DayFolder.M_PER_DEG_LON, within(1e-5));
    assertThat(telemetry)
        .allSatisfy(
            record -> {
              assertThat(record.getSpeedMps()).isNull();
              assertThat(record.getHeadingDeg()).isNull();
              assertThat(record.getAccuracyM()).isNull();
            });
  }

  @Test
  void plansAnOccupiedStretchAtItsPickUpAndDeliversItAtItsDropOff() throws IOException {
    days.trip("a", after(100), 2000, 8);

    List<FeedRecord> records = replay(OPTIONS);
    List<Shipment> shipments = shipments(records);

    Shipment planned = shipments.get(0);
    assertThat(planned.getShipmentId()).isEqualTo("trip-a-" + after(100).getEpochSecond());
    assertThat(planned.getVehicleId()).isEqualTo("cab-a");
    assertThat(planned.getStatus()).isEqualTo(ShipmentStatus.PLANNED);
    assertThat(planned.getEventTime()).isEqualTo(after(100));
    assertThat(planned.getWindowStart()).isEqualTo(after(100));
    assertThat(planned.getWindowEnd()).isEqualTo(after(100 + PROMISED_S));
    assertThat(planned.getLonDeg())
        .isCloseTo(DayFolder.LON_DEG + 2000 / DayFolder.M_PER_DEG_LON, within(1e-5));
    assertThat(shipments.get(1))
        .isEqualTo(
            Shipment.newBuilder(planned)
                .setStatus(ShipmentStatus.DELIVERED)
                .setEventTime(after(100 + 480))
                .build());
    assertThat(shipments).hasSize(2);
    assertThat(records)
        .filteredOn(record -> record.topic().equals("shipments"))
        .extracting(record -> new String(record.key(), StandardCharsets.UTF_8))
        .containsOnly(planned.getShipmentId());
  }

  @Test
  void promisesFromEarlierDaysOnly() throws IOException {
    for (int i = 0; i < 100; i++) {
      days.trip("before" + i, START.minusSeconds(3500 - i), 2000, 50);
      days.trip("same" + i, after(i + 1), 2000, 50);
      days.trip("later" + i, after(86_400 + i), 2000, 50);
    }

    List<Shipment> planned =
        shipments(replay(OPTIONS)).stream()
            .filter(shipment -> shipment.getStatus() == ShipmentStatus.PLANNED)
            .toList();

    assertThat(planned).hasSize(200);
    assertThat(planned)
        .allSatisfy(
            shipment ->
                assertThat(shipment.getWindowEnd())
                    .isEqualTo(shipment.getEventTime().plusSeconds(PROMISED_S)));
  }

  @Test
  void followsATripAcrossMidnight() throws IOException {
    Instant pickUp = Instant.parse("2008-05-21T23:57:00Z");
    days.trip("a", pickUp, 2000, 8).free("b", pickUp.plusSeconds(3), 0);

    List<FeedRecord> records = replay(OPTIONS);

    assertThat(shipments(records))
        .extracting(Shipment::getEventTime)
        .containsExactly(pickUp, pickUp.plusSeconds(480));
    assertThat(telemetry(records)).hasSize(12);
    assertThat(Files.exists(folder.resolve("2008-05-22.csv.gz"))).isTrue();
  }

  @Test
  void leavesOutTripsThatAreUnderWayAtTheStart() throws IOException {
    days.trip("a", after(-120), 2000, 8);

    TaxiFeed feed = open(OPTIONS);
    List<FeedRecord> records = drain(feed);

    assertThat(shipments(records)).isEmpty();
    assertThat(telemetry(records)).hasSize(8);
    assertThat(feed.score().arrivals()).isZero();
  }

  @Test
  void sendsEveryRecordAtItsEventTimeInAscendingOrder() throws IOException {
    for (int i = 0; i < 20; i++) {
      days.trip("c" + i, after(61 + 37 * i), 2000 + 100 * i, 3 + i % 5);
    }

    List<FeedRecord> records = replay(OPTIONS.sideBySide(1, 3, 97));

    assertThat(records)
        .isSortedAccordingTo(Comparator.comparingLong(FeedRecord::sendAtMs))
        .allSatisfy(record -> assertThat(record.sendAtMs()).isGreaterThanOrEqualTo(start()));
    assertThat(telemetry(records))
        .extracting(record -> record.getEventTime().toEpochMilli())
        .isEqualTo(
            records.stream()
                .filter(record -> record.topic().equals("telemetry"))
                .map(FeedRecord::sendAtMs)
                .toList());
  }

  @Test
  void copiesAreOtherCabsAheadByAPhase() throws IOException {
    days.trip("a", after(400), 2000, 8);

    List<FeedRecord> records = replay(OPTIONS.sideBySide(1, 2, 100));

    List<Telemetry> original = of("cab-a", telemetry(records));
    List<Telemetry> copy = of("cab-a.1", telemetry(records));
    assertThat(copy).hasSameSizeAs(original).hasSize(11);
    for (int i = 0; i < original.size(); i++) {
      assertThat(copy.get(i).getEventTime())
          .isEqualTo(original.get(i).getEventTime().minusSeconds(100));
      assertThat(copy.get(i).getLonDeg()).isEqualTo(original.get(i).getLonDeg());
    }
    assertThat(shipments(records))
        .extracting(Shipment::getShipmentId)
        .containsExactly(
            "trip-a.1-" + after(300).getEpochSecond(),
            "trip-a-" + after(400).getEpochSecond(),
            "trip-a.1-" + after(300).getEpochSecond(),
            "trip-a-" + after(400).getEpochSecond());
    assertThat(shipments(records).get(0).getWindowEnd()).isEqualTo(after(300 + PROMISED_S));
  }

  @Test
  void laterDaysRunBesideTheFirstAsOtherCabs() throws IOException {
    days.trip("a", after(400), 2000, 8).trip("a", after(86_400 + 430), 2000, 9);

    List<FeedRecord> records = replay(OPTIONS.sideBySide(2, 1, 661));

    assertThat(of("cab-a", telemetry(records)).get(0).getEventTime()).isEqualTo(after(340));
    assertThat(of("cab-a.1", telemetry(records)).get(0).getEventTime()).isEqualTo(after(370));
    assertThat(shipments(records))
        .filteredOn(shipment -> shipment.getVehicleId().equals("cab-a.1"))
        .extracting(Shipment::getEventTime)
        .containsExactly(after(430), after(430 + 540));
  }

  @Test
  void beginsWithTheLimitsOfATaxiFleet() throws IOException {
    days.free("a", after(0), 0);
    FeedRecord first = replay(OPTIONS).get(0);
    assertThat(first.topic()).isEqualTo("bounds");
    assertThat(first.sendAtMs()).isEqualTo(start());
    assertThat(Bounds.getDecoder().decode(first.value())).isEqualTo(TaxiFeed.bounds());
  }

  @Test
  void tellsAReceiverOnceWhileTheTripIsOpenAndKeepsTheScore() throws IOException {
    days.trip("a", after(100), 2000, 8).trip("b", after(100), 2000, 5);
    TaxiFeed feed = open(OPTIONS);
    List<FeedRecord> records = new ArrayList<>();
    FeedRecord record = feed.next();
    while (record.sendAtMs() < start() + 220_000) {
      records.add(record);
      record = feed.next();
    }
    records.add(record);
    String late = "trip-a-" + after(100).getEpochSecond();
    String onTime = "trip-b-" + after(100).getEpochSecond();

    feed.act(decision(DecisionKind.NOTIFY_LATE, late), start() + 221_000);
    feed.act(decision(DecisionKind.NOTIFY_LATE, late), start() + 222_000);
    records.addAll(drain(feed));
    feed.act(decision(DecisionKind.NOTIFY_LATE, onTime), start() + 700_000);

    assertThat(feed.next()).isNull();
    assertThat(records).isSortedAccordingTo(Comparator.comparingLong(FeedRecord::sendAtMs));
    assertThat(shipments(records))
        .filteredOn(shipment -> shipment.getStatus() == ShipmentStatus.NOTIFIED)
        .singleElement()
        .satisfies(
            notified -> {
              assertThat(notified.getShipmentId()).isEqualTo(late);
              assertThat(notified.getEventTime()).isEqualTo(after(221));
              assertThat(notified.getWindowEnd()).isEqualTo(after(100 + PROMISED_S));
            });
    assertThat(feed.score()).isEqualTo(new NotifyScore(1, 1, 2, 1, 1, 0, 0, 0, 0, 580 - 221));
  }

  @Test
  void countsDecisionsThatARecordingCannotFollow() throws IOException {
    days.free("a", after(0), 0);
    TaxiFeed feed = open(OPTIONS);
    for (DecisionKind kind : DecisionKind.values()) {
      feed.act(decision(kind), start());
    }
    assertThat(feed.notActedOn())
        .isEqualTo(
            Map.of(
                DecisionKind.REROUTE, 1L,
                DecisionKind.RESEQUENCE, 1L,
                DecisionKind.DISPATCH_BACKUP, 1L,
                DecisionKind.UNKNOWN, 1L));
    assertThat(telemetry(drain(feed))).hasSize(1);
  }

  @Test
  void choosesTheFirstWeekdayThatHasEnoughEarlierDays() throws IOException {
    // File 2008-05-20 is there; 18:00 on Tuesday 20 May lies in file 2008-05-21.
    days.free("a", after(0), 0).free("a", after(86_400), 0);
    Path data = days.write();

    assertThat(startOf(data, 1)).isEqualTo(START);
    assertThat(startOf(data, 2)).isEqualTo(after(86_400));
    assertThat(startOf(data, 5)).isEqualTo(after(86_400));
  }

  @Test
  void passesOverTheWeekend() throws IOException {
    Instant friday = Instant.parse("2008-05-24T01:00:00Z");
    DayFolder week = new DayFolder(Files.createDirectory(folder.resolve("week")));
    for (int day = 0; day < 5; day++) {
      week.trip("a", friday.plusSeconds(day * 86_400L), 2000, 5);
    }
    assertThat(startOf(week.write(), 1)).isEqualTo(friday.plusSeconds(3 * 86_400));
  }

  @Test
  void asksForEarlierDaysWhenThereAreNone() throws IOException {
    Path data = days.write();
    assertThatThrownBy(() -> TaxiFeed.open(data, TaxiFeed.Options.defaults()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("needs at least one day file before 2008-05-20.csv.gz")
        .hasMessageContaining("has 2008-05-20 to 2008-05-20");
  }

  @Test
  void namesTheDayFileThatIsMissing() throws IOException {
    days.free("a", after(0), 0);
    Path data = days.write();
    assertThatThrownBy(() -> TaxiFeed.open(data, OPTIONS.sideBySide(2, 1, 661)))
        .hasMessageContaining("needs 2008-05-22.csv.gz")
        .hasMessageContaining("has 2008-05-20 to 2008-05-21");
    assertThatThrownBy(
            () -> TaxiFeed.open(data, OPTIONS.startingAt(LocalDate.parse("2009-01-01"), 9)))
        .hasMessageContaining("needs 2009-01-01.csv.gz");
  }

  @Test
  void refusesAFolderWithoutDayFiles() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThatThrownBy(() -> TaxiFeed.open(empty, OPTIONS))
        .hasMessageContaining("no file named YYYY-MM-DD.csv.gz");
    assertThatThrownBy(() -> TaxiFeed.open(folder.resolve("nowhere"), OPTIONS))
        .hasMessageContaining("is not a folder");
  }

  @Test
  void refusesOptionsOutOfRange() {
    assertThatThrownBy(() -> OPTIONS.sideBySide(1, 1001, 1)).hasMessageContaining("copies is 1001");
    assertThatThrownBy(() -> OPTIONS.sideBySide(1, 1000, 661))
        .hasMessageContaining("phaseS is 661");
    assertThatThrownBy(() -> OPTIONS.sideBySide(0, 1, 1)).hasMessageContaining("days is 0");
    assertThatThrownBy(() -> OPTIONS.startingAt(LOCAL_DAY, 24))
        .hasMessageContaining("startHour is 24");
    assertThatThrownBy(() -> OPTIONS.promising(1, 5))
        .hasMessageContaining("promiseQuantile is 1.0");
    assertThatThrownBy(() -> OPTIONS.promising(0.8, 0)).hasMessageContaining("trainingDays is 0");
  }

  private static Instant startOf(Path data, int trainingDays) throws IOException {
    try (TaxiFeed feed =
        TaxiFeed.open(data, TaxiFeed.Options.defaults().promising(0.8, trainingDays))) {
      return Instant.ofEpochMilli(feed.startMs());
    }
  }

  private static Instant after(long seconds) {
    return START.plusSeconds(seconds);
  }

  private static long start() {
    return START.toEpochMilli();
  }

  private TaxiFeed open(TaxiFeed.Options options) throws IOException {
    return TaxiFeed.open(days.write(), options);
  }

  private List<FeedRecord> replay(TaxiFeed.Options options) throws IOException {
    try (TaxiFeed feed = open(options)) {
      return drain(feed);
    }
  }

  private static List<FeedRecord> drain(TaxiFeed feed) throws IOException {
    List<FeedRecord> records = new ArrayList<>();
    for (FeedRecord record = feed.next(); record != null; record = feed.next()) {
      records.add(record);
    }
    return records;
  }

  private static Decision decision(DecisionKind kind, String... shipmentIds) {
    Decision decision = new Decision();
    decision.setKind(kind);
    decision.setShipmentIds(List.of(shipmentIds));
    return decision;
  }

  private static List<Telemetry> of(String vehicleId, List<Telemetry> telemetry) {
    return telemetry.stream().filter(fix -> fix.getVehicleId().equals(vehicleId)).toList();
  }

  private static List<Telemetry> telemetry(List<FeedRecord> records) throws IOException {
    List<Telemetry> decoded = new ArrayList<>();
    for (FeedRecord record : records) {
      if (record.topic().equals("telemetry")) {
        Telemetry telemetry = Telemetry.getDecoder().decode(record.value());
        assertThat(record.key())
            .isEqualTo(telemetry.getVehicleId().getBytes(StandardCharsets.UTF_8));
        decoded.add(telemetry);
      }
    }
    return decoded;
  }

  private static List<Shipment> shipments(List<FeedRecord> records) throws IOException {
    List<Shipment> decoded = new ArrayList<>();
    for (FeedRecord record : records) {
      if (record.topic().equals("shipments")) {
        decoded.add(Shipment.getDecoder().decode(record.value()));
      }
    }
    return decoded;
  }
}
