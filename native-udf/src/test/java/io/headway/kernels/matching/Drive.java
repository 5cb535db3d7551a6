// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadNetwork;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A simulated drive over a network, with what was true at each fix. */
final class Drive {
  final List<Fix> fixes = new ArrayList<>();

  /** Edges driven in order, and metres on each. */
  final List<Integer> edges = new ArrayList<>();

  final List<Double> metres = new ArrayList<>();

  /** A fix and the truth. */
  record Fix(long timeMs, double latDeg, double lonDeg, int edge, double offsetM) {}

  /**
   * A drive from one random destination to the next, on ways that are short but seldom the very
   * shortest, without U-turns where the roads allow; speeds change from edge to edge.
   */
  static Drive random(
      RoadNetwork network, long seed, double kilometres, double intervalS, double noiseM) {
    Random random = new Random(seed);
    double[] costs = new double[network.edgeCount()];
    List<Integer> route = new ArrayList<>();
    double lengthM = 0;
    int node = random.nextInt(network.nodeCount());
    for (int legs = 0; legs < 200 && lengthM < 1e3 * kilometres; legs++) {
      for (int e = 0; e < costs.length; e++) {
        costs[e] = network.edgeLengthM(e) * (1 + 0.3 * random.nextDouble());
      }
      if (!route.isEmpty()) {
        int back = network.reverseEdge(route.get(route.size() - 1));
        if (back >= 0) {
          costs[back] = 1e6;
        }
      }
      List<Integer> leg = way(network, costs, node, random.nextInt(network.nodeCount()));
      for (int edge : leg) {
        lengthM += network.edgeLengthM(edge);
        node = network.edgeTo(edge);
      }
      route.addAll(leg);
    }
    return along(network, route, seed, intervalS, noiseM);
  }

  /** The cheapest way (Bellman and Ford); empty when there is none. */
  private static List<Integer> way(RoadNetwork network, double[] costs, int from, int to) {
    double[] cost = new double[network.nodeCount()];
    int[] by = new int[network.nodeCount()];
    Arrays.fill(cost, Double.POSITIVE_INFINITY);
    cost[from] = 0;
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int e = 0; e < costs.length; e++) {
        double over = cost[network.edgeFrom(e)] + costs[e];
        if (over < cost[network.edgeTo(e)]) {
          cost[network.edgeTo(e)] = over;
          by[network.edgeTo(e)] = e;
          changed = true;
        }
      }
    }
    List<Integer> way = new ArrayList<>();
    if (cost[to] < Double.POSITIVE_INFINITY) {
      for (int node = to; node != from; node = network.edgeFrom(by[node])) {
        way.add(0, by[node]);
      }
    }
    return way;
  }

  /** A drive over given edges from the first one's start to the last one's end. */
  static Drive along(
      RoadNetwork network, List<Integer> route, long seed, double intervalS, double noiseM) {
    Random random = new Random(seed);
    Drive drive = new Drive();
    double[] place = new double[2];
    double nextFixS = 0;
    double startS = 0;
    for (int edge : route) {
      double lengthM = network.edgeLengthM(edge);
      double speedMps = 5 + 10 * random.nextDouble();
      double endS = startS + lengthM / speedMps;
      while (nextFixS < endS) {
        double offsetM = speedMps * (nextFixS - startS);
        network.pointAt(edge, offsetM, place);
        drive.fixes.add(
            new Fix(
                Math.round(1e3 * nextFixS),
                GeoMath.latDeg(place[0], noiseM * random.nextGaussian()),
                GeoMath.lonDeg(place[0], place[1], noiseM * random.nextGaussian()),
                edge,
                offsetM));
        nextFixS += intervalS;
      }
      drive.edges.add(edge);
      drive.metres.add(lengthM);
      startS = endS;
    }
    // What came after the last fix was seen by nobody.
    Fix last = drive.fixes.get(drive.fixes.size() - 1);
    while (drive.edges.get(drive.edges.size() - 1) != last.edge()) {
      drive.edges.remove(drive.edges.size() - 1);
      drive.metres.remove(drive.metres.size() - 1);
    }
    drive.metres.set(drive.metres.size() - 1, last.offsetM());
    return drive;
  }

  double lengthM() {
    return metres.stream().mapToDouble(Double::doubleValue).sum();
  }

  /** Share of the driven length that is among matched traversals, each edge as often as driven. */
  double matchedShare(RoadNetwork network, Traversed traversed) {
    double[] matchedM = new double[network.edgeCount()];
    for (int i = 0; i < traversed.edges.size(); i++) {
      matchedM[traversed.edges.get(i)] += traversed.metres.get(i);
    }
    double common = 0;
    double[] drivenM = new double[network.edgeCount()];
    for (int i = 0; i < edges.size(); i++) {
      drivenM[edges.get(i)] += metres.get(i);
    }
    for (int e = 0; e < drivenM.length; e++) {
      common += Math.min(drivenM[e], matchedM[e]);
    }
    return common / Arrays.stream(drivenM).sum();
  }

  /** The traversals that a matcher reported. */
  static final class Traversed {
    final List<Integer> edges = new ArrayList<>();
    final List<Double> metres = new ArrayList<>();
    final List<Double> seconds = new ArrayList<>();
    final List<Long> endsMs = new ArrayList<>();

    void collect(MapMatcher matcher) {
      for (int i = 0; i < matcher.traversalCount(); i++) {
        edges.add(matcher.traversalEdge(i));
        metres.add((double) matcher.traversalM(i));
        seconds.add((double) matcher.traversalS(i));
        endsMs.add(matcher.traversalEndMs(i));
      }
    }

    double lengthM() {
      return metres.stream().mapToDouble(Double::doubleValue).sum();
    }

    double seconds() {
      return seconds.stream().mapToDouble(Double::doubleValue).sum();
    }
  }
}
