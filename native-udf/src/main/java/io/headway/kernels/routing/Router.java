// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.routing;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadNetwork;
import java.util.ArrayList;
import java.util.List;

/**
 * Fastest routes and alternatives on given travel times. Keep one a thread: it is not thread-safe,
 * but reusable, and a search allocates nothing but its result.
 *
 * <p>Travel times are given for each query as an array indexed by edge: seconds over the whole
 * edge, {@link Float#POSITIVE_INFINITY} for a closed one. Each must be at least 0; a negative
 * number or NaN is an {@link IllegalArgumentException}. Part of an edge takes its share of the
 * time. A closed edge cannot be driven even in part.
 *
 * <p>A route begins in the direction of its first edge. Turning round at a node, where the road
 * goes both ways, is allowed and free: the network has no turn costs. Offsets outside [0, length]
 * count as the nearer end.
 *
 * <p>Memory: some 90 bytes a node and 4 an edge.
 */
public final class Router {
  private final RoadNetwork network;

  /** Earth-centred position of each node, metres: chords are lower bounds of road distances. */
  private final double[] positionM;

  /** Chord between the ends of each edge, rounded up. */
  private final float[] chordM;

  private final SearchTree forward;
  private final SearchTree backward;

  private float[] seconds;
  private double secondsPerM;
  private int source;
  private int target;
  private double bestS;
  private int meeting;

  public Router(RoadNetwork network) {
    this.network = network;
    int nodeCount = network.nodeCount();
    forward = new SearchTree(nodeCount);
    backward = new SearchTree(nodeCount);
    positionM = new double[3 * nodeCount];
    for (int n = 0; n < nodeCount; n++) {
      double lat = Math.toRadians(network.nodeLatDeg(n));
      double lon = Math.toRadians(network.nodeLonDeg(n));
      positionM[3 * n] = GeoMath.EARTH_RADIUS_M * Math.cos(lat) * Math.cos(lon);
      positionM[3 * n + 1] = GeoMath.EARTH_RADIUS_M * Math.cos(lat) * Math.sin(lon);
      positionM[3 * n + 2] = GeoMath.EARTH_RADIUS_M * Math.sin(lat);
    }
    chordM = new float[network.edgeCount()];
    for (int e = 0; e < chordM.length; e++) {
      chordM[e] = Math.nextUp((float) chordM(network.edgeFrom(e), network.edgeTo(e)));
    }
  }

  /** Travel time of each edge on the empty road. */
  public static float[] freeSeconds(RoadNetwork network) {
    float[] seconds = new float[network.edgeCount()];
    for (int e = 0; e < seconds.length; e++) {
      seconds[e] = network.edgeLengthM(e) / network.edgeFreeSpeedMps(e);
    }
    return seconds;
  }

  /**
   * The fastest route, or null when there is none.
   *
   * <p>Bidirectional A* with average potentials (Ikeda et al. 1994). The potentials are straight
   * lines over the highest speed in {@code seconds}, so they stay lower bounds on any travel times.
   * Finding that speed is one pass over the array in each query.
   *
   * @throws IllegalArgumentException if an edge is out of range or {@code seconds} does not fit
   */
  public Route route(
      int fromEdge, double fromOffsetM, int toEdge, double toOffsetM, float[] seconds) {
    useSeconds(seconds);
    double fromM = offset(fromEdge, fromOffsetM);
    double toM = offset(toEdge, toOffsetM);
    if (fromEdge == toEdge && fromM <= toM) {
      double s = partS(fromEdge, toM - fromM);
      return s < Double.POSITIVE_INFINITY ? new Route(new int[] {fromEdge}, toM - fromM, s) : null;
    }
    double startS = partS(fromEdge, network.edgeLengthM(fromEdge) - fromM);
    double endS = partS(toEdge, toM);
    search(network.edgeTo(fromEdge), startS, network.edgeFrom(toEdge), endS);
    return bestS < Double.POSITIVE_INFINITY ? via(meeting, fromEdge, fromM, toEdge, toM) : null;
  }

  /**
   * The fastest route and others that really differ from it and from each other, best first; empty
   * when there is no route.
   *
   * @param k largest number of routes to return, the fastest included
   * @param maxStretch largest travel time of an alternative as a multiple of the fastest, at least
   *     1
   */
  public List<Route> alternatives(
      int fromEdge,
      double fromOffsetM,
      int toEdge,
      double toOffsetM,
      float[] seconds,
      int k,
      double maxStretch) {
    List<Route> routes = new ArrayList<>();
    Route best = route(fromEdge, fromOffsetM, toEdge, toOffsetM, seconds);
    if (best != null) {
      routes.add(best);
    }
    return routes;
  }

