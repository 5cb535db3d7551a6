// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import static io.headway.loadtests.lateness.LegFate.NOTHING_TO_DRIVE;
import static io.headway.loadtests.lateness.LegFate.NOT_SET_OUT;
import static io.headway.loadtests.lateness.LegFate.OBSERVED;
import static io.headway.loadtests.lateness.LegFate.PLAN_CHANGED;
import static io.headway.loadtests.lateness.LegFate.UNFINISHED;
import static io.headway.schemas.ShipmentStatus.ARRIVED;
import static io.headway.schemas.ShipmentStatus.CANCELLED;
import static io.headway.schemas.ShipmentStatus.DELIVERED;
import static io.headway.schemas.ShipmentStatus.NOTIFIED;
import static io.headway.schemas.ShipmentStatus.PLANNED;
import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.decision.ScenarioFeatures;
import io.headway.loadtests.lateness.KeptPlan.KeptStop;
import io.headway.schemas.ShipmentStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Times are seconds of a day on which three stops are planned at 0. */
class PlanHistoryTest {
  private static final long WINDOW_START_MS = 150_000;

  private final PlanHistory history = new PlanHistory(false);

  @BeforeEach
  void plan() {
    change(0, "a", PLANNED, 0);
    change(0, "b", PLANNED, 16);
    change(0, "c", PLANNED, 32);
  }

  @Test
  void aLegLastsFromTheDepartureBeforeItToTheArrival() {
    change(100, "a", ARRIVED, 0);
    change(400, "a", DELIVERED, 0);
    change(410, "c", NOTIFIED, 32);
    change(900, "b", ARRIVED, 16);
    change(1_000, "b", DELIVERED, 16);
    change(1_250, "c", ARRIVED, 32);

    RealisedPlan realised = realised(at(40, "a", "b", "c"));

    assertThat(realised.fates()).containsExactly(OBSERVED, OBSERVED, OBSERVED);
    assertThat(realised.realisedS(0)).as("from the request on").isEqualTo(60);
    assertThat(realised.realisedS(1)).isEqualTo(500);
    assertThat(realised.realisedS(2)).isEqualTo(250);
    assertThat(realised.arrivedMs()).containsExactly(100_000, 900_000, 1_250_000);
    assertThat(realised.servedS(0)).as("from the window's start on").isEqualTo(250);
    assertThat(realised.servedS(1)).as("from the arrival on").isEqualTo(100);
    assertThat(realised.servedS(2)).as("not over yet").isNaN();
  }

  @Test
  void aServiceThatHasBegunLastsFromItsBeginning() {
    change(200, "a", ARRIVED, 0);
    change(400, "a", DELIVERED, 0);

    List<KeptStop> stops = Stream.of("a", "b").map(id -> stop(id, id.equals("a"))).toList();
    RealisedPlan realised = realised(new KeptPlan("r", 300_000, true, stops, null));

    assertThat(realised.fates()[0]).isNull();
    assertThat(realised.servedS(0)).isEqualTo(200);
  }

  @Test
  void whatTheRunDidNotLastToSeeIsUnfinished() {
    change(100, "a", ARRIVED, 0);

    RealisedPlan realised = realised(at(40, "a", "b", "c"));

    assertThat(realised.fates()).containsExactly(OBSERVED, UNFINISHED, UNFINISHED);
    assertThat(realised.keptUpTo(2)).isTrue();
  }

  @Test
  void aNewOrderVoidsTheLegsThatItChanges() {
    change(100, "a", ARRIVED, 0);
    change(110, "c", PLANNED, 16);
    change(110, "b", PLANNED, 32);
    change(400, "a", DELIVERED, 0);
    change(700, "c", ARRIVED, 16);

    RealisedPlan realised = realised(at(40, "a", "b", "c"));

    assertThat(realised.fates()).containsExactly(OBSERVED, PLAN_CHANGED, PLAN_CHANGED);
    assertThat(realised.keptUpTo(0)).isTrue();
    assertThat(realised.keptUpTo(1)).isFalse();
  }

  @Test
  void anOrderThatIsTakenBackVoidsWhatWasOnItsWayInBetween() {
    change(60, "b", PLANNED, 0);
    change(60, "a", PLANNED, 16);
    change(80, "a", PLANNED, 0);
    change(80, "b", PLANNED, 16);
    change(300, "a", ARRIVED, 0);

    assertThat(realised(at(40, "a", "b", "c")).fates()).containsOnly(PLAN_CHANGED);
  }

