// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.routing.Router;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyntheticNetworkTest {
  @TempDir private Path folder;

  @Test
  void aSeedAlwaysMakesTheSameCity() {
    assertThat(Cities.network(3, 400).id()).isEqualTo(Cities.network(3, 400).id());
    assertThat(Cities.network(3, 400).id()).isNotEqualTo(Cities.network(4, 400).id());
  }

  @Test
  void everyPlaceIsReachedFromEveryOther() {
    RoadNetwork network = Cities.network(3, 2_500);
    assertThat(network.nodeCount()).isBetween(2_000, 3_000);
    Router router = new Router(network);
    float[] seconds = Router.freeSeconds(network);
    for (int i = 0; i < 60; i++) {
      int from = (int) ((long) i * 7_919 % network.edgeCount());
      int to = (int) ((long) i * 104_729 % network.edgeCount());
      assertThat(router.route(from, 0, to, 1, seconds)).isNotNull();
    }
  }

  @Test
  void hasMainRoadsSideStreetsAndOneWays() {
    RoadNetwork network = Cities.network();
    EnumSet<RoadClass> classes = EnumSet.noneOf(RoadClass.class);
    int oneWay = 0;
    for (int e = 0; e < network.edgeCount(); e++) {
      classes.add(network.edgeClass(e));
      oneWay += network.reverseEdge(e) < 0 ? 1 : 0;
    }
    assertThat(classes)
        .contains(
            RoadClass.TRUNK,
            RoadClass.PRIMARY,
            RoadClass.SECONDARY,
            RoadClass.TERTIARY,
            RoadClass.RESIDENTIAL);
    assertThat(oneWay / (double) network.edgeCount()).isBetween(0.05, 0.5);
  }

  @Test
  void aSizeOutOfRangeIsRefused() {
    assertThatThrownBy(() -> SyntheticNetwork.build(1, 10, folder.resolve("x.roads")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("size is 10");
  }
}
