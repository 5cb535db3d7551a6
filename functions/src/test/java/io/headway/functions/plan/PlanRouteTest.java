// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.fusion.FusedFix;
import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Fate;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.traffic.EdgeObservation;
import io.headway.functions.traffic.OffNetwork;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.TriggerKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.co.KeyedCoProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanRouteTest {
  private static GridCity city;

  private PlanRoute function;
  private KeyedTwoInputStreamOperatorTestHarness<String, FusedFix, Inbound<Shipment>, VehicleUpdate>
      harness;

  @BeforeAll
  static void build(@TempDir Path folder) {
    city = new GridCity(folder, 6, 24);
  }

  @BeforeEach
  void open() throws Exception {
    harness = harness(city.uri());
    harness.open();
  }

  private KeyedTwoInputStreamOperatorTestHarness<String, FusedFix, Inbound<Shipment>, VehicleUpdate>
      harness(String roadsUri) throws Exception {
    function =
        new PlanRoute(PlanSettings.builder().build(), new DeadLetters(1_000), roadsUri, null);
    KeyedTwoInputStreamOperatorTestHarness<String, FusedFix, Inbound<Shipment>, VehicleUpdate>
        harness =
            new KeyedTwoInputStreamOperatorTestHarness<>(
                new KeyedCoProcessOperator<>(function),
                fix -> fix.vehicleId,
                record -> record.value().getVehicleId(),
                Types.STRING);
    harness.setup();
    return harness;
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void aPlanBeforeThePositionHasStopsAndNoLegs() throws Exception {
    give(Given.planned("a", 0, 1, 2, 10.5));

    VehicleUpdate update = only(updates());
    assertThat(update.plan.version).isEqualTo(1);
    assertThat(update.plan.stops).hasSize(1);
    assertThat(update.plan.legs).isEmpty();
    assertThat(update.progress).isNull();
    assertThat(update.cause.kind).isEqualTo(TriggerKind.SHIPMENT_CHANGED);
    assertThat(update.cause.reference).isEqualTo("a");
    assertThat(update.cause.eventTimeMs).isEqualTo(Given.ms(0));
    assertThat(update.cause.appendTimeMs).isEqualTo(Given.ms(0) + 5);
  }

  @Test
  void theFirstFixGivesTheRouteAndLaterOnesTheProgressOnIt() throws Exception {
    give(Given.planned("b", 0, 2, 2, 15.5));
    give(Given.planned("a", 0, 1, 2, 10.5));
    updates();

    give(fix(10, 2, 2, 50));
    VehicleUpdate route = only(updates());
    assertThat(route.plan.version).isEqualTo(2);
    assertThat(route.cause).isNull();
    assertThat(route.plan.stops).extracting(stop -> stop.shipmentId).containsExactly("a", "b");
    assertThat(route.plan.legs).hasSize(2);
    assertThat(route.plan.legs.get(0).edges).containsExactly(eastward(2, 10));
    assertThat(route.plan.legs.get(1).edges).containsExactly(eastward(10, 15));

    give(fix(20, 2, 4, 30));
    VehicleUpdate moved = only(updates());
    assertThat(moved.plan).isNull();
    assertThat(moved.progress.routeIndex).isEqualTo(2);
    assertThat(moved.progress.routeOffsetM).isEqualTo(30);
    assertThat(moved.progress.drivenM).isEqualTo(200);
    assertThat(moved.progress.fix.payload).isNull();
  }

  @Test
  void olderRecordsAndThoseOfClosedShipmentsChangeNothing() throws Exception {
    give(Given.planned("a", 10, 1, 2, 10.5));
    give(Given.planned("a", 9, 1, 2, 12.5));
    give(Given.shipment("b", 20, ShipmentStatus.DELIVERED, 2, 2, 15.5));
    give(Given.planned("b", 15, 2, 2, 15.5));

    assertThat(only(updates()).plan.stops).hasSize(1);

    give(Given.planned("b", 25, 2, 2, 15.5));
    assertThat(only(updates()).plan.stops).hasSize(2);
  }

  @Test
  void theStopThatWasDeliveredLastStaysKnown() throws Exception {
    give(fix(0, 2, 2, 50));
    for (int i = 0; i < 4; i++) {
      give(Given.planned("s-" + i, 0, i, 2, 10.5 + i));
    }
    assertThat(last(updates()).plan.delivered).isNull();

    give(Given.shipment("s-0", 60, ShipmentStatus.ARRIVED, 0, 2, 10.5));
    give(Given.shipment("s-0", 120, ShipmentStatus.DELIVERED, 0, 2, 10.5));
    assertDelivered("s-0", Given.ms(60));

    give(Given.shipment("s-1", 130, ShipmentStatus.CANCELLED, 1, 2, 11.5));
    assertDelivered("s-0", Given.ms(60));

    give(Given.shipment("s-2", 200, ShipmentStatus.DELIVERED, 2, 2, 12.5));
    assertDelivered("s-2", PlanStop.NEVER);
  }

  private void assertDelivered(String shipmentId, long arrivedAtMs) throws Exception {
    PlanStop delivered = last(updates()).plan.delivered;
    assertThat(delivered.shipmentId).isEqualTo(shipmentId);
    assertThat(delivered.arrivedAtMs).isEqualTo(arrivedAtMs);
  }

  private static VehicleUpdate last(List<VehicleUpdate> updates) {
    return updates.get(updates.size() - 1);
  }

  @Test
  void closedShipmentsAreForgottenAfterAWhile() throws Exception {
    give(fix(0, 2, 2, 50));
    give(Given.planned("a", 0, 1, 2, 10.5));
    give(Given.shipment("b", 20, ShipmentStatus.CANCELLED, 2, 2, 15.5));
    assertThat(harness.numKeyedStateEntries()).isEqualTo(4);

    watermark(20 + 6 * 3600);

    assertThat(harness.numKeyedStateEntries()).isEqualTo(3);
  }

  @Test
  void aStopBeyondTheLimitIsDeadLettered() throws Exception {
    for (int i = 0; i <= VehiclePlan.MAX_STOPS; i++) {
      give(Given.planned("s-" + i, 0, i, 2, 10.5));
    }

    DeadLetter letter = only(letters());
    assertThat(letter.getCause()).isEqualTo(DeadLetterCause.PLAN_FULL);
    assertThat(letter.getTopic()).isEqualTo("shipments");
    assertThat(letter.getDetail()).contains("s-64").contains("v-1").contains("64");
    assertThat(updates()).hasSize(VehiclePlan.MAX_STOPS);
  }

  @Test
  void aVehicleOffItsRouteGetsANewOneAndAsks() throws Exception {
    give(fix(0, 2, 2, 50));
    give(Given.planned("a", 0, 1, 2, 10.5));
    updates();

    give(Given.fix(10, city, city.edge(2, 3, 3, 3), 50));
    assertThat(only(updates()).plan).isNull();
    give(Given.fix(20, city, city.edge(3, 3, 4, 3), 50));

    VehicleUpdate again = only(updates());
    assertThat(again.cause.kind).isEqualTo(TriggerKind.OFF_ROUTE);
    assertThat(again.cause.eventTimeMs).isEqualTo(Given.ms(20));
    assertThat(again.plan.version).isEqualTo(1);
    assertThat(again.plan.legs.get(0).edges[0]).isEqualTo(city.edge(3, 3, 4, 3));
    assertThat(again.progress.routeIndex).isZero();
    assertThat(again.progress.routeOffsetM).isEqualTo(50);
  }

  @Test
  void telemetryThatIsBehindTheShipmentsIsNotOffTheRoute() throws Exception {
    give(fix(0, 2, 2, 50));
    give(Given.planned("a", 0, 1, 2, 10.5));
    give(Given.planned("b", 0, 2, 5, 10.5));
    give(Given.shipment("a", 60, ShipmentStatus.ARRIVED, 1, 2, 10.5));
    give(Given.shipment("a", 120, ShipmentStatus.DELIVERED, 1, 2, 10.5));
    updates();

    for (int i = 1; i <= 5; i++) {
      give(fix(10 * i, 2, 2 + i, 50));
    }
    assertThat(updates()).hasSize(5).allMatch(update -> update.plan == null);

    give(fix(130, 2, 4, 50));
    give(fix(140, 2, 3, 50));
    assertThat(updates()).last().extracting(u -> u.cause.kind).isEqualTo(TriggerKind.OFF_ROUTE);
  }

  @Test
  void oneStrayFixIsNotOffTheRoute() throws Exception {
    give(fix(0, 2, 2, 50));
    give(Given.planned("a", 0, 1, 2, 10.5));
    for (int i = 0; i < 5; i++) {
      give(Given.fix(10 + 20 * i, city, city.edge(2, 3 + i, 3, 3 + i), 20));
      give(fix(20 + 20 * i, 2, 4 + i, 20));
    }

    assertThat(updates()).filteredOn(update -> update.cause != null).hasSize(1);
  }

  @Test
  void aVehicleNearItsStopOrStandingAtItIsNotOffItsRoute() throws Exception {
    give(fix(0, 2, 9, 50));
    give(Given.planned("a", 0, 1, 2, 10.5));
    for (int i = 1; i <= 4; i++) {
      give(Given.fix(10 * i, GridCity.lat(2.3), GridCity.lon(10.4)));
    }
    give(Given.shipment("a", 60, ShipmentStatus.ARRIVED, 1, 2, 10.5));
    for (int i = 7; i <= 10; i++) {
      give(Given.fix(10 * i, GridCity.lat(4), GridCity.lon(10.4)));
    }

    List<VehicleUpdate> updates = updates();
    assertThat(updates).filteredOn(u -> u.cause != null).hasSize(1);
    VehicleUpdate arrived =
        updates.stream().filter(u -> u.plan != null && u.plan.version == 2).findFirst().get();
    assertThat(arrived.plan.legs.get(0).distanceM).isZero();
  }

  @Test
  void afterADeliveryTheVehicleIsOnTheLegThatItDrives() throws Exception {
    give(fix(0, 2, 9, 50));
    give(Given.planned("a", 0, 1, 2, 10.5));
    give(Given.planned("b", 0, 2, 2, 15.5));
    give(Given.shipment("a", 60, ShipmentStatus.ARRIVED, 1, 2, 10.5));
    give(fix(130, 2, 12, 20));
    updates();

    give(Given.shipment("a", 120, ShipmentStatus.DELIVERED, 1, 2, 10.5));

    VehicleUpdate update = only(updates());
    assertThat(update.cause).isNull();
    assertThat(update.plan.legs.get(0).edges).containsExactly(eastward(10, 15));
    assertThat(update.progress.routeIndex).isEqualTo(2);
    assertThat(update.progress.routeOffsetM).isEqualTo(20);
  }

  @Test
  void aVehicleLeavesItsStopAsPlannedWhicheverDirectionItStoodIn() throws Exception {
    give(fix(0, 2, 9, 50));
    give(Given.planned("a", 0, 1, 2, 10.75));
    give(Given.planned("b", 0, 2, 2, 5.5));
    give(Given.shipment("a", 60, ShipmentStatus.ARRIVED, 1, 2, 10.75));
    give(fix(70, 2, 10, 150));
    List<VehicleUpdate> before = updates();
    int[] planned = before.get(before.size() - 2).plan.legs.get(1).edges;
    assertThat(planned).startsWith(city.edge(2, 11, 2, 10));

    give(Given.shipment("a", 120, ShipmentStatus.DELIVERED, 1, 2, 10.75));

    VehicleUpdate update = only(updates());
    assertThat(update.plan.legs.get(0).edges).isEqualTo(planned);
    assertThat(update.progress.routeIndex).isZero();
    assertThat(update.progress.routeOffsetM).isCloseTo(50, within(1f));
  }

  @Test
  void aVehicleMatchedToARoadBesideItsRouteIsOnIt() throws Exception {
    give(fix(0, 2, 2, 50));
    give(Given.planned("a", 0, 1, 2, 10.5));
    updates();

    for (int i = 1; i <= 4; i++) {
      give(besideTheRoute(10 * i, 3.5 + i, 90));
      VehicleUpdate moved = only(updates());
      assertThat(moved.plan).isNull();
      assertThat(moved.progress.routeIndex).isEqualTo(1 + i);
      assertThat(moved.progress.routeOffsetM).isCloseTo(100, within(1f));
    }
  }

  @Test
  void aVehicleThatDrivesItsRouteBackwardsIsOffIt() throws Exception {
    give(fix(0, 2, 6, 50));
    give(Given.planned("a", 0, 1, 2, 10.5));
    updates();

    give(besideTheRoute(10, 7.5, 270));
    give(besideTheRoute(20, 6.5, 270));

    assertThat(updates()).last().extracting(u -> u.cause.kind).isEqualTo(TriggerKind.OFF_ROUTE);
  }

  /** A fix ten metres north of the route along row 2, matched to a cross street. */
  private static FusedFix besideTheRoute(double atS, double column, float headingDeg) {
    FusedFix fix = Given.fix(atS, GridCity.lat(2.05), GridCity.lon(column));
    fix.edge = city.edge(2, (int) column, 3, (int) column);
    fix.offsetM = 10;
    fix.headingDeg = headingDeg;
    return fix;
  }

  @Test
  void tilesAreSubscribedToAndLeftExactly() throws Exception {
    give(fix(0, 2, 0, 50));
    give(Given.planned("a", 0, 1, 2, 20.5));
    Map<Integer, List<Integer>> expected = new TreeMap<>();
    for (int edge : eastward(0, 20)) {
      expected
          .computeIfAbsent(MapTile.home(city.map.network(), edge), t -> new ArrayList<>())
          .add(edge);
    }
    assertThat(expected.size()).isGreaterThanOrEqualTo(4);
    Map<Integer, List<Integer>> held = new TreeMap<>();
    hold(held);
    expected.values().forEach(edges -> edges.sort(null));
    assertThat(held).isEqualTo(expected);

    for (int column = 1; column <= 20; column++) {
      give(fix(10 * column, 2, column, 50));
      hold(held);
      List<Integer> ahead = Arrays.stream(eastward(column, 20)).boxed().toList();
      expected.values().removeIf(edges -> Collections.disjoint(edges, ahead));
      assertThat(held).as("at column %d", column).isEqualTo(expected);
    }

    give(Given.shipment("a", 300, ShipmentStatus.DELIVERED, 1, 2, 20.5));
    hold(held);
    assertThat(held).isEmpty();
    assertThat(harness.numKeyedStateEntries()).isEqualTo(3);
  }

  @Test
  void aNewRouteGivesItsTilesAndTakesTheOldOnesBack() throws Exception {
    give(fix(0, 2, 10, 50));
    give(Given.planned("a", 0, 1, 2, 20.5));
    Map<Integer, List<Integer>> held = new TreeMap<>();
    hold(held);
    give(Given.planned("a", 10, 1, 2, 1.5));
    hold(held);

    Map<Integer, List<Integer>> expected = new TreeMap<>();
    VehicleUpdate last = updates().get(1);
    for (int edge : last.plan.legs.get(0).edges) {
      expected
          .computeIfAbsent(MapTile.home(city.map.network(), edge), t -> new ArrayList<>())
          .add(edge);
    }
    expected.values().forEach(edges -> edges.sort(null));
    assertThat(held).isEqualTo(expected);
  }

  @Test
  void withoutRoadsTheTilesOfTheStraightLineAreSubscribedTo() throws Exception {
    offTheRoads();
    give(Given.fix(0, GridCity.lat(2), GridCity.lon(0)));
    give(Given.planned("a", 0, 1, 2, 20));

    List<Integer> line = new ArrayList<>();
    MapTile.along(GridCity.lat(2), GridCity.lon(0), GridCity.lat(2), GridCity.lon(20), line::add);
    Map<Integer, List<Integer>> held = new TreeMap<>();
    hold(held);
    assertThat(held.keySet()).containsExactlyInAnyOrderElementsOf(line);

    give(Given.fix(100, GridCity.lat(2), GridCity.lon(10)));
    hold(held);
    int here = MapTile.of(GridCity.lat(2), GridCity.lon(10));
    assertThat(held.keySet())
        .containsExactlyInAnyOrderElementsOf(line.subList(line.indexOf(here), line.size()));
    VehicleUpdate update = updates().get(0);
    assertThat(update.plan.networkId).isEmpty();
    assertThat(update.plan.legs.get(0).onNetwork()).isFalse();
  }

  @Test
  void aLegOffTheRoadsIsReportedOnceFromSettingOutToArrival() throws Exception {
    offTheRoads();
    give(Given.fix(0, GridCity.lat(2), GridCity.lon(0)));
    give(Given.planned("a", 30, 1, 2, 12));
    give(Given.planned("b", 40, 2, 2, 20));
    give(Given.fix(100, GridCity.lat(2), GridCity.lon(3)));
    give(Given.shipment("a", 330, ShipmentStatus.ARRIVED, 1, 2, 12));

    EdgeObservation leg = only(drain(PlanRoute.LEGS));
    assertThat(leg.edge).isEqualTo(OffNetwork.edgeOf(OffNetwork.classOf(2_400)));
    assertThat(leg.distanceM).isCloseTo(2_400, within(3f));
    assertThat(leg.seconds).isEqualTo(300);
    assertThat(leg.eventTimeMs).isEqualTo(Given.ms(330));

    give(Given.fix(390, GridCity.lat(2), GridCity.lon(12)));
    give(Given.shipment("a", 400, ShipmentStatus.DELIVERED, 1, 2, 12));
    assertThat(drain(PlanRoute.LEGS)).isEmpty();

    give(Given.shipment("b", 600, ShipmentStatus.DELIVERED, 2, 2, 20));
    leg = only(drain(PlanRoute.LEGS));
    assertThat(leg.distanceM).isCloseTo(1_600, within(3f));
    assertThat(leg.seconds).as("since the delivery before").isEqualTo(200);
  }

  @Test
  void aLegBeginsWhenItsStopBecomesTheNextOneAndThePositionIsKnown() throws Exception {
    offTheRoads();
    give(Given.planned("a", 0, 2, 2, 12));
    give(Given.fix(50, GridCity.lat(2), GridCity.lon(0)));
    give(Given.planned("b", 60, 1, 2, 20));
    give(Given.fix(110, GridCity.lat(2), GridCity.lon(2)));
    give(Given.shipment("b", 120, ShipmentStatus.CANCELLED, 1, 2, 20));
    give(Given.shipment("a", 320, ShipmentStatus.DELIVERED, 2, 2, 12));

    EdgeObservation leg = only(drain(PlanRoute.LEGS));
    assertThat(leg.distanceM).isCloseTo(2_000, within(3f));
    assertThat(leg.seconds).isEqualTo(200);

    give(Given.planned("c", 330, 1, 2, 12));
    give(Given.planned("c", 340, 1, 2, 22));
    give(Given.shipment("c", 640, ShipmentStatus.DELIVERED, 1, 2, 22));
    assertThat(only(drain(PlanRoute.LEGS)).seconds).as("since the stop moved").isEqualTo(300);
  }

  @Test
  void whatIsNoDrivenLegOffTheRoadsIsNotReported() throws Exception {
    give(fix(0, 2, 2, 50));
    give(Given.planned("a", 0, 1, 2, 20.5));
    give(Given.shipment("a", 300, ShipmentStatus.DELIVERED, 1, 2, 20.5));
    assertThat(drain(PlanRoute.LEGS)).as("on roads").isEmpty();

    offTheRoads();
    give(Given.fix(0, GridCity.lat(2), GridCity.lon(0)));
    give(Given.planned("near", 0, 1, 2, 0.9));
    give(Given.shipment("near", 100, ShipmentStatus.DELIVERED, 1, 2, 0.9));
    give(Given.planned("at once", 200, 1, 2, 7));
    give(Given.shipment("at once", 230, ShipmentStatus.DELIVERED, 1, 2, 7));
    give(Given.planned("slow", 300, 1, 2, 2));
    give(Given.shipment("slow", 1_800, ShipmentStatus.DELIVERED, 1, 2, 2));
    give(Given.planned("fast", 2_000, 1, 2, 20));
    give(Given.shipment("fast", 2_060, ShipmentStatus.DELIVERED, 1, 2, 20));
    give(Given.planned("cancelled", 3_000, 1, 2, 12));
    give(Given.shipment("cancelled", 3_300, ShipmentStatus.CANCELLED, 1, 2, 12));
    assertThat(drain(PlanRoute.LEGS)).isEmpty();
  }

  private void offTheRoads() throws Exception {
    harness.close();
    harness = harness(null);
    harness.open();
  }

  @Test
  void aStopOffTheRoadsLeavesNoRouteToBeOff() throws Exception {
    give(fix(0, 2, 2, 50));
    give(Given.planned("a", 0, 1, 60, 10.5));
    Map<Integer, List<Integer>> held = new TreeMap<>();
    hold(held);
    updates();
    for (int c = 3; c < 12; c++) {
      give(fix(10 * c, 2, c, 50));
      hold(held);
    }

    assertThat(updates()).hasSize(9).allMatch(update -> update.plan == null);
    assertThat(held).containsKey(MapTile.of(GridCity.lat(2), GridCity.lon(11)));
  }

  @Test
  void telemetryWithoutAnyPlanIsDeadLetteredOnceALimitAndForgotten() throws Exception {
    give(fix(0, 2, 2, 50));
    give(fix(1800, 2, 3, 50));
    watermark(3599);
    assertThat(letters()).isEmpty();

    watermark(3600);

    DeadLetter letter = only(letters());
    assertThat(letter.getCause()).isEqualTo(DeadLetterCause.NO_PLAN);
    assertThat(letter.getTopic()).isEqualTo("telemetry");
    assertThat(letter.getOffset()).isEqualTo(1800);
    assertThat(letter.getPayload().array()).containsExactly(1, 2, 3);
    assertThat(updates()).isEmpty();
    assertThat(harness.numKeyedStateEntries()).isZero();

    watermark(9000);
    assertThat(letters()).isEmpty();
    give(fix(9001, 2, 3, 50));
    watermark(9001 + 3600);
    assertThat(letters()).hasSize(1);
  }

  @Test
  void everyRecordOfAShipmentIsCountedOnce() throws Exception {
    give(Given.planned("a", 10, 1, 2, 10.5));
    give(Given.planned("a", 10, 1, 2, 10.5));
    give(Given.planned("a", 5, 1, 2, 12.5));
    give(Given.shipment("a", 20, ShipmentStatus.DELIVERED, 1, 2, 10.5));
    give(Given.planned("a", 15, 1, 2, 10.5));
    for (int i = 0; i <= VehiclePlan.MAX_STOPS; i++) {
      give(Given.planned("s-" + i, 30, i, 2, 10.5));
    }

    assertThat(function.fates().get("shipments", Fate.DUPLICATE)).isEqualTo(3);
    assertThat(function.fates().get("shipments", Fate.APPLIED))
        .isEqualTo(2 + VehiclePlan.MAX_STOPS);
    assertThat(function.fates().get("shipments", Fate.DEAD_LETTER)).isEqualTo(1);
  }

  @Test
  void telemetryWithoutAPlanIsADeadLetterInsteadOfFused() throws Exception {
    give(fix(0, 2, 2, 50));
    watermark(3600);

    assertThat(function.fates().get("telemetry", Fate.FUSED)).isEqualTo(-1);
    assertThat(function.fates().get("telemetry", Fate.DEAD_LETTER)).isEqualTo(1);
  }

  @Test
  void aVehicleThatHadAPlanIsNotReported() throws Exception {
    give(Given.planned("a", 0, 1, 2, 10.5));
    give(Given.shipment("a", 5, ShipmentStatus.DELIVERED, 1, 2, 10.5));
    for (int i = 0; i < 10; i++) {
      give(fix(1000 * i, 2, 3, 50));
      watermark(1000 * i);
    }

    assertThat(letters()).isEmpty();
  }

  @Test
  void anIdleVehicleIsForgottenWithItsTiles() throws Exception {
    give(fix(0, 2, 2, 50));
    give(Given.planned("a", 0, 1, 2, 20.5));
    give(Given.shipment("b", 0, ShipmentStatus.CANCELLED, 1, 2, 20.5));
    Map<Integer, List<Integer>> held = new TreeMap<>();
    hold(held);
    updates();

    watermark(24 * 3600 - 1);
    assertThat(updates()).isEmpty();
    watermark(24 * 3600);

    hold(held);
    assertThat(held).isEmpty();
    assertThat(only(updates()).plan.stops).isEmpty();
    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void aRestoreInTheMiddleContinuesAsIfNothingHadHappened() throws Exception {
    List<Step> steps = new ArrayList<>();
    steps.add(() -> give(fix(0, 2, 0, 50)));
    steps.add(() -> give(Given.planned("a", 0, 1, 2, 10.5)));
    steps.add(() -> give(Given.planned("b", 1, 2, 4, 14.5)));
    for (int c = 1; c < 8; c++) {
      int column = c;
      steps.add(() -> give(fix(10 * column, 2, column, 50)));
    }
    steps.add(() -> give(Given.shipment("a", 90, ShipmentStatus.CANCELLED, 1, 2, 10.5)));
    steps.add(() -> give(Given.planned("a", 80, 1, 2, 10.5)));
    steps.add(() -> give(Given.fix(100, city, city.edge(2, 8, 3, 8), 50)));
    steps.add(() -> give(Given.fix(110, city, city.edge(3, 8, 2, 8), 90)));
    steps.add(() -> watermark(25 * 3600));
    List<String> expected = new ArrayList<>();
    for (Step step : steps) {
      step.run();
      expected.addAll(described());
    }
    for (int at = 1; at < steps.size(); at += 3) {
      harness.close();
      harness = harness(city.uri());
      harness.open();
      List<String> actual = new ArrayList<>();
      for (int i = 0; i < steps.size(); i++) {
        if (i == at) {
          OperatorSubtaskState state = harness.snapshot(1, 1);
          harness.close();
          harness = harness(city.uri());
          harness.initializeState(state);
          harness.open();
        }
        steps.get(i).run();
        actual.addAll(described());
      }
      assertThat(actual).as("restored before step %d", at).isEqualTo(expected);
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  @Test
  void aPlanOfAnotherNetworkIsMatchedAgain(@TempDir Path folder) throws Exception {
    give(fix(0, 2, 2, 50));
    give(Given.planned("a", 0, 1, 2, 10.5));
    OperatorSubtaskState state = harness.snapshot(1, 1);
    harness.close();
    GridCity larger = new GridCity(folder, 7, 25);
    harness = harness(larger.uri());
    harness.initializeState(state);
    harness.open();

    give(Given.fix(10, larger, larger.edge(2, 3, 2, 4), 50));

    VehicleUpdate update = only(updates());
    assertThat(update.plan.networkId).isEqualTo(larger.map.network().id());
    assertThat(update.plan.version).isEqualTo(1);
    assertThat(update.plan.legs.get(0).edges[0]).isEqualTo(larger.edge(2, 3, 2, 4));
    assertThat(update.plan.stops.get(0).edge)
        .isIn(larger.edge(2, 10, 2, 11), larger.edge(2, 11, 2, 10));
  }

  private FusedFix fix(double atS, int row, int column, double offsetM) {
    return Given.fix(atS, city, city.edge(row, column, row, column + 1), offsetM);
  }

  private static int[] eastward(int from, int to) {
    int[] edges = new int[to - from + 1];
    for (int c = from; c <= to; c++) {
      edges[c - from] = city.edge(2, c, 2, c + 1);
    }
    return edges;
  }

  private void give(FusedFix fix) throws Exception {
    harness.processElement1(new StreamRecord<>(fix, fix.eventTimeMs));
  }

  private void give(Shipment shipment) throws Exception {
    harness.processElement2(
        new StreamRecord<>(Given.inbound(shipment), shipment.getEventTime().toEpochMilli()));
  }

  private void watermark(double atS) throws Exception {
    harness.processBothWatermarks(new Watermark(Given.ms(atS)));
  }

  private List<VehicleUpdate> updates() {
    List<VehicleUpdate> updates = harness.extractOutputValues();
    harness.getOutput().clear();
    return updates;
  }

  private List<DeadLetter> letters() {
    return drain(DeadLetters.TAG);
  }

  private <T> List<T> drain(OutputTag<T> tag) {
    List<T> values = new ArrayList<>();
    var side = harness.getSideOutput(tag);
    if (side != null) {
      side.forEach(record -> values.add(record.getValue()));
      side.clear();
    }
    return values;
  }

  /** Keeps books of the tiles subscribed to. */
  private void hold(Map<Integer, List<Integer>> held) {
    for (RouteTile tile : drain(PlanRoute.TILES)) {
      assertThat(tile.vehicleId).isEqualTo(Given.VEHICLE);
      if (tile.subscribed) {
        List<Integer> edges = new ArrayList<>();
        for (int edge : tile.edges) {
          edges.add(edge);
        }
        held.put(tile.tile, edges);
      } else {
        assertThat(held.remove(tile.tile)).isNotNull();
      }
    }
  }

  private List<String> described() {
    List<String> result = new ArrayList<>();
    for (VehicleUpdate update : updates()) {
      result.add(
          (update.plan == null
                  ? ""
                  : update.plan.version
                      + " "
                      + update.plan.stops.stream().map(stop -> stop.shipmentId).toList()
                      + update.plan.legs.stream().map(leg -> Arrays.toString(leg.edges)).toList())
              + (update.cause == null ? "" : update.cause.kind)
              + (update.progress == null
                  ? ""
                  : update.progress.routeIndex + " " + update.progress.drivenM));
    }
    for (RouteTile tile : drain(PlanRoute.TILES)) {
      result.add(tile.tile + " " + tile.subscribed + Arrays.toString(tile.edges));
    }
    letters().forEach(letter -> result.add(letter.toString()));
    return result;
  }

  private static <T> T only(List<T> values) {
    assertThat(values).hasSize(1);
    return values.get(0);
  }
}
