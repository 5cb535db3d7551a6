// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.routing.Route;
import io.headway.loadtests.city.Draws.Stream;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.ShipmentStatus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One vehicle and its driver: drives rounds from its depot on the routes that are fastest at usual
 * speeds, goes around closures when it stands before them, serves stops in order, and does what the
 * dispatcher says.
 *
 * <p>Its time goes in segments of constant speed, which end with the edge, the slot or what it
 * waits for. Everything random about it is drawn by counters, so its life is a function of the city
 * and of what was said to it when. It changes nothing for other vehicles. Not thread-safe.
 */
final class Vehicle {
  /** Told of each change of a shipment. */
  interface Listener {
    void changed(Vehicle vehicle, Stop stop, ShipmentStatus status, double ms);
  }

  /** Nobody listens. */
  static final Listener NOBODY = (vehicle, stop, status, ms) -> {};

  /** What became of a decision. */
  enum Effect {
    /** It was carried out. */
    DONE,
    /** There was nothing to do. */
    NOTHING,
    /** It no longer applied. */
    STALE
  }

  private enum Phase {
    PARKED,
    LOADED,
    DRIVING,
    BLOCKED,
    BROKEN,
    SERVING
  }

  private static final int INDEX_STEP = 16;
  private static final int MAX_STOPS = 40;
  private static final double LEAD_MS = 120_000;
  private static final double FIRST_DEPARTURES_MS = 60_000;
  private static final double CRAWL_MPS = 1.5;
  private static final int[] NOWHERE = {};

  private final City city;
  private final HiddenWorld world;
  private final int id;
  private final double pace;
  private final boolean planChanges;

  private Phase phase;
  private double fromMs;
  private double toMs;
  private double untilMs;
  private double brokeDownMs;
  private long slot;
  private int edge;
  private double offsetM;
  private double speedMps;
  private boolean reachesEnd;
  private double drivenM;

  private int[] route = NOWHERE;
  private int at;
  private double targetOffsetM;

  /** The way to take at the next departure; empty when it is up to the driver. */
  private List<Integer> orderedWay = List.of();

  /** The place it stands at, exactly; −1 elsewhere. */
  private int place;

  private int round = -1;
  private int shipments;
  private final List<Stop> stops = new ArrayList<>();

  /** A vehicle at the city's beginning, somewhere on its first round. */
  Vehicle(City city, int id) {
    this.city = city;
    this.id = id;
    world = city.world;
    pace = Math.exp(world.logPace(id));
    planChanges = true;
    fromMs = city.parameters.startMs();
    toMs = fromMs;
    untilMs = fromMs;
    slot = HiddenWorld.slotOf((long) fromMs);
    int tour = city.tours.tourOf(id, 0);
    int done = doneAtStart(tour);
    standAt(done == 0 ? city.tours.depot(tour) : city.tours.stops(tour)[done - 1]);
    phase = Phase.PARKED;
  }

  private Vehicle(Vehicle other, HiddenWorld world, double pace) {
    city = other.city;
    this.world = world;
    id = other.id;
    this.pace = pace;
    planChanges = false;
    phase = other.phase;
    fromMs = other.fromMs;
    toMs = other.toMs;
    untilMs = other.untilMs;
    brokeDownMs = other.brokeDownMs;
    slot = other.slot;
    edge = other.edge;
    offsetM = other.offsetM;
    speedMps = other.speedMps;
    reachesEnd = other.reachesEnd;
    drivenM = other.drivenM;
    route = other.route;
    at = other.at;
    targetOffsetM = other.targetOffsetM;
    orderedWay = other.orderedWay;
    place = other.place;
    round = other.round;
    shipments = other.shipments;
    stops.addAll(other.stops);
  }

  /** The same vehicle in a world, to which its dispatcher adds and cancels nothing more. */
  Vehicle branch(HiddenWorld future) {
    return new Vehicle(this, future, pace);
  }

