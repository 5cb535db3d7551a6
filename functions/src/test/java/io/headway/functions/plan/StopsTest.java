// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.plan.Stops.Change;
import io.headway.functions.plan.Stops.Outcome;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class StopsTest {
  private static final Ways NO_ROADS = new Ways(null, PlanSettings.builder().build());

  private List<PlanStop> stops = List.of();

  @Test
  void stopsStandInTheOrderOfTheirPlaces() {
    assertThat(apply(Given.planned("b", 0, 20, 1, 1))).isEqualTo(Change.ANOTHER_TASK);
    apply(Given.planned("c", 1, 30, 1, 2));
    apply(Given.planned("a", 2, 10, 1, 3));

    assertThat(ids()).containsExactly("a", "b", "c");
  }

  @Test
  void theNewestRecordOfAShipmentHolds() {
    apply(Given.planned("a", 10, 1, 1, 1));

    assertThat(apply(Given.planned("a", 10, 2, 1, 1))).isEqualTo(Change.OUTDATED);
    assertThat(apply(Given.planned("a", 9, 3, 1, 1))).isEqualTo(Change.OUTDATED);
    assertThat(stops.get(0).stopIndex).isEqualTo(1);
  }

  @Test
  void aNewOrderIsForeseenAndKeepsWhatTheReceiverWasTold() {
    apply(Given.planned("a", 0, 1, 1, 1));
    apply(Given.planned("b", 0, 2, 1, 2));
    assertThat(apply(Given.shipment("a", 5, ShipmentStatus.NOTIFIED, 1, 1, 1)))
        .isEqualTo(Change.FORESEEN);

    assertThat(apply(Given.planned("a", 6, 3, 1, 1))).isEqualTo(Change.FORESEEN);

    assertThat(ids()).containsExactly("b", "a");
    assertThat(stops.get(1).notifiedAtMs).isEqualTo(Given.ms(5));
  }

  @Test
  void anotherWindowIsANewPromise() {
    apply(Given.planned("a", 0, 1, 1, 1));
    apply(Given.shipment("a", 5, ShipmentStatus.NOTIFIED, 1, 1, 1));
    Shipment later = Given.planned("a", 6, 1, 1, 1);
    later.setWindowEnd(Instant.ofEpochMilli(Given.ms(7200)));

    assertThat(apply(later)).isEqualTo(Change.ANOTHER_TASK);
    assertThat(stops.get(0).notifiedAtMs).isEqualTo(PlanStop.NEVER);
  }

  @Test
  void aStopThatTheVehicleArrivedAtComesFirst() {
    apply(Given.planned("a", 0, 1, 1, 1));
    apply(Given.planned("b", 0, 2, 1, 2));

    assertThat(apply(Given.shipment("b", 9, ShipmentStatus.ARRIVED, 2, 1, 2)))
        .isEqualTo(Change.FORESEEN);

    assertThat(ids()).containsExactly("b", "a");
    assertThat(stops.get(0).arrivedAtMs).isEqualTo(Given.ms(9));
  }

  @Test
  void deliveredIsForeseenAndCancelledIsAnotherTask() {
    apply(Given.planned("a", 0, 1, 1, 1));
    apply(Given.planned("b", 0, 2, 1, 2));

    assertThat(apply(Given.shipment("a", 5, ShipmentStatus.DELIVERED, 1, 1, 1)))
        .isEqualTo(Change.FORESEEN);
    assertThat(apply(Given.shipment("b", 5, ShipmentStatus.CANCELLED, 2, 1, 2)))
        .isEqualTo(Change.ANOTHER_TASK);
    assertThat(apply(Given.shipment("x", 5, ShipmentStatus.CANCELLED, 2, 1, 2)))
        .isEqualTo(Change.NOTHING);
    assertThat(stops).isEmpty();
  }

  @Test
  void aRecordCarriesTheWholeStateSoThatLateNewsAddTheStop() {
    apply(Given.shipment("a", 5, ShipmentStatus.NOTIFIED, 1, 1, 1));

    assertThat(stops.get(0).notifiedAtMs).isEqualTo(Given.ms(5));
    assertThat(apply(Given.planned("a", 0, 1, 1, 1))).isEqualTo(Change.OUTDATED);
  }

  @Test
  void aFullPlanTakesNoOtherStopButChangesItsOwn() {
    for (int i = 0; i < VehiclePlan.MAX_STOPS; i++) {
      apply(Given.planned("s-" + i, 0, i, 1, 1));
    }

    assertThat(apply(Given.planned("more", 1, 99, 1, 1))).isEqualTo(Change.FULL);
    assertThat(apply(Given.planned("s-5", 1, 99, 1, 1))).isEqualTo(Change.FORESEEN);
    assertThat(stops).hasSize(VehiclePlan.MAX_STOPS);
  }

  private Change apply(Shipment record) {
    Outcome outcome = Stops.after(stops, record, NO_ROADS);
    stops = outcome.stops();
    return outcome.change();
  }

  private List<String> ids() {
    return stops.stream().map(stop -> stop.shipmentId).toList();
  }
}
