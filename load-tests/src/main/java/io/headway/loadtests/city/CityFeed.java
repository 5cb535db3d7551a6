// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.routing.Router;
import io.headway.loadtests.city.Draws.Stream;
import io.headway.loadtests.feed.Feed;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Bounds;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Topics;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A simulated city as a feed: {@code telemetry}, {@code shipments} and {@code road-events} of
 * vehicles that drive delivery rounds through traffic whose truth is known.
 *
 * <p>Records are a function of the parameters, the road network, and the decisions handed in with
 * their times. One thread pulls and hands in.
 */
public final class CityFeed implements Feed {
  private static final int VEHICLE_BITS = 24;
  private static final int VEHICLE_MASK = (1 << VEHICLE_BITS) - 1;

  /** No round takes longer after the end of the feed. */
  private static final long LONGEST_MS = 10 * 3_600_000L;

  private final CityParameters parameters;
  private final City city;
  private final Vehicle[] vehicles;
  private final long[] nextFixMs;
  private final long fixIntervalMs;
  private final LongHeap calendar = new LongHeap();
  private final Outbox outbox;
  private final Sensors sensors;
  private final BadInputs badInputs;
  private final RoadReports reports;
  private final ActionLog actions = new ActionLog();
  private final DayCost dayCost;
  private final Map<DecisionKind, Map<String, Long>> acted = new EnumMap<>(DecisionKind.class);
  private final Iterator<ActionLog.Done> script;
  private ActionLog.Done next;
  private final long startMs;
  private final long endMs;
  private long nowMs;
  private long slot;

  /**
   * @param network open as long as the feed is used
   * @throws IllegalArgumentException when deliveries cannot be driven on the network
   */
  public CityFeed(CityParameters parameters, RoadNetwork network) {
    this(parameters, network, Bounds.newBuilder().build());
  }

  /**
   * @param network open as long as the feed is used
   * @param bounds whose weights say what the day costs
   * @throws IllegalArgumentException when deliveries cannot be driven on the network
   */
  public CityFeed(CityParameters parameters, RoadNetwork network, Bounds bounds) {
    this(parameters, network, bounds, List.of());
  }

  /**
   * @param script what the dispatcher does, in order of time; nobody else may act
   */
  CityFeed(
      CityParameters parameters, RoadNetwork network, Bounds bounds, List<ActionLog.Done> script) {
    this.parameters = parameters;
    this.script = script.iterator();
    next = this.script.hasNext() ? this.script.next() : null;
    startMs = parameters.startMs();
    endMs = startMs + parameters.durationMs();
    dayCost = new DayCost(bounds, endMs);
    nowMs = startMs;
    city = new City(parameters, network);
    outbox = new Outbox(startMs);
    sensors = new Sensors(parameters, network, outbox);
    badInputs = new BadInputs(parameters, network, outbox);
    reports = new RoadReports(city, outbox);
    fixIntervalMs = Math.round(parameters.get(Knob.FIX_INTERVAL_S) * 1000);
    vehicles = new Vehicle[parameters.count(Knob.VEHICLES)];
    nextFixMs = new long[vehicles.length];
    for (int v = 0; v < vehicles.length; v++) {
      vehicles[v] = new Vehicle(city, v);
      double phase = Draws.uniform(parameters.seed(), Stream.SENSOR, v, -3);
      nextFixMs[v] = startMs + (long) (phase * fixIntervalMs);
      calendar.add(due(v));
    }
    slot = HiddenWorld.slotOf(startMs);
    reports.upTo(slot);
  }

  @Override
  public long startMs() {
    return startMs;
  }

  @Override
  public FeedRecord next() {
    long calendarMs = calendar.least() >>> VEHICLE_BITS;
    while (calendarMs < endMs - startMs && (outbox.isEmpty() || outbox.firstMs() > calendarMs)) {
      advance();
      calendarMs = calendar.least() >>> VEHICLE_BITS;
    }
    return outbox.isEmpty() || outbox.firstMs() >= endMs - startMs ? null : outbox.poll();
  }