  /**
   * The same vehicle from a moment of the segment on, in a world that may be: where it is and what
   * it has to do is seen, but not how fast it goes on, nor how long it stands yet.
   *
   * @param newPace of its driver
   * @param services how long the customer takes at whom it stands
   * @param u uniform in (0, 1): how long it stands yet
   */
  Vehicle branch(
      HiddenWorld future, double newPace, double ms, ServiceBelief.Law services, double u) {
    Vehicle branch = new Vehicle(this, future, newPace);
    branch.moveTo(ms);
    switch (phase) {
      case DRIVING -> branch.drive(ms);
      case SERVING -> {
        Stop stop = stops.get(0);
        double beganMs = (double) Math.max(stop.arrivedMs(), stop.windowStartMs());
        double serviceS = services.serviceS(stop, Math.max(0, ms - beganMs) / 1000, u);
        branch.untilMs = beganMs + serviceS * 1000;
        branch.stand(ms);
      }
      case BROKEN -> {
        branch.untilMs = ms + brokenDownMs(ms, u);
        branch.stand(ms);
      }
      case PARKED, LOADED, BLOCKED -> branch.stand(ms);
    }
    return branch;
  }

  /**
   * How long it stands yet because it broke down, milliseconds; 0 when it did not. How long ago it
   * did is seen.
   *
   * @param u uniform in (0, 1)
   */
  double brokenDownMs(double ms, double u) {
    if (phase != Phase.BROKEN) {
      return 0;
    }
    double stoodMin = Math.max(HiddenWorld.LEAST_BREAKDOWN_MIN, (ms - brokeDownMs) / 60_000);
    double allMin = stoodMin + u * (HiddenWorld.MOST_BREAKDOWN_MIN - stoodMin);
    return brokeDownMs + allMin * 60_000 - ms;
  }

  /**
   * A second vehicle, with a driver of pace 1, that takes over stops of this one.
   *
   * @param arriveMs when it arrives at the first of them
   */
  Vehicle backup(List<Stop> tail, double arriveMs) {
    Vehicle second = new Vehicle(this, world, 1);
    second.stops.clear();
    second.stops.addAll(tail);
    second.route = NOWHERE;
    second.orderedWay = List.of();
    second.drivenM = 0;
    second.standAt(tail.get(0).place());
    second.phase = Phase.LOADED;
    second.fromMs = arriveMs;
    second.toMs = arriveMs;
    second.untilMs = arriveMs;
    return second;
  }

  int id() {
    return id;
  }

  /** End of the segment, milliseconds since the epoch: when {@link #step} is due. */
  double toMs() {
    return toMs;
  }

  /** What it has still to do, in order; the first may be being served. Live. */
  List<Stop> stops() {
    return stops;
  }

  /** Metres driven so far, to the beginning of the segment. */
  double drivenM() {
    return drivenM;
  }

  /** Metres driven up to a moment of the segment. */
  double drivenM(double ms) {
    return drivenM + speedMps * (ms - fromMs) / 1000;
  }

  int edge() {
    return edge;
  }

  /** Metres from the start of {@link #edge} at a moment of the segment. */
  double offsetM(double ms) {
    double metres = offsetM + speedMps * (ms - fromMs) / 1000;
    return Math.min(metres, world.lengthM(edge));
  }

  /** Speed over ground, metres a second. */
  double speedMps() {
    return speedMps;
  }

  HiddenWorld world() {
    return world;
  }

  /** The place it stands at, exactly; −1 elsewhere. */
  int place() {
    return place;
  }

  /** Whether it drives to a stop now. */
  boolean isUnderWayTo(int stop) {
    return stop == 0 && underWay();
  }

  /** Its way; not to be changed. */
  int[] way() {
    return route;
  }

  /** Where on its way it is. */
  int at() {
    return at;
  }

  /** Where the next stop lies on the last edge of a way to it, metres. */
  double targetM(int[] way) {
    return city.routes.offsetM(stops.get(0).place(), way[way.length - 1]);
  }

