// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Fate;
import io.headway.functions.ingest.Fates;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.traffic.ActiveEvent;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.RoadEvent;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class LocateEventTest {
  @TempDir private static Path folder;
  private static GridCity city;

  private LocateEvent function;

  private KeyedOneInputStreamOperatorTestHarness<String, Inbound<RoadEvent>, TileEvent> harness;

  @BeforeAll
  static void build() {
    city = new GridCity(folder, 6, 24);
  }

  @BeforeEach
  void open() throws Exception {
    open(city.uri());
  }

  private void open(String roadsUri) throws Exception {
    harness = harness(roadsUri);
    harness.open();
  }

  private KeyedOneInputStreamOperatorTestHarness<String, Inbound<RoadEvent>, TileEvent> harness(
      String roadsUri) throws Exception {
    function =
        new LocateEvent(PlanSettings.builder().build(), new DeadLetters(1_000), roadsUri, null);
    var opened =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(function),
            (Inbound<RoadEvent> record) -> record.value().getEventId(),
            Types.STRING);
    opened.setup();
    return opened;
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void everyTileOfAnEventIsToldOfAllItsEdges() throws Exception {
    give(Given.roadEvent("e", 0, 0.3, 2, 3, 2, 9));

    List<TileEvent> tiles = told();
    int[] expected = new int[6];
    for (int c = 3; c < 9; c++) {
      expected[c - 3] = city.edge(2, c, 2, c + 1);
    }
    Arrays.sort(expected);
    assertThat(tiles).hasSizeGreaterThan(1);
    assertThat(tiles.stream().map(tile -> tile.tile))
        .containsAll(
            Arrays.stream(expected)
                .mapToObj(edge -> MapTile.home(city.map.network(), edge))
                .toList());
    for (TileEvent tile : tiles) {
      assertThat(tile.cleared).isFalse();
      assertThat(tile.validUntilMs).isEqualTo(Given.ms(1800));
      assertThat(tile.networkId).isEqualTo(city.map.network().id());
      assertThat(tile.edges).containsExactly(expected);
    }
  }

  @Test
  void anEventThatMovesIsTakenBackWhereItNoLongerIs() throws Exception {
    give(Given.roadEvent("e", 0, 0.3, 2, 1, 2, 2));
    int before = told().get(0).tile;

    give(Given.roadEvent("e", 10, 0.3, 2, 20, 2, 21));

    List<TileEvent> told = told();
    assertThat(told).filteredOn(t -> t.cleared).extracting(t -> t.tile).containsExactly(before);
    assertThat(told).filteredOn(t -> !t.cleared).hasSize(1);
  }

  @Test
  void aMomentAtTheReportClearsTheEventAndOlderRecordsCannotBringItBack() throws Exception {
    give(Given.roadEvent("e", 0, 0.3, 2, 1, 2, 2));
    told();
    RoadEvent cleared = Given.roadEvent("e", 20, 0.3, 2, 1, 2, 2);
    cleared.setValidUntil(cleared.getEventTime());
    give(cleared);
    assertThat(told()).isNotEmpty().allMatch(tile -> tile.cleared);

    give(Given.roadEvent("e", 10, 0.3, 2, 1, 2, 2));
    give(cleared);

    assertThat(told()).isEmpty();
  }

  @Test
  void anEventOnNoRoadIsOffTheMap() throws Exception {
    give(Given.roadEvent("e", 0, 0.3, 50, 1, 50, 2));

    DeadLetter letter = letter();
    assertThat(letter.getCause()).isEqualTo(DeadLetterCause.OFF_MAP);
    assertThat(letter.getTopic()).isEqualTo("road-events");
    assertThat(letter.getDetail()).contains("event_id e");
    assertThat(told()).isEmpty();
  }

  @Test
  void anEventOfTooManyTilesIsOutOfRange() throws Exception {
    harness.close();
    open(null);
    give(Given.roadEvent("e", 0, 0.3, 0, 0, 1500, 1500));

    assertThat(letter().getCause()).isEqualTo(DeadLetterCause.OUT_OF_RANGE);
    assertThat(told()).isEmpty();
  }

  @Test
  void withoutRoadsTheGeometryGivesTheTiles() throws Exception {
    harness.close();
    open(null);
    give(Given.roadEvent("e", 0, 0.3, 0, 0, 0, 12));

    List<Integer> line = new ArrayList<>();
    MapTile.along(GridCity.lat(0), GridCity.lon(0), GridCity.lat(0), GridCity.lon(12), line::add);
    List<TileEvent> told = told();
    assertThat(told).extracting(t -> t.tile).containsExactlyInAnyOrderElementsOf(line);
    assertThat(told).allMatch(t -> t.edges.length == 0 && t.networkId.isEmpty());
  }

  @Test
  void anEventWithoutAnEndHoldsForADayAndIsForgotten() throws Exception {
    RoadEvent open = Given.roadEvent("e", 0, 0.3, 2, 1, 2, 2);
    open.setValidUntil(null);
    give(open);
    assertThat(told().get(0).validUntilMs).isEqualTo(Given.ms(24 * 3600));

    harness.processWatermark(Given.ms(24 * 3600 - 1));
    assertThat(harness.numKeyedStateEntries()).isOne();
    harness.processWatermark(Given.ms(24 * 3600));
    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  @Timeout(60) // minute by minute it would take for ever
  void aJobThatIsDrainedForgetsAnEventOfAThousandYears() throws Exception {
    RoadEvent event = Given.roadEvent("e", 0, 0.3, 2, 1, 2, 2);
    event.setValidUntil(Instant.ofEpochMilli(Given.ms(1000.0 * 365 * 86_400)));
    give(event);

    harness.processWatermark(Long.MAX_VALUE);

    assertThat(harness.numKeyedStateEntries()).isZero();
  }

  @Test
  void anEventThatIsLongOverTouchesNothing() throws Exception {
    harness.processWatermark(Given.ms(7200));
    RoadEvent past = Given.roadEvent("e", 0, 0.3, 2, 1, 2, 2);
    past.setValidUntil(Instant.ofEpochMilli(Given.ms(600)));
    give(past);

    assertThat(told()).isEmpty();
  }

  @Test
  void theWeightsAreToldOfEveryStateOnceAndOfNoDeadLetter() throws Exception {
    give(Given.roadEvent("e", 0, 0.3, 2, 1, 2, 3));
    give(Given.roadEvent("e", 0, 0, 2, 1, 2, 3));
    give(Given.roadEvent("off", 5, 0.3, 50, 1, 50, 2));
    give(Given.roadEvent("large", 5, 0, 2, 1, 2, 5000));
    assertThat(harness.getSideOutput(DeadLetters.TAG))
        .extracting(record -> record.getValue().getCause())
        .containsExactly(DeadLetterCause.OFF_MAP, DeadLetterCause.OUT_OF_RANGE);

    ActiveEvent event = only(onRoads());
    assertThat(event.eventId).isEqualTo("e");
    assertThat(event.factor).isEqualTo(0.3f);
    assertThat(event.untilMs).isEqualTo(Given.ms(1800));
    assertThat(event.edges).containsExactlyInAnyOrder(city.edge(2, 1, 2, 2), city.edge(2, 2, 2, 3));
    assertThat(event.networkId).isEqualTo(city.map.network().id());

    RoadEvent cleared = Given.roadEvent("e", 20, 0.3, 2, 1, 2, 3);
    cleared.setValidUntil(cleared.getEventTime());
    give(cleared);
    assertThat(only(onRoads()).edges).isEmpty();
  }

  @Test
  void everyRecordIsCountedOnce() throws Exception {
    give(Given.roadEvent("e", 0, 0.3, 2, 1, 2, 2));
    give(Given.roadEvent("e", 0, 0.3, 2, 1, 2, 2));
    give(Given.roadEvent("e", -5, 0.3, 2, 1, 2, 2));
    give(Given.roadEvent("off", 0, 0.3, 50, 1, 50, 2));

    Fates fates = function.fates();
    assertThat(fates.get("road-events", Fate.APPLIED)).isEqualTo(1);
    assertThat(fates.get("road-events", Fate.DUPLICATE)).isEqualTo(2);
    assertThat(fates.get("road-events", Fate.DEAD_LETTER)).isEqualTo(1);
  }

  @Test
  void onANewRoadNetworkAnEventThatHoldsIsFoundAgainWithinAMinute() throws Exception {
    give(Given.roadEvent("e", 0, 0.3, 2, 3, 2, 4));
    RoadEvent cleared = Given.roadEvent("over", 0, 0.3, 2, 3, 2, 4);
    cleared.setValidUntil(cleared.getEventTime());
    give(cleared);
    told();
    GridCity other = new GridCity(folder, 6, 12);
    restoreOn(other);

    harness.processWatermark(Given.ms(60));

    List<TileEvent> told = told();
    assertThat(told).isNotEmpty().allMatch(tile -> !tile.cleared && tile.eventId.equals("e"));
    assertThat(told).allMatch(tile -> tile.networkId.equals(other.map.network().id()));
    assertThat(told.get(0).edges).containsExactly(other.edge(2, 3, 2, 4));
    ActiveEvent event = only(onRoads());
    assertThat(event.edges).containsExactly(other.edge(2, 3, 2, 4));
    assertThat(event.networkId).isEqualTo(other.map.network().id());
    harness.processWatermark(Given.ms(600));
    assertThat(told()).isEmpty();
  }

  @Test
  void anEventThatTheNewRoadNetworkHasNoPlaceForIsOver() throws Exception {
    give(Given.roadEvent("e", 0, 0.3, 2, 20, 2, 21));
    told();
    onRoads();
    restoreOn(new GridCity(folder, 6, 12));

    harness.processWatermark(Given.ms(60));

    assertThat(told()).isNotEmpty().allMatch(tile -> tile.cleared);
    assertThat(only(onRoads()).edges).isEmpty();
  }

  private void restoreOn(GridCity other) throws Exception {
    OperatorSubtaskState state = harness.snapshot(1, 1);
    harness.close();
    harness = harness(other.uri());
    harness.initializeState(state);
    harness.open();
  }

  private List<ActiveEvent> onRoads() {
    List<ActiveEvent> events = new ArrayList<>();
    harness.getSideOutput(LocateEvent.ON_ROADS).forEach(record -> events.add(record.getValue()));
    harness.getSideOutput(LocateEvent.ON_ROADS).clear();
    return events;
  }

  private static <T> T only(List<T> values) {
    assertThat(values).hasSize(1);
    return values.get(0);
  }

  private void give(RoadEvent event) throws Exception {
    harness.processElement(
        new StreamRecord<>(Given.inbound(event), event.getEventTime().toEpochMilli()));
  }

  private List<TileEvent> told() {
    List<TileEvent> told = harness.extractOutputValues();
    harness.getOutput().clear();
    return told;
  }

  private DeadLetter letter() {
    return harness.getSideOutput(DeadLetters.TAG).poll().getValue();
  }
}
