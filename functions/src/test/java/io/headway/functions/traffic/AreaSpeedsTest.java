// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.ingest.Inputs;
import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.roads.RoadNetworkWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A road of twenty edges from west to east, of 500 m each and 10 m/s. */
class AreaSpeedsTest {
  private static final long T0 = Inputs.T0;
  private static final Duration HALF_LIFE = Duration.ofMinutes(15);
  private static final int EDGES = 20;

  @TempDir private static Path directory;
  private static RoadMap road;

  private LiveWeights weights;
  private AreaSpeeds areas;

  @BeforeAll
  static void build() throws Exception {
    RoadNetworkWriter writer = new RoadNetworkWriter();
    for (int n = 0; n <= EDGES; n++) {
      writer.addNode(41.15, -8.7 + 500.0 * n / GeoMath.mPerDegLon(41.15));
    }
    for (int e = 0; e < EDGES; e++) {
      writer.addEdge(e, e + 1, RoadClass.PRIMARY, 10);
    }
    Path file = directory.resolve("road.roads");
    writer.write(file);
    RoadNetwork network = RoadNetwork.open(file);
    road = new RoadMap(network, new RoadIndex(network));
  }

  @BeforeEach
  void open() {
    weights = new LiveWeights(road, HALF_LIFE, 8);
    areas = new AreaSpeeds(road.network(), weights);
  }

  @Test
  void withoutObservationsNothingIsKnown() {
    areas.look();
    assertThat(areas.areaLogRatio(3)).isZero();
    assertThat(areas.areaWeight(3)).isZero();
    assertThat(areas.networkLogRatio()).isZero();
    assertThat(areas.networkWeight()).isZero();
  }

  @Test
  void whatIsObservedCountsNearbyAndInTheWholeNetwork() {
    observe(1, T0, 5, 4);
    areas.look();
    assertThat(areas.areaLogRatio(4)).isCloseTo(Math.log(2), within(1e-6));
    assertThat(areas.areaWeight(4)).isEqualTo(1);
    assertThat(areas.areaLogRatio(7)).isCloseTo(Math.log(2), within(1e-6));
    assertThat(areas.areaWeight(12)).as("4 km away").isZero();
    assertThat(areas.networkLogRatio()).isCloseTo(Math.log(2), within(1e-6));
  }

  @Test
  void recentObservationsWeighMore() {
    observe(1, T0, 5, 4);
    observe(2, T0 + HALF_LIFE.toMillis(), 20, 5);
    areas.look();
    double expected = (0.5 * Math.log(2) + Math.log(0.5)) / 1.5;
    assertThat(areas.areaLogRatio(4)).isCloseTo(expected, within(1e-6));
    assertThat(areas.areaWeight(4)).isCloseTo(1.5, within(1e-6));
    assertThat(areas.networkWeight()).isCloseTo(1.5, within(1e-6));
  }

  @Test
  void whatIsForgottenCountsNoMore() {
    observe(1, T0, 5, 4);
    areas.look();
    observe(2, T0 + 10 * HALF_LIFE.toMillis(), 20, 15);
    areas.look();
    assertThat(areas.areaWeight(4)).isZero();
    assertThat(areas.areaLogRatio(4)).isZero();
    assertThat(areas.networkLogRatio()).isCloseTo(Math.log(0.5), within(1e-6));
  }

  @Test
  void aStandstillIsAJamAndNotInfinite() {
    observe(1, T0, 0, 4);
    areas.look();
    assertThat(areas.areaLogRatio(4)).isCloseTo(Math.log(20), within(1e-6));
  }

  @Test
  void everyEdgeLiesSomewhere() {
    observe(1, T0, 5, IntStream.range(0, EDGES).toArray());
    areas.look();
    for (int e = 0; e < EDGES; e++) {
      assertThat(areas.areaWeight(e)).isBetween(3.0, 6.0);
    }
    assertThat(areas.networkWeight()).isEqualTo(EDGES);
  }

  private void observe(long epoch, long upToMs, float speedMps, int... edges) {
    WeightDelta delta = new WeightDelta();
    delta.epoch = epoch;
    delta.upToMs = upToMs;
    delta.networkId = road.network().id();
    delta.edges = edges;
    delta.speedMps = new float[edges.length];
    delta.observations = new int[edges.length];
    delta.eventFactor = new float[edges.length];
    Arrays.fill(delta.speedMps, speedMps);
    Arrays.fill(delta.observations, 1);
    Arrays.fill(delta.eventFactor, 1);
    weights.apply(delta);
  }
}