  /** The way that it would take after a REROUTE; null when that does not apply. */
  int[] wayBy(List<Integer> edges) {
    if (!underWay()
        || edges.isEmpty()
        || !connected(edges)
        || stops.isEmpty()
        || !leadsTo(edges, stops.get(0))) {
      return null;
    }
    return joined(edges);
  }

  /** The way that it would set out on after a REROUTE; null when that does not apply. */
  int[] wayAtDeparture(List<Integer> edges) {
    return place >= 0
            && edges.size() > 1
            && isAt(edges.get(0), place)
            && connected(edges)
            && !stops.isEmpty()
            && leadsTo(edges, stops.get(0))
        ? toArray(edges)
        : null;
  }

  String key() {
    return keyOf(id);
  }

  static String keyOf(int vehicle) {
    return "V" + vehicle;
  }

  /** The number in a key; −1 when it is no vehicle's. */
  static int numberOf(String key, int vehicles) {
    if (!key.matches("V\\d{1,7}")) {
      return -1;
    }
    int number = Integer.parseInt(key.substring(1));
    return number < vehicles ? number : -1;
  }

  String shipmentId(Stop stop) {
    return shipmentId(id, stop.number());
  }

  static String shipmentId(int vehicle, int number) {
    return "S" + vehicle + "-" + number;
  }

  /** Lives on to a moment: every segment that ends by then is brought to its end. */
  void advanceTo(double ms, Listener listener) {
    while (toMs <= ms) {
      step(listener);
    }
  }

  /** Brings the segment to its end and begins the next. */
  void step(Listener listener) {
    double now = toMs;
    moveTo(now);
    long slotNow = HiddenWorld.slotOf((long) now);
    boolean newSlot = slotNow != slot;
    slot = slotNow;
    switch (phase) {
      case DRIVING -> {
        if (!reachesEnd) {
          driveOn(now);
        } else if (at == route.length - 1) {
          arrive(now, listener);
        } else {
          enterNext(now);
        }
      }
      case BLOCKED -> enterNext(now);
      case BROKEN -> {
        if (now >= untilMs) {
          drive(now);
        } else {
          stand(now);
        }
      }
      case PARKED -> {
        if (now >= untilMs) {
          load(now, listener);
        } else {
          stand(now);
        }
      }
      case LOADED -> {
        if (now >= untilMs) {
          depart(now);
        } else {
          stand(now);
        }
      }
      case SERVING -> {
        if (now >= untilMs) {
          listener.changed(this, stops.remove(0), ShipmentStatus.DELIVERED, now);
          depart(now);
        } else {
          stand(now);
        }
      }
    }
    if (newSlot && planChanges && !stops.isEmpty()) {
      changePlan(now, listener);
    }
  }

  /**
   * Does what a decision says, at a moment of the segment.
   *
   * @param shipmentIds as in {@code Decision.shipment_ids}
   * @param edges as in {@code Decision.route}
   */
  Effect act(
      DecisionKind kind,
      List<String> shipmentIds,
      List<Integer> edges,
      double ms,
      Listener listener) {
    if (stops.isEmpty()) {
      return kind == DecisionKind.KEEP ? Effect.NOTHING : Effect.STALE;
    }
    return switch (kind) {
      case REROUTE -> reroute(edges, ms);
      case RESEQUENCE -> resequence(shipmentIds, ms, listener);
      case NOTIFY_LATE -> tell(shipmentIds, ms, listener);
      case DISPATCH_BACKUP -> handOver(shipmentIds, ms, listener);
      case KEEP, WAIT, UNKNOWN -> Effect.NOTHING;
    };
  }

  // Driving.

  private void moveTo(double ms) {
    double metres = speedMps * (ms - fromMs) / 1000;
    drivenM += metres;
    if (reachesEnd && ms >= toMs && phase == Phase.DRIVING) {
      offsetM = at == route.length - 1 ? targetOffsetM : world.lengthM(edge);
    } else {
      offsetM += metres;
    }
    fromMs = ms;
  }

