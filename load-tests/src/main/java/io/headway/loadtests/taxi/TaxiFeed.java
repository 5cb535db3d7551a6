// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import io.headway.loadtests.feed.Feed;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Bounds;
import io.headway.schemas.CostWeights;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.message.BinaryMessageEncoder;

/**
 * Replays a recorded taxi fleet. Each fix is telemetry, as recorded: nothing is delayed, reordered,
 * smoothed or left out, and every record reaches the broker at its event time. Each occupied
 * stretch that {@link StretchFate} calls a trip is a shipment: planned at the pick-up, where the
 * passenger names the destination (the recording's drop-off), with a promised arrival by {@link
 * PromiseModel}; delivered at the last occupied fix. The first record is the fleet's {@link
 * #bounds()}.
 *
 * <p>Trips that are under way when the replay starts are not shipments. Of decisions only {@link
 * DecisionKind#NOTIFY_LATE} can be acted on; what the others would have changed has already been
 * driven. One thread pulls and acts; {@link #score()} and {@link #notActedOn()} may be read by any.
 */
public final class TaxiFeed implements Feed {
  private static final byte[] BOUNDS_KEY = "fleet".getBytes(StandardCharsets.UTF_8);
  private static final long DAY_MS = 86_400_000;

  /**
   * What is replayed.
   *
   * @param day local date of the start; null for the first Monday to Friday that has {@code
   *     trainingDays} earlier day files, or failing that the last day that has any
   * @param startHour local hour of the start, 0 to 23
   * @param days how many recorded days run side by side, 1 to 31: those that follow {@code day} are
   *     moved back by whole days, and their cabs are other cabs
   * @param copies how many copies of each day run side by side, 1 to 1,000: each is {@code phaseS}
   *     ahead of the one before, so that no two are at the same place at the same moment
   * @param phaseS seconds between copies; all copies together span at most one day
   * @param trainingDays most earlier day files that promises are learned from, 1 to 31
   * @param promiseQuantile share of past trips of a kind that would have kept the promise, above 0
   *     and below 1
   * @param zone where the fleet is
   */
  public record Options(
      LocalDate day,
      int startHour,
      int days,
      int copies,
      int phaseS,
      int trainingDays,
      double promiseQuantile,
      ZoneId zone) {
    private static final int DAYS_MAX = 31;
    private static final int COPIES_MAX = 1000;

    /** Checks the ranges. */
    public Options {
      check(startHour >= 0 && startHour <= 23, "startHour", startHour, "0 to 23");
      check(days >= 1 && days <= DAYS_MAX, "days", days, "1 to " + DAYS_MAX);
      check(copies >= 1 && copies <= COPIES_MAX, "copies", copies, "1 to " + COPIES_MAX);
      check(
          phaseS >= 1 && 1000L * (copies - 1) * phaseS <= DAY_MS,
          "phaseS",
          phaseS,
          "at least 1, and at most one day over all " + copies + " copies");
      check(
          trainingDays >= 1 && trainingDays <= DAYS_MAX,
          "trainingDays",
          trainingDays,
          "1 to " + DAYS_MAX);
      check(
          promiseQuantile > 0 && promiseQuantile < 1,
          "promiseQuantile",
          promiseQuantile,
          "above 0 and below 1");
    }

    /**
     * One day from 18:00 in San Francisco, one copy, promises from up to five earlier days that
     * four of five past trips would have kept.
     */
    public static Options defaults() {
      return new Options(null, 18, 1, 1, 661, 5, 0.8, ZoneId.of("America/Los_Angeles"));
    }

    /** The same from another local date and hour. */
    public Options startingAt(LocalDate newDay, int newStartHour) {
      return new Options(
          newDay, newStartHour, days, copies, phaseS, trainingDays, promiseQuantile, zone);
    }

    /** The same with so many days and copies side by side. */
    public Options sideBySide(int newDays, int newCopies, int newPhaseS) {
      return new Options(
          day, startHour, newDays, newCopies, newPhaseS, trainingDays, promiseQuantile, zone);
    }

    /** The same with other promises. */
    public Options promising(double newPromiseQuantile, int newTrainingDays) {
      return new Options(
          day, startHour, days, copies, phaseS, newTrainingDays, newPromiseQuantile, zone);
    }

    /** The same for a fleet elsewhere. */
    public Options in(ZoneId newZone) {
      return new Options(
          day, startHour, days, copies, phaseS, trainingDays, promiseQuantile, newZone);
    }

    private static void check(boolean holds, String name, Object value, String range) {
      if (!holds) {
        throw new IllegalArgumentException(
            "Replay option "
                + name
                + " is "
                + value
                + ", so no replay can be started; it must be "
                + range
                + ".");
      }
    }
  }

