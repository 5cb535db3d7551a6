// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import static io.headway.functions.roads.GridTown.edge;
import static io.headway.functions.roads.GridTown.latDeg;
import static io.headway.functions.roads.GridTown.lonDeg;
import static io.headway.functions.roads.GridTown.node;
import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.ingest.Inputs;
import io.headway.functions.roads.GridTown;
import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventEdgesTest {
  /** Ten metres in degrees of latitude. */
  private static final double TEN_METRES_DEG = 9e-5;

  @TempDir private static Path directory;
  private static RoadNetwork network;
  private static EventEdges edges;

  @BeforeAll
  static void open() throws Exception {
    network = RoadNetwork.open(GridTown.write(directory));
    edges = new EventEdges(new RoadMap(network, new RoadIndex(network)));
  }

  @Test
  void onlyTheDrivingDirectionIsConcerned() {
    int east = edge(network, node(2, 1), node(2, 2));
    int west = edge(network, node(2, 2), node(2, 1));

    assertThat(of(latDeg(2), lonDeg(1), latDeg(2), lonDeg(2))).containsExactly(east);
    assertThat(of(latDeg(2), lonDeg(2), latDeg(2), lonDeg(1))).containsExactly(west);
  }

  @Test
  void crossingStreetsAndTheEdgesBeforeAndAfterAreLeftOut() {
    int[] expected = {edge(network, node(2, 1), node(2, 2)), edge(network, node(2, 2), node(2, 3))};
    Arrays.sort(expected);

    assertThat(of(latDeg(2), lonDeg(1), latDeg(2), lonDeg(3))).containsExactly(expected);
    assertThat(of(latDeg(2), lonDeg(0.98), latDeg(2), lonDeg(3.02))).containsExactly(expected);
  }

  @Test
  void aGeometryBesideTheStreetAndRoundACornerIsFound() {
    int[] expected = {edge(network, node(2, 1), node(2, 2)), edge(network, node(2, 2), node(3, 2))};
    Arrays.sort(expected);
    double beside = TEN_METRES_DEG;

    assertThat(
            of(
                latDeg(2) + beside,
                lonDeg(1),
                latDeg(2) + beside,
                lonDeg(2) + beside,
                latDeg(3),
                lonDeg(2) + beside))
        .containsExactly(expected);
  }

  @Test
  void aShortStretchOfAnEdgeIsEnough() {
    assertThat(of(latDeg(2), lonDeg(1.4), latDeg(2), lonDeg(1.6)))
        .containsExactly(edge(network, node(2, 1), node(2, 2)));
  }

  @Test
  void aGeometryOffTheMapHasNoEdges() {
    assertThat(of(10, 10, 10.01, 10.01)).isEmpty();
    assertThat(of(latDeg(2.5), lonDeg(1), latDeg(2.5), lonDeg(2))).isEmpty();
    assertThat(of(latDeg(2), lonDeg(1), latDeg(2), lonDeg(1))).isEmpty();
  }

  private static int[] of(double... latLonDeg) {
    return edges.of(Inputs.closure("e1", Inputs.T0, latLonDeg));
  }
}
