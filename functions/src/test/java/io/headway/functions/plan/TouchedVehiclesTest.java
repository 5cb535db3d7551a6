// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.co.KeyedCoProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TouchedVehiclesTest {
  private KeyedTwoInputStreamOperatorTestHarness<Integer, RouteTile, TileEvent, VehicleUpdate>
      harness;

  @BeforeEach
  void open() throws Exception {
    harness = harness();
    harness.open();
  }

  private static KeyedTwoInputStreamOperatorTestHarness<
          Integer, RouteTile, TileEvent, VehicleUpdate>
      harness() throws Exception {
    KeyedTwoInputStreamOperatorTestHarness<Integer, RouteTile, TileEvent, VehicleUpdate> harness =
        new KeyedTwoInputStreamOperatorTestHarness<>(
            new KeyedCoProcessOperator<>(new TouchedVehicles()),
            route -> route.tile,
            event -> event.tile,
            Types.INT);
    harness.setup();
    return harness;
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void anEventTouchesTheVehiclesWhoseEdgesItMeetsAndNoOthers() throws Exception {
    route("v-1", 1, 2, 3);
    route("v-2", 4, 5);
    route("v-3", 3, 9);

    event(Given.tileEvent("e", 0, 0.3, 3, 6));

    assertThat(told()).containsExactlyInAnyOrder("v-1 e", "v-3 e");
  }

  @Test
  void aRouteThatComesLaterIsTouchedOnceToo() throws Exception {
    event(Given.tileEvent("e", 0, 0.3, 3, 6));

    route("v-1", 1, 2, 3);
    assertThat(told()).containsExactly("v-1 e");

    route("v-1", 3, 7);
    assertThat(told()).isEmpty();
  }

  @Test
  void theMomentOfATouchIsTheSameWhicheverCameFirst() throws Exception {
    RouteTile route = tile("v-1", 3);
    route.sinceMs = Given.ms(50);
    event(Given.tileEvent("e", 0, 0.3, 3));
    give(route);
    long eventFirst = harness.extractOutputValues().get(0).touch.sinceMs;
    harness.getOutput().clear();
    leave("v-1");
    event(Given.tileEvent("e", 0, 0.3, 3));
    harness.getOutput().clear();

    harness.close();
    harness = harness();
    harness.open();
    give(route);
    event(Given.tileEvent("e", 0, 0.3, 3));

    assertThat(harness.extractOutputValues().get(0).touch.sinceMs)
        .isEqualTo(eventFirst)
        .isEqualTo(Given.ms(50));
  }

  @Test
  void aNewStateOfAnEventThatTheRouteMetBeforeHasItsOwnMoment() throws Exception {
    RouteTile route = tile("v-1", 3);
    route.sinceMs = Given.ms(50);
    event(Given.tileEvent("e", 0, 0.3, 3));
    give(route);
    event(Given.tileEvent("e", 40, 0, 3));

    assertThat(harness.extractOutputValues())
        .extracting(update -> update.touch.sinceMs)
        .containsExactly(Given.ms(50), Given.ms(40));
    assertThat(harness.extractOutputValues().get(1).touch.appendTimeMs).isEqualTo(Given.ms(40) + 5);
  }

  @Test
  void aRouteThatLeavesTheEventIsToldSo() throws Exception {
    event(Given.tileEvent("e", 0, 0.3, 3, 6));
    route("v-1", 1, 2, 3);
    told();

    route("v-1", 1, 2);
    assertThat(told()).containsExactly("v-1 e cleared");
    leave("v-1");
    assertThat(told()).isEmpty();
    route("v-1", 3);
    told();
    leave("v-1");
    assertThat(told()).containsExactly("v-1 e cleared");
  }

  @Test
  void aNewStateOfAnEventIsToldAndAnOlderOneIsNot() throws Exception {
    route("v-1", 1, 2, 3);
    route("v-2", 6);
    event(Given.tileEvent("e", 10, 0.3, 3));
    told();

    event(Given.tileEvent("e", 20, 0.1, 6));
    assertThat(told()).containsExactlyInAnyOrder("v-1 e cleared", "v-2 e");
    event(Given.tileEvent("e", 15, 0.1, 3));
    assertThat(told()).isEmpty();
  }

  @Test
  void aClearedEventIsTakenBack() throws Exception {
    route("v-1", 3);
    event(Given.tileEvent("e", 10, 0.3, 3));
    told();

    event(Given.tileEvent("e", 20, 0.3, 3).asCleared());

    assertThat(told()).containsExactly("v-1 e cleared");
    route("v-2", 3);
    assertThat(told()).isEmpty();
  }

  @Test
  void anEventEndsByTimerAndItsStateIsCleared() throws Exception {
    route("v-1", 3);
    event(Given.tileEvent("e", 0, 0.3, 3));
    told();

    watermark(1799);
    assertThat(told()).isEmpty();
    watermark(1800);

    assertThat(told()).containsExactly("v-1 e cleared");
    leave("v-1");
    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void nothingIsLeftOfAnEventThatIsClearedBeforeItsEnd() throws Exception {
    TileEvent yearLong = Given.tileEvent("e", 0, 0.3, 3);
    yearLong.validFromMs = Given.ms(600);
    yearLong.validUntilMs = Given.ms(365 * 86_400.0);
    event(yearLong);
    TileEvent sameEnd = Given.tileEvent("f", 0, 0.3, 3);
    sameEnd.validUntilMs = yearLong.validUntilMs;
    event(sameEnd);
    TileEvent shorter = Given.tileEvent("e", 10, 0.3, 3);
    shorter.validUntilMs = Given.ms(1_800);
    event(shorter);
    assertThat(harness.numEventTimeTimers()).as("of both ends").isEqualTo(2);

    event(Given.tileEvent("e", 20, 0.3, 3).asCleared());
    assertThat(harness.numEventTimeTimers()).as("of the other event's end").isEqualTo(1);
    event(Given.tileEvent("f", 20, 0.3, 3).asCleared());

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void anEventIsToldWhenItBegins() throws Exception {
    route("v-1", 3);
    TileEvent later = Given.tileEvent("e", 0, 0.3, 3);
    later.validFromMs = Given.ms(600);
    event(later);
    event(Given.tileEvent("now", 600, 0.3, 3));
    assertThat(told()).containsExactly("v-1 now");

    watermark(599);
    assertThat(told()).isEmpty();
    watermark(600);

    assertThat(told()).containsExactly("v-1 e");
  }

  @Test
  void offTheNetworkTheTileDecides() throws Exception {
    RouteTile straight = tile("v-1");
    straight.offNetwork = true;
    give(straight);
    event(Given.tileEvent("e", 0, 0.3));

    assertThat(told()).containsExactly("v-1 e");
  }

  @Test
  void edgesOfAnotherNetworkNeverMeet() throws Exception {
    RouteTile other = tile("v-1", 3);
    other.networkId = "another";
    give(other);
    event(Given.tileEvent("e", 0, 0.3, 3));

    assertThat(told()).isEmpty();
  }

  @Test
  void afterANewImportRoutesAndEventsMeetAgainWhicheverComesFirst() throws Exception {
    for (boolean routeFirst : new boolean[] {true, false}) {
      RouteTile route = tile("v-1", 3);
      give(route);
      event(Given.tileEvent("e", 0, 0.3, 3));
      told();
      RouteTile ours = tile("v-1", 8);
      ours.networkId = "new";
      TileEvent again = Given.tileEvent("e", 0, 0.3, 8, 9);
      again.networkId = "new";

      if (routeFirst) {
        give(ours);
        event(again);
      } else {
        event(again);
        give(ours);
      }

      assertThat(told()).containsExactly("v-1 e cleared", "v-1 e");
      leave("v-1");
      event(Given.tileEvent("e", 0, 0.3).asCleared());
      told();
    }
  }

  @Test
  void ofTooManyEventsTheOneThatEndsFirstIsForgotten() throws Exception {
    route("v-1", 3);
    for (int i = 0; i <= TouchedVehicles.MAX_EVENTS; i++) {
      event(Given.tileEvent("e-" + i, i, 0.3, 3));
    }

    assertThat(told()).hasSize(TouchedVehicles.MAX_EVENTS + 2).contains("v-1 e-0 cleared");
  }

  @Test
  void aRestoreKeepsRoutesAndEvents() throws Exception {
    route("v-1", 3);
    event(Given.tileEvent("e", 0, 0.3, 3));
    OperatorSubtaskState state = harness.snapshot(1, 1);
    harness.close();
    harness = harness();
    harness.initializeState(state);
    harness.open();

    route("v-2", 3);
    watermark(1800);

    assertThat(told()).containsExactlyInAnyOrder("v-2 e", "v-1 e cleared", "v-2 e cleared");
  }

  private void route(String vehicleId, int... edges) throws Exception {
    give(tile(vehicleId, edges));
  }

  private void leave(String vehicleId) throws Exception {
    give(tile(vehicleId).left());
  }

  private static RouteTile tile(String vehicleId, int... edges) {
    RouteTile tile = new RouteTile();
    tile.tile = 7;
    tile.vehicleId = vehicleId;
    tile.subscribed = true;
    tile.edges = edges;
    return tile;
  }

  private void give(RouteTile route) throws Exception {
    harness.processElement1(new StreamRecord<>(route, 0));
  }

  private void event(TileEvent event) throws Exception {
    harness.processElement2(new StreamRecord<>(event, event.eventTimeMs));
  }

  private void watermark(double atS) throws Exception {
    harness.processBothWatermarks(new Watermark(Given.ms(atS)));
  }

  private List<String> told() {
    List<String> told =
        harness.extractOutputValues().stream()
            .map(u -> u.vehicleId + " " + u.touch.eventId + (u.touch.cleared ? " cleared" : ""))
            .toList();
    harness.getOutput().clear();
    return told;
  }
}