  private record OpenTrip(Shipment planned, long arrivalMs) {}

  private final List<Recording> recordings;
  private final PromiseModel promises;
  private final long startMs;
  private final PriorityQueue<Lane> lanes = new PriorityQueue<>(Lane.BY_TIME);
  private final ArrayDeque<FeedRecord> ready = new ArrayDeque<>();
  private final ArrayDeque<FeedRecord> notices = new ArrayDeque<>();
  private final Map<String, OpenTrip> open = new HashMap<>();
  private final NotifyLedger ledger = new NotifyLedger();
  private final Map<DecisionKind, Long> notActedOn = new ConcurrentHashMap<>();
  private long lastSentMs;

  private TaxiFeed(List<Recording> recordings, PromiseModel promises, long startMs, Options options)
      throws IOException {
    this.recordings = recordings;
    this.promises = promises;
    this.startMs = startMs;
    lastSentMs = startMs;
    int number = 0;
    for (int day = 0; day < recordings.size(); day++) {
      Recording.Node beginning = recordings.get(day).here();
      for (int copy = 0; copy < options.copies(); copy++) {
        long aheadMs = day * DAY_MS + 1000L * copy * options.phaseS();
        Lane lane = new Lane(number++, recordings.get(day), beginning, startMs, aheadMs);
        if (lane.advance()) {
          lanes.add(lane);
        }
      }
    }
    ready.add(
        new FeedRecord(
            Topics.BOUNDS.name(), BOUNDS_KEY, bytes(Bounds.getEncoder(), bounds()), startMs));
  }

  /**
   * Opens a recording: chooses the start, learns the promises from the day files before the one
   * that holds it, and reads up to the start.
   *
   * @param folder of {@code YYYY-MM-DD.csv.gz} files, each a UTC day of rows {@code
   *     unix_s,cab,lat,lon,occupied} sorted by time
   * @throws IOException when the folder holds no such file, no day before the one to replay, or not
   *     every day asked for; or when a file cannot be read
   */
  public static TaxiFeed open(Path folder, Options options) throws IOException {
    DayFiles files = DayFiles.in(folder);
    Instant start = ReplayStart.of(files, options);
    LocalDate firstDay = LocalDate.ofInstant(start, ZoneOffset.UTC);
    PromiseModel promises =
        PromiseModel.learn(
            files.before(firstDay, options.trainingDays()),
            options.promiseQuantile(),
            options.zone());
    List<Recording> recordings = new ArrayList<>();
    for (int day = 0; day < options.days(); day++) {
      recordings.add(new Recording(files.from(firstDay.plusDays(day))));
    }
    return new TaxiFeed(recordings, promises, start.toEpochMilli(), options);
  }

  /**
   * The limits under which a taxi fleet decides: as the default, but a passenger's promise is one
   * of minutes. Being told counts from three minutes ahead instead of fifteen (half of all trips
   * last less than nine), and lateness is missed after two minutes instead of five.
   */
  public static Bounds bounds() {
    return Bounds.newBuilder()
        .setVersion(1)
        .setWeights(CostWeights.newBuilder().setNotifyAheadMin(3).setGraceMin(2).build())
        .build();
  }

  @Override
  public long startMs() {
    return startMs;
  }

  @Override
  public FeedRecord next() throws IOException {
    FeedRecord record = ready.poll();
    if (record == null) {
      Lane lane = lanes.peek();
      FeedRecord notice = notices.peek();
      if (notice != null && (lane == null || notice.sendAtMs() <= lane.timeMs())) {
        record = notices.poll();
      } else if (lane != null) {
        lanes.poll();
        show(lane);
        if (lane.advance()) {
          lanes.add(lane);
        }
        record = ready.poll();
      } else {
        return null;
      }
    }
    lastSentMs = record.sendAtMs();
    return record;
  }

  @Override
  public void act(Decision decision, long nowMs) {
    switch (decision.getKind()) {
      case KEEP, WAIT -> {}
      case NOTIFY_LATE -> decision.getShipmentIds().forEach(id -> tell(id, nowMs));
      default -> notActedOn.merge(decision.getKind(), 1L, Long::sum);
    }
  }

  /** How good the NOTIFY_LATE decisions handed in so far were. */
  public NotifyScore score() {
    return ledger.score();
  }

