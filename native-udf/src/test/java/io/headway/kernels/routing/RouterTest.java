// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.headway.kernels.roads.RandomNetworks;
import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.roads.RoadNetworkWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RouterTest {
  @Test
  void agreesWithDijkstraOnRandomNetworksAndTravelTimes() throws IOException {
    for (int seed = 0; seed < 300; seed++) {
      RoadNetwork network = RandomNetworks.network(seed);
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

  @Test
  void freeDirectionsGiveTheBestOfAllPairs() throws IOException {
    for (int seed = 0; seed < 200; seed++) {
      RoadNetwork network = RandomNetworks.network(seed);
      Router router = new Router(network);
      Random random = new Random(seed);
      for (int query = 0; query < 40; query++) {
        float[] seconds = randomSeconds(network, random);
        int from = random.nextInt(network.edgeCount());
        int to = random.nextInt(4) == 0 ? from : random.nextInt(network.edgeCount());
        double fromM = network.edgeLengthM(from) * random.nextInt(5) / 4.0;
        double toM = network.edgeLengthM(to) * random.nextInt(5) / 4.0;
        boolean fromEither = random.nextInt(3) > 0;
        boolean toEither = random.nextInt(3) > 0;

        Route route = router.route(from, fromM, fromEither, to, toM, toEither, seconds);
        // Led by the bound of shorter travel times it finds the same.
        float[] shorter = seconds.clone();
        shorter[random.nextInt(shorter.length)] /= 2;
        Route led =
            router.route(
                from,
                fromM,
                fromEither,
                to,
                toM,
                toEither,
                seconds,
                router.leastSecondsPerM(shorter));
        assertThat(led == null ? null : led.seconds())
            .isEqualTo(route == null ? null : route.seconds());

        double expected = Double.POSITIVE_INFINITY;
        for (int a : directions(network, from, fromEither)) {
          for (int b : directions(network, to, toEither)) {
            double aM = a == from ? fromM : network.edgeLengthM(a) - fromM;
            double bM = b == to ? toM : network.edgeLengthM(b) - toM;
            expected = Math.min(expected, dijkstraS(network, a, aM, b, bM, seconds));
          }
        }
        if (expected == Double.POSITIVE_INFINITY) {
          assertThat(route).isNull();
          continue;
        }
        assertThat(route.seconds()).isCloseTo(expected, within(1e-6 * (1 + expected)));
        int first = route.edges()[0];
        int last = route.edges()[route.edges().length - 1];
        assertIsARoute(
            network,
            route,
            first,
            first == from ? fromM : network.edgeLengthM(first) - fromM,
            last,
            last == to ? toM : network.edgeLengthM(last) - toM,
            seconds);
      }
    }
  }

  private static int[] directions(RoadNetwork network, int edge, boolean either) {
    int reverse = network.reverseEdge(edge);
    return either && reverse >= 0 ? new int[] {edge, reverse} : new int[] {edge};
  }

  @Test
  void drivesForwardWithinAnEdgeAndRoundTheBlockBackwards() throws IOException {
    RoadNetworkWriter writer = new RoadNetworkWriter();
    writer.addNode(0, 0);
    writer.addNode(0.001, 0);
    writer.addNode(0.001, 0.001);
    writer.addEdge(0, 1, RoadClass.RESIDENTIAL, 10);
    writer.addEdge(1, 2, RoadClass.RESIDENTIAL, 10);
    writer.addEdge(2, 0, RoadClass.RESIDENTIAL, 10);
    RoadNetwork network = RandomNetworks.open(writer);
    Router router = new Router(network);
    float[] seconds = Router.freeSeconds(network);

    Route ahead = router.route(0, 20, 0, 80, seconds);
    assertThat(ahead.edges()).containsExactly(0);
    assertThat(ahead.distanceM()).isCloseTo(60, within(1e-4));
    assertThat(ahead.seconds()).isCloseTo(6, within(1e-5));

    Route behind = router.route(0, 80, 0, 20, seconds);
    assertThat(behind.edges()).containsExactly(0, 1, 2, 0);
    double roundM =
        network.edgeLengthM(0) + (double) network.edgeLengthM(1) + network.edgeLengthM(2);
    assertThat(behind.distanceM()).isCloseTo(roundM - 60, within(1e-3));
  }

  @Test
  void turnsRoundAtTheEndOfATwoWayRoad() throws IOException {
    RoadNetwork network = RandomNetworks.grid(1, 2, 10);
    Route route = new Router(network).route(0, 80, 0, 20, Router.freeSeconds(network));
    assertThat(route.edges()).containsExactly(0, 1, 0);
    assertThat(route.distanceM()).isCloseTo(140, within(0.01));
  }

  @Test
  void keepsOffClosedEdgesEvenInPart() throws IOException {
    RoadNetwork network = RandomNetworks.grid(1, 4, 10);
    Router router = new Router(network);
    float[] seconds = Router.freeSeconds(network);
    int last = network.firstOutEdge(2);
    while (network.edgeTo(last) != 3) {
      last++;
    }
    assertThat(router.route(0, 0, last, 50, seconds)).isNotNull();
    seconds[last] = Float.POSITIVE_INFINITY;
    assertThat(router.route(0, 0, last, 50, seconds)).isNull();
    assertThat(router.route(0, 0, last, 0, seconds)).isNotNull();
    assertThat(router.route(last, 20, last, 80, seconds)).isNull();
    assertThat(router.alternatives(0, 0, last, 50, seconds, 3, 1.5)).isEmpty();
  }

  @Test
  void followsLiveSpeedsAboveAnyFreeSpeed() throws IOException {
    RoadNetwork network = RandomNetworks.grid(12, 12, 10);
    float[] seconds = Router.freeSeconds(network);
    for (int e = 0; e < seconds.length; e++) {
      int from = network.edgeFrom(e);
      int to = network.edgeTo(e);
      boolean top = from / 12 == 11 && to / 12 == 11;
      boolean side = from % 12 == to % 12 && from % 12 % 11 == 0;
      boolean onTheRim = top || side;
      seconds[e] = onTheRim ? seconds[e] / 50 : seconds[e];
    }
    int start = network.firstOutEdge(0) + 1;
    int end = network.firstOutEdge(23) + 1;
    Route route = new Router(network).route(start, 0, end, 0, seconds);
    assertThat(route.distanceM()).isGreaterThan(3_000);
    assertThat(route.seconds())
        .isCloseTo(dijkstraS(network, start, 0, end, 0, seconds), within(1e-6));
  }

  @Test
  void refusesWhatDoesNotFit() throws IOException {
    RoadNetwork network = RandomNetworks.grid(2, 2, 10);
    Router router = new Router(network);
    float[] seconds = Router.freeSeconds(network);
    assertThatThrownBy(() -> router.route(0, 0, 8, 0, seconds))
        .hasMessage("Edge 8 is not in the network of 8 edges");
    assertThatThrownBy(() -> router.route(0, Double.NaN, 1, 0, seconds))
        .hasMessageContaining("offset on edge 0");
    assertThatThrownBy(() -> router.route(0, 0, 1, 0, new float[7]))
        .hasMessageContaining("seconds holds 7 edges, the network has 8");
    assertThatThrownBy(() -> router.alternatives(0, 0, 1, 0, seconds, 9, 1.5))
        .hasMessageContaining("k 9");
    assertThatThrownBy(() -> router.alternatives(0, 0, 1, 0, seconds, 2, 0.9))
        .hasMessageContaining("maxStretch 0.9");
    seconds[3] = -1;
    assertThatThrownBy(() -> router.route(0, 0, 1, 0, seconds))
        .hasMessageContaining("seconds[3] is -1.0");
    seconds[3] = Float.NaN;
    assertThatThrownBy(() -> router.route(0, 0, 1, 0, seconds))
        .hasMessageContaining("seconds[3] is NaN");
  }

  @Test
  void reachesManyPlacesAsItReachesEach() throws IOException {
    for (int seed = 0; seed < 100; seed++) {
      RoadNetwork network = RandomNetworks.network(seed);
      Router router = new Router(network);
      Random random = new Random(seed);
      float[] seconds = randomSeconds(network, random);
      int from = random.nextInt(network.edgeCount());
      double fromM = network.edgeLengthM(from) * random.nextDouble();
      int[] to = random.ints(20, 0, network.edgeCount()).toArray();
      to[0] = from;
      double[] toM = random.doubles(20).toArray();
      for (int i = 0; i < 20; i++) {
        toM[i] *= network.edgeLengthM(to[i]);
      }
      double[] manyS = new double[20];
      double[] manyM = new double[20];

      router.toMany(from, fromM, to, toM, seconds, manyS, manyM);

      for (int i = 0; i < 20; i++) {
        Route route = router.route(from, fromM, to[i], toM[i], seconds);
        if (route == null) {
          assertThat(manyS[i]).isEqualTo(Double.POSITIVE_INFINITY);
          assertThat(manyM[i]).isEqualTo(Double.POSITIVE_INFINITY);
        } else {
          assertThat(manyS[i]).isCloseTo(route.seconds(), within(1e-6 * (1 + manyS[i])));
          assertThat(manyM[i]).isCloseTo(route.distanceM(), within(1e-3 + 1e-6 * manyM[i]));
        }
      }
    }
  }

  @Test
  void alternativesAreRoutesThatReallyDiffer() throws IOException {
    int others = 0;
    for (int seed = 0; seed < 150; seed++) {
      RoadNetwork network = RandomNetworks.network(seed);
      Router router = new Router(network);
      Random random = new Random(seed);
      for (int query = 0; query < 20; query++) {
        float[] seconds = randomSeconds(network, random);
        int from = random.nextInt(network.edgeCount());
        int to = random.nextInt(network.edgeCount());
        double fromM = network.edgeLengthM(from) * random.nextDouble();
        double toM = network.edgeLengthM(to) * random.nextDouble();
        double stretch = 1 + random.nextDouble();

        List<Route> routes = router.alternatives(from, fromM, to, toM, seconds, 4, stretch);

        Route fastest = router.route(from, fromM, to, toM, seconds);
        assertThat(routes.isEmpty()).isEqualTo(fastest == null);
        for (int i = 0; i < routes.size(); i++) {
          Route route = routes.get(i);
          assertIsARoute(network, route, from, fromM, to, toM, seconds);
          assertThat(route.seconds()).isLessThanOrEqualTo(stretch * fastest.seconds() * 1.0001);
          assertThat(i == 0 || routes.get(i - 1).seconds() <= route.seconds() + 1e-9).isTrue();
          for (int j = 0; j < i; j++) {
            assertThat(sharedS(network, route, routes.get(j), fromM, toM, seconds))
                .isLessThanOrEqualTo(Router.MAX_SHARED * fastest.seconds() * 1.0001);
          }
          others += i > 0 ? 1 : 0;
        }
        if (fastest != null) {
          assertThat(routes.get(0).edges()).isEqualTo(fastest.edges());
        }
      }
    }
    assertThat(others).isGreaterThan(100);
  }

  @Test
  void findsAlternativesInACityOfBlocks() throws IOException {
    RoadNetwork network = RandomNetworks.grid(15, 15, 10);
    Router router = new Router(network);
    Random random = new Random(5);
    float[] seconds = Router.freeSeconds(network);
    for (int e = 0; e < seconds.length; e++) {
      seconds[e] *= (float) Math.exp(0.2 * random.nextGaussian());
    }
    int from = network.firstOutEdge(16);
    int to = network.firstOutEdge(13 * 15 + 12);
    List<Route> routes = router.alternatives(from, 50, to, 50, seconds, 4, 1.3);
    assertThat(routes).hasSize(4);
  }

  @Test
  void searchesWithoutAllocating() throws IOException {
    RoadNetwork network = RandomNetworks.grid(20, 20, 10);
    Router router = new Router(network);
    float[] seconds = Router.freeSeconds(network);
    int[] to = new int[64];
    double[] toM = new double[64];
    double[] manyS = new double[64];
    double[] manyM = new double[64];
    Arrays.setAll(to, i -> 20 * i);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = 0;
    for (int i = 0; i < 400; i++) {
      if (i == 200) {
        before = threads.getCurrentThreadAllocatedBytes();
      }
      router.toMany(i, 0, to, toM, seconds, manyS, manyM);
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1000);
  }

  private static double sharedS(
      RoadNetwork network, Route a, Route b, double fromM, double toM, float[] seconds) {
    int last = a.edges().length - 1;
    int from = a.edges()[0];
    int to = a.edges()[last];
    double shared = seconds[from] * (1 - fromM / network.edgeLengthM(from));
    shared += seconds[to] * (toM / network.edgeLengthM(to));
    Set<Integer> edges = new HashSet<>();
    for (int i = 1; i < last; i++) {
      edges.add(a.edges()[i]);
    }
    for (int i = 1; i < b.edges().length - 1; i++) {
      shared += edges.contains(b.edges()[i]) ? seconds[b.edges()[i]] : 0;
    }
    return shared;
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
