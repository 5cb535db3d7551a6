// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.roads.RoadMap;
import io.headway.functions.traffic.LiveWeights;
import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.roads.RoadNetworkWriter;
import io.headway.schemas.RoadState;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoadStatesTest {
  private static final RoadClass[] CLASSES = {
    RoadClass.PRIMARY, RoadClass.TERTIARY, RoadClass.RESIDENTIAL
  };
  private static final double[] SPEEDS_MPS = {20, 10, 10};

  @Test
  void sharesOfTheClassesOfRoadsAreOfTheUsualTime(@TempDir Path folder) throws Exception {
    RoadNetworkWriter writer = new RoadNetworkWriter();
    for (int n = 0; n <= CLASSES.length; n++) {
      writer.addNode(41.15, -8.7 + 500.0 * n / GeoMath.mPerDegLon(41.15));
    }
    for (int e = 0; e < CLASSES.length; e++) {
      writer.addEdge(e, e + 1, CLASSES[e], SPEEDS_MPS[e]);
    }
    Path file = folder.resolve("road.roads");
    writer.write(file);
    RoadNetwork network = RoadNetwork.open(file);
    RoadMap road = new RoadMap(network, new RoadIndex(network));
    PlanSettings settings = PlanSettings.builder().build();
    LiveWeights weights =
        new LiveWeights(road, Duration.ofMinutes(15), settings.offNetworkStraightMps());

    RoadState state =
        new RoadStates(new Ways(road, settings), weights)
            .of(new int[] {0, 1, 2}, weights.seconds(), 0);

    assertThat(state.getMainShare()).isCloseTo(0.2f, within(1e-4f));
    assertThat(state.getCollectorShare()).isCloseTo(0.4f, within(1e-4f));
    assertThat(state.getObservedShare()).isZero();
    assertThat(state.getObservedRatio()).isEqualTo(1);
    assertThat(state.getAreaRatio()).isEqualTo(1);
    assertThat(state.getNetworkRatio()).isEqualTo(1);
  }
}
