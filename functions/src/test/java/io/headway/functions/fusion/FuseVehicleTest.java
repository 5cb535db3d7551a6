// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Fate;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.functions.ingest.Inputs;
import io.headway.functions.roads.GridTown;
import io.headway.functions.traffic.EdgeObservation;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.Telemetry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FuseVehicleTest {
  private static final long T0 = Inputs.T0;
  private static final Duration IDLE = Duration.ofMinutes(10);
  private static final String TOPIC = "telemetry";

  private static final Path OFF_ROADS = null;

  /** Metres to a degree of latitude. */
  private static final double M_PER_DEG = 111_195;

  @TempDir private static Path directory;

  private long offset;

  @Test
  void recordsComeOutInOrderOfEventTimeWhenTheWatermarkPasses() throws Exception {
    try (Harness harness = new Harness(OFF_ROADS)) {
      harness.put(driving(3));
      harness.put(driving(1));
      harness.put(driving(2));
      assertThat(harness.fixes()).isEmpty();
      assertThat(harness.count(Fate.IN_FLIGHT)).isEqualTo(3);

      harness.processWatermark(T0 + 2_000);

      assertThat(harness.fixes())
          .extracting(f -> f.eventTimeMs)
          .containsExactly(T0 + 1_000, T0 + 2_000);
      assertThat(harness.getRecordOutput())
          .extracting(r -> r.getTimestamp())
          .containsExactly(T0 + 1_000, T0 + 2_000);
      assertThat(harness.count(Fate.FUSED)).isEqualTo(2);
      assertThat(harness.count(Fate.IN_FLIGHT)).isEqualTo(1);
      FusedFix fix = harness.fixes().get(1);
      assertThat(fix.elapsedS).isEqualTo(1);
      assertThat(fix.movedM).isCloseTo(10, within(5f));
      assertThat(fix.offset).isEqualTo(2);
      assertThat(fix.appendTimeMs).isEqualTo(T0 + 2);
      assertThat(fix.payload).isNotEmpty();
      assertThat(fix.edge).isEqualTo(-1);
    }
  }

  @Test
  void aVehicleHasOneTimerHoweverManyRecordsWait() throws Exception {
    try (Harness harness = new Harness(OFF_ROADS)) {
      for (int second = 1; second <= 100; second++) {
        harness.put(driving(second));
      }
      // The other is for the vehicle that falls silent.
      assertThat(harness.numEventTimeTimers()).isEqualTo(2);

      harness.processWatermark(T0 + 60_000);

      assertThat(harness.fixes()).hasSize(60);
      assertThat(harness.numEventTimeTimers()).isEqualTo(2);
    }
  }

  @Test
  void duplicatesAreCountedWhetherTheFirstWaitsOrIsFused() throws Exception {
    try (Harness harness = new Harness(OFF_ROADS)) {
      harness.put(driving(1));
      harness.put(driving(1));
      harness.processWatermark(T0 + 1_000);
      harness.put(driving(1));

      assertThat(harness.count(Fate.DUPLICATE)).isEqualTo(2);
      assertThat(harness.count(Fate.FUSED)).isEqualTo(1);
      assertThat(harness.letters()).isEmpty();
    }
  }

  @Test
  void whatComesAfterTheWatermarkIsDeadLetteredWithItsLateness() throws Exception {
    try (Harness harness = new Harness(OFF_ROADS)) {
      harness.processWatermark(T0 + 5_000);
      harness.put(driving(5));
      harness.put(driving(2));

      assertThat(harness.count(Fate.LATE)).isEqualTo(2);
      assertThat(harness.letters())
          .extracting(DeadLetter::getLatenessMs)
          .containsExactly(0L, 3_000L);
      DeadLetter letter = harness.letters().get(1);
      assertThat(letter.getCause()).isEqualTo(DeadLetterCause.LATE);
      assertThat(letter.getDetail()).contains("3000 ms behind");
      assertThat(letter.getOffset()).isEqualTo(1);
      assertThat(harness.numKeyedStateEntries()).isZero();
    }
  }

  @Test
  void aPositionThatDoesNotFitTheMotionIsAnOutlier() throws Exception {
    try (Harness harness = new Harness(OFF_ROADS)) {
      for (int second = 1; second <= 20; second++) {
        harness.put(
            second == 15 ? Inputs.telemetry("v1", T0 + 15_000, 41.25, -8.61) : driving(second));
      }
      harness.processWatermark(T0 + 20_000);

      assertThat(harness.count(Fate.OUTLIER)).isEqualTo(1);
      assertThat(harness.count(Fate.FUSED)).isEqualTo(19);
      assertThat(harness.fixes()).noneMatch(f -> f.eventTimeMs == T0 + 15_000);
      assertThat(harness.fixes()).allMatch(f -> f.movedM < 60);
    }
  }

  @Test
  void nothingIsLeftOfAVehicleThatFellSilent() throws Exception {
    try (Harness harness = new Harness(OFF_ROADS)) {
      harness.put(driving(1));
      harness.put(driving(300));
      harness.processWatermark(T0 + 300_000 + IDLE.toMillis() - 1);
      assertThat(harness.numKeyedStateEntries()).isPositive();

      harness.processWatermark(T0 + 300_000 + IDLE.toMillis());

      assertThat(harness.numKeyedStateEntries()).isZero();
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void aRoadNetworkBeyondTheTaskManagersNativeMemoryIsRefusedAtTheStart(@TempDir Path folder)
      throws Exception {
    try (Harness harness = new Harness(GridTown.write(folder), false)) {
      harness
          .getEnvironment()
          .getTaskManagerInfo()
          .getConfiguration()
          .set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, MemorySize.ZERO);

      assertThatThrownBy(harness::open)
          .hasMessageContaining("taskmanager.memory.task.off-heap.size is 0m")
          .hasMessageContaining("set taskmanager.memory.task.off-heap.size to at least 1m");
    }
  }

  @Test
  void theEndOfTheInputLeavesNothing() throws Exception {
    try (Harness harness = new Harness(OFF_ROADS)) {
      harness.put(driving(1));
      harness.put(driving(2_000));
      harness.processWatermark(Long.MAX_VALUE);

      assertThat(harness.fixes()).hasSize(2);
      assertThat(harness.numKeyedStateEntries()).isZero();
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void aStandingWatermarkFusesTheOldestEarlyInsteadOfKeepingEverything() throws Exception {
    try (Harness harness = new Harness(OFF_ROADS)) {
      for (int second = FuseVehicle.MAX_WAITING + 1; second > 0; second--) {
        harness.put(driving(second));
      }
      List<FusedFix> early = harness.fixes();
      assertThat(early).hasSizeBetween(1, FuseVehicle.MAX_WAITING / 8);
      assertThat(early).extracting(f -> f.eventTimeMs).isSorted().startsWith(T0 + 1_000);

      harness.put(Inputs.telemetry("v1", T0 + 500));
      assertThat(harness.count(Fate.LATE)).isEqualTo(1);
      harness.processWatermark(T0 + 2_000_000);
      assertThat(harness.count(Fate.FUSED)).isEqualTo(FuseVehicle.MAX_WAITING + 1);
      assertThat(harness.count(Fate.IN_FLIGHT)).isZero();
    }
  }

  @Test
  void disorderAndDuplicatesWithinTheBoundChangeNothing() throws Exception {
    List<FusedFix> expected = fuse(records(60), false);
    for (long seed = 0; seed < 5; seed++) {
      Random random = new Random(seed);
      List<Telemetry> disturbed = new ArrayList<>();
      for (Telemetry record : records(60)) {
        disturbed.add(record);
        if (random.nextInt(5) == 0) {
          disturbed.add(record);
        }
      }
      for (int from = 0; from + 5 <= disturbed.size(); from += 5) {
        Collections.shuffle(disturbed.subList(from, from + 5), random);
      }
      assertThat(fuse(disturbed, false))
          .usingRecursiveComparison()
          .ignoringFields("offset", "appendTimeMs")
          .isEqualTo(expected);
    }
  }

  @Test
  void aRestoredVehicleGoesOnAsIfNothingHadHappened() throws Exception {
    assertThat(fuse(records(60), true))
        .usingRecursiveComparison()
        .isEqualTo(fuse(records(60), false));
  }

  @Test
  void countsAndWaitingRecordsSurviveARestoreOnRocksDb() throws Exception {
    OperatorSubtaskState state;
    try (Harness harness = new Harness(OFF_ROADS, true)) {
      harness.open();
      harness.put(driving(1));
      harness.put(driving(2));
      harness.processWatermark(T0 + 1_000);
      state = harness.snapshot(1, 1);
    }
    try (Harness harness = new Harness(OFF_ROADS, true)) {
      harness.initializeState(state);
      harness.open();
      assertThat(harness.count(Fate.FUSED)).isEqualTo(1);
      assertThat(harness.count(Fate.IN_FLIGHT)).isEqualTo(1);

      harness.put(driving(1));
      harness.processWatermark(T0 + 2_000);

      assertThat(harness.fixes()).extracting(f -> f.eventTimeMs).containsExactly(T0 + 2_000);
      assertThat(harness.count(Fate.FUSED)).isEqualTo(2);
      assertThat(harness.count(Fate.DUPLICATE)).isEqualTo(1);
      assertThat(harness.count(Fate.IN_FLIGHT)).isZero();
    }
  }

  @Test
  void aVehicleOnTheRoadObservesTheEdgesThatItDrives() throws Exception {
    Path town = GridTown.write(directory);
    RoadNetwork network = RoadNetwork.open(town);
    try (Harness harness = new Harness(town)) {
      for (int second = 0; second <= 120; second++) {
        harness.put(eastwards(second, 7));
      }
      harness.processWatermark(T0 + 120_000 + IDLE.toMillis());

      int first = GridTown.edge(network, GridTown.node(2, 1), GridTown.node(2, 2));
      List<EdgeObservation> observed = harness.observations();
      assertThat(observed).extracting(o -> o.edge).contains(first);
      for (EdgeObservation observation : observed) {
        assertThat(observation.distanceM / observation.seconds).isCloseTo(7, within(1f));
        assertThat(observation.networkHash).isEqualTo(network.id().hashCode());
      }
      assertThat(observed.stream().mapToDouble(o -> o.distanceM).sum())
          .isCloseTo(840, within(30.0));
      assertThat(harness.fixes().subList(10, 121)).allMatch(f -> f.edge >= 0);
      assertThat(harness.fixes().get(60).movedM).isCloseTo(7, within(2f));
    }
  }

  @Test
  void aVehicleOffTheRoadIsServedBesideANetworkAndTeachesNoSpeed() throws Exception {
    try (Harness harness = new Harness(GridTown.write(directory))) {
      for (int second = 1; second <= 60; second++) {
        harness.put(Inputs.telemetry("v1", T0 + second * 1_000L, 42 + 12 * second / M_PER_DEG, -8));
      }
      harness.processWatermark(T0 + 60_000);

      assertThat(harness.fixes()).hasSize(60).allMatch(f -> f.edge == -1);
      assertThat(harness.observations()).isEmpty();
    }
  }

  @Test
  void anotherRoadNetworkBeginsTheMatchAnew() throws Exception {
    OperatorSubtaskState state;
    try (Harness harness = new Harness(GridTown.write(directory), false)) {
      harness.open();
      for (int second = 0; second <= 20; second++) {
        harness.put(eastwards(second, 7));
      }
      harness.processWatermark(T0 + 20_000);
      state = harness.snapshot(1, 1);
    }
    try (Harness harness = new Harness(GridTown.write(directory, "other.roads", 15), false)) {
      harness.initializeState(state);
      harness.open();
      harness.put(eastwards(21, 7));
      harness.processWatermark(T0 + 21_000);

      assertThat(harness.fixes()).hasSize(1);
      assertThat(harness.fixes().get(0).edge).isNotNegative();
      assertThat(harness.fixes().get(0).movedM).isCloseTo(7, within(3f));
    }
  }

  @Test
  void whatTravelsAndWhatIsKeptNeedsNoKryo() {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(FusedFix.class);
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(EdgeObservation.class);
  }

  private List<FusedFix> fuse(List<Telemetry> records, boolean interrupted) throws Exception {
    List<FusedFix> fixes = new ArrayList<>();
    offset = 0;
    Path town = GridTown.write(directory);
    Harness harness = new Harness(town);
    try {
      for (int i = 0; i < records.size(); i++) {
        harness.put(records.get(i));
        if (i % 10 == 9) {
          harness.processWatermark(records.get(i).getEventTime().toEpochMilli() - 6_000);
        }
        if (interrupted && i == 35) {
          fixes.addAll(harness.fixes());
          OperatorSubtaskState state = harness.snapshot(1, 1);
          harness.close();
          harness = new Harness(town, false);
          harness.initializeState(state);
          harness.open();
        }
      }
      harness.processWatermark(Long.MAX_VALUE);
      fixes.addAll(harness.fixes());
      return fixes;
    } finally {
      harness.close();
    }
  }

  private static List<Telemetry> records(int seconds) {
    List<Telemetry> records = new ArrayList<>();
    for (int second = 1; second <= seconds; second++) {
      records.add(eastwards(second, 8));
    }
    return records;
  }

  /** A vehicle that drives north at 10 m/s. */
  private static Telemetry driving(int second) {
    return Inputs.telemetry("v1", T0 + second * 1_000L, 41 + 10 * second / M_PER_DEG, -8.61);
  }

  /** A vehicle that drives east in the town's third row. */
  private static Telemetry eastwards(int second, double speedMps) {
    double metresPerColumn = 0.0025 * M_PER_DEG * Math.cos(Math.toRadians(41.154));
    return Inputs.telemetry(
        "v1",
        T0 + second * 1_000L,
        GridTown.latDeg(2),
        GridTown.lonDeg(0.5 + second * speedMps / metresPerColumn));
  }

  /** FuseVehicle by itself. */
  private final class Harness
      extends KeyedOneInputStreamOperatorTestHarness<String, Inbound<Telemetry>, FusedFix> {
    private final FuseVehicle function;

    Harness(Path roads) throws Exception {
      this(roads, false);
      open();
    }

    Harness(Path roads, boolean onRocksDb) throws Exception {
      this(
          new FuseVehicle(
              roads == null ? null : roads.toUri().toString(), null, IDLE, new DeadLetters(1_000)));
      if (onRocksDb) {
        setStateBackend(new EmbeddedRocksDBStateBackend());
      }
      setup(
          Types.POJO(FusedFix.class).createSerializer(getExecutionConfig().getSerializerConfig()));
    }

    private Harness(FuseVehicle function) throws Exception {
      super(
          new KeyedProcessOperator<>(function),
          input -> input.value().getVehicleId(),
          Types.STRING);
      this.function = function;
    }

    void put(Telemetry record) throws Exception {
      processElement(
          Inputs.inbound(InputType.TELEMETRY, offset++, record),
          record.getEventTime().toEpochMilli());
    }

    List<FusedFix> fixes() {
      return extractOutputValues();
    }

    List<EdgeObservation> observations() {
      List<EdgeObservation> values = new ArrayList<>();
      if (getSideOutput(FuseVehicle.OBSERVATIONS) != null) {
        getSideOutput(FuseVehicle.OBSERVATIONS).forEach(record -> values.add(record.getValue()));
      }
      return values;
    }

    List<DeadLetter> letters() {
      List<DeadLetter> values = new ArrayList<>();
      if (getSideOutput(DeadLetters.TAG) != null) {
        getSideOutput(DeadLetters.TAG).forEach(record -> values.add(record.getValue()));
      }
      return values;
    }

    long count(Fate fate) {
      return function.fates().get(TOPIC, fate);
    }
  }
}