  private void drive(double now) {
    phase = Phase.DRIVING;
    double mps = world.speedMps(edge, slot) * pace;
    speedMps = mps > 0 ? mps : CRAWL_MPS;
    double endM = at == route.length - 1 ? targetOffsetM : world.lengthM(edge);
    double endMs = now + Math.max(0, endM - offsetM) / speedMps * 1000;
    fromMs = now;
    reachesEnd = endMs <= slotEndMs();
    toMs = Math.min(endMs, slotEndMs());
  }

  /** Into the next slot, unless the vehicle breaks down with it. */
  private void driveOn(double now) {
    double stillMin = world.breakdownMin(id, slot);
    if (stillMin == 0) {
      drive(now);
      return;
    }
    phase = Phase.BROKEN;
    brokeDownMs = now;
    untilMs = now + stillMin * 60_000;
    stand(now);
  }

  private void stand(double now) {
    speedMps = 0;
    reachesEnd = false;
    fromMs = now;
    toMs = Math.max(now, Math.min(untilMs, slotEndMs()));
  }

  private double slotEndMs() {
    return (slot + 1) * HiddenWorld.SLOT_MS;
  }

  private void enterNext(double now) {
    if (closedAhead()) {
      int last = route.length - 1;
      Route around = city.routes.around(edge, route[last], targetOffsetM, world, slot);
      if (around != null) {
        route = around.edges();
        at = 0;
      }
      if (around == null || closedAhead()) {
        phase = Phase.BLOCKED;
        untilMs = Double.POSITIVE_INFINITY;
        stand(now);
        return;
      }
    }
    if (at < route.length - 1) {
      at++;
      edge = route[at];
      offsetM = 0;
    }
    drive(now);
  }

  /** Whether the next edge is closed; the last one may always be entered, at a crawl. */
  private boolean closedAhead() {
    return at + 1 < route.length - 1 && world.closed(route[at + 1], slot);
  }

  /** Heads for the first stop, or home. */
  private void depart(double now) {
    List<Integer> told = orderedWay;
    orderedWay = List.of();
    if (place >= 0
        && !stops.isEmpty()
        && told.size() > 1
        && isAt(told.get(0), place)
        && leadsTo(told, stops.get(0))) {
      setOut(toArray(told), stops.get(0).place(), now);
    } else {
      headFor(stops.isEmpty() ? depot() : stops.get(0).place(), now);
    }
  }