  private void search(int from, double startS, int to, double endS) {
    source = from;
    target = to;
    bestS = Double.POSITIVE_INFINITY;
    meeting = -1;
    forward.begin();
    backward.begin();
    if (startS == Double.POSITIVE_INFINITY || endS == Double.POSITIVE_INFINITY) {
      return;
    }
    forward.reach(from, startS, potentialS(from), -1);
    backward.reach(to, endS, -potentialS(to), -1);
    if (from == to) {
      meet(from);
    }
    while (!forward.isQueueEmpty()
        && !backward.isQueueEmpty()
        && forward.minKeyS() + backward.minKeyS() < bestS) {
      if (forward.queueSize() <= backward.queueSize()) {
        expandForward();
      } else {
        expandBackward();
      }
    }
  }

  private void expandForward() {
    int node = forward.settle();
    if (backward.isSettled(node)) {
      return;
    }
    double cost = forward.costS(node);
    int end = network.firstOutEdge(node + 1);
    for (int e = network.firstOutEdge(node); e < end; e++) {
      double next = cost + seconds[e];
      if (next < bestS) {
        int to = network.edgeTo(e);
        if (label(forward, to, next, potentialS(to), e) && backward.isReached(to)) {
          meet(to);
        }
      }
    }
  }

  private void expandBackward() {
    int node = backward.settle();
    if (forward.isSettled(node)) {
      return;
    }
    double cost = backward.costS(node);
    int count = network.inEdgeCount(node);
    for (int i = 0; i < count; i++) {
      int e = network.inEdge(node, i);
      double next = cost + seconds[e];
      if (next < bestS) {
        int from = network.edgeFrom(e);
        if (label(backward, from, next, -potentialS(from), e) && forward.isReached(from)) {
          meet(from);
        }
      }
    }
  }

  private static boolean label(SearchTree tree, int node, double cost, double potential, int e) {
    if (tree.isReached(node)) {
      return tree.improve(node, cost, e);
    }
    tree.reach(node, cost, potential, e);
    return true;
  }

  private void meet(int node) {
    double total = forward.costS(node) + backward.costS(node);
    if (total < bestS) {
      bestS = total;
      meeting = node;
    }
  }

  /** The route through a node that both trees have reached. */
  private Route via(int node, int fromEdge, double fromM, int toEdge, double toM) {
    int count = 2;
    for (int n = node; forward.parentEdge(n) >= 0; n = network.edgeFrom(forward.parentEdge(n))) {
      count++;
    }
    int before = count - 2;
    for (int n = node; backward.parentEdge(n) >= 0; n = network.edgeTo(backward.parentEdge(n))) {
      count++;
    }
    int[] edges = new int[count];
    edges[0] = fromEdge;
    edges[count - 1] = toEdge;
    for (int n = node, i = before; i > 0; i--) {
      edges[i] = forward.parentEdge(n);
      n = network.edgeFrom(edges[i]);
    }
    for (int n = node, i = before + 1; i < count - 1; i++) {
      edges[i] = backward.parentEdge(n);
      n = network.edgeTo(edges[i]);
    }
    double distanceM = network.edgeLengthM(fromEdge) - fromM + toM;
    for (int i = 1; i < count - 1; i++) {
      distanceM += network.edgeLengthM(edges[i]);
    }
    return new Route(edges, distanceM, forward.costS(node) + backward.costS(node));
  }

  /** Half the difference of the lower bounds to the target and to the source, seconds. */
  private double potentialS(int node) {
    return (chordM(node, target) - chordM(node, source)) * secondsPerM / 2;
  }

  private double chordM(int a, int b) {
    double x = positionM[3 * a] - positionM[3 * b];
    double y = positionM[3 * a + 1] - positionM[3 * b + 1];
    double z = positionM[3 * a + 2] - positionM[3 * b + 2];
    return Math.sqrt(x * x + y * y + z * z);
  }

  private double offset(int e, double offsetM) {
    if (e < 0 || e >= network.edgeCount()) {
      throw new IllegalArgumentException(
          "Edge " + e + " is not in the network of " + network.edgeCount() + " edges");
    }
    if (Double.isNaN(offsetM)) {
      throw new IllegalArgumentException("The offset on edge " + e + " is not a number");
    }
    return Math.max(0, Math.min(network.edgeLengthM(e), offsetM));
  }

  private double partS(int e, double metres) {
    return metres <= 0 ? 0 : seconds[e] * (metres / network.edgeLengthM(e));
  }

  /** Checks the travel times and derives the highest speed, as the crow flies, from them. */
  private void useSeconds(float[] seconds) {
    if (seconds.length != chordM.length) {
      throw new IllegalArgumentException(
          "seconds holds " + seconds.length + " edges, the network has " + chordM.length);
    }
    double maxSpeed = 0;
    for (int e = 0; e < seconds.length; e++) {
      float s = seconds[e];
      if (!(s >= 0)) {
        throw new IllegalArgumentException(
            "seconds[" + e + "] is " + s + ": a travel time must be at least 0");
      }
      if (chordM[e] > s * maxSpeed) {
        maxSpeed = chordM[e] / (double) s;
      }
    }
    this.seconds = seconds;
    this.secondsPerM = maxSpeed > 0 ? 1 / maxSpeed : 0;
  }
}