  /** How many decisions asked for what a recording cannot do, by kind. */
  public Map<DecisionKind, Long> notActedOn() {
    return Map.copyOf(notActedOn);
  }

  /** How arrivals were promised. */
  public PromiseModel promises() {
    return promises;
  }

  /**
   * What became of the occupied stretches read so far, each counted once however many copies of it
   * are replayed. Only for the thread that pulls.
   */
  public Map<StretchFate, Long> stretches() {
    Map<StretchFate, Long> sum = new EnumMap<>(StretchFate.class);
    recordings.forEach(
        recording -> recording.fates().forEach((fate, count) -> sum.merge(fate, count, Long::sum)));
    return sum;
  }

  @Override
  public void close() throws IOException {
    for (Recording recording : recordings) {
      recording.close();
    }
  }

  private void show(Lane lane) {
    TripCutter.Moment moment = lane.moment();
    Fix fix = moment.fix();
    String vehicleId = lane.vehicleId(fix);
    Telemetry telemetry =
        new Telemetry(
            vehicleId,
            Instant.ofEpochMilli(lane.timeMs()),
            fix.latDeg(),
            fix.lonDeg(),
            null,
            null,
            null);
    ready.add(
        new FeedRecord(
            Topics.TELEMETRY.name(),
            vehicleId.getBytes(StandardCharsets.UTF_8),
            bytes(Telemetry.getEncoder(), telemetry),
            lane.timeMs()));
    if (moment.begins() != null) {
      plan(lane, moment.begins());
    }
    if (moment.ends() != null && !lane.isUnderWayAtStart(moment.ends())) {
      deliver(lane, moment.ends());
    }
  }

  private void plan(Lane lane, Trip trip) {
    long pickUpMs = lane.shownMs(trip.pickUp().timeMs());
    long travelMs = Math.round(promises.travelS(trip.distanceM(), trip.pickUp().timeMs()) * 1000);
    Shipment planned =
        new Shipment(
            lane.shipmentId(trip),
            lane.vehicleId(trip.pickUp()),
            Instant.ofEpochMilli(pickUpMs),
            ShipmentStatus.PLANNED,
            (int) ((pickUpMs - startMs) / 1000),
            trip.dropOff().latDeg(),
            trip.dropOff().lonDeg(),
            Instant.ofEpochMilli(pickUpMs),
            Instant.ofEpochMilli(pickUpMs + travelMs),
            0f);
    open.put(planned.getShipmentId(), new OpenTrip(planned, lane.shownMs(trip.dropOff().timeMs())));
    ledger.promised(planned.getShipmentId(), pickUpMs + travelMs);
    ready.add(record(planned, pickUpMs));
  }

  private void deliver(Lane lane, Trip trip) {
    OpenTrip delivered = open.remove(lane.shipmentId(trip));
    ledger.arrived(delivered.planned().getShipmentId(), delivered.arrivalMs());
    ready.add(
        record(
            changed(delivered.planned(), ShipmentStatus.DELIVERED, delivered.arrivalMs()),
            delivered.arrivalMs()));
  }

  private void tell(String shipmentId, long nowMs) {
    OpenTrip trip = open.get(shipmentId);
    if (!ledger.told(shipmentId, nowMs) || trip == null || nowMs >= trip.arrivalMs()) {
      return;
    }
    long plannedMs = trip.planned().getEventTime().toEpochMilli();
    long queuedMs = notices.isEmpty() ? lastSentMs : notices.peekLast().sendAtMs();
    notices.add(
        record(
            changed(trip.planned(), ShipmentStatus.NOTIFIED, Math.max(nowMs, plannedMs + 1)),
            Math.max(nowMs, queuedMs)));
  }

  private static Shipment changed(Shipment shipment, ShipmentStatus status, long eventTimeMs) {
    return Shipment.newBuilder(shipment)
        .setStatus(status)
        .setEventTime(Instant.ofEpochMilli(eventTimeMs))
        .build();
  }

  private static FeedRecord record(Shipment shipment, long sendAtMs) {
    return new FeedRecord(
        Topics.SHIPMENTS.name(),
        shipment.getShipmentId().getBytes(StandardCharsets.UTF_8),
        bytes(Shipment.getEncoder(), shipment),
        sendAtMs);
  }

  private static <T> byte[] bytes(BinaryMessageEncoder<T> encoder, T record) {
    try {
      ByteBuffer encoded = encoder.encode(record);
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException("A record of the replay cannot be encoded: " + record, e);
    }
  }
}
