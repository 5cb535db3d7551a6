// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.routing;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadNetwork;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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
 * <p>Memory: some 100 bytes a node and 4 an edge.
 */
public final class Router {
  /** Largest number of routes that {@link #alternatives} returns. */
  public static final int MAX_ROUTES = 8;

  /** Largest stretch that {@link #alternatives} allows. */
  public static final double MAX_STRETCH = 3;

  /** Largest share of the fastest route's time that two alternatives spend on the same edges. */
  public static final double MAX_SHARED = 0.75;

  /** Shortest run that makes an alternative, as a share of the fastest route's time. */
  public static final double MIN_PLATEAU = 0.1;

  /** Largest number of runs that {@link #alternatives} looks at. */
  public static final int MAX_PLATEAUS = 64;

  /** Sums of the same travel times in another order may differ by this factor. */
  private static final double ROUNDING = 1 + 1e-9;

  private final RoadNetwork network;

  /** Earth-centred position of each node, metres: chords are lower bounds of road distances. */
  private final double[] positionM;

  /** Chord between the ends of each edge, rounded up. */
  private final float[] chordM;

  private final Place start = new Place();
  private final Place end = new Place();
  private final SearchTree forward;
  private final SearchTree backward;

  private final int[] settledNode;
  private int settledNodes;
  private final int[] plateauNode = new int[MAX_PLATEAUS];
  private final double[] plateauScoreS = new double[MAX_PLATEAUS];
  private int plateaus;

  /** Number of the marking that marked each node last, and the edge it was marked with. */
  private final int[] marking;

