// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import static io.headway.functions.roads.GridTown.latDeg;
import static io.headway.functions.roads.GridTown.lonDeg;
import static io.headway.functions.roads.GridTown.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.ingest.Inputs;
import io.headway.functions.roads.GridTown;
import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.schemas.RoadEvent;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.co.KeyedCoProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightEpochTest {
  private static final long T0 = Inputs.T0;
  private static final long WINDOW_MS = 60_000;
  private static final Duration HALF_LIFE = Duration.ofMinutes(15);
  private static final Duration OPEN_EVENT = Duration.ofHours(24);
  private static final double FALLBACK_MPS = 8;

  @TempDir private static Path directory;
  private static Path town;
  private static RoadNetwork network;
  private static int east;

  @BeforeAll
  static void open() throws Exception {
    town = GridTown.write(directory);
    network = RoadNetwork.open(town);
    east = GridTown.edge(network, node(2, 1), node(2, 2));
  }

  @Test
  void aWindowsEndTellsWhatChangedAndNothingElse() throws Exception {
    try (Harness harness = new Harness(town)) {
      harness.mean(east, 1, 4, 8);
      harness.mean(east + 1, 1, 10.1f, 50);
      assertThat(harness.deltas()).isEmpty();

      harness.watermark(1);

      WeightDelta delta = harness.lastDelta();
      assertThat(delta.epoch).isEqualTo(1);
      assertThat(delta.upToMs).isEqualTo(T0 + WINDOW_MS);
      assertThat(delta.networkId).isEqualTo(network.id());
      assertThat(delta.edges).containsExactly(east);
      assertThat(delta.speedMps[0]).as("(2 * 10 + 8 * 4) / 10").isEqualTo(5.2f);
      assertThat(delta.observations).containsExactly(8);
      assertThat(delta.eventFactor).containsExactly(1);
    }
  }

  @Test
  void aSteadyEdgeIsToldAgainOnlyWhenTheReadersHaveLetItAge() throws Exception {
    try (Harness harness = new Harness(town)) {
      List<Integer> told = new ArrayList<>();
      for (int minute = 1; minute <= 30; minute++) {
        harness.mean(east, minute, 5, 1_000);
        harness.watermark(minute);
        assertThat(harness.lastDelta().epoch).isEqualTo(minute);
        if (harness.lastDelta().edges.length > 0) {
          told.add(minute);
        }
        assertThat(harness.readers().liveSpeedMps(east)).isCloseTo(5, within(0.26));
      }
      assertThat(told).hasSizeBetween(8, 20);
    }
  }

  @Test
  void windowsThatEndTogetherAreToldOneByOne() throws Exception {
    try (Harness harness = new Harness(town)) {
      harness.mean(east, 2, 2, 10);
      harness.mean(east, 1, 5, 10);
      harness.watermark(2);

      assertThat(harness.deltas())
          .extracting(d -> d.upToMs)
          .containsExactly(T0 + WINDOW_MS, T0 + 2 * WINDOW_MS);
      assertThat(harness.deltas().get(0).speedMps[0])
          .isGreaterThan(harness.deltas().get(1).speedMps[0]);
    }
  }

  @Test
  void aClosureIsToldAtOnceAndOpenedWhenItEnds() throws Exception {
    try (Harness harness = new Harness(town)) {
      RoadEvent closure = closure("e1", T0 + 1_000);
      closure.setValidUntil(Instant.ofEpochMilli(T0 + 90_000));
      harness.event(closure);

      assertThat(harness.lastDelta().edges).containsExactly(east);
      assertThat(harness.lastDelta().eventFactor).containsExactly(0);
      assertThat(harness.lastDelta().speedMps).containsExactly(Float.NaN);
      assertThat(harness.readers().seconds()[east]).isInfinite();

      harness.processBothWatermarks(new Watermark(T0 + 90_000));
      assertThat(harness.lastDelta().epoch).isEqualTo(2);
      assertThat(harness.readers().seconds()).isEqualTo(harness.readers().freeSeconds());
      assertThat(harness.numKeyedStateEntries()).as("only the weights").isEqualTo(1);
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void anEventThatIsYetToBeginIsToldWhenItBegins() throws Exception {
    try (Harness harness = new Harness(town)) {
      RoadEvent closure = closure("e1", T0);
      closure.setValidFrom(Instant.ofEpochMilli(T0 + 120_000));
      harness.event(closure);
      assertThat(harness.deltas()).isEmpty();

      harness.watermark(2);
      assertThat(harness.readers().seconds()[east]).isInfinite();
    }
  }

  @Test
  void aClearedEventFreesItsEdgesAndLeavesNothingBehind() throws Exception {
    try (Harness harness = new Harness(town)) {
      harness.event(closure("e1", T0));
      RoadEvent cleared = closure("e1", T0 + 10_000);
      cleared.setValidUntil(cleared.getEventTime());
      harness.event(cleared);

      assertThat(harness.readers().eventFactor(east)).isEqualTo(1);
      assertThat(harness.deltas()).hasSize(2);
      assertThat(harness.numKeyedStateEntries()).as("only the weights").isEqualTo(1);
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void aClearedEventTakesNoTimerOfAWindowOrOfAnotherEvent() throws Exception {
    try (Harness harness = new Harness(town)) {
      Instant windowEnd = Instant.ofEpochMilli(T0 + WINDOW_MS - 1);
      for (String id : List.of("e1", "e2")) {
        RoadEvent event = closure(id, T0);
        event.setValidUntil(windowEnd);
        harness.event(event);
      }
      harness.mean(east, 1, 5, 10);
      for (String id : List.of("e1", "e2")) {
        RoadEvent cleared = closure(id, T0 + 10_000);
        cleared.setValidUntil(cleared.getEventTime());
        harness.event(cleared);
        assertThat(harness.numEventTimeTimers()).isOne();
      }

      harness.watermark(1);
      assertThat(harness.lastDelta().upToMs).isEqualTo(T0 + WINDOW_MS);
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void afterARestoreAClearedEventTakesNoTimerOfAWindow() throws Exception {
    OperatorSubtaskState state;
    RoadEvent event = closure("e1", T0);
    event.setValidUntil(Instant.ofEpochMilli(T0 + WINDOW_MS - 1));
    try (Harness harness = new Harness(town)) {
      harness.event(event);
      harness.mean(east, 1, 5, 10);
      state = harness.snapshot(1, 1);
    }
    try (Harness harness = new Harness(town, state)) {
      RoadEvent cleared = closure("e1", T0 + 10_000);
      cleared.setValidUntil(cleared.getEventTime());
      harness.event(cleared);
      harness.watermark(1);

      assertThat(harness.lastDelta().upToMs).isEqualTo(T0 + WINDOW_MS);
      assertThat(harness.lastDelta().edges).containsExactly(east);
    }
  }

  @Test
  void ofTwoEventsOnAnEdgeTheLowerFactorCountsUntilItEnds() throws Exception {
    try (Harness harness = new Harness(town)) {
      RoadEvent slow = closure("slow", T0);
      slow.setSpeedFactor(0.5f);
      harness.event(slow);
      RoadEvent closed = closure("closed", T0);
      closed.setValidUntil(Instant.ofEpochMilli(T0 + 30_000));
      harness.event(closed);
      assertThat(harness.readers().eventFactor(east)).isZero();

      harness.watermark(1);
      assertThat(harness.readers().eventFactor(east)).isEqualTo(0.5f);
    }
  }

  @Test
  void anEventThatMovesFreesTheEdgesItLeaves() throws Exception {
    try (Harness harness = new Harness(town)) {
      harness.event(closure("e1", T0));
      RoadEvent moved =
          Inputs.closure("e1", T0 + 1_000, latDeg(3), lonDeg(1), latDeg(3), lonDeg(2));
      harness.event(moved);

      int movedTo = GridTown.edge(network, node(3, 1), node(3, 2));
      assertThat(harness.readers().eventFactor(east)).isEqualTo(1);
      assertThat(harness.readers().eventFactor(movedTo)).isZero();
      assertThat(harness.deltas()).hasSize(2);
    }
  }

  @Test
  void offTheNetworkADistancesMeanTimeBecomesSteadierWithEveryWindow() throws Exception {
    try (Harness harness = new Harness(null)) {
      for (int minute = 1; minute <= 20; minute++) {
        harness.mean(OffNetwork.edgeOf(8), minute, minute % 2 == 0 ? 11 : 13, 100);
        harness.watermark(minute);
      }
      harness.event(closure("e1", T0));

      assertThat(1 / harness.readers().offNetworkSpeedMps(15_000))
          .isCloseTo((1 / 11.0 + 1 / 13.0) / 2, within(1e-3));
      assertThat(harness.readers().classObservations(8)).isEqualTo(2_000);
      assertThat(harness.deltas()).hasSize(20).allMatch(d -> d.networkId.isEmpty());
    }
  }

  @Test
  void numbersHaveNoGapsAcrossARestoreAndTheReadersAgree() throws Exception {
    List<WeightDelta> all = new ArrayList<>();
    OperatorSubtaskState state;
    try (Harness harness = new Harness(town)) {
      harness.mean(east, 1, 4, 8);
      harness.watermark(1);
      harness.event(closure("e1", T0 + 61_000));
      harness.mean(east + 1, 2, 3, 8);
      all.addAll(harness.deltas());
      state = harness.snapshot(1, 1);
    }
    try (Harness harness = new Harness(town, state)) {
      harness.watermark(2);
      RoadEvent cleared = closure("e1", T0 + 121_000);
      cleared.setValidUntil(cleared.getEventTime());
      harness.event(cleared);
      all.addAll(harness.deltas());
    }
    assertThat(all)
        .extracting(d -> d.epoch)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 4).boxed().toList());
    assertThat(all.get(3).eventFactor).containsExactly(1);
    assertThat(all.get(2).edges).containsExactly(east + 1);
  }

  @Test
  void onANewNetworkSpeedsAreForgottenAndEventsHoldWhenToldAgain() throws Exception {
    OperatorSubtaskState state;
    try (Harness harness = new Harness(town)) {
      harness.mean(east + 1, 1, 4, 8);
      harness.watermark(1);
      harness.event(closure("e1", T0));
      state = harness.snapshot(1, 1);
    }
    Path other = GridTown.write(directory, "other.roads", 15);
    try (Harness harness = new Harness(other, state)) {
      harness.mean(OffNetwork.edgeOf(8), 2, 4, 8);
      assertThat(harness.deltas()).isEmpty();
      harness.event(closure("e1", T0));

      WeightDelta delta = harness.lastDelta();
      assertThat(delta.epoch).isEqualTo(3);
      assertThat(delta.networkId).isEqualTo(RoadNetwork.open(other).id());
      assertThat(delta.edges).containsExactly(east);
      assertThat(harness.readers().liveSpeedMps(east + 1)).isEqualTo(15);
    }
  }

  @Test
  void aReturnToTheOldNetworkDoesNotBringBackWhatWasTrueOfItThen() throws Exception {
    OperatorSubtaskState state;
    try (Harness harness = new Harness(town)) {
      harness.event(closure("e1", T0));
      state = harness.snapshot(1, 1);
    }
    try (Harness harness = new Harness(GridTown.write(directory, "other.roads", 15), state)) {
      harness.mean(OffNetwork.edgeOf(8), 2, 4, 8);
      harness.watermark(2);
      state = harness.snapshot(2, 2);
    }
    try (Harness harness = new Harness(town, state)) {
      harness.mean(east, 3, 4, 8);
      harness.watermark(3);

      assertThat(harness.lastDelta().edges).containsExactly(east);
      assertThat(harness.lastDelta().eventFactor).containsExactly(1);
    }
  }

  @Test
  void aMeanOfAnotherNetworksEdgeIsNotTakenForOneOfOurs() throws Exception {
    try (Harness harness = new Harness(town)) {
      harness.meansOf = "another".hashCode();
      harness.mean(east, 1, 4, 8);
      harness.watermark(1);

      assertThat(harness.lastDelta().edges).isEmpty();
    }
  }

  private static RoadEvent closure(String id, long timeMs) {
    return Inputs.closure(id, timeMs, latDeg(2), lonDeg(1), latDeg(2), lonDeg(2));
  }

  /** WeightEpoch by itself, with readers that follow it. */
  private static final class Harness
      extends KeyedTwoInputStreamOperatorTestHarness<Integer, EdgeMean, ActiveEvent, WeightDelta> {
    private final Path roads;
    private int meansOf;

    Harness(Path roads) throws Exception {
      this(roads, null);
    }

    Harness(Path roads, OperatorSubtaskState state) throws Exception {
      super(
          new KeyedCoProcessOperator<>(
              new WeightEpoch(
                  roads == null ? null : roads.toUri().toString(), null, HALF_LIFE, FALLBACK_MPS)),
          mean -> WeightEpoch.KEY,
          event -> WeightEpoch.KEY,
          Types.INT);
      this.roads = roads;
      meansOf = roads == null ? 0 : map().network().id().hashCode();
      setup(
          Types.POJO(WeightDelta.class)
              .createSerializer(getExecutionConfig().getSerializerConfig()));
      if (state != null) {
        initializeState(state);
      }
      open();
    }

    void mean(int edge, int minute, float speedMps, int observations) throws Exception {
      EdgeMean mean = new EdgeMean();
      mean.edge = edge;
      mean.networkHash = meansOf;
      mean.windowEndMs = T0 + minute * WINDOW_MS;
      mean.speedMps = speedMps;
      mean.observations = observations;
      processElement1(mean, mean.windowEndMs - 1);
    }

    /** The event as it is put on the roads: without edges when it is over at its report. */
    void event(RoadEvent record) throws Exception {
      ActiveEvent event = new ActiveEvent();
      event.eventId = record.getEventId();
      event.eventTimeMs = record.getEventTime().toEpochMilli();
      event.fromMs = record.getValidFrom().toEpochMilli();
      event.untilMs =
          record.getValidUntil() == null
              ? event.eventTimeMs + OPEN_EVENT.toMillis()
              : record.getValidUntil().toEpochMilli();
      event.factor = record.getSpeedFactor();
      if (roads != null) {
        RoadMap map = map();
        event.networkId = map.network().id();
        boolean over = event.untilMs <= event.eventTimeMs;
        event.edges = over ? new int[0] : new EventEdges(map).of(record);
      }
      processElement2(event, event.eventTimeMs);
    }

    private RoadMap map() throws Exception {
      RoadNetwork own = RoadNetwork.open(roads);
      return new RoadMap(own, new RoadIndex(own));
    }

    void watermark(int minute) throws Exception {
      processBothWatermarks(new Watermark(T0 + minute * WINDOW_MS));
    }

    List<WeightDelta> deltas() {
      return extractOutputValues();
    }

    WeightDelta lastDelta() {
      return deltas().get(deltas().size() - 1);
    }

    LiveWeights readers() throws Exception {
      LiveWeights weights = new LiveWeights(roads == null ? null : map(), HALF_LIFE, FALLBACK_MPS);
      deltas().forEach(weights::apply);
      return weights;
    }
  }
}
