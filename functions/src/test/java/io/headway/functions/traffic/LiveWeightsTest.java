// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.ingest.Inputs;
import io.headway.functions.roads.GridTown;
import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveWeightsTest {
  private static final long T0 = Inputs.T0;
  private static final Duration HALF_LIFE = Duration.ofMinutes(15);
  private static final long HALF_LIFE_MS = HALF_LIFE.toMillis();
  private static final double FALLBACK_MPS = 8;

  @TempDir private static Path directory;
  private static RoadMap town;

  @BeforeAll
  static void open() throws Exception {
    town = roads(GridTown.write(directory));
  }

  @Test
  void withoutObservationsEveryEdgeIsFree() {
    LiveWeights weights = weights(town);

    assertThat(weights.seconds()).isEqualTo(weights.freeSeconds());
    assertThat(weights.epoch()).isZero();
    assertThat(weights.offNetworkSpeedMps(3_000)).isEqualTo(FALLBACK_MPS);
    assertThat(weights.observations(3)).isZero();
  }

  @Test
  void anObservedSpeedFallsBackByHalfInAHalfLife() {
    LiveWeights weights = weights(town);
    double lengthM = town.network().edgeLengthM(3);

    weights.apply(delta(1, T0, 3, 4, 5, 1));
    assertThat(weights.liveSpeedMps(3)).isEqualTo(4);
    assertThat(weights.seconds()[3]).isCloseTo((float) (lengthM / 4), within(1e-3f));
    assertThat(weights.observations(3)).isEqualTo(5);

    weights.apply(empty(2, T0 + HALF_LIFE_MS));
    assertThat(weights.liveSpeedMps(3)).isCloseTo(7, within(1e-6));
    weights.apply(empty(3, T0 + 2 * HALF_LIFE_MS));
    assertThat(weights.seconds()[3]).isCloseTo((float) (lengthM / 8.5), within(1e-3f));

    weights.apply(empty(4, T0 + 7 * HALF_LIFE_MS));
    assertThat(weights.seconds()).isEqualTo(weights.freeSeconds());
    assertThat(weights.observations(3)).isZero();
  }

  @Test
  void aStaleEpochChangesNothing() {
    LiveWeights weights = weights(town);
    weights.apply(delta(2, T0, 3, 4, 5, 1));

    assertThat(weights.apply(delta(2, T0, 3, 9, 5, 1))).isFalse();
    assertThat(weights.apply(delta(1, T0, 3, 9, 5, 1))).isFalse();
    assertThat(weights.liveSpeedMps(3)).isEqualTo(4);
    assertThat(weights.epoch()).isEqualTo(2);
  }

  @Test
  void aClosedEdgeTakesForEverAndOpensAgain() {
    LiveWeights weights = weights(town);

    weights.apply(delta(1, 0, 3, Float.NaN, 0, 0));
    assertThat(weights.seconds()[3]).isInfinite();
    weights.apply(delta(2, 0, 3, Float.NaN, 0, 1));
    assertThat(weights.seconds()).isEqualTo(weights.freeSeconds());
  }

  @Test
  void aRoadEventLimitsTheSpeedOnceAndNotOnTopOfWhatVehiclesMeet() {
    LiveWeights weights = weights(town);
    double lengthM = town.network().edgeLengthM(3);

    weights.apply(delta(1, T0, 3, 8, 5, 0.5f));
    assertThat(weights.seconds()[3])
        .as("limited to 5 m/s")
        .isCloseTo((float) lengthM / 5, within(1e-3f));
    weights.apply(delta(2, T0, 3, 3, 5, 0.5f));
    assertThat(weights.seconds()[3])
        .as("vehicles do 3 m/s")
        .isCloseTo((float) lengthM / 3, within(1e-3f));
  }

  @Test
  void aJamIsNoClosure() {
    LiveWeights weights = weights(town);

    weights.apply(delta(1, T0, 3, 0, 5, 1));

    assertThat(weights.seconds()[3])
        .isEqualTo(town.network().edgeLengthM(3) / LiveWeights.MIN_SPEED_MPS);
  }

  @Test
  void aDistancesSpeedOffTheNetworkStaysAndServesNeighboursWithoutOne() {
    LiveWeights weights = weights(null);

    weights.apply(delta(1, T0, OffNetwork.edgeOf(3), 5, 40, 1));
    weights.apply(delta(2, T0, OffNetwork.edgeOf(7), 12, 40, 1));
    weights.apply(empty(3, T0 + 10 * HALF_LIFE_MS));

    assertThat(weights.offNetworkSpeedMps(2_000)).isEqualTo(5);
    assertThat(weights.offNetworkSpeedMps(100)).isEqualTo(5);
    assertThat(weights.offNetworkSpeedMps(5_000)).as("as near to both").isEqualTo(5);
    assertThat(weights.offNetworkSpeedMps(6_000)).isEqualTo(12);
    assertThat(weights.offNetworkSpeedMps(12_999)).isEqualTo(12);
    assertThat(weights.offNetworkSpeedMps(50_000)).isEqualTo(12);
    assertThat(weights.classObservations(7)).isEqualTo(40);
    assertThat(weights.classObservations(6)).isZero();
  }

  @Test
  void edgesOfAnotherNetworkAreLeftOutAndCounted() {
    LiveWeights weights = weights(town);
    WeightDelta foreign = delta(1, T0, 3, 4, 5, 0);
    foreign.networkId = "ffff";

    assertThat(weights.apply(foreign)).isTrue();

    assertThat(weights.seconds()).isEqualTo(weights.freeSeconds());
    assertThat(weights.resets()).isEqualTo(1);
    assertThat(weights.epoch()).isEqualTo(1);
  }

  @Test
  void restoredWeightsEqualTheLostOnesBitForBitThenAndLater() {
    Random random = new Random(3);
    LiveWeights kept = weights(town);
    Map<Integer, WeightBlock> state = new HashMap<>();
    long timeMs = T0;
    for (int epoch = 1; epoch <= 200; epoch++) {
      timeMs += random.nextInt(3) == 0 ? 0 : 60_000;
      WeightDelta delta = randomDelta(random, epoch, timeMs);
      assertThat(kept.apply(delta)).isTrue();
      for (int block : LiveWeights.blocksOf(delta)) {
        state.put(block, kept.block(block));
      }
      if (epoch % 20 == 0) {
        LiveWeights restored = weights(town);
        restored.restore(state.entrySet());
        assertSame(restored, kept);
        WeightDelta next = randomDelta(random, epoch + 1, timeMs + 60_000);
        LiveWeights also = weights(town);
        also.restore(state.entrySet());
        also.apply(next);
        restored.apply(next);
        assertSame(also, restored);
      }
    }
  }

  @Test
  void blocksOfAnotherNetworkAreForgottenButSpeedsOffTheNetworkStay() throws Exception {
    LiveWeights before = weights(town);
    WeightDelta delta = delta(1, T0, 3, 4, 5, 0);
    before.apply(delta);
    before.apply(delta(2, T0, OffNetwork.edgeOf(8), 12, 40, 1));
    RoadMap other = roads(GridTown.write(directory, "other.roads", 15));

    LiveWeights after = weights(other);
    Set<Integer> foreign =
        after.restore(
            Map.of(-1, before.block(-1), 0, before.block(0), 7, before.block(7)).entrySet());

    assertThat(after.seconds()).isEqualTo(after.freeSeconds());
    assertThat(after.offNetworkSpeedMps(15_000)).isEqualTo(12);
    assertThat(after.epoch()).isEqualTo(2);
    assertThat(after.resets()).as("one import, one reset").isEqualTo(1);
    assertThat(foreign).containsExactly(0, 7);
  }

  @Test
  void whatTravelsAndWhatIsKeptNeedsNoKryo() {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(WeightDelta.class);
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(WeightBlock.class);
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(ActiveEvent.class);
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(EdgeMean.class);
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(EdgeSpeed.Sum.class);
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(TripFeatures.class);
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(TripFeaturesWindow.Trip.class);
  }

  private static void assertSame(LiveWeights a, LiveWeights b) {
    assertThat(a.seconds()).isEqualTo(b.seconds());
    assertThat(a.epoch()).isEqualTo(b.epoch());
    assertThat(a.upToMs()).isEqualTo(b.upToMs());
    for (int e = 0; e < a.seconds().length; e++) {
      assertThat(a.liveSpeedMps(e)).isEqualTo(b.liveSpeedMps(e));
      assertThat(a.observations(e)).isEqualTo(b.observations(e));
      assertThat(a.eventFactor(e)).isEqualTo(b.eventFactor(e));
    }
    for (int i = 0; i < OffNetwork.CLASSES; i++) {
      assertThat(a.classSpeedMps(i)).isEqualTo(b.classSpeedMps(i));
      assertThat(a.classObservations(i)).isEqualTo(b.classObservations(i));
    }
  }

  private static WeightDelta randomDelta(Random random, long epoch, long upToMs) {
    DeltaWriter writer = new DeltaWriter(5);
    int edges = random.nextInt(5);
    for (int i = 0; i < edges; i++) {
      int edge = random.nextInt(town.network().edgeCount() + 3) - 3;
      boolean factorOnly = edge >= 0 && random.nextInt(3) == 0;
      writer.add(
          edge,
          factorOnly ? Float.NaN : 1 + 12 * random.nextFloat(),
          factorOnly ? 0 : 1 + random.nextInt(9),
          edge < 0 ? 1 : random.nextInt(4) / 3f);
    }
    WeightDelta delta = writer.finish();
    delta.epoch = epoch;
    delta.upToMs = upToMs;
    delta.networkId = town.network().id();
    return delta;
  }

  private static WeightDelta delta(
      long epoch, long upToMs, int edge, float speedMps, int observations, float factor) {
    WeightDelta delta = empty(epoch, upToMs);
    delta.edges = new int[] {edge};
    delta.speedMps = new float[] {speedMps};
    delta.observations = new int[] {observations};
    delta.eventFactor = new float[] {factor};
    return delta;
  }

  private static WeightDelta empty(long epoch, long upToMs) {
    WeightDelta delta = new WeightDelta();
    delta.epoch = epoch;
    delta.upToMs = upToMs;
    delta.networkId = town.network().id();
    return delta;
  }

  private static LiveWeights weights(RoadMap roads) {
    return new LiveWeights(roads, HALF_LIFE, FALLBACK_MPS);
  }

  private static RoadMap roads(Path file) throws Exception {
    RoadNetwork network = RoadNetwork.open(file);
    return new RoadMap(network, new RoadIndex(network));
  }
}
