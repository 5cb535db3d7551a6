// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RandomNetworks;
import io.headway.kernels.roads.RoadNetwork;
import java.io.IOException;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class LocalRoutesTest {
  @Property(seed = "1", tries = 100)
  void findsTheShortestRouteToEveryNodeWithinTheLimit(@ForAll long seed) throws IOException {
    RoadNetwork network = RandomNetworks.network(seed);
    LocalRoutes routes = new LocalRoutes(network);
    int nodes = network.nodeCount();
    for (int from = 0; from < Math.min(nodes, 4); from++) {
      double[] shortest = bellmanFord(network, from);
      for (int to = 0; to < nodes; to++) {
        double limitM = 3_000;
        routes.search(
            from, new int[] {to}, 1, network.nodeLatDeg(to), network.nodeLonDeg(to), 0, limitM);
        if (shortest[to] <= limitM) {
          assertThat(routes.lengthM(to)).isCloseTo(shortest[to], within(1e-3));
          assertThat(lengthBack(network, routes, from, to)).isCloseTo(shortest[to], within(1e-3));
        } else {
          assertThat(routes.lengthM(to)).isInfinite();
        }
      }
    }
  }

  @Property(seed = "2", tries = 50)
  void oneSearchReachesAllTargetsAroundAPlace(@ForAll long seed) throws IOException {
    RoadNetwork network = RandomNetworks.network(seed);
    LocalRoutes routes = new LocalRoutes(network);
    int nodes = network.nodeCount();
    int[] targets = new int[Math.min(nodes, 5)];
    double radiusM = 0;
    for (int i = 0; i < targets.length; i++) {
      targets[i] = nodes - 1 - i;
      radiusM =
          Math.max(
              radiusM,
              GeoMath.distanceM(
                  41.11, -8.59, network.nodeLatDeg(targets[i]), network.nodeLonDeg(targets[i])));
    }
    double[] shortest = bellmanFord(network, 0);
    routes.search(0, targets, targets.length, 41.11, -8.59, radiusM, 1e9);
    for (int target : targets) {
      if (shortest[target] < 1e9) {
        assertThat(routes.lengthM(target)).isCloseTo(shortest[target], within(1e-3));
      } else {
        assertThat(routes.lengthM(target)).isInfinite();
      }
    }
  }

  private static double lengthBack(RoadNetwork network, LocalRoutes routes, int from, int to) {
    double metres = 0;
    int first = -1;
    int node = to;
    for (int e = routes.lastEdge(to); e >= 0; e = routes.lastEdge(node)) {
      metres += network.edgeLengthM(e);
      first = e;
      node = network.edgeFrom(e);
    }
    assertThat(node).isEqualTo(from);
    assertThat(routes.firstEdge(to)).isEqualTo(first);
    return metres;
  }

  private static double[] bellmanFord(RoadNetwork network, int from) {
    double[] metres = new double[network.nodeCount()];
    Arrays.fill(metres, Double.POSITIVE_INFINITY);
    metres[from] = 0;
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int e = 0; e < network.edgeCount(); e++) {
        double over = metres[network.edgeFrom(e)] + network.edgeLengthM(e);
        if (over < metres[network.edgeTo(e)]) {
          metres[network.edgeTo(e)] = over;
          changed = true;
        }
      }
    }
    return metres;
  }
}