  private final int[] markedEdge;
  private int currentMarking;

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
    settledNode = new int[nodeCount];
    marking = new int[nodeCount];
    markedEdge = new int[nodeCount];
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
    return route(fromEdge, fromOffsetM, false, toEdge, toOffsetM, false, seconds);
  }

  /**
   * The same between places on roads whose direction is free: one search in place of up to four.
   * The route's first and last edge tell which directions it took.
   *
   * @param fromEither whether the route may also begin on the reverse of {@code fromEdge}, if there
   *     is one
   * @param toEither whether it may also end on the reverse of {@code toEdge}, if there is one
   */
  public Route route(
      int fromEdge,
      double fromOffsetM,
      boolean fromEither,
      int toEdge,
      double toOffsetM,
      boolean toEither,
      float[] seconds) {
    return route(
        fromEdge,
        fromOffsetM,
        fromEither,
        toEdge,
        toOffsetM,
        toEither,
        seconds,
        leastSecondsPerM(seconds));
  }

  /**
   * The same without the pass over the travel times, for who asks often: on a large network it can
   * take as long as the search.
   *
   * @param leastSecondsPerM of {@link #leastSecondsPerM}, for these travel times or for none that
   *     are longer; where it is too high, the route may not be the fastest
   */
  public Route route(
      int fromEdge,
      double fromOffsetM,
      boolean fromEither,
      int toEdge,
      double toOffsetM,
      boolean toEither,
      float[] seconds,
      double leastSecondsPerM) {
    this.seconds = seconds;
    this.secondsPerM = leastSecondsPerM;
    start.set(fromEdge, fromOffsetM, fromEither);
    end.set(toEdge, toOffsetM, toEither);
    Route along = along();
    source = network.edgeTo(fromEdge);
    target = network.edgeFrom(toEdge);
    search(along == null ? Double.POSITIVE_INFINITY : along.seconds());
    return meeting < 0 ? along : via(meeting);
  }

  /** The fastest way along one road, when the end lies ahead on it and it is open; or null. */
  private Route along() {
    Route best = null;
    for (int i = 0; i < start.count; i++) {
      for (int j = 0; j < end.count; j++) {
        double metres = end.offsetM[j] - start.offsetM[i];
        if (start.edge[i] == end.edge[j] && metres >= 0) {
          double s = partS(start.edge[i], metres);
          if (s < (best == null ? Double.POSITIVE_INFINITY : best.seconds())) {
            best = new Route(new int[] {start.edge[i]}, metres, s);
          }
        }
      }
    }
    return best;
  }

  /**
   * Travel times and distances of the fastest routes from one place to many: one search by
   * Dijkstra's algorithm, until the last place is reached. Cheaper than single routes from some
   * four places on.
   *
   * @param toEdges edge of each place
   * @param toOffsetsM offset of each place on its edge
   * @param secondsOut receives the travel time to each place, {@link Double#POSITIVE_INFINITY} when
   *     there is no route
   * @param metresOut receives the metres driven to each place, infinite likewise
   * @throws IllegalArgumentException if the arrays differ in length, an edge is out of range or
   *     {@code seconds} does not fit
   */
  public void toMany(
      int fromEdge,
      double fromOffsetM,
      int[] toEdges,
      double[] toOffsetsM,
      float[] seconds,
      double[] secondsOut,
      double[] metresOut) {
    int places = toEdges.length;
    if (toOffsetsM.length != places || secondsOut.length != places || metresOut.length != places) {
      throw new IllegalArgumentException(
          "toEdges holds "
              + places
              + " places, toOffsetsM, secondsOut and metresOut must hold as many, not "
              + toOffsetsM.length
              + ", "
              + secondsOut.length
              + " and "
              + metresOut.length);
    }
    useSeconds(seconds);
    double fromM = offset(fromEdge, fromOffsetM);
    beginMarks();
    int nodesLeft = 0;
    for (int i = 0; i < places; i++) {
      offset(toEdges[i], toOffsetsM[i]);
      nodesLeft += mark(network.edgeFrom(toEdges[i]), toEdges[i]) ? 1 : 0;
    }
    double restM = network.edgeLengthM(fromEdge) - fromM;
    growFrom(network.edgeTo(fromEdge), partS(fromEdge, restM), nodesLeft);
    for (int i = 0; i < places; i++) {
      int e = toEdges[i];
      double toM = offset(e, toOffsetsM[i]);
      if (e == fromEdge && fromM <= toM) {
        secondsOut[i] = partS(e, toM - fromM);
        metresOut[i] = toM - fromM;
      } else {
        int node = network.edgeFrom(e);
        boolean found = forward.isSettled(node);
        secondsOut[i] = found ? forward.costS(node) + partS(e, toM) : Double.POSITIVE_INFINITY;
        metresOut[i] = found ? restM + drivenM(node) + toM : Double.POSITIVE_INFINITY;
      }
      if (secondsOut[i] == Double.POSITIVE_INFINITY) {
        metresOut[i] = Double.POSITIVE_INFINITY;
      }
    }
  }

  private double drivenM(int node) {
    double metres = 0;
    int at = node;
    for (int e = forward.parentEdge(at); e >= 0; e = forward.parentEdge(at)) {
      metres += network.edgeLengthM(e);
      at = network.edgeFrom(e);
    }
    return metres;
  }

  /** Grows the forward tree until the marked nodes are settled. */
  private void growFrom(int node, double startS, int markedNodes) {
    forward.begin();
    if (startS == Double.POSITIVE_INFINITY) {
      return;
    }
    forward.reach(node, startS, 0, -1);
    int left = markedNodes;
    while (left > 0 && !forward.isQueueEmpty()) {
      int settled = forward.settle();
      left -= isMarked(settled) ? 1 : 0;
      double cost = forward.costS(settled);
      int end = network.firstOutEdge(settled + 1);
      for (int e = network.firstOutEdge(settled); e < end; e++) {
        if (seconds[e] < Float.POSITIVE_INFINITY) {
          label(forward, network.edgeTo(e), cost + seconds[e], 0, e);
        }
      }
    }
  }

  /**
   * The fastest route and others that really differ from it and from each other: each shares at
   * most {@link #MAX_SHARED} of the fastest route's time with the fastest and with every other
   * alternative, passes no node twice, and has a stretch of at least {@link #MIN_PLATEAU} of the
   * fastest route's time on which it is the best way (no detour into a side street and back).
   *
   * <p>Plateau method (Abraham, Delling, Goldberg, Werneck: Alternative Routes in Road Networks,
   * 2013): the trees of fastest ways from the start and to the end are laid over each other inside
   * the ellipse that {@code maxStretch} allows; where they run together, an alternative passes. Of
   * these, those with the longest common run and the least detour are taken. Both trees settle a
   * node at most once, and at most {@link #MAX_PLATEAUS} runs are looked at.
   *
   * @param k largest number of routes to return, the fastest included, in [1, {@link #MAX_ROUTES}]
   * @param maxStretch largest travel time of an alternative as a multiple of the fastest route's,
   *     in [1, {@link #MAX_STRETCH}]
   * @return the fastest route, then the others by travel time; empty when there is no route
   * @throws IllegalArgumentException if an argument is out of range
   */
  public List<Route> alternatives(
      int fromEdge,
      double fromOffsetM,
      int toEdge,
      double toOffsetM,
      float[] seconds,
      int k,
      double maxStretch) {
    if (k < 1 || k > MAX_ROUTES) {
      throw new IllegalArgumentException("k " + k + " must be in [1, " + MAX_ROUTES + "]");
    }
    if (!(maxStretch >= 1 && maxStretch <= MAX_STRETCH)) {
      throw new IllegalArgumentException(
          "maxStretch " + maxStretch + " must be in [1, " + MAX_STRETCH + "]");
    }
    Route fastest = route(fromEdge, fromOffsetM, toEdge, toOffsetM, seconds);
    if (fastest == null) {
      return List.of();
    }
    List<Route> routes = new ArrayList<>(k);
    routes.add(fastest);
    if (k > 1 && fastest.edges().length > 1) {
      growTrees(maxStretch * fastest.seconds() * ROUNDING);
      findPlateaus(MIN_PLATEAU * fastest.seconds());
      for (int i = 0; i < plateaus && routes.size() < k; i++) {
        Route candidate = via(plateauNode[i]);
        if (isSimple(candidate) && differs(candidate, routes, MAX_SHARED * fastest.seconds())) {
          routes.add(candidate);
        }
      }
      routes.subList(1, routes.size()).sort(Comparator.comparingDouble(Route::seconds));
    }
    return routes;
  }

  /**
   * Grows the forward tree over the nodes from which the target may still be reached in time, then
   * the backward tree over those of them that lie on a way that is in time.
   */
  private void growTrees(double limitS) {
    double endS = end.behindS(0);
    forward.begin();
    forward.reach(source, start.aheadS(0), chordM(source, target) * secondsPerM, -1);
    while (!forward.isQueueEmpty()) {
      int node = forward.settle();
      double cost = forward.costS(node);
      int end = network.firstOutEdge(node + 1);
      for (int e = network.firstOutEdge(node); e < end; e++) {
        int to = network.edgeTo(e);
        double restS = chordM(to, target) * secondsPerM;
        if (cost + seconds[e] + restS + endS <= limitS) {
          label(forward, to, cost + seconds[e], restS, e);
        }
      }
    }
    backward.begin();
    backward.reach(target, endS, forward.costS(target), -1);
    settledNodes = 0;
    while (!backward.isQueueEmpty()) {
      int node = backward.settle();
      settledNode[settledNodes++] = node;
      double cost = backward.costS(node);
      int count = network.inEdgeCount(node);
      for (int i = 0; i < count; i++) {
        int e = network.inEdge(node, i);
        int from = network.edgeFrom(e);
        if (forward.isReached(from) && forward.costS(from) + seconds[e] + cost <= limitS) {
          label(backward, from, cost + seconds[e], forward.costS(from), e);
        }
      }
    }
  }

  /** Collects the runs that both trees share, best first: little detour, long run. */
  private void findPlateaus(double minS) {
    plateaus = 0;
    for (int i = 0; i < settledNodes; i++) {
      int start = settledNode[i];
      if (!isShared(forward.parentEdge(start))) {
        int end = start;
        while (isShared(backward.parentEdge(end))) {
          end = network.edgeTo(backward.parentEdge(end));
        }
        double runS = forward.costS(end) - forward.costS(start);
        if (runS >= minS) {
          offerPlateau(start, forward.costS(start) + backward.costS(start) - runS);
        }
      }
    }
  }

  private boolean isShared(int e) {
    return e >= 0
        && backward.isReached(network.edgeFrom(e))
        && backward.isReached(network.edgeTo(e))
        && forward.parentEdge(network.edgeTo(e)) == e
        && backward.parentEdge(network.edgeFrom(e)) == e;
  }

  private void offerPlateau(int node, double scoreS) {
    int at = plateaus < MAX_PLATEAUS ? plateaus++ : MAX_PLATEAUS;
    while (at > 0 && plateauScoreS[at - 1] > scoreS) {
      if (at < MAX_PLATEAUS) {
        plateauScoreS[at] = plateauScoreS[at - 1];
        plateauNode[at] = plateauNode[at - 1];
      }
      at--;
    }
    if (at < MAX_PLATEAUS) {
      plateauScoreS[at] = scoreS;
      plateauNode[at] = node;
    }
  }

  private boolean isSimple(Route route) {
    beginMarks();
    int[] edges = route.edges();
    for (int i = 0; i < edges.length - 1; i++) {
      if (!mark(network.edgeTo(edges[i]), edges[i])) {
        return false;
      }
    }
    return true;
  }

  private boolean differs(Route candidate, List<Route> routes, double maxSharedS) {
    for (Route route : routes) {
      if (sharedS(candidate, route) > maxSharedS) {
        return false;
      }
    }
    return true;
  }

  /** Time that two routes with the same ends spend on the same edges. */
  private double sharedS(Route a, Route b) {
    beginMarks();
    for (int i = 1; i < a.edges().length - 1; i++) {
      mark(network.edgeTo(a.edges()[i]), a.edges()[i]);
    }
    double shared = forward.costS(source) + backward.costS(target);
    for (int i = 1; i < b.edges().length - 1; i++) {
      int e = b.edges()[i];
      int to = network.edgeTo(e);
      shared += isMarked(to) && markedEdge[to] == e ? seconds[e] : 0;
    }
    return shared;
  }

  private void beginMarks() {
    if (++currentMarking == 0) {
      Arrays.fill(marking, 0);
      currentMarking = 1;
    }
  }

  /** Marks a node, if it is not marked yet. */
  private boolean mark(int node, int e) {
    if (isMarked(node)) {
      return false;
    }
    marking[node] = currentMarking;
    markedEdge[node] = e;
    return true;
  }

  private boolean isMarked(int node) {
    return marking[node] == currentMarking;
  }

  /**
   * Grows both trees, from the start and from the end, until they hold the fastest way, which then
   * goes through {@link #meeting}; -1 when none is faster than a limit.
   */
  private void search(double limitS) {
    bestS = limitS;
    meeting = -1;
    forward.begin();
    backward.begin();
    for (int i = 0; i < start.count; i++) {
      int node = network.edgeTo(start.edge[i]);
      if (start.aheadS(i) < Double.POSITIVE_INFINITY) {
        label(forward, node, start.aheadS(i), potentialS(node), -1);
      }
    }
    for (int i = 0; i < end.count; i++) {
      int node = network.edgeFrom(end.edge[i]);
      if (end.behindS(i) < Double.POSITIVE_INFINITY) {
        label(backward, node, end.behindS(i), -potentialS(node), -1);
        if (forward.isReached(node)) {
          meet(node);
        }
      }
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
  private Route via(int node) {
    int count = 2;
    int first = node;
    for (int e = forward.parentEdge(first); e >= 0; e = forward.parentEdge(first)) {
      first = network.edgeFrom(e);
      count++;
    }
    int before = count - 2;
    int last = node;
    for (int e = backward.parentEdge(last); e >= 0; e = backward.parentEdge(last)) {
      last = network.edgeTo(e);
      count++;
    }
    int from = start.leavingTo(first);
    int to = end.enteredFrom(last);
    int[] edges = new int[count];
    edges[0] = start.edge[from];
    edges[count - 1] = end.edge[to];
    for (int n = node, i = before; i > 0; i--) {
      edges[i] = forward.parentEdge(n);
      n = network.edgeFrom(edges[i]);
    }
    for (int n = node, i = before + 1; i < count - 1; i++) {
      edges[i] = backward.parentEdge(n);
      n = network.edgeTo(edges[i]);
    }
    double distanceM = network.edgeLengthM(edges[0]) - start.offsetM[from] + end.offsetM[to];
    for (int i = 1; i < count - 1; i++) {
      distanceM += network.edgeLengthM(edges[i]);
    }
    return new Route(edges, distanceM, forward.costS(node) + backward.costS(node));
  }

  /** A place on a road, in one direction of it or in both. */
  private final class Place {
    final int[] edge = new int[2];
    final double[] offsetM = new double[2];
    int count;

    void set(int onEdge, double atM, boolean either) {
      edge[0] = onEdge;
      offsetM[0] = offset(onEdge, atM);
      int reverse = either ? network.reverseEdge(onEdge) : -1;
      count = reverse < 0 ? 1 : 2;
      if (reverse >= 0) {
        edge[1] = reverse;
        offsetM[1] = offset(reverse, network.edgeLengthM(onEdge) - offsetM[0]);
      }
    }

    /** Seconds from the place to the end of its road. */
    double aheadS(int i) {
      return partS(edge[i], network.edgeLengthM(edge[i]) - offsetM[i]);
    }

    /** Seconds from the beginning of its road to the place. */
    double behindS(int i) {
      return partS(edge[i], offsetM[i]);
    }

    /** The direction in which a node is reached first. */
    int leavingTo(int node) {
      return count == 2
              && network.edgeTo(edge[1]) == node
              && (network.edgeTo(edge[0]) != node || aheadS(1) < aheadS(0))
          ? 1
          : 0;
    }

    /** The direction in which it is reached first from a node. */
    int enteredFrom(int node) {
      return count == 2
              && network.edgeFrom(edge[1]) == node
              && (network.edgeFrom(edge[0]) != node || behindS(1) < behindS(0))
          ? 1
          : 0;
    }
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

  /** Checks the travel times and lets searches be led by them. */
  private void useSeconds(float[] seconds) {
    this.secondsPerM = leastSecondsPerM(seconds);
    this.seconds = seconds;
  }

  /**
   * The least seconds a metre, as the crow flies, of any edge.
   *
   * @throws IllegalArgumentException if the travel times do not fit the network or one is no time
   */
  public double leastSecondsPerM(float[] seconds) {
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
    return maxSpeed > 0 ? 1 / maxSpeed : 0;
  }
}
