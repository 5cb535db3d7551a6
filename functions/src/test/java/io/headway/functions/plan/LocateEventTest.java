// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Inbound;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.RoadEvent;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocateEventTest {
  private static GridCity city;

  private KeyedOneInputStreamOperatorTestHarness<String, Inbound<RoadEvent>, TileEvent> harness;

  @BeforeAll
  static void build(@TempDir Path folder) {
    city = new GridCity(folder, 6, 24);
  }

  @BeforeEach
  void open() throws Exception {
    open(city.uri());
  }

  private void open(String roadsUri) throws Exception {
    harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(
                new LocateEvent(
                    PlanSettings.builder().build(), new DeadLetters(1_000), roadsUri, null)),
            record -> record.value().getEventId(),
            Types.STRING);
    harness.open();
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
  }

  @Test
  void anEventThatIsLongOverTouchesNothing() throws Exception {
    harness.processWatermark(Given.ms(7200));
    RoadEvent past = Given.roadEvent("e", 0, 0.3, 2, 1, 2, 2);
    past.setValidUntil(Instant.ofEpochMilli(Given.ms(600)));
    give(past);

    assertThat(told()).isEmpty();
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
