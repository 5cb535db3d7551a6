// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.kernels.roads.RandomNetworks;
import io.headway.kernels.roads.RoadNetwork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouterTest {
  @TempDir Path dir;

  @Test
  void agreesWithDijkstraOnRandomNetworksAndTravelTimes() throws IOException {
    for (int seed = 0; seed < 300; seed++) {
      RoadNetwork network = RandomNetworks.write(seed, dir.resolve("n" + seed + ".roads"));
      Router router = new Router(network);
      Random random = new Random(seed);
      for (int query = 0; query < 40; query++) {
        float[] seconds = randomSeconds(network, random);
        int from = random.nextInt(network.edgeCount());
        int to = random.nextInt(4) == 0 ? from : random.nextInt(network.edgeCount());
        double fromM = network.edgeLengthM(from) * random.nextInt(5) / 4.0;
        double toM = network.edgeLengthM(to) * random.nextInt(5) / 4.0;

        Route route = router.route(from, fromM, to, toM, seconds);

        double expected = dijkstraS(network, from, fromM, to, toM, seconds);
        if (expected == Double.POSITIVE_INFINITY) {
          assertThat(route).isNull();
        } else {
          assertThat(route).isNotNull();
          assertThat(route.seconds()).isCloseTo(expected, within(1e-6 * (1 + expected)));
          assertIsARoute(network, route, from, fromM, to, toM, seconds);
        }
      }
    }
  }

  private static float[] randomSeconds(RoadNetwork network, Random random) {
    float[] seconds = Router.freeSeconds(network);
    double closed = random.nextInt(3) * 0.15;
    for (int e = 0; e < seconds.length; e++) {
      seconds[e] *= (float) Math.exp(random.nextGaussian());
      if (random.nextDouble() < closed) {
        seconds[e] = Float.POSITIVE_INFINITY;
      }
    }
    return seconds;
  }

  private static void assertIsARoute(
      RoadNetwork network, Route route, int from, double fromM, int to, double toM, float[] s) {
    int[] edges = route.edges();
    assertThat(edges[0]).isEqualTo(from);
    assertThat(edges[edges.length - 1]).isEqualTo(to);
    double seconds = 0;
    double metres = 0;
    for (int i = 0; i < edges.length; i++) {
      if (i > 0) {
        assertThat(network.edgeFrom(edges[i])).isEqualTo(network.edgeTo(edges[i - 1]));
      }
      double length = network.edgeLengthM(edges[i]);
      double begin = i == 0 ? fromM : 0;
      double end = i == edges.length - 1 ? toM : length;
      metres += end - begin;
      seconds += end == begin ? 0 : s[edges[i]] * (end - begin) / length;
    }
    assertThat(route.distanceM()).isCloseTo(metres, within(1e-3 + 1e-6 * metres));
    assertThat(route.seconds()).isCloseTo(seconds, within(1e-6 * (1 + seconds)));
  }

  /** Dijkstra's algorithm as a textbook has it, over a matrix-like scan. */
  static double dijkstraS(
      RoadNetwork network, int from, double fromM, int to, double toM, float[] seconds) {
    double startPart = network.edgeLengthM(from) - fromM;
    double startS = startPart == 0 ? 0 : seconds[from] * (startPart / network.edgeLengthM(from));
    double endS = toM == 0 ? 0 : seconds[to] * (toM / network.edgeLengthM(to));
    if (from == to && fromM <= toM) {
      return toM == fromM ? 0 : seconds[from] * ((toM - fromM) / network.edgeLengthM(from));
    }
    double[] cost = new double[network.nodeCount()];
    boolean[] done = new boolean[network.nodeCount()];
    Arrays.fill(cost, Double.POSITIVE_INFINITY);
    cost[network.edgeTo(from)] = startS;
    while (true) {
      int node = -1;
      for (int n = 0; n < cost.length; n++) {
        if (!done[n] && (node < 0 || cost[n] < cost[node])) {
          node = n;
        }
      }
      if (node < 0 || cost[node] == Double.POSITIVE_INFINITY) {
        return cost[network.edgeFrom(to)] + endS;
      }
      done[node] = true;
      for (int e = network.firstOutEdge(node); e < network.firstOutEdge(node + 1); e++) {
        int next = network.edgeTo(e);
        cost[next] = Math.min(cost[next], cost[node] + seconds[e]);
      }
    }
  }
}
