// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static io.headway.functions.decision.Appraisals.cost;
import static io.headway.functions.decision.Appraisals.imagined;
import static io.headway.functions.decision.Appraisals.keepAt;
import static io.headway.functions.decision.Appraisals.with;
import static io.headway.schemas.DecisionKind.KEEP;
import static io.headway.schemas.DecisionKind.NOTIFY_LATE;
import static io.headway.schemas.DecisionKind.REROUTE;
import static io.headway.schemas.DecisionKind.UNKNOWN;
import static io.headway.schemas.DecisionKind.WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.schemas.AppliedBound;
import io.headway.schemas.Appraisal;
import io.headway.schemas.Bounds;
import io.headway.schemas.DecisionKind;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChoiceTest {
  private final ActionLedger ledger = new ActionLedger();

  @Test
  void theCheapestFreeCandidateIsTaken() {
    Appraisal appraisal = with(with(keepAt(20), REROUTE, 12), NOTIFY_LATE, 11);
    Choice choice = choose(appraisal);
    assertThat(choice.candidate()).isEqualTo(2);
    assertThat(choice.cheapestFirst()).containsExactly(2, 1, 0);
    assertThat(choice.heldBack()).containsOnlyNulls();
    assertThat(choice.applied()).isEmpty();
  }

  @Test
  void amongEqualsTheEarlierCandidateIsTaken() {
    assertThat(choose(with(with(keepAt(20), REROUTE, 12), NOTIFY_LATE, 12)).candidate())
        .isEqualTo(1);
  }

  @Test
  void actingNowIsPreferredToWaitingForTheSame() {
    assertThat(choose(with(with(keepAt(20), WAIT, 12), REROUTE, 12)).candidate()).isEqualTo(2);
  }

  @Test
  void aGainBelowTheMinimumKeepsThePlanAndNamesTheBoundOnce() {
    Choice choice = choose(with(with(keepAt(20), REROUTE, 19.2), NOTIFY_LATE, 19.5));
    assertThat(choice.candidate()).isZero();
    assertThat(bounds(choice.heldBack()))
        .containsExactly("-", "minimum_gain_eur", "minimum_gain_eur");
    assertThat(choice.applied()).hasSize(1);
    AppliedBound bound = choice.applied().get(0);
    assertThat(bound.getLimit()).isEqualTo(1);
    assertThat(bound.getValue()).isCloseTo(0.8, within(1e-9));
    assertThat(bound.getHeldBack()).isEqualTo(REROUTE);
  }

  @Test
  void aGainOfExactlyTheMinimumIsEnough() {
    assertThat(choose(with(keepAt(20), REROUTE, 19)).candidate()).isEqualTo(1);
  }

  @Test
  void whatCostsMoreThanKeepingIsNotHeldBack() {
    Choice choice = choose(with(keepAt(20), REROUTE, 25));
    assertThat(choice.candidate()).isZero();
    assertThat(choice.heldBack()).containsOnlyNulls();
  }

  @Test
  void aKindThatIsNotAllowedIsHeldBack() {
    Appraisal appraisal = with(with(keepAt(20), REROUTE, 10), NOTIFY_LATE, 15);
    bounds(appraisal).setAllowedKinds(List.of(NOTIFY_LATE));
    Choice choice = choose(appraisal);
    assertThat(choice.candidate()).isEqualTo(2);
    assertThat(choice.applied())
        .containsExactly(new AppliedBound("allowed_kinds", 0.0, 1.0, REROUTE));
  }

  @Test
  void aKindOfANewerWriterIsNeverTaken() {
    Appraisal appraisal = with(keepAt(20), UNKNOWN, 10);
    bounds(appraisal).setAllowedKinds(List.of(UNKNOWN));
    assertThat(choose(appraisal).candidate()).isZero();
  }

  @Test
  void aDetourBeyondTheMaximumIsHeldBackAndTheNextWayTaken() {
    Appraisal appraisal = with(with(keepAt(20), REROUTE, 10), REROUTE, 15);
    appraisal.getRequest().getCandidates().get(1).setDetourRatio(1.75f);
    Choice choice = choose(appraisal);
    assertThat(choice.candidate()).isEqualTo(2);
    assertThat(choice.applied())
        .containsExactly(new AppliedBound("maximum_detour_ratio", 1.5, 1.75, REROUTE));
  }

  @Test
  void aKindIsHeldBackUntilItsCooldownIsOver() {
    act(REROUTE, -299.5);
    Choice choice = choose(with(with(keepAt(20), REROUTE, 10), NOTIFY_LATE, 15));
    assertThat(choice.candidate()).isEqualTo(2);
    assertThat(choice.applied())
        .containsExactly(new AppliedBound("cooldown_s", 300.0, 299.5, REROUTE));

    ledger.actionTimesMs[0] = Requests.after(-300).toEpochMilli();
    assertThat(choose(with(keepAt(20), REROUTE, 10)).candidate()).isEqualTo(1);
  }

  @Test
  void theBudgetOfTheHourHoldsBackEveryAction() {
    for (double s : new double[] {-3599, -3000, -2400, -1800, -1200, -600}) {
      act(DecisionKind.RESEQUENCE, s);
    }
    Choice choice = choose(with(with(keepAt(20), REROUTE, 10), NOTIFY_LATE, 15));
    assertThat(choice.candidate()).isZero();
    assertThat(choice.applied())
        .containsExactly(
            new AppliedBound("actions_per_vehicle_hour", 6.0, 7.0, REROUTE),
            new AppliedBound("actions_per_vehicle_hour", 6.0, 7.0, NOTIFY_LATE));

    ledger.actionTimesMs[0] = Requests.after(-3600).toEpochMilli();
    assertThat(choose(with(keepAt(20), REROUTE, 10)).candidate()).isEqualTo(1);
  }

  @Test
  void aBoundThatHeldBackWhatWouldNotHaveBeenTakenAnywayIsNotApplied() {
    act(REROUTE, -60);
    Choice choice = choose(with(keepAt(20), REROUTE, 19.5));
    assertThat(bounds(choice.heldBack())).containsExactly("-", "cooldown_s");
    assertThat(choice.applied()).isEmpty();
  }

  @Test
  void waitingForWhatWillStillBeForbiddenIsHeldBackWithIt() {
    act(REROUTE, -60);
    Choice choice = choose(with(with(keepAt(20), REROUTE, 10), WAIT, 10));
    assertThat(choice.candidate()).isZero();
    assertThat(bounds(choice.heldBack())).containsExactly("-", "cooldown_s", "cooldown_s");
  }

  @Test
  void waitingUntilTheCooldownIsOverIsAllowed() {
    act(REROUTE, -200);
    Choice choice = choose(with(with(keepAt(20), REROUTE, 10), WAIT, 10));
    assertThat(choice.candidate()).isEqualTo(2);
    assertThat(choice.applied())
        .containsExactly(new AppliedBound("cooldown_s", 300.0, 200.0, REROUTE));
  }

  @Test
  void anotherWayIsNotTakenForAsMuchAsKeepingCosts() {
    Appraisal appraisal = with(keepAt(20), REROUTE, 20.05);
    assertThat(choose(appraisal).candidate()).isZero();
  }

  @Test
  void whatAModelIsSureOfIsTaken() {
    Choice choice = choose(imagined(with(keepAt(20), REROUTE, 12), 8, 4));
    assertThat(choice.candidate()).isEqualTo(1);
    assertThat(choice.baseline()).isZero();
    assertThat(choice.abstention()).isNull();
  }

  @Test
  void aModelThatIsNotSureLeavesTheChoiceToTheBaseline() {
    Appraisal appraisal = imagined(with(keepAt(20), REROUTE, 12), 8, 50);
    Choice choice = choose(appraisal);
    assertThat(choice.candidate()).isZero();
    assertThat(choice.abstention().candidate()).isEqualTo(1);
    assertThat(choice.abstention().certainty().gainEur()).isCloseTo(8, within(1e-9));
    assertThat(choice.abstention().certainty().errorEur())
        .isCloseTo(50 / Math.sqrt(63), within(1e-9));
    assertThat(choice.costs(appraisal)).isEqualTo(appraisal.getBaselineCosts());
  }

  @Test
  void aModelMustBeSureOfKeepingThePlanToo() {
    Appraisal appraisal = imagined(with(keepAt(20), REROUTE, 22), -2, 50);
    appraisal.getBaselineCosts().set(1, cost(1, 15));
    Choice choice = choose(appraisal);
    assertThat(choice.candidate()).isEqualTo(1);
    assertThat(choice.abstention().candidate()).isZero();
    assertThat(choose(imagined(appraisal, -12, 50)).abstention()).isNull();
  }

  @Test
  void aModelThatAgreesWithTheBaselineNeedNotBeSure() {
    Appraisal appraisal = imagined(with(keepAt(20), REROUTE, 12), 8, 50);
    appraisal.getBaselineCosts().set(1, cost(1, 15));
    Choice choice = choose(appraisal);
    assertThat(choice.candidate()).isEqualTo(1);
    assertThat(choice.baseline()).isEqualTo(1);
    assertThat(choice.abstention()).isNull();
    assertThat(choice.costs(appraisal)).isEqualTo(appraisal.getCosts());
  }

  @Test
  void theBaselineActsInsideTheSameBoundsWhenAModelAbstains() {
    Appraisal appraisal = imagined(with(with(keepAt(20), REROUTE, 21), NOTIFY_LATE, 12), 8, 50);
    appraisal.getBaselineCosts().set(1, cost(1, 15));
    act(REROUTE, -60);
    Choice choice = choose(appraisal);
    assertThat(choice.candidate()).isZero();
    assertThat(choice.baseline()).as("inside the bounds").isZero();
    assertThat(choice.abstention().candidate()).isEqualTo(2);
    assertThat(choice.applied())
        .containsExactly(new AppliedBound("cooldown_s", 300.0, 60.0, REROUTE));
  }

  @Test
  void keepingAndWaitingAreNotCounted() {
    act(KEEP, -1);
    act(WAIT, -1);
    assertThat(ledger.actionTimesMs).isEmpty();
  }

  @Test
  void theLedgerForgetsWhatMattersNoMoreAndNeverGrowsBeyondItsLimit() {
    Bounds bounds = Bounds.newBuilder().build();
    for (int i = 0; i < 2 * ActionLedger.ACTIONS_MAX; i++) {
      act(REROUTE, i);
    }
    assertThat(ledger.actionTimesMs).hasSize(ActionLedger.ACTIONS_MAX);
    assertThat(ledger.actionTimesMs[ActionLedger.ACTIONS_MAX - 1])
        .isEqualTo(Requests.after(2 * ActionLedger.ACTIONS_MAX - 1).toEpochMilli());
    ledger.count(NOTIFY_LATE, Requests.after(7200).toEpochMilli(), bounds);
    assertThat(ledger.actionKinds).containsExactly("NOTIFY_LATE");
  }

  private void act(DecisionKind kind, double atS) {
    ledger.count(kind, Requests.after(atS).toEpochMilli(), Bounds.newBuilder().build());
  }

  private Choice choose(Appraisal appraisal) {
    return Choice.of(appraisal, ledger);
  }

  private static Bounds bounds(Appraisal appraisal) {
    return appraisal.getRequest().getBounds();
  }

  private static List<String> bounds(List<AppliedBound> heldBack) {
    return heldBack.stream().map(b -> b == null ? "-" : b.getBound()).toList();
  }
}
