// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static io.headway.functions.decision.Appraisals.asked;
import static io.headway.functions.decision.Appraisals.keepAt;
import static io.headway.functions.decision.Appraisals.with;
import static io.headway.schemas.DecisionKind.KEEP;
import static io.headway.schemas.DecisionKind.NOTIFY_LATE;
import static io.headway.schemas.DecisionKind.REROUTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.Appraisal;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionRequest;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ApplyBoundsTest {
  private ApplyBounds function;
  private KeyedOneInputStreamOperatorTestHarness<String, Appraisal, Decision> harness;

  @BeforeEach
  void open() throws Exception {
    harness = newHarness();
    harness.open();
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void answersAreDecidedInTheOrderOfTheirRequests() throws Exception {
    assertThat(decide(asked(reroute(), 1, 0)).getKind()).isEqualTo(REROUTE);
    assertThat(decide(asked(reroute(), 2, 30)).getKind()).isEqualTo(KEEP);
    assertThat(decide(asked(reroute(), 3, 300)).getKind()).isEqualTo(REROUTE);
  }

  @Test
  void anAnswerToAnOlderRequestIsDropped() throws Exception {
    decide(asked(reroute(), 5, 0));
    assertThat(decide(asked(with(keepAt(20), NOTIFY_LATE, 5), 4, -10))).isNull();
    assertThat(decide(asked(with(keepAt(20), NOTIFY_LATE, 5), 6, 10)).getKind())
        .isEqualTo(NOTIFY_LATE);
  }

  @Test
  void aVehicleThatBeganAnewIsDecidedForWhileItsOldCooldownStillHolds() throws Exception {
    Appraisal old = asked(reroute(), 5, 0);
    old.getRequest().setPlanVersion(8);
    old.getRequest().getBounds().setCooldownS(7 * 24 * 3600);
    decide(old);

    Appraisal anew = asked(reroute(), 6, 30 * 3600);
    anew.getRequest().setPlanVersion(1);
    anew.getRequest().getBounds().setCooldownS(7 * 24 * 3600);
    Decision decision = decide(anew);
    assertThat(decision.getKind()).isEqualTo(KEEP);
    assertThat(decision.getBoundsApplied().get(0).getBound()).isEqualTo("cooldown_s");
  }

  @Test
  void whatIsDroppedAndWhatIsGivenAgainIsCounted() throws Exception {
    decide(asked(reroute(), 5, 0));
    decide(asked(reroute(), 5, 0));
    decide(asked(reroute(), 5, 0));
    decide(asked(with(keepAt(20), NOTIFY_LATE, 5), 4, -10));

    assertThat(function.superseded()).isEqualTo(1);
    assertThat(function.repeated()).isEqualTo(2);
  }

  @Test
  void anIdIsDecidedOnceAndCountedOnce() throws Exception {
    Decision first = decide(asked(reroute(), 1, 0));
    Decision between = decide(asked(with(keepAt(20), NOTIFY_LATE, 5), 2, 60));
    assertThat(decide(asked(reroute(), 1, 0))).isEqualTo(first);
    assertThat(decide(asked(with(keepAt(20), NOTIFY_LATE, 5), 2, 60))).isEqualTo(between);

    // A budget of three has room for exactly one more.
    Appraisal third = asked(reroute(), 3, 600);
    third.getRequest().getBounds().setActionsPerVehicleHour(3);
    assertThat(decide(third).getKind()).isEqualTo(REROUTE);
  }

  @Test
  void anIdThatIsAskedAgainLaterHasItsDecisionUnderBothNumbers() throws Exception {
    Decision first = decide(asked(reroute(), 1, 0));
    Appraisal again = asked(keepAt(20), 2, 60);
    again.getRequest().setDecisionId(first.getDecisionId());
    Decision second = decide(again);

    assertThat(second.getSequence()).isEqualTo(2);
    second.setSequence(1L);
    assertThat(second).isEqualTo(first);
  }

  @Test
  void aRequestAgainAfterARestoreGivesTheSameDecision() throws Exception {
    Decision first = decide(asked(reroute(), 1, 0));
    OperatorSubtaskState snapshot = harness.snapshot(1, 1);
    Decision heldBack = decide(asked(reroute(), 2, 60));
    harness.close();

    harness = newHarness();
    harness.initializeState(snapshot);
    harness.open();
    assertThat(decide(asked(reroute(), 1, 0))).isEqualTo(first);
    Decision again = decide(asked(reroute(), 2, 60));
    heldBack.setLatency(null);
    again.setLatency(null);
    assertThat(again).isEqualTo(heldBack);
    assertThat(again.getKind()).isEqualTo(KEEP);
  }

  @Test
  void vehiclesHaveCountersOfTheirOwn() throws Exception {
    decide(asked(reroute(), 1, 0));
    Appraisal other = asked(reroute(), 1, 0);
    other.getRequest().setVehicleId("v-2");
    other.getRequest().setDecisionId("other");
    assertThat(decide(other).getKind()).isEqualTo(REROUTE);
  }

  @Test
  void stateIsForgottenAnHourAfterTheLastDecision() throws Exception {
    decide(asked(reroute(), 1, 0));
    decide(asked(reroute(), 2, 1800));
    assertThat(harness.numEventTimeTimers()).isEqualTo(1);
    harness.processWatermark(Requests.after(3600).toEpochMilli());
    assertThat(harness.numKeyedStateEntries()).isPositive();
    harness.processWatermark(Requests.after(1800 + 3600 - 0.001).toEpochMilli());
    assertThat(harness.numKeyedStateEntries()).isPositive();
    harness.processWatermark(Requests.after(1800 + 3600).toEpochMilli());
    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void aCooldownLongerThanAnHourIsRemembered() throws Exception {
    for (int hour = 0; hour < 3; hour++) {
      Appraisal appraisal = asked(reroute(), hour + 1, 3600 * hour);
      appraisal.getRequest().getBounds().setCooldownS(2 * 3600);
      harness.processWatermark(Requests.after(3600 * hour - 1).toEpochMilli());
      assertThat(decide(appraisal).getKind()).isEqualTo(hour == 1 ? KEEP : REROUTE);
    }
  }

  @Test
  void onlyTheLastDecisionsAreKept() throws Exception {
    for (int i = 1; i <= 20; i++) {
      decide(asked(reroute(), i, i));
    }
    assertThat(decide(asked(reroute(), 20 - ApplyBounds.RECENT_IDS_MAX, 0))).isNull();
    assertThat(decide(asked(reroute(), 21 - ApplyBounds.RECENT_IDS_MAX, 0))).isNotNull();
  }

  @Test
  void nothingTravelsOrIsStoredByKryo() {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(ActionLedger.class);
    assertThat(TypeInformation.of(DecisionRequest.class)).isInstanceOf(AvroTypeInfo.class);
    assertThat(TypeInformation.of(Appraisal.class)).isInstanceOf(AvroTypeInfo.class);
    assertThat(TypeInformation.of(Decision.class)).isInstanceOf(AvroTypeInfo.class);
  }

  private static Appraisal reroute() {
    return with(keepAt(20), REROUTE, 10);
  }

  /** The decision on an appraisal; null when it was dropped. */
  private Decision decide(Appraisal appraisal) throws Exception {
    harness.getOutput().clear();
    harness.processElement(appraisal, appraisal.getRequest().getRequestedAt().toEpochMilli());
    var decisions = harness.extractOutputValues();
    return decisions.isEmpty() ? null : decisions.get(decisions.size() - 1);
  }

  private KeyedOneInputStreamOperatorTestHarness<String, Appraisal, Decision> newHarness()
      throws Exception {
    function = new ApplyBounds();
    return new KeyedOneInputStreamOperatorTestHarness<>(
        new KeyedProcessOperator<>(function),
        appraisal -> appraisal.getRequest().getVehicleId(),
        Types.STRING);
  }
}