  /**
   * {@inheritDoc}
   *
   * <p>REROUTE: the vehicle takes the new edges from where its way meets them, or once it departs.
   * RESEQUENCE: the stops are driven in the new order, and those that moved are published again
   * with their new place. NOTIFY_LATE: the receiver is told, NOTIFIED is published.
   * DISPATCH_BACKUP: the shipments are taken off this vehicle, CANCELLED is published; the second
   * vehicle sends nothing. KEEP and WAIT change nothing. A decision that no longer applies changes
   * nothing and is counted, see {@link #acted}.
   */
  @Override
  public void act(Decision decision, long actMs) {
    while (startMs + (calendar.least() >>> VEHICLE_BITS) <= Math.min(actMs, endMs)) {
      advance();
    }
    int v = Vehicle.numberOf(decision.getVehicleId(), vehicles.length);
    Vehicle.Effect effect =
        v < 0
            ? Vehicle.Effect.STALE
            : act(
                v,
                new ActionLog.Action(
                    Math.max(actMs, nowMs),
                    decision.getKind(),
                    decision.getShipmentIds(),
                    decision.getRoute()));
    acted
        .computeIfAbsent(decision.getKind(), kind -> new TreeMap<>())
        .merge(effect.name().toLowerCase(Locale.ROOT), 1L, Long::sum);
  }

  private Vehicle.Effect act(int v, ActionLog.Action action) {
    double ms = (double) action.ms();
    vehicles[v].advanceTo(ms, this::publish);
    List<Stop> before = List.copyOf(vehicles[v].stops());
    Vehicle.Effect effect =
        vehicles[v].act(action.kind(), action.shipmentIds(), action.route(), ms, this::publish);
    if (effect == Vehicle.Effect.DONE) {
      dayCost.acted(vehicles[v], action.kind(), before, ms);
      actions.add(v, action);
    }
    return effect;
  }

  /**
   * What became of decisions, by kind: how many were {@code done}, had {@code nothing} to do or
   * were {@code stale}.
   */
  public Map<DecisionKind, Map<String, Long>> acted() {
    return acted;
  }

  /**
   * Hindsight over this city's decisions, during the run and after it, on any one thread.
   *
   * @param bounds under which decisions are made: cost weights, minimum gain, backup response
   */
  public Hindsight hindsight(Bounds bounds) {
    return new Hindsight(parameters, city.network, actions, bounds);
  }

  /** What was carried out so far. */
  ActionLog done() {
    return actions;
  }

  /**
   * Lets the rounds that are under way at the feed's end come to theirs, with nothing more decided,
   * and charges them: what was done late in the day bears its fruit after it. No record may be
   * asked for afterwards, and nothing acted.
   */
  public void finish() {
    for (int v = 0; v < vehicles.length; v++) {
      Vehicle last = vehicles[v].branch(city.world);
      while (!last.stops().isEmpty() && last.toMs() <= endMs + LONGEST_MS) {
        last.step(dayCost::changed);
      }
      vehicles[v] = last;
    }
  }

  /** EUR that the day has cost so far. */
  public double costEur() {
    double km = Arrays.stream(vehicles).mapToDouble(Vehicle::drivenM).sum() / 1000;
    return dayCost.eur() + dayCost.kmEur(km);
  }

  /** What the day has come to so far. */
  public DayCost dayCost() {
    return dayCost;
  }

