// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.Decision;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Trigger;
import io.headway.schemas.TriggerKind;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ShipmentAnswersTest {
  private static final long END_MS = 1_000;

  private final ShipmentAnswers answers = new ShipmentAnswers(Duration.ofMinutes(1));

  @Test
  void aShipmentThatNoDecisionNamesIsUnanswered() {
    announce("van", "a", ShipmentStatus.PLANNED, 10, 110);
    announce("van", "b", ShipmentStatus.PLANNED, 20, 120);
    decide("van", TriggerKind.SHIPMENT_CHANGED, "a", 10, 110);

    assertThat(answers.unanswered(END_MS)).singleElement().asString().startsWith("van b ");
  }

  @Test
  void aLaterChangeOfTheVehicleAnswersForThoseBefore() {
    announce("van", "a", ShipmentStatus.PLANNED, 10, 110);
    announce("van", "b", ShipmentStatus.PLANNED, 20, 120);
    decide("van", TriggerKind.SHIPMENT_CHANGED, "b", 20, 120);

    assertThat(answers.unanswered(END_MS)).isEmpty();
  }

  @Test
  void aChangeMuchLaterAnswersForNothingBefore() {
    announce("van", "0", ShipmentStatus.PLANNED, 5, 105);
    announce("van", "a", ShipmentStatus.PLANNED, 10, 110);
    announce("van", "b", ShipmentStatus.PLANNED, 300_010, 120);
    decide("van", TriggerKind.SHIPMENT_CHANGED, "0", 5, 105);
    decide("van", TriggerKind.SHIPMENT_CHANGED, "b", 300_010, 120);

    assertThat(answers.count()).isEqualTo(3);
    assertThat(answers.unanswered(END_MS)).singleElement().asString().startsWith("van a ");
  }

  @Test
  void theFirstDecisionAnswersForAllFromBeforeThePositionWasKnown() {
    announce("van", "a", ShipmentStatus.PLANNED, 10, 110);
    announce("van", "b", ShipmentStatus.PLANNED, 300_010, 120);
    decide("van", TriggerKind.SHIPMENT_CHANGED, "b", 300_010, 120);

    assertThat(answers.unanswered(END_MS)).isEmpty();
  }

  @Test
  void anotherVehiclesDecisionAndAnotherCauseAnswerNothing() {
    announce("van", "a", ShipmentStatus.PLANNED, 10, 110);
    decide("lorry", TriggerKind.SHIPMENT_CHANGED, "b", 20, 120);
    decide("van", TriggerKind.ROAD_EVENT, "a", 20, 120);

    assertThat(answers.unanswered(END_MS)).singleElement().asString().startsWith("van a ");
  }

  @Test
  void anOlderStateOfTheShipmentAnswersNothing() {
    announce("van", "a", ShipmentStatus.PLANNED, 10, 110);
    announce("van", "a", ShipmentStatus.PLANNED, 30, 130);
    decide("van", TriggerKind.SHIPMENT_CHANGED, "a", 10, 110);

    assertThat(answers.unanswered(END_MS)).singleElement().asString().startsWith("van a ");
  }

  @Test
  void whatThePlanForesawAndWhatCameTooLateIsLeftOut() {
    announce("van", "a", ShipmentStatus.ARRIVED, 10, 110);
    announce("van", "b", ShipmentStatus.PLANNED, 20, END_MS);

    assertThat(answers.unanswered(END_MS)).isEmpty();
  }

  private void announce(
      String vehicle, String id, ShipmentStatus status, long eventMs, long appendMs) {
    answers.add(
        new Shipment(
            id,
            vehicle,
            Instant.ofEpochMilli(eventMs),
            status,
            0,
            41.0,
            -8.0,
            Instant.ofEpochMilli(0),
            Instant.ofEpochMilli(1),
            60f),
        appendMs);
  }

  private void decide(String vehicle, TriggerKind kind, String id, long eventMs, long appendMs) {
    Decision decision = new Decision();
    decision.setVehicleId(vehicle);
    decision.setTrigger(
        new Trigger(kind, id, Instant.ofEpochMilli(eventMs), Instant.ofEpochMilli(appendMs)));
    answers.add(decision);
  }
}