  @Test
  void aStopThatIsAddedOrCancelledVoidsTheLegsFromItOn() {
    change(50, "new", PLANNED, 8);
    change(100, "a", ARRIVED, 0);
    assertThat(realised(at(40, "a", "b", "c")).fates())
        .containsExactly(OBSERVED, PLAN_CHANGED, PLAN_CHANGED);
  }

  @Test
  void aCancellationAfterTheArrivalBeforeItVoidsOnlyWhatIsLeft() {
    change(100, "a", ARRIVED, 0);
    change(400, "a", DELIVERED, 0);
    change(600, "b", CANCELLED, 16);
    change(900, "c", ARRIVED, 32);

    assertThat(realised(at(40, "a", "b", "c")).fates())
        .containsExactly(OBSERVED, PLAN_CHANGED, PLAN_CHANGED);
  }

  @Test
  void aRequestThatDidNotKnowOfAChangeYetStandsForNothingBeyondIt() {
    change(30, "new", PLANNED, 24);
    change(100, "a", ARRIVED, 0);

    assertThat(realised(at(40, "a", "b", "c")).fates())
        .containsExactly(OBSERVED, UNFINISHED, PLAN_CHANGED);
  }

  @Test
  void aStopAtWhichTheVehicleStandsHasNoLeg() {
    change(100, "a", ARRIVED, 0);
    change(400, "a", DELIVERED, 0);
    change(900, "b", ARRIVED, 16);

    RealisedPlan realised =
        realised(
            new KeptPlan("r", 200_000, true, List.of(stop("a", true), stop("b", false)), null));

    assertThat(realised.fates()).containsExactly(null, OBSERVED);
    assertThat(realised.realisedS(1)).isEqualTo(500);
  }

  @Test
  void anArrivalThatTheRequestDidNotKnowOfYetLeavesNothingToDrive() {
    change(39, "a", ARRIVED, 0);
    change(400, "a", DELIVERED, 0);
    change(900, "b", ARRIVED, 16);

    assertThat(realised(at(40, "a", "b", "c")).fates())
        .containsExactly(NOTHING_TO_DRIVE, OBSERVED, UNFINISHED);
  }

  @Test
  void aVehicleThatStandsBeforeItsRoundHasNotSetOut() {
    change(300, "a", ARRIVED, 0);
    List<KeptStop> stops = Stream.of("a", "b", "c").map(id -> stop(id, false)).toList();

    assertThat(realised(new KeptPlan("r", 40_000, true, stops, null)).fates())
        .containsExactly(NOT_SET_OUT, UNFINISHED, UNFINISHED);
  }

  @Test
  void aPlanThatChangesBeforeTheVehicleSetsOutIsNotKept() {
    change(50, "a", CANCELLED, 0);
    List<KeptStop> stops = Stream.of("a", "b", "c").map(id -> stop(id, false)).toList();

    RealisedPlan realised = realised(new KeptPlan("r", 40_000, true, stops, null));

    assertThat(realised.fates()).containsOnly(PLAN_CHANGED);
    assertThat(realised.keptUpTo(0)).isFalse();
  }

  private void change(long second, String shipment, ShipmentStatus status, int stopIndex) {
    history.add(new PlanChange(second * 1000, shipment, status, stopIndex));
  }

  private static KeptPlan at(long second, String... shipments) {
    return new KeptPlan(
        "r", second * 1000, false, Stream.of(shipments).map(id -> stop(id, false)).toList(), null);
  }

  private static KeptStop stop(String shipment, boolean arrived) {
    return new KeptStop(
        shipment,
        WINDOW_START_MS,
        0,
        arrived ? 200_000 : RealisedPlan.NEVER,
        120,
        new float[ScenarioFeatures.OF_STOP],
        new float[ScenarioFeatures.OF_LEG],
        null,
        60,
        90);
  }

  private RealisedPlan realised(KeptPlan plan) {
    history.add(plan);
    List<RealisedPlan> realised = new ArrayList<>();
    history.realise(realised::add);
    assertThat(realised).hasSize(1);
    return realised.get(0);
  }
}
