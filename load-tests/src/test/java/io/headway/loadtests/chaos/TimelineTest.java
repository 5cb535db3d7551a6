// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.Decision;
import io.headway.schemas.Trigger;
import io.headway.schemas.TriggerKind;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TimelineTest {
  private final Timeline timeline = new Timeline();

  @Test
  void aWholeTimelineLacksNothing() {
    add("a", 7, "x");
    add("b", 1, "y");
    add("a", 8, "z");

    assertThat(timeline.records()).isEqualTo(3);
    assertThat(timeline.missing()).isEmpty();
    assertThat(timeline.repeated()).isZero();
    assertThat(timeline.replaced()).isEmpty();
  }

  @Test
  void aGapIsALostDecision() {
    add("a", 7, "x");
    add("a", 10, "y");
    add("b", 3, "z");

    assertThat(timeline.missing()).containsExactly("a 8", "a 9");
  }

  @Test
  void numbersThatBeginAnewLeaveNoGap() {
    add("a", 7, "x");
    add("a", 8, "y");
    // Its number is the time of its request.
    add("a", 240_000, "y", 240_000);
    add("a", 240_001, "z");
    add("a", 240_003, "w");

    assertThat(timeline.missing()).containsExactly("a 240002");
  }

  @Test
  void numbersThatBeginAnewMuchLaterWereLostBetween() {
    add("a", 7, "x");
    add("a", 8, "y");
    add("a", 600_008, "z", 600_008);

    assertThat(timeline.missing()).hasSize(599_999);
  }

  @Test
  void whatIsSaidAgainAfterAFailureIsARepeat() {
    add("a", 7, "x");
    add("a", 8, "y");
    add("a", 7, "x");
    add("a", 8, "y");

    assertThat(timeline.repeated()).isEqualTo(2);
    assertThat(timeline.replaced()).isEmpty();
  }

  @Test
  void whatIsDecidedOtherwiseAfterAFailureIsReplaced() {
    add("a", 7, "x");
    add("a", 8, "y");
    add("a", 7, "other");
    add("a", 8, "y");

    assertThat(timeline.repeated()).isEqualTo(1);
    assertThat(timeline.missing()).isEmpty();
    assertThat(timeline.replaced()).isEqualTo(Map.of(TriggerKind.PERIODIC, 1));
  }

  @Test
  void whatIsDecidedAgainUnderAnotherNumberIsNotReplaced() {
    add("a", 7, "x");
    add("a", 8, "y");
    add("a", 7, "y");
    add("a", 8, "x");

    assertThat(timeline.replaced()).isEmpty();
    assertThat(timeline.repeated()).isZero();
    assertThat(timeline.sameNumber()).isEqualTo(2);
  }

  private void add(String vehicle, long sequence, String id) {
    add(vehicle, sequence, id, 0);
  }

  private void add(String vehicle, long sequence, String id, long requestedAtMs) {
    Decision decision = new Decision();
    decision.setVehicleId(vehicle);
    decision.setSequence(sequence);
    decision.setDecisionId(id);
    decision.setDecidedAt(Instant.ofEpochMilli(requestedAtMs));
    decision.setTrigger(new Trigger(TriggerKind.PERIODIC, "", Instant.EPOCH, null));
    timeline.add(decision);
  }
}
