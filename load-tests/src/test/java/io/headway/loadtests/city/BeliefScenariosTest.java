// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.decision.Scenarios;
import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.schemas.Bounds;
import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.GeoPoint;
import io.headway.schemas.Leg;
import io.headway.schemas.PlannedStop;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Trigger;
import io.headway.schemas.TriggerKind;
import io.headway.schemas.VehiclePosition;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Where nothing is left to chance a scenario is what comes about. */
class BeliefScenariosTest {
  private static final CityParameters CERTAIN = Cities.certain();
  private static final int COUNT = 4;

  private final RoadNetwork network = Cities.network();
  private final City city = new City(CERTAIN, network);

  @Test
  void aVehicleOnItsWayIsOnTheOtherOneForAsLongAsItWillBe() {
    assertScenariosAreWhatComesAbout(new Moments(CERTAIN).detour());
  }

  @Test
  void soIsOneThatHasNotSetOut() {
    assertScenariosAreWhatComesAbout(new Moments(CERTAIN).detourBeforeDeparture());
  }

  @Test
  void aDriverGoesAroundAClosure() {
    Moments.Detour detour = new Moments(CERTAIN).detour();
    Vehicle known = known(detour);
    CityBelief belief = belief(detour);
    int[] way = known.way();
    int closed = way[(known.at() + way.length) / 2];
    long slot = HiddenWorld.slotOf(detour.ms());
    Incident closure =
        new Incident(
            known.world().incidents(slot).all().size(),
            closed,
            RoadEventKind.CLOSURE,
            slot,
            slot + 120,
            0);
    Action keep = new Action(DecisionKind.KEEP, List.of(), List.of());
    double openS = arriveS(known, detour, keep);
    known.world().incidents(slot).add(closure);
    double aroundS = arriveS(known, detour, keep);
    belief.incidents().add(report(closure));
    Scenarios scenarios = new Scenarios();

    new BeliefScenarios(city, belief.futures(detour.vehicle(), detour.ms()), known, detour.ms())
        .drawInto(request(known, detour), COUNT, 3, scenarios);

    assertThat(aroundS).as("or the test could not fail").isGreaterThan(openS + 5);
    for (int s = 0; s < COUNT; s++) {
      assertThat(scenarios.travelS()[s]).isCloseTo(aroundS - detour.ms() / 1000.0, within(2.0));
    }
  }

  private RoadEvent report(Incident closure) {
    int last = network.edgePointCount(closure.edge()) - 1;
    return RoadEvent.newBuilder()
        .setEventId("E-1")
        .setEventTime(Instant.ofEpochMilli(closure.bornSlot() * HiddenWorld.SLOT_MS))
        .setKind(closure.kind())
        .setValidFrom(Instant.ofEpochMilli(closure.bornSlot() * HiddenWorld.SLOT_MS))
        .setValidUntil(Instant.ofEpochMilli(closure.endSlot() * HiddenWorld.SLOT_MS))
        .setSpeedFactor(0)
        .setGeometry(
            IntStream.rangeClosed(0, last)
                .mapToObj(
                    i ->
                        new GeoPoint(
                            network.edgePointLatDeg(closure.edge(), i),
                            network.edgePointLonDeg(closure.edge(), i)))
                .toList())
        .build();
  }

  private Vehicle known(Moments.Detour detour) {
    return new Hindsight(CERTAIN, network, new ActionLog(), Moments.BOUNDS)
        .at(detour.vehicle(), detour.ms());
  }

  private CityBelief belief(Moments.Detour detour) {
    return new CityBelief(
        CERTAIN,
        new RoadMap(network, new RoadIndex(network)),
        city.places,
        IntStream.of(detour.vehicle()));
  }

  private void assertScenariosAreWhatComesAbout(Moments.Detour detour) {
    Vehicle known = known(detour);
    CityBelief belief = belief(detour);
    Scenarios scenarios = new Scenarios();

    new BeliefScenarios(city, belief.futures(detour.vehicle(), detour.ms()), known, detour.ms())
        .drawInto(request(known, detour), COUNT, 3, scenarios);

    Action keep = new Action(DecisionKind.KEEP, List.of(), List.of());
    Action reroute = new Action(DecisionKind.REROUTE, List.of(), detour.route());
    double moreS = arriveS(known, detour, reroute) - arriveS(known, detour, keep);
    assertThat(Math.abs(moreS)).as("or the test could not fail").isGreaterThan(5);
    for (int s = 0; s < COUNT; s++) {
      assertThat(scenarios.travelS()[COUNT + s] - scenarios.travelS()[s])
          .isCloseTo(moreS, within(2.0));
    }
  }

  /** When it reaches its first stop. */
  private static double arriveS(Vehicle known, Moments.Detour detour, Action action) {
    Vehicle vehicle = known.branch(known.world());
    assertThat(
            vehicle.act(
                action.kind(), List.of(), action.route(), (double) detour.ms(), Vehicle.NOBODY))
        .isNotEqualTo(Vehicle.Effect.STALE);
    double[] arriveMs = new double[1];
    while (arriveMs[0] == 0) {
      vehicle.step(
          (of, stop, status, ms) -> arriveMs[0] = status == ShipmentStatus.ARRIVED ? ms : 0);
    }
    return arriveMs[0] / 1000;
  }

  private static DecisionRequest request(Vehicle known, Moments.Detour detour) {
    Instant at = Instant.ofEpochMilli(detour.ms());
    Stop first = known.stops().get(0);
    Leg kept = new Leg(-1, 0, 1_000.0, 100.0, 100.0, 1f, true, List.of(), null);
    return DecisionRequest.newBuilder()
        .setDecisionId("d-1")
        .setVehicleId(known.key())
        .setSequence(1)
        .setTrigger(new Trigger(TriggerKind.PERIODIC, "", at, null))
        .setRequestedAt(at)
        .setPlanVersion(1)
        .setWeightsEpoch(1)
        .setPosition(new VehiclePosition(at, 41.15, -8.61, 9f, 17, 12f))
        .setStops(
            List.of(
                new PlannedStop(
                    known.shipmentId(first),
                    41.15,
                    -8.6,
                    Instant.ofEpochMilli(first.windowStartMs()),
                    Instant.ofEpochMilli(first.windowEndMs()),
                    100f,
                    null,
                    null)))
        .setLegs(List.of(kept, Leg.newBuilder(kept).build()))
        .setCandidates(
            List.of(
                candidate(DecisionKind.KEEP, 0, List.of()),
                candidate(DecisionKind.REROUTE, 1, detour.route())))
        .setRoadEvents(List.of())
        .setBounds(Bounds.newBuilder().build())
        .build();
  }

  private static Candidate candidate(DecisionKind kind, int leg, List<Integer> route) {
    return new Candidate(kind, -1, List.of(0), List.of(leg), 0, route, 1f);
  }
}