  /**
   * Judges decisions of this city's past by what could be known when they were made: its records
   * come again, and each decision is judged where it was made. The dispatcher of the futures goes
   * by usual speeds.
   *
   * @param decisions in order of time
   * @param most how many are judged, evenly spread over those in which there was a choice
   * @param bounds under which they were made
   * @param futuresMax how many futures of a moment are drawn at most
   */
  public List<Judgement> judge(List<Decision> decisions, int most, Bounds bounds, int futuresMax) {
    List<Decision> choices =
        decisions.stream().filter(decision -> Options.of(decision).isChoice()).toList();
    int count = Math.min(most, choices.size());
    List<Decision> judged =
        IntStream.range(0, count).mapToObj(i -> choices.get(i * choices.size() / count)).toList();
    RoadMap roads = new RoadMap(city.network, new RoadIndex(city.network));
    CityJudge judge =
        new CityJudge(
            parameters,
            roads,
            new Hindsight(parameters, city.network, actions, bounds),
            judged.stream().mapToInt(of -> Vehicle.numberOf(of.getVehicleId(), vehicles.length)),
            // What the job took them to be is on no topic.
            Router.freeSeconds(city.network),
            bounds,
            futuresMax,
            parameters.seed());
    List<Judgement> judgements = new ArrayList<>();
    try (CityFeed again = new CityFeed(parameters, city.network, bounds, actions.inOrder())) {
      FeedRecord record = again.next();
      for (Decision decision : judged) {
        long ms = decision.getDecidedAt().toEpochMilli();
        // What a decision was made for was sent a moment after it came about.
        long sentMs = ms + RoadReports.SEND_MS;
        for (; record != null && record.sendAtMs() <= sentMs; record = again.next()) {
          judge.add(record);
        }
        judgements.add(judge.of(decision, null, 0));
      }
    }
    return judgements;
  }

  /** Fixes that were made outliers so far. */
  public long outliers() {
    return sensors.outliers();
  }

  /** Records that were sent twice so far. */
  public long duplicates() {
    return sensors.duplicates();
  }

  /** Bad inputs so far. */
  public long badInputs() {
    return badInputs.count();
  }

  @Override
  public void close() {}

  private void advance() {
    long due = calendar.least();
    int v = (int) (due & VEHICLE_MASK);
    long dueMs = startMs + (due >>> VEHICLE_BITS);
    while (next != null && next.action().ms() < dueMs) {
      nowMs = next.action().ms();
      act(next.vehicle(), next.action());
      next = script.hasNext() ? script.next() : null;
    }
    nowMs = dueMs;
    if (HiddenWorld.slotOf(nowMs) != slot) {
      slot = HiddenWorld.slotOf(nowMs);
      reports.upTo(slot);
    }
    Vehicle vehicle = vehicles[v];
    vehicle.advanceTo((double) nowMs, this::publish);
    if (nextFixMs[v] <= nowMs) {
      sensors.fix(vehicle, nowMs);
      badInputs.look(v, nowMs);
      nextFixMs[v] += fixIntervalMs;
    }
    calendar.replaceLeast(due(v));
  }

  private long due(int v) {
    long ms = Math.min(nextFixMs[v], (long) Math.ceil(vehicles[v].toMs()));
    return ((ms - startMs) << VEHICLE_BITS) | v;
  }

  private void publish(Vehicle vehicle, Stop stop, ShipmentStatus status, double ms) {
    dayCost.changed(vehicle, stop, status, ms);
    String id = vehicle.shipmentId(stop);
    Shipment shipment =
        Shipment.newBuilder()
            .setShipmentId(id)
            .setVehicleId(vehicle.key())
            .setEventTime(Instant.ofEpochMilli((long) ms))
            .setStatus(status)
            .setStopIndex(stop.index())
            .setLatDeg(city.places.latDeg(stop.place()))
            .setLonDeg(city.places.lonDeg(stop.place()))
            .setWindowStart(Instant.ofEpochMilli(stop.windowStartMs()))
            .setWindowEnd(Instant.ofEpochMilli(stop.windowEndMs()))
            .setServiceS(stop.serviceS())
            .build();
    long bits = Draws.bits(parameters.seed(), Stream.SENSOR, vehicle.id(), stop.number(), 3);
    long sendAtMs = Math.max(nowMs, (long) ms) + 50 + Draws.below(bits, 200);
    outbox.add(
        new FeedRecord(
            Topics.SHIPMENTS.name(), TelemetryEncoder.utf8(id), Wire.bytes(shipment), sendAtMs));
  }
}
