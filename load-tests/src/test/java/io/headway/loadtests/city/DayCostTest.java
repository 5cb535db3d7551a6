// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.decision.CostModel;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DayCostTest {
  // Windows so tight that a stop is late about as often as not.
  private final CityParameters parameters =
      Cities.settled()
          .with(Knob.DURATION_H, 1.5)
          .with(Knob.WINDOW_MIN, 4)
          .with(Knob.TIGHT_WINDOW_MIN, 4);

  @Test
  void roundsAreChargedToTheirEnds() throws IOException {
    CityFeed feed = CityFeedTest.feed(parameters);
    Map<String, Long> sinceMs = new HashMap<>();
    for (FeedRecord record : CityFeedTest.all(feed)) {
      if (record.topic().equals("shipments")) {
        Shipment s = Shipment.fromByteBuffer(ByteBuffer.wrap(record.value()));
        boolean isLoaded = s.getStatus() == ShipmentStatus.PLANNED && s.getStopIndex() == 0;
        if (isLoaded || s.getStatus() == ShipmentStatus.DELIVERED) {
          sinceMs.put(s.getVehicleId(), s.getEventTime().toEpochMilli());
        }
      }
    }
    long endMs = parameters.startMs() + parameters.durationMs();
    Hindsight known = feed.hindsight(Moments.BOUNDS);
    double expectedEur = 0;
    double openHours = 0;
    int open = 0;
    PlanCost rest = new PlanCost(Moments.BOUNDS, null);
    for (int v = 0; v < parameters.count(Knob.VEHICLES); v++) {
      Vehicle vehicle = known.at(v, endMs - 1);
      if (!vehicle.stops().isEmpty()) {
        open += vehicle.stops().size();
        openHours += (endMs - sinceMs.get(Vehicle.keyOf(v))) / 3_600_000.0;
        expectedEur +=
            rest.eur(
                vehicle.branch(known.world()),
                endMs - 1,
                new Action(DecisionKind.KEEP, List.of(), List.of()));
      }
    }
    int stops = feed.dayCost().stops();
    double hours = feed.dayCost().workedHours();
    double eur = feed.costEur();

    feed.finish();

    assertThat(open).isPositive();
    assertThat(feed.dayCost().stops()).isEqualTo(stops + open);
    // Those up to the end; after it nothing is decided.
    assertThat(feed.dayCost().workedHours()).isCloseTo(hours + openHours, within(1e-3));
    double hourEur = new CostModel(Moments.BOUNDS.getWeights()).drivingEur(1, 0);
    assertThat(feed.costEur() - eur).isCloseTo(expectedEur + hourEur * openHours, within(1.0));
  }

  @Test
  void whoIsToldAndNotLateIsToldInVain() throws IOException {
    CityFeed feed = CityFeedTest.feed(parameters);
    long ms = parameters.startMs() + 90_000;
    Hindsight known = feed.hindsight(Moments.BOUNDS);
    for (int v = 0; v < 40; v++) {
      for (Stop stop : known.at(v, ms).stops().stream().limit(3).toList()) {
        act(feed, v, ms, DecisionKind.NOTIFY_LATE, List.of(Vehicle.shipmentId(v, stop.number())));
      }
    }
    Set<String> told = new HashSet<>();
    int reached = 0;
    int inVain = 0;
    Map<String, Long> sinceMs = new HashMap<>();
    double hours = 0;
    for (FeedRecord record : CityFeedTest.all(feed)) {
      if (!record.topic().equals("shipments")) {
        continue;
      }
      Shipment s = Shipment.fromByteBuffer(ByteBuffer.wrap(record.value()));
      long atMs = s.getEventTime().toEpochMilli();
      if (s.getStatus() == ShipmentStatus.NOTIFIED) {
        told.add(s.getShipmentId());
      } else if (s.getStatus() == ShipmentStatus.ARRIVED && told.contains(s.getShipmentId())) {
        reached++;
        inVain += atMs <= s.getWindowEnd().toEpochMilli() ? 1 : 0;
      } else if (s.getStatus() == ShipmentStatus.DELIVERED) {
        hours += (atMs - sinceMs.put(s.getVehicleId(), atMs)) / 3_600_000.0;
      } else if (s.getStatus() == ShipmentStatus.PLANNED && s.getStopIndex() == 0) {
        sinceMs.put(s.getVehicleId(), atMs); // a round begins
      }
    }
    DayCost day = feed.dayCost();
    assertThat(reached).isGreaterThan(20);
    assertThat(inVain).isBetween(reached / 10, reached * 9 / 10);
    assertThat(day.told()).isEqualTo(reached);
    assertThat(day.toldInVain()).isEqualTo(inVain);
    assertThat(day.workedHours()).isCloseTo(hours, within(1e-3)).isGreaterThan(20);
    assertThat(day.flips()).isZero();
  }

  @Test
  void whatIsHandedOverIsNotAmongTheStopsThatAreReached() throws IOException {
    CityFeed feed = CityFeedTest.feed(parameters);
    long ms = parameters.startMs() + 90_000;
    Hindsight known = feed.hindsight(Moments.BOUNDS);
    int handedOver = 0;
    for (int v = 0; v < 40; v++) {
      List<Stop> stops = known.at(v, ms).stops();
      if (stops.size() > 2) {
        Stop last = stops.get(stops.size() - 1);
        act(
            feed,
            v,
            ms,
            DecisionKind.DISPATCH_BACKUP,
            List.of(Vehicle.shipmentId(v, last.number())));
        handedOver++;
      }
    }
    int reached = 0;
    int late = 0;
    int served = 0;
    for (FeedRecord record : CityFeedTest.all(feed)) {
      if (record.topic().equals("shipments")) {
        Shipment s = Shipment.fromByteBuffer(ByteBuffer.wrap(record.value()));
        if (s.getStatus() == ShipmentStatus.ARRIVED) {
          reached++;
          late += s.getEventTime().isAfter(s.getWindowEnd()) ? 1 : 0;
        } else if (s.getStatus() == ShipmentStatus.DELIVERED) {
          served++;
        }
      }
    }
    DayCost day = feed.dayCost();
    assertThat(handedOver).isGreaterThan(20);
    assertThat(day.stops()).isEqualTo(served + handedOver);
    assertThat(day.reached()).isEqualTo(reached).isLessThan(day.stops());
    assertThat(day.lateStops()).isEqualTo(late).isBetween(reached / 10, reached * 9 / 10);
  }

  @Test
  void anOrderThatIsTurnedBackIsAFlip() {
    CityFeed feed = CityFeedTest.feed(parameters);
    long ms = parameters.startMs() + 1_000;
    List<Stop> stops = feed.hindsight(Moments.BOUNDS).at(3, ms).stops();
    List<String> ids = stops.stream().map(stop -> Vehicle.shipmentId(3, stop.number())).toList();
    List<String> swapped = new ArrayList<>(ids);
    Collections.swap(swapped, ids.size() - 1, ids.size() - 2);

    act(feed, 3, ms, DecisionKind.RESEQUENCE, swapped);
    act(feed, 3, ms + 1_000, DecisionKind.RESEQUENCE, swapped); // is no change
    assertThat(feed.dayCost().flips()).isZero();
    act(feed, 3, ms + 2_000, DecisionKind.RESEQUENCE, ids);
    assertThat(feed.dayCost().flips()).isEqualTo(1);
  }

  private static void act(
      CityFeed feed, int vehicle, long ms, DecisionKind kind, List<String> shipmentIds) {
    feed.act(
        Cities.decision(
            Vehicle.keyOf(vehicle), ms, Cities.alternative(kind, shipmentIds, List.of())),
        ms);
  }
}
