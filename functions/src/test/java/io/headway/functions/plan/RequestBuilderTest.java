// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.decision.PointEstimate;
import io.headway.functions.decision.ScenarioCosts;
import io.headway.functions.decision.Scenarios;
import io.headway.functions.fusion.FusedFix;
import io.headway.functions.roads.RoadMap;
import io.headway.functions.traffic.LiveWeights;
import io.headway.functions.traffic.OffNetwork;
import io.headway.functions.traffic.WeightDelta;
import io.headway.kernels.roads.GeoMath;
import io.headway.schemas.Bounds;
import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DeliveredStop;
import io.headway.schemas.Leg;
import io.headway.schemas.RoadEventOnRoute;
import io.headway.schemas.RoadState;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.TriggerKind;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RequestBuilderTest {
  private static final PlanSettings SETTINGS = PlanSettings.builder().build();
  private static GridCity city;

  private Ways ways;
  private LiveWeights weights;
  private RequestBuilder builder;
  private Bounds bounds = Bounds.newBuilder().build();
  private List<PlanStop> stops = List.of();
  private PlanStop delivered;
  private final List<TileEvent> events = new ArrayList<>();

  @BeforeAll
  static void build(@TempDir Path folder) {
    city = new GridCity(folder, 8, 24);
  }

  @BeforeEach
  void open() {
    on(city.map);
  }

  private void on(RoadMap roads) {
    ways = new Ways(roads, SETTINGS);
    weights = new LiveWeights(roads, Duration.ofMinutes(15), SETTINGS.offNetworkStraightMps());
    builder = new RequestBuilder(ways, weights, SETTINGS);
  }

  @Test
  void aQuietMomentOffersToKeepAndToSwapNeighboursThatCostLittle() {
    stop("a", 2, 4.5, 3600);
    stop("b", 2, 12.5, 3600);

    DecisionRequest request = ask();

    assertThat(request.getCandidates().get(0).getKind()).isEqualTo(DecisionKind.KEEP);
    assertThat(request.getCandidates().get(0).getOrder()).containsExactly(0, 1);
    assertThat(kinds(request)).doesNotContain(DecisionKind.NOTIFY_LATE, DecisionKind.WAIT);
    Leg first = leg(request, 0, 0);
    assertThat(first.getFromStop()).isEqualTo(-1);
    assertThat(first.getDistanceM()).isCloseTo(2.5 * 200 - 50, within(1.0));
    assertThat(first.getLiveS()).isEqualTo(first.getUsualS());
    assertThat(first.getLiveRatio()).isEqualTo(1f);
    assertThat(first.getOnNetwork()).isTrue();
    Leg second = leg(request, 0, 1);
    assertThat(second.getDistanceM()).isCloseTo(1600, within(1.0));
    assertSound(request);
  }

  @Test
  void otherWaysAreOfferedOnlyWhenSomethingIsAtStake() {
    stop("a", 5, 12.5, 3600);
    assertThat(kinds(ask())).doesNotContain(DecisionKind.REROUTE);

    stops = List.of();
    stop("a", 5, 12.5, 60);
    assertThat(kinds(ask())).contains(DecisionKind.REROUTE);
  }

  @Test
  void aSlowRoadIsTimedAndOtherWaysAreOffered() {
    stop("a", 2, 12.5, 3600);
    slow(1, 1f, 6, 7, 8);

    DecisionRequest request = ask();

    Leg kept = leg(request, 0, 0);
    assertThat(kept.getUsualS()).isCloseTo(205, within(0.5));
    assertThat(kept.getLiveS()).isCloseTo(205 + 3 * 180, within(1.0));
    List<Candidate> reroutes = of(request, DecisionKind.REROUTE);
    assertThat(reroutes).hasSizeBetween(1, 3);
    for (Candidate reroute : reroutes) {
      Leg leg = request.getLegs().get(reroute.getLegs().get(0));
      assertThat(leg.getLiveS()).isLessThan(kept.getLiveS());
      assertThat(reroute.getDetourRatio())
          .isCloseTo((float) (leg.getDistanceM() / kept.getDistanceM()), within(0.001f));
      assertThat(reroute.getRoute())
          .startsWith(city.edge(2, 2, 2, 3))
          .doesNotContain(city.edge(2, 7, 2, 8));
    }
    assertThat(reroutes).extracting(Candidate::getRoute).doesNotHaveDuplicates();
    assertSound(request);
  }

  @Test
  void whatIsKnownOfTheRoadsOfALegIsTold() {
    stop("a", 2, 12.5, 3600);
    slow(1, 1f, 6, 7, 8);
    TileEvent works = closed(city.edge(2, 10, 2, 11));
    works.speedFactor = 0.5f;
    events.add(works);

    RoadState state = leg(ask(), 0, 0).getRoadState();

    assertThat(state.getEdges()).isEqualTo(11);
    assertThat(state.getObservedShare()).isCloseTo(3 / 11f, within(1e-4f));
    assertThat(state.getObservedRatio()).isCloseTo(10, within(1e-3f));
    assertThat(state.getObservationAgeS()).isEqualTo(10);
    assertThat(state.getObservations()).isEqualTo(4);
    assertThat(state.getAreaRatio()).isBetween(2f, 10f);
    assertThat(state.getAreaObservations()).isBetween(1f, 3f);
    assertThat(state.getNetworkRatio()).isCloseTo(10, within(1e-3f));
    assertThat(state.getNetworkObservations()).isEqualTo(3);
    assertThat(state.getEventS()).isCloseTo(20, within(0.1f));
    assertThat(state.getMainShare()).isZero();
    assertThat(state.getCollectorShare()).isZero();
  }

  @Test
  void howLongARoadEventHasLastedAndWillLastIsTold() {
    stop("a", 2, 12.5, 3600);
    TileEvent works = closed(city.edge(2, 10, 2, 11));
    works.validFromMs = Given.ms(10 - 300);
    works.validUntilMs = Given.ms(10 + 1_800);
    events.add(works);

    RoadEventOnRoute event = ask().getRoadEvents().get(0);

    assertThat(event.getAgeMin()).isEqualTo(5);
    assertThat(event.getLeftMin()).isEqualTo(30);
  }

  @Test
  void theOnlyFasterWayIsOfferedEvenBeyondTheBoundSoThatTheBoundCanBeNamed() {
    bounds = Bounds.newBuilder().setMaximumDetourRatio(1.05).build();
    stop("a", 2, 12.5, 3600);
    slow(1, 0.5f, 6, 7, 8);

    List<Candidate> reroutes = of(ask(), DecisionKind.REROUTE);

    assertThat(reroutes.get(0).getDetourRatio()).isGreaterThan(1.05f);
    assertThat(reroutes).filteredOn(r -> r.getDetourRatio() > 1.05f).hasSize(1);
  }

  @Test
  void waitingIsOfferedOnlyWhileTheTurningPointLiesFarAhead() {
    stop("a", 2, 20.5, 3600);
    // The kept street is the faster one until shortly before the jam.
    slow(1, 14f, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18);
    slow(2, 0.5f, 19);
    List<Candidate> waits = of(ask(), DecisionKind.WAIT);
    assertThat(waits).hasSize(1);
    assertThat(waits.get(0).getLegs()).isEqualTo(ask().getCandidates().get(0).getLegs());
    assertThat(of(ask(), DecisionKind.REROUTE))
        .extracting(Candidate::getRoute)
        .contains(waits.get(0).getRoute());

    bounds = Bounds.newBuilder().setWaitS(1200).build();
    assertThat(of(ask(), DecisionKind.WAIT)).isEmpty();
  }

  @Test
  void aClosureOnTheKeptRouteForcesADetourFromTheLastNodeBeforeIt() {
    stop("a", 2, 12.5, 3600);
    events.add(closed(city.edge(2, 7, 2, 8)));

    DecisionRequest request = ask();

    Leg kept = leg(request, 0, 0);
    // Two blocks more: up, along, down.
    assertThat(kept.getDistanceM()).isCloseTo(10.5 * 200 - 50 + 400, within(2.0));
    assertThat(kept.getLiveS()).isCloseTo(245, within(0.5));
    assertThat(kept.getRoadEvents()).containsExactly(0);
    assertThat(request.getRoadEvents().get(0).getAheadM()).isCloseTo(950, within(1.0));
    assertThat(request.getRoadEvents().get(0).getSpeedFactor()).isZero();
    for (Candidate reroute : of(request, DecisionKind.REROUTE)) {
      assertThat(reroute.getRoute()).doesNotContain(city.edge(2, 7, 2, 8));
    }
    assertSound(request);

    events.clear();
    assertThat(leg(ask(), 0, 0).getDistanceM()).isCloseTo(10.5 * 200 - 50, within(1.0));
  }

  @Test
  void aClosureKnownFromTheWeightsAloneForcesTheSameDetour() {
    stop("a", 2, 12.5, 3600);
    WeightDelta delta = delta(1, Float.NaN, 7);
    delta.eventFactor[0] = 0;
    weights.apply(delta);

    assertThat(leg(ask(), 0, 0).getDistanceM()).isCloseTo(10.5 * 200 - 50 + 400, within(2.0));
  }

  @Test
  void aVehicleInAClosedStreetAndAStopInOneCanStillBeDriven() {
    stop("a", 2, 12.5, 3600);
    events.add(closed(city.edge(2, 2, 2, 3), city.edge(2, 12, 2, 13), city.edge(2, 13, 2, 12)));

    Leg kept = leg(ask(), 0, 0);

    assertThat(kept.getDistanceM()).isCloseTo(10.5 * 200 - 50, within(1.0));
    assertThat(kept.getLiveS()).isEqualTo(kept.getUsualS());
  }

  @Test
  void aVehicleInAClosedStreetMaySetOutForALaterStopWhenItsNextOneLiesOffTheRoads() {
    stop("off", 60, 2.5, 3600);
    stop("on", 2, 4.5, 1);
    events.add(closed(city.edge(2, 2, 2, 3), city.edge(2, 3, 2, 2)));

    DecisionRequest request = ask();

    assertThat(kinds(request)).contains(DecisionKind.RESEQUENCE);
    assertSound(request);
  }

  @Test
  void aStopCutOffByClosuresIsLeftToTheGreatCircle() {
    stop("a", 0, 0.5, 3600);
    events.add(
        closed(
            city.edge(0, 1, 0, 0),
            city.edge(1, 0, 0, 0),
            city.edge(0, 2, 0, 1),
            city.edge(1, 1, 0, 1)));

    DecisionRequest request = ask();

    assertThat(leg(request, 0, 0).getOnNetwork()).isFalse();
    assertSound(request);
  }

  @Test
  void aLateStopIsOfferedToNotifyToHandOverAndToMoveForward() {
    stop("far", 2, 20.5, 3600);
    stop("late", 2, 4.5, 300);

    DecisionRequest request = ask();

    assertThat(of(request, DecisionKind.NOTIFY_LATE))
        .extracting(Candidate::getStop)
        .containsExactly(1);
    assertThat(of(request, DecisionKind.DISPATCH_BACKUP))
        .extracting(Candidate::getStop)
        .containsExactly(1);
    Candidate moved = of(request, DecisionKind.RESEQUENCE).get(0);
    assertThat(moved.getOrder()).containsExactly(1, 0);
    assertThat(moved.getMovedStops()).isEqualTo(2);
    Leg toLate = request.getLegs().get(moved.getLegs().get(0));
    assertThat(toLate.getFromStop()).isEqualTo(-1);
    assertThat(toLate.getToStop()).isEqualTo(1);
    assertThat(toLate.getDistanceM()).isCloseTo(450, within(1.0));
    assertThat(request.getLegs().get(moved.getLegs().get(1)).getFromStop()).isEqualTo(1);
    assertSound(request);
  }

  @Test
  void aReceiverWhoWasToldIsNotToldAgain() {
    stop("a", 2, 20.5, 60);
    stops =
        Stops.after(
                stops,
                window(Given.shipment("a", 5, ShipmentStatus.NOTIFIED, 0, 2, 20.5), 60),
                ways)
            .stops();

    DecisionRequest request = ask();

    assertThat(kinds(request)).doesNotContain(DecisionKind.NOTIFY_LATE);
    assertThat(request.getStops().get(0).getNotifiedAt())
        .isEqualTo(Instant.ofEpochMilli(Given.ms(5)));
  }

  @Test
  void aStopAtWhichTheVehicleStandsIsNotDrivenToAndStaysFirst() {
    stop("a", 2, 2.5, 3600);
    stop("b", 2, 10.5, 3600);
    stop("c", 2, 6.5, 100);
    stops =
        Stops.after(stops, Given.shipment("a", 5, ShipmentStatus.ARRIVED, 0, 2, 2.5), ways).stops();

    DecisionRequest request = ask();

    Leg first = leg(request, 0, 0);
    assertThat(first.getDistanceM()).isZero();
    assertThat(first.getLiveS()).isZero();
    assertThat(first.getLiveRatio()).isEqualTo(1f);
    assertThat(request.getStops().get(0).getArrivedAt()).isNotNull();
    assertThat(kinds(request)).doesNotContain(DecisionKind.REROUTE);
    assertThat(of(request, DecisionKind.RESEQUENCE))
        .isNotEmpty()
        .allMatch(candidate -> candidate.getOrder().get(0) == 0);
    assertSound(request);
  }

  @Test
  void theStopThatWasDeliveredLastIsToldWithTheArrivalThere() {
    stop("b", 2, 10.5, 3600);
    assertThat(ask().getDelivered()).isNull();

    delivered = new PlanStop();
    delivered.shipmentId = "a";
    assertThat(ask().getDelivered()).isEqualTo(new DeliveredStop("a", null));

    delivered.arrivedAtMs = Given.ms(5);
    assertThat(ask().getDelivered())
        .isEqualTo(new DeliveredStop("a", Instant.ofEpochMilli(Given.ms(5))));
  }

  @Test
  void offTheNetworkGreatCirclesAreDrivenAtTheLearnedSpeedAndThePace() {
    on(null);
    stop("a", 2, 20, 3600);
    WeightDelta learned = new WeightDelta();
    learned.epoch = 4;
    learned.edges = new int[] {OffNetwork.edgeOf(3), OffNetwork.edgeOf(4)};
    learned.speedMps = new float[] {9, 5};
    learned.observations = new int[] {3, 3};
    learned.eventFactor = new float[] {1, 1};
    weights.apply(learned);

    DecisionRequest request = ask();

    Leg leg = leg(request, 0, 0);
    double straightM =
        GeoMath.distanceM(GridCity.lat(2), fixOnGrid().lonDeg, GridCity.lat(2), GridCity.lon(20));
    assertThat(leg.getOnNetwork()).isFalse();
    assertThat(leg.getDistanceM()).isCloseTo(1.3 * straightM, within(1e-6));
    assertThat(leg.getUsualS()).isCloseTo(1.3 * straightM / 8, within(1e-6));
    assertThat(leg.getLiveS()).isCloseTo(straightM / (5 * 0.8), within(1e-3));
    assertThat(request.getNetworkId()).isNull();
    assertThat(request.getPosition().getEdge()).isEqualTo(-1);
    assertSound(request);
  }

  @Test
  void offTheNetworkAnEventSlowsTheTilesThatItTouches() {
    on(null);
    stop("a", 2, 20, 3600);
    double before = leg(ask(), 0, 0).getLiveS();
    TileEvent event = Given.tileEvent("e", 0, 0.5);
    event.tile = MapTile.of(GridCity.lat(2), GridCity.lon(10));
    events.add(event);

    DecisionRequest request = ask();

    int[] tiles = new int[1];
    MapTile.along(
        GridCity.lat(2),
        fixOnGrid().lonDeg,
        GridCity.lat(2),
        GridCity.lon(20),
        tile -> ++tiles[0] > 0);
    assertThat(leg(request, 0, 0).getLiveS())
        .isCloseTo(before * (tiles[0] + 1) / tiles[0], within(1e-6));
    assertThat(leg(request, 0, 0).getRoadEvents()).containsExactly(0);
    assertThat(request.getRoadEvents().get(0).getAheadM()).isBetween(500.0, 2500.0);
  }

  @Test
  void equalSituationsGiveEqualRequests() {
    stop("a", 2, 12.5, 300);
    stop("b", 5, 3.5, 900);
    slow(1, 2f, 6, 7);
    events.add(closed(city.edge(2, 9, 2, 10)));
    DecisionRequest first = ask();
    RequestBuilder other = builder;
    LiveWeights same = weights;
    builder = new RequestBuilder(new Ways(city.map, SETTINGS), same, SETTINGS);
    DecisionRequest second = ask();
    builder = other;
    ask();
    DecisionRequest third = ask();

    first.setPlannedMs(null);
    second.setPlannedMs(null);
    third.setPlannedMs(null);
    assertThat(second).isEqualTo(first);
    assertThat(third).isEqualTo(first);
  }

  @Test
  void anyPlanGivesARequestThatCanBeCosted() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      on(random.nextInt(5) == 0 ? null : city.map);
      stops = List.of();
      events.clear();
      int n = 1 + random.nextInt(random.nextInt(10) == 0 ? VehiclePlan.MAX_STOPS : 8);
      for (int i = 0; i < n; i++) {
        // Some stops lie beyond the roads.
        stop("s-" + i, 9 * random.nextDouble(), 25 * random.nextDouble(), random.nextInt(3600));
      }
      if (weights.seconds().length > 0) {
        for (int i = random.nextInt(4); i > 0; i--) {
          int[] edges =
              random.ints(random.nextInt(60), 0, city.map.network().edgeCount()).toArray();
          TileEvent event =
              random.nextBoolean() ? closed(edges) : Given.tileEvent("x", 0, 0.4, edges);
          event.eventId += i;
          event.networkId = ways.networkId();
          events.add(event);
        }
        slow(1, 1 + 9 * random.nextFloat(), random.nextInt(20), random.nextInt(20));
      }

      assertSound(ask());
    }
  }

  /** Where the vehicle is and where its stops are may be closed: there is no other way there. */
  @Test
  void noWayThatIsOfferedLeadsThroughAClosedRoad() {
    int offered = 0;
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      stops = List.of();
      events.clear();
      stop("a", 8 * random.nextDouble(), 8 + 15 * random.nextDouble(), 60);
      stop("b", 8 * random.nextDouble(), 24 * random.nextDouble(), 600);
      int[] closed = random.ints(60, 0, city.map.network().edgeCount()).toArray();
      events.add(closed(closed));

      DecisionRequest request = ask();

      Set<Integer> shut = new HashSet<>();
      Arrays.stream(closed).forEach(shut::add);
      stops.forEach(
          stop -> {
            shut.remove(stop.edge);
            shut.remove(city.map.network().reverseEdge(stop.edge));
          });
      for (Candidate candidate : request.getCandidates()) {
        List<Integer> route = candidate.getRoute();
        if (!route.isEmpty()) {
          assertThat(route.subList(1, route.size()))
              .as("seed %d, %s", seed, candidate.getKind())
              .doesNotContainAnyElementsOf(shut);
          offered++;
        }
      }
    }
    assertThat(offered).isGreaterThan(100);
  }

  private void stop(String id, double row, double column, double windowEndS) {
    Shipment shipment = window(Given.planned(id, 0, stops.size(), row, column), windowEndS);
    stops = Stops.after(stops, shipment, ways).stops();
  }

  private static Shipment window(Shipment shipment, double windowEndS) {
    shipment.setWindowEnd(Instant.ofEpochMilli(Given.ms(windowEndS)));
    return shipment;
  }

  private static WeightDelta delta(long epoch, float speedMps, int... columns) {
    WeightDelta delta = new WeightDelta();
    delta.epoch = epoch;
    delta.upToMs = Given.ms(0);
    delta.networkId = city.map.network().id();
    delta.edges = Arrays.stream(columns).map(c -> city.edge(2, c, 2, c + 1)).toArray();
    delta.speedMps = new float[columns.length];
    Arrays.fill(delta.speedMps, speedMps);
    delta.observations = new int[columns.length];
    Arrays.fill(delta.observations, 4);
    delta.eventFactor = new float[columns.length];
    Arrays.fill(delta.eventFactor, 1);
    return delta;
  }

  private void slow(long epoch, float speedMps, int... columns) {
    weights.apply(delta(epoch, speedMps, columns));
  }

  private static TileEvent closed(int... edges) {
    TileEvent event = Given.tileEvent("closure", 0, 0, edges);
    event.networkId = city.map.network().id();
    return event;
  }

  private FusedFix fixOnGrid() {
    FusedFix fix = Given.fix(10, city, city.edge(2, 2, 2, 3), 50);
    if (ways.network() == null) {
      fix.edge = -1;
      fix.offsetM = 0;
    }
    return fix;
  }

  /** The request of a vehicle that drives east in column 2 of row 2, ten seconds after T. */
  private DecisionRequest ask() {
    VehiclePlan plan = new VehiclePlan();
    plan.delivered = delivered;
    plan.version = 3;
    plan.networkId = ways.networkId();
    plan.stops = stops;
    VehicleProgress progress = new VehicleProgress();
    progress.fix = fixOnGrid();
    for (int i = 0; i < stops.size(); i++) {
      FusedFix fix = progress.fix;
      plan.legs.add(
          stops.get(i).arrivedAtMs != PlanStop.NEVER
              ? ways.none(stops.get(i))
              : i == 0
                  ? ways.from(fix.latDeg, fix.lonDeg, fix.edge, fix.offsetM, stops.get(0))
                  : ways.between(stops.get(i - 1), stops.get(i)));
    }
    progress.routeOffsetM = plan.legs.get(0).startOffsetM;
    Situation situation =
        new Situation(Given.VEHICLE, plan, progress, events, 0.8f, bounds, Given.ms(10));
    return builder.build(
        situation, new Cause(TriggerKind.PERIODIC, "", Given.ms(10), Cause.NO_RECORD), 9);
  }

  private static Leg leg(DecisionRequest request, int candidate, int position) {
    return request.getLegs().get(request.getCandidates().get(candidate).getLegs().get(position));
  }

  private static List<Candidate> of(DecisionRequest request, DecisionKind kind) {
    return request.getCandidates().stream().filter(c -> c.getKind() == kind).toList();
  }

  private static List<DecisionKind> kinds(DecisionRequest request) {
    return request.getCandidates().stream().map(Candidate::getKind).toList();
  }

  /** What every request must hold, and that the baseline can cost it. */
  private static void assertSound(DecisionRequest request) {
    int n = request.getStops().size();
    for (Leg leg : request.getLegs()) {
      assertThat(leg.getLiveS()).isFinite().isNotNegative();
      assertThat(leg.getUsualS()).isFinite().isNotNegative();
      assertThat(leg.getDistanceM()).isFinite().isNotNegative();
    }
    assertThat(request.getCandidates().get(0).getKind()).isEqualTo(DecisionKind.KEEP);
    for (Candidate candidate : request.getCandidates()) {
      assertThat(candidate.getOrder()).hasSize(n).doesNotHaveDuplicates();
      assertThat(candidate.getLegs()).hasSize(n);
      int at = -1;
      for (int p = 0; p < n; p++) {
        Leg leg = request.getLegs().get(candidate.getLegs().get(p));
        assertThat(leg.getFromStop()).isEqualTo(at);
        assertThat(leg.getToStop()).isEqualTo(candidate.getOrder().get(p));
        at = leg.getToStop();
      }
    }
    assertThat(of(request, DecisionKind.REROUTE).size()).isLessThanOrEqualTo(3);
    assertThat(of(request, DecisionKind.RESEQUENCE).size()).isLessThanOrEqualTo(5);
    assertThat(of(request, DecisionKind.WAIT).size()).isLessThanOrEqualTo(1);
    Scenarios scenarios = new Scenarios();
    PointEstimate.drawInto(request, scenarios);
    assertThat(new ScenarioCosts().cost(request, scenarios))
        .hasSameSizeAs(request.getCandidates())
        .allSatisfy(cost -> assertThat(cost.getObjectiveEur()).isFinite());
  }
}