  private static int[] toArray(List<Integer> edges) {
    return edges.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Whether an edge is one of the directions of a place's road. */
  private boolean isAt(int candidate, int atPlace) {
    int own = city.places.edge(atPlace);
    return candidate == own || candidate == city.network.reverseEdge(own);
  }

  private int depot() {
    return city.tours.depot(city.tours.tourOf(id, round));
  }

  private void headFor(int target, double now) {
    setOut(
        place >= 0
            ? city.routes.between(place, target).edges()
            : city.routes.from(edge, offsetM, target),
        target,
        now);
  }

  /** Begins a way; from a place it may leave on either direction of the road. */
  private void setOut(int[] way, int target, double now) {
    if (place >= 0) {
      offsetM = city.routes.offsetM(place, way[0]);
      edge = way[0];
      place = -1;
    }
    route = way;
    at = 0;
    targetOffsetM = city.routes.offsetM(target, way[way.length - 1]);
    if (phase == Phase.BROKEN) {
      stand(now);
    } else {
      drive(now);
    }
  }

  private void arrive(double now, Listener listener) {
    if (stops.isEmpty()) {
      standAt(depot());
      phase = Phase.PARKED;
      untilMs = now + city.parameters.get(Knob.TURNAROUND_MIN) * 60_000 - LEAD_MS;
      stand(now);
      return;
    }
    Stop stop = stops.get(0).arrived((long) now);
    stops.set(0, stop);
    standAt(stop.place());
    listener.changed(this, stop, ShipmentStatus.ARRIVED, now);
    double serviceS = world.serviceS(stop.place(), id, stop.number(), stop.serviceS(), slot);
    phase = Phase.SERVING;
    untilMs = Math.max(now, (double) stop.windowStartMs()) + serviceS * 1000;
    stand(now);
  }

  private void standAt(int newPlace) {
    place = newPlace;
    edge = city.places.edge(newPlace);
    offsetM = city.places.offsetM(newPlace);
    speedMps = 0;
    reachesEnd = false;
  }

  // The plan.

  private int doneAtStart(int tour) {
    long draw = Draws.bits(city.parameters.seed(), Stream.ROUND, id, -1);
    return Draws.below(draw, Math.max(1, city.tours.stops(tour).length - 2));
  }

  /** Plans the next round and promises its windows, from usual times at this time of day. */
  private void load(double now, Listener listener) {
    round++;
    int tour = city.tours.tourOf(id, round);
    int[] order = city.tours.stops(tour);
    int done = round == 0 ? doneAtStart(tour) : 0;
    long seed = city.parameters.seed();
    double leadMs =
        round == 0 ? FIRST_DEPARTURES_MS * Draws.uniform(seed, Stream.ROUND, id, -2) : LEAD_MS;
    phase = Phase.LOADED;
    untilMs = now + leadMs;
    double clockMs = untilMs;
    int from = place;
    for (int i = done; i < order.length; i++) {
      clockMs += legMs(city.routes.between(from, order[i]).seconds(), clockMs);
      long draw = Draws.bits(seed, Stream.ROUND, id, shipments, 1);
      Stop stop = promise(order[i], (i - done) * INDEX_STEP, clockMs, draw);
      stops.add(stop);
      listener.changed(this, stop, ShipmentStatus.PLANNED, now);
      clockMs = Math.max(clockMs, (double) stop.windowStartMs()) + stop.serviceS() * 1000;
      from = order[i];
    }
    stand(now);
  }

  /** What a leg is expected to take at this time of day. */
  private double legMs(double usualS, double clockMs) {
    return usualS * 1000 / Math.exp(world.profile(1, HiddenWorld.slotOf((long) clockMs)));
  }

  private Stop promise(int target, int index, double etaMs, long draw) {
    boolean tight = Draws.uniform(draw) < city.parameters.get(Knob.TIGHT_SHARE);
    double widthMs = 60_000 * city.parameters.get(tight ? Knob.TIGHT_WINDOW_MIN : Knob.WINDOW_MIN);
    float serviceS =
        (float)
            (60
                * city.parameters.get(Knob.SERVICE_MIN)
                * (0.6 + 0.8 * Draws.uniform(Draws.next(draw))));
    return new Stop(
        shipments++,
        target,
        index,
        wholeMinute(etaMs - 0.4 * widthMs),
        wholeMinute(etaMs + 0.6 * widthMs),
        serviceS,
        0,
        0);
  }

  private static long wholeMinute(double ms) {
    return Math.round(ms / 60_000) * 60_000;
  }

  /** What customers change, looked at once a slot. */
  private void changePlan(double now, Listener listener) {
    long draw = Draws.bits(city.parameters.seed(), Stream.PLAN_CHANGE, id, slot);
    double hours = HiddenWorld.SLOT_MS / 3_600_000.0;
    double added = city.parameters.get(Knob.NEW_SHIPMENTS_PER_H) * hours;
    double cancelled = city.parameters.get(Knob.CANCELLATIONS_PER_H) * hours;
    double u = Draws.uniform(draw);
    if (u < added) {
      insert(Draws.next(draw), now, listener);
    } else if (u < added + cancelled) {
      int first = phase == Phase.SERVING ? 1 : 0;
      if (stops.size() > first) {
        int which = first + Draws.below(Draws.next(draw), stops.size() - first);
        remove(which, now, listener);
      }
    }
  }

  /** A new shipment goes where it lengthens the way least, behind the stop that comes next. */
  private void insert(long draw, double now, Listener listener) {
    int[] tour = city.tours.stops(city.tours.tourOf(id, round));
    int near = tour[Draws.below(draw, tour.length)];
    int target = nearestOf(near, draw);
    if (stops.size() >= MAX_STOPS) {
      return;
    }
    int best = 1;
    double bestM = Double.POSITIVE_INFINITY;
    for (int i = 1; i <= stops.size(); i++) {
      int before = stops.get(i - 1).place();
      double extraM = metres(before, target);
      if (i < stops.size()) {
        int after = stops.get(i).place();
        extraM += metres(target, after) - metres(before, after);
      }
      if (extraM < bestM) {
        bestM = extraM;
        best = i;
      }
    }
    Stop before = stops.get(best - 1);
    double departMs =
        Math.max(now, (before.windowStartMs() + before.windowEndMs()) / 2.0)
            + before.serviceS() * 1000;
    double etaMs =
        departMs + legMs(city.routes.between(before.place(), target).seconds(), departMs);
    int index =
        best == stops.size()
            ? before.index() + INDEX_STEP
            : (before.index() + stops.get(best).index()) / 2;
    if (index == before.index()) {
      return; // no number is left between the two: the shipment goes to another vehicle
    }
    Stop stop = promise(target, index, etaMs, Draws.next(draw));
    stops.add(best, stop);
    listener.changed(this, stop, ShipmentStatus.PLANNED, now);
  }

  /** Of a few customers the nearest to a place. */
  private int nearestOf(int near, long draw) {
    int customers = city.places.size() - city.places.depots();
    int best = near;
    double bestM = Double.POSITIVE_INFINITY;
    long bits = draw;
    for (int i = 0; i < 12; i++) {
      bits = Draws.next(bits);
      int candidate = city.places.depots() + Draws.below(bits, customers);
      double metres = metres(near, candidate);
      if (metres < bestM) {
        bestM = metres;
        best = candidate;
      }
    }
    return best;
  }

  private double metres(int a, int b) {
    Places places = city.places;
    return GeoMath.distanceM(
        places.latDeg(a), places.lonDeg(a), places.latDeg(b), places.lonDeg(b));
  }

  private void remove(int which, double now, Listener listener) {
    listener.changed(this, stops.remove(which), ShipmentStatus.CANCELLED, now);
    if (which == 0) {
      redirect(now);
    }
  }

  /** Takes the way to what is now first, if it is under way. */
  private void redirect(double now) {
    if (underWay()) {
      moveTo(now);
      depart(now);
    }
  }

  private boolean underWay() {
    return phase == Phase.DRIVING || phase == Phase.BLOCKED || phase == Phase.BROKEN;
  }

  // What the dispatcher says.

  /** A way to another stop than the next one was decided for another plan. */
  private Effect reroute(List<Integer> edges, double now) {
    int next = phase == Phase.SERVING ? 1 : 0;
    if (edges.isEmpty()
        || !connected(edges)
        || next >= stops.size()
        || !leadsTo(edges, stops.get(next))) {
      return Effect.STALE;
    }
    if (underWay()) {
      return takeWay(edges, now);
    }
    if (edges.equals(orderedWay)) {
      return Effect.NOTHING;
    }
    orderedWay = edges;
    return Effect.DONE;
  }

  private boolean leadsTo(List<Integer> edges, Stop stop) {
    return isAt(edges.get(edges.size() - 1), stop.place());
  }

  /** Takes the new edges from where the own way first meets them. */
  private Effect takeWay(List<Integer> edges, double now) {
    int[] joined = joined(edges);
    if (joined == null) {
      return Effect.STALE;
    }
    int target = stops.get(0).place();
    double lastM = city.routes.offsetM(target, joined[joined.length - 1]);
    if (joined.length == 1 && lastM < offsetM(now)) {
      return Effect.STALE; // the stop lies behind on this edge
    }
    boolean same = Arrays.equals(joined, Arrays.copyOfRange(route, at, route.length));
    if (same) {
      return Effect.NOTHING;
    }
    moveTo(now);
    route = joined;
    at = 0;
    targetOffsetM = lastM;
    switch (phase) {
      case BLOCKED -> enterNext(now);
      case BROKEN -> stand(now);
      default -> drive(now);
    }
    return Effect.DONE;
  }

  /** Own edges to the first that is among the new ones, then those behind it; null without one. */
  private int[] joined(List<Integer> edges) {
    for (int own = at; own < route.length; own++) {
      int there = edges.indexOf(route[own]);
      if (there >= 0) {
        return IntStream.concat(
                Arrays.stream(route, at, own + 1),
                edges.stream().skip(there + 1L).mapToInt(Integer::intValue))
            .toArray();
      }
    }
    return null;
  }

  private boolean connected(List<Integer> edges) {
    for (int i = 0; i < edges.size(); i++) {
      int e = edges.get(i);
      if (e < 0 || e >= city.network.edgeCount()) {
        return false;
      }
      if (i > 0 && city.network.edgeTo(edges.get(i - 1)) != city.network.edgeFrom(e)) {
        return false;
      }
    }
    return true;
  }

  /** An order that leaves stops out was made for another plan, and says nothing of this one. */
  private Effect resequence(List<String> shipmentIds, double now, Listener listener) {
    int first = phase == Phase.SERVING ? 1 : 0;
    List<Stop> open = new ArrayList<>(stops.subList(first, stops.size()));
    List<Stop> order = new ArrayList<>();
    for (String shipmentId : shipmentIds) {
      open.removeIf(stop -> shipmentId(stop).equals(shipmentId) && order.add(stop));
    }
    if (order.isEmpty() || !open.isEmpty()) {
      return Effect.STALE;
    }
    Stop before = stops.size() > first ? stops.get(first) : null;
    List<Stop> changed = new ArrayList<>();
    for (int i = 0; i < order.size(); i++) {
      Stop old = stops.get(first + i);
      Stop stop = order.get(i).withIndex(old.index());
      if (stop.number() != old.number()) {
        changed.add(stop);
      }
      order.set(i, stop);
    }
    if (changed.isEmpty()) {
      return Effect.NOTHING;
    }
    for (int i = 0; i < order.size(); i++) {
      stops.set(first + i, order.get(i));
    }
    for (Stop stop : changed) {
      listener.changed(this, stop, ShipmentStatus.PLANNED, now);
    }
    if (before != null && before.number() != stops.get(first).number()) {
      redirect(now);
    }
    return Effect.DONE;
  }

  private Effect tell(List<String> shipmentIds, double now, Listener listener) {
    boolean told = false;
    boolean known = false;
    for (int i = 0; i < stops.size(); i++) {
      Stop stop = stops.get(i);
      if (shipmentIds.contains(shipmentId(stop)) && stop.arrivedMs() == 0) {
        known = true;
        if (stop.notifiedMs() == 0) {
          stop = stop.notified((long) now);
          stops.set(i, stop);
          listener.changed(this, stop, ShipmentStatus.NOTIFIED, now);
          told = true;
        }
      }
    }
    return told ? Effect.DONE : known ? Effect.NOTHING : Effect.STALE;
  }

  /** A tail that is not this plan's any more is not handed over. */
  private Effect handOver(List<String> shipmentIds, double now, Listener listener) {
    int from = stops.size();
    while (from > 0 && shipmentIds.contains(shipmentId(stops.get(from - 1)))) {
      from--;
    }
    boolean isTail =
        stops.subList(0, from).stream().noneMatch(stop -> shipmentIds.contains(shipmentId(stop)));
    int first = from < stops.size() && stops.get(from).arrivedMs() != 0 ? from + 1 : from;
    if (!isTail || first == stops.size()) {
      return Effect.STALE;
    }
    for (int i = stops.size() - 1; i >= first; i--) {
      listener.changed(this, stops.remove(i), ShipmentStatus.CANCELLED, now);
    }
    if (first == 0) {
      redirect(now);
    }
    return Effect.DONE;
  }
}
