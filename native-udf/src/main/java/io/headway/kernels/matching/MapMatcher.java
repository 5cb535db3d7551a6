// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

import io.headway.kernels.roads.Candidates;
import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Matches a vehicle's positions to the roads it drives, fix by fix: the hidden Markov model of
 * Newson and Krumm (Hidden Markov Map Matching Through Noise and Sparseness, ACM GIS 2009) with a
 * bounded memory.
 *
 * <p>Each fix that moved has up to {@value #MAX_CANDIDATES} candidates, points on directed edges,
 * weighed by their distance (Gaussian) and, where a heading is known, by the direction of the road.
 * From fix to fix a pair of candidates is weighed by how much the shortest route between them
 * differs from the great circle (exponential), a U-turn costing extra. The likeliest candidate is
 * reported at once; the way there is decided, and its traversed edges reported, as soon as all
 * candidates that are left agree on it, or after {@link MatchParameters#lagFixes()} fixes.
 *
 * <p>One instance serves any number of vehicles, one after the other: {@link #read} swaps a
 * vehicle's state in, {@link #write} out. Not thread-safe: one a thread. Allocates only while it
 * grows to the longest ways met so far.
 *
 * <p>State, {@link #stateBytes()} of at most {@value #MAX_STATE_BYTES} bytes, little-endian:
 *
 * <pre>
 *   offset  type      content
 *   0       u8        version, 1
 *   1       u8        columns, one for each undecided fix that counted, 0 to 32
 *   2       u8        fixes in a row that found no road
 *   3       u8[5]     0
 *   8       u8[16]    id of the road network
 *   24      i64       event time of the last fix, milliseconds since the epoch
 *   32      f64[2]    latitude and longitude of the last fix that counted, degrees
 *   48      i32       edge that is being traversed, -1 when none
 *   52      u8[4]     0
 *   56      f64[2]    metres and seconds on it so far
 *   72      i64       until when, milliseconds since the epoch
 *   80      columns, oldest first, each
 *           i64       event time, milliseconds since the epoch
 *           u8        candidates, 1 to 16
 *           i32[]     their edges
 *           f32[]     their offsets, metres from the start of the edge
 *           u8[]      the way to them: predecessor in the column before (low four bits), kind of
 *                     route from there (bits 4 and 5: 0 along the edge, 1 a U-turn on it, 2 over
 *                     the edge's end)
 *   then    f64[]     log-likelihoods of the last column's candidates, the best 0
 * </pre>
 */
public final class MapMatcher {
  /** Candidates of one fix; the nearest are kept. */
  public static final int MAX_CANDIDATES = Lattice.MAX_CANDIDATES;

  /** Largest {@link MatchParameters#lagFixes()}. */
  public static final int MAX_LAG_FIXES = Lattice.MAX_COLUMNS;

  /** The largest state, bytes. */
  public static final int MAX_STATE_BYTES = 80 + Lattice.MAX_BYTES;

  /** What became of a fix. */
  public enum Outcome {
    /** On a road, connected to the fix before. */
    MATCHED,
    /** On a road, not connected to the fix before: the first, or the first after a break. */
    STARTED,
    /** No road near. */
    OFF_NETWORK
  }

  /** Why the match of this fix is not connected to the one before. */
  public enum Break {
    /** It is, or there was none before. */
    NONE,
    /** Too long a time without a fix. */
    GAP,
    /** No possible route leads here. */
    NO_ROUTE,
    /** Two fixes in a row had no road near. */
    OFF_NETWORK
  }

  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 80;
  private static final int ID_BYTES = 16;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle DOUBLE =
      MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

  // Kinds of route between two candidates.
  private static final int ALONG = 0;
  private static final int U_TURN = 1;
  private static final int OVER_END = 2;

  /** A candidate whose likelihood is below exp(-20) of the best one's is dropped. */
  private static final double HOPELESS = -20;

  private static final double MAX_RADIUS_M = 300;
  private static final int MAX_OFF_NETWORK_FIXES = 2;

  /** Faster than any vehicle on a road, with room for errors of the fixes. */
  private static final double MAX_SPEED_MPS = 70;

  private static final double SPEED_ROOM_M = 200;

  /** Roads bend and lanes turn within an edge: a heading is never surer than this. */
  private static final double MIN_HEADING_SIGMA_DEG = 20;

  private static final double MAX_HEADING_SIGMA_DEG = 60;

  /** A wrong heading rules nothing out for good. */
  private static final double MAX_HEADING_PENALTY = 5;

  private final RoadNetwork network;
  private final RoadIndex index;
  private final MatchParameters parameters;
  private final byte[] networkId;
  private final Candidates near = new Candidates(MAX_CANDIDATES);
  private final LocalRoutes routes;

  // State; the edge that is being traversed belongs to it too.
  private final Lattice lattice = new Lattice();
  private final Traversals traversals = new Traversals();
  private int offNetworkFixes;
  private long lastTimeMs;
  private double fixLatDeg;
  private double fixLonDeg;

  // Answers.
  private Break breakCause;
  private int edge;
  private float offsetM;
  private double movedM;

  // What is known of each candidate of the present fix.
  private final double[] emissions = new double[MAX_CANDIDATES];
  private final double[] scores = new double[MAX_CANDIDATES];
  private final int[] predecessors = new int[MAX_CANDIDATES];
  private final int[] kinds = new int[MAX_CANDIDATES];
  private final double[] routesM = new double[MAX_CANDIDATES];
  private final int[] targets = new int[MAX_CANDIDATES];

  // Further answers of transition().
  private double routeM;
  private int routeKind;

  private int[] between = new int[64];

  /** Ways that the last call decided: their columns are gone. */
  private final Ways decidedWays = new Ways();

  /**
   * @param network the roads
   * @param index of the same network; may be shared between threads
   * @param parameters the model
   */
  public MapMatcher(RoadNetwork network, RoadIndex index, MatchParameters parameters) {
    this.network = network;
    this.index = index;
    this.parameters = parameters;
    networkId = HexFormat.of().parseHex(network.id());
    routes = new LocalRoutes(network);
    reset();
  }

  /** Forgets everything: the next fix starts a match. What is undecided is lost. */
  public void reset() {
    clearState();
    clearAnswers();
  }

  private void clearState() {
    lattice.columns = 0;
    traversals.forgetOpen();
    offNetworkFixes = 0;
    lastTimeMs = Long.MIN_VALUE;
    fixLatDeg = 0;
    fixLonDeg = 0;
  }

  private void clearAnswers() {
    traversals.clear();
    decidedWays.count = 0;
    breakCause = Break.NONE;
    edge = -1;
    offsetM = 0;
    movedM = Double.NaN;
  }

  /**
   * Matches one fix.
   *
   * @param timeMs event time, milliseconds since the epoch; not before that of the last fix
   * @param latDeg latitude, -90 to 90
   * @param lonDeg longitude, -180 to 180
   * @param sigmaM standard deviation of the position on each axis, metres; NaN when not known
   * @param headingDeg course over ground, clockwise from north; NaN when not known
   * @param headingSigmaDeg its standard deviation; above 60 the heading is not used
   * @return what became of it; where the vehicle is and what it traversed stands in the getters
   *     until the next call
   * @throws IllegalArgumentException if time goes backwards or the position is no position; the
   *     state is then unchanged
   */
  public Outcome match(
      long timeMs,
      double latDeg,
      double lonDeg,
      double sigmaM,
      double headingDeg,
      double headingSigmaDeg) {
    check(timeMs, latDeg, lonDeg);
    clearAnswers();
    if (lattice.columns > 0 && timeMs - lastTimeMs > parameters.maxGapMs()) {
      breakOff(Break.GAP);
    }
    lastTimeMs = timeMs;
    double straightM = Double.NaN;
    if (lattice.columns > 0) {
      straightM = GeoMath.distanceM(fixLatDeg, fixLonDeg, latDeg, lonDeg);
      if (straightM < parameters.minMoveM()) {
        stand(timeMs);
        return Outcome.MATCHED;
      }
    }
    double sigma = sigmaM > parameters.sigmaM() ? sigmaM : parameters.sigmaM();
    double radiusM = Math.min(MAX_RADIUS_M, Math.max(parameters.radiusM(), 3 * sigma));
    if (index.nearest(latDeg, lonDeg, radiusM, near) == 0) {
      offNetworkFixes = Math.min(MAX_OFF_NETWORK_FIXES, offNetworkFixes + 1);
      if (lattice.columns > 0 && offNetworkFixes == MAX_OFF_NETWORK_FIXES) {
        breakOff(Break.OFF_NETWORK);
      }
      return Outcome.OFF_NETWORK;
    }
    offNetworkFixes = 0;
    weighCandidates(sigma, headingDeg, headingSigmaDeg);
    if (lattice.columns > 0 && !connect(timeMs, straightM, latDeg, lonDeg)) {
      breakOff(Break.NO_ROUTE);
    }
    boolean started = lattice.columns == 0;
    if (started) {
      start();
    }
    fixLatDeg = latDeg;
    fixLonDeg = lonDeg;
    append(timeMs);
    traverse(lattice.decide(parameters.lagFixes()));
    return started ? Outcome.STARTED : Outcome.MATCHED;
  }

  /**
   * Decides all that is undecided and forgets everything, as at the end of a vehicle's records: the
   * traversed edges stand in the getters.
   */
  public void finish() {
    clearAnswers();
    if (lattice.columns > 0) {
      breakOff(Break.NONE);
    }
    clearState();
  }

  /** Directed edge the vehicle is most likely on; -1 when no road is near. */
  public int edge() {
    return edge;
  }

  /** Metres from the start of {@link #edge()}; 0 when no road is near. */
  public float offsetM() {
    return offsetM;
  }

  /**
   * Metres along the roads from the last fix that counted to this one; NaN unless {@link
   * Outcome#MATCHED}.
   */
  public double movedM() {
    return movedM;
  }

  /** Why the last fix is not connected to the one before. */
  public Break breakCause() {
    return breakCause;
  }

  /**
   * How many traversed edges were decided by the last call, in order. Each stretch of an edge is
   * reported once, when it is decided that the vehicle has left it (or at a break); the first and
   * the last of a match are in general parts of their edges.
   */
  public int traversalCount() {
    return traversals.count;
  }

  /** Directed edge of a traversal. */
  public int traversalEdge(int i) {
    return traversals.edges[i];
  }

  /** Metres of it that were driven, above 0. */
  public float traversalM(int i) {
    return traversals.metres[i];
  }

  /**
   * Seconds that this took: the time between two fixes is shared out by the free-flow times of the
   * stretches between them. Standing longer than {@link MatchParameters#dwellMs()} is left out.
   */
  public float traversalS(int i) {
    return traversals.seconds[i];
  }

  /** When it ended, milliseconds since the epoch. */
  public long traversalEndMs(int i) {
    return traversals.endsMs[i];
  }

  /**
   * The likeliest ways to the fixes that counted, as they seem after the last call: those that it
   * decided, and those that are undecided still. Each leads from the place of the fix before to
   * that of the fix, over the stretches of road between, so that a caller who can wait sees an
   * answer grow better until it is decided. The first fix of a match has none. Allocates, and is
   * meant for looking on.
   *
   * @return ways by the event time of the fix that they lead to, milliseconds since the epoch,
   *     ascending
   */
  public SortedMap<Long, List<Stretch>> ways() {
    SortedMap<Long, List<Stretch>> stretches = new TreeMap<>();
    put(decidedWays, stretches);
    if (lattice.columns > 0) {
      Ways undecided = new Ways();
      lattice.trace(lattice.best());
      undecided.addPath(lattice, lattice.last());
      put(undecided, stretches);
    }
    return stretches;
  }

  private void put(Ways ways, SortedMap<Long, List<Stretch>> to) {
    for (int i = 0; i < ways.count; i++) {
      to.put(ways.timesMs[i], stretches(ways, i));
    }
  }

  private List<Stretch> stretches(Ways ways, int i) {
    int fromEdge = ways.fromEdges[i];
    int toEdge = ways.toEdges[i];
    double fromM = ways.fromsM[i];
    double toM = ways.tosM[i];
    List<Stretch> stretches = new ArrayList<>();
    switch (ways.kinds[i]) {
      case ALONG -> stretches.add(new Stretch(toEdge, fromM, toM));
      case U_TURN -> {
        double turnM = network.edgeLengthM(toEdge) - toM;
        if (turnM > fromM) {
          stretches.add(new Stretch(fromEdge, fromM, turnM));
          stretches.add(new Stretch(toEdge, toM, toM));
        } else {
          stretches.add(new Stretch(toEdge, network.edgeLengthM(toEdge) - fromM, toM));
        }
      }
      default -> {
        stretches.add(new Stretch(fromEdge, fromM, network.edgeLengthM(fromEdge)));
        int length = edgesBetween(network.edgeTo(fromEdge), network.edgeFrom(toEdge));
        for (int b = length - 1; b >= 0; b--) {
          stretches.add(new Stretch(between[b], 0, network.edgeLengthM(between[b])));
        }
        stretches.add(new Stretch(toEdge, 0, toM));
      }
    }
    return stretches;
  }

  private void check(long timeMs, double latDeg, double lonDeg) {
    if (timeMs < lastTimeMs) {
      throw new IllegalArgumentException(
          "A fix of "
              + timeMs
              + " ms came after one of "
              + lastTimeMs
              + " ms, so it cannot be matched; give a vehicle's fixes in order of event time.");
    }
    if (!(Math.abs(latDeg) <= 90 && Math.abs(lonDeg) <= 180)) {
      throw new IllegalArgumentException(
          "Position ["
              + latDeg
              + ", "
              + lonDeg
              + "] is not on the earth, so it cannot be matched; latitude is -90 to 90, longitude"
              + " -180 to 180.");
    }
  }

  /** The vehicle has not moved: it stays where it was. */
  private void stand(long timeMs) {
    offNetworkFixes = 0;
    if (timeMs - lattice.timesMs[lattice.last()] > parameters.dwellMs()) {
      traverse(lattice.decideAll());
      lattice.timesMs[lattice.last()] = timeMs;
    }
    report(lattice.best());
    movedM = 0;
  }

  private void report(int candidate) {
    int at = Lattice.at(lattice.last(), candidate);
    edge = lattice.edges[at];
    offsetM = lattice.offsetsM[at];
  }

  private void breakOff(Break cause) {
    traverse(lattice.decideAll());
    traversals.close();
    lattice.columns = 0;
    breakCause = cause;
  }

  /** Log-likelihoods of the fix given each candidate, but for a common constant. */
  private void weighCandidates(double sigma, double headingDeg, double headingSigmaDeg) {
    boolean headed = !Double.isNaN(headingDeg) && headingSigmaDeg <= MAX_HEADING_SIGMA_DEG;
    double headingSigma = Math.max(MIN_HEADING_SIGMA_DEG, headingSigmaDeg);
    for (int j = 0; j < near.size(); j++) {
      double off = near.distanceM(j) / sigma;
      emissions[j] = -off * off / 2;
      if (headed) {
        double turned =
            GeoMath.headingDifferenceDeg(
                    headingDeg, network.headingDeg(near.edge(j), near.offsetM(j)))
                / headingSigma;
        emissions[j] -= Math.min(MAX_HEADING_PENALTY, turned * turned / 2);
      }
    }
  }

  /** Scores the candidates of a first fix. */
  private void start() {
    for (int j = 0; j < near.size(); j++) {
      scores[j] = emissions[j];
      predecessors[j] = 0;
      kinds[j] = ALONG;
      routesM[j] = Double.NaN;
    }
  }

  /**
   * Scores the candidates of a later fix, each by its best predecessor.
   *
   * @return whether any can be reached
   */
  private boolean connect(long timeMs, double straightM, double latDeg, double lonDeg) {
    double beta = parameters.betaM() + parameters.betaShare() * straightM;
    double seconds = (timeMs - lattice.timesMs[lattice.last()]) / 1e3;
    double possibleM =
        Math.min(
            straightM + parameters.maxDetourM(),
            Math.max(straightM, MAX_SPEED_MPS * seconds) + SPEED_ROOM_M);
    double likelyM = straightM - HOPELESS * beta;
    return connectWithin(Math.min(likelyM, possibleM), beta, straightM, latDeg, lonDeg)
        || (possibleM > likelyM && connectWithin(possibleM, beta, straightM, latDeg, lonDeg));
  }

  private boolean connectWithin(
      double limitM, double beta, double straightM, double latDeg, double lonDeg) {
    int size = near.size();
    double radiusM = near.distanceM(size - 1);
    for (int j = 0; j < size; j++) {
      scores[j] = Double.NEGATIVE_INFINITY;
      targets[j] = network.edgeFrom(near.edge(j));
    }
    int last = lattice.last();
    int waiting = (1 << lattice.counts[last]) - 1;
    while (waiting != 0) {
      // One search serves all candidates whose edges end at one node.
      int node = endNode(last, Integer.numberOfTrailingZeros(waiting));
      int group = 0;
      double shortestRestM = Double.POSITIVE_INFINITY;
      for (int bits = waiting; bits != 0; bits &= bits - 1) {
        int i = Integer.numberOfTrailingZeros(bits);
        if (endNode(last, i) == node) {
          group |= 1 << i;
          shortestRestM = Math.min(shortestRestM, restM(Lattice.at(last, i)));
        }
      }
      waiting ^= group;
      routes.search(
          node, targets, size, latDeg, lonDeg, radiusM, Math.max(0, limitM - shortestRestM));
      for (int bits = group; bits != 0; bits &= bits - 1) {
        connectFrom(Integer.numberOfTrailingZeros(bits), limitM, beta, straightM);
      }
    }
    for (int j = 0; j < size; j++) {
      if (scores[j] > Double.NEGATIVE_INFINITY) {
        return true;
      }
    }
    return false;
  }

  private void connectFrom(int i, double limitM, double beta, double straightM) {
    int from = Lattice.at(lattice.last(), i);
    for (int j = 0; j < near.size(); j++) {
      double score =
          lattice.scores[i] + transition(from, j, straightM, limitM, beta) + emissions[j];
      if (score > scores[j]) {
        scores[j] = score;
        predecessors[j] = i;
        kinds[j] = routeKind;
        routesM[j] = routeM;
      }
    }
  }

  private int endNode(int column, int candidate) {
    return network.edgeTo(lattice.edges[Lattice.at(column, candidate)]);
  }

  /** Metres from a candidate to the end of its edge. */
  private double restM(int at) {
    return Math.max(0, network.edgeLengthM(lattice.edges[at]) - lattice.offsetsM[at]);
  }

  /**
   * Log-likelihood of the best route from a candidate to a new one, but for a common constant;
   * negative infinity without a route. Sets {@link #routeM} and {@link #routeKind}.
   */
  private double transition(int at, int j, double straightM, double limitM, double beta) {
    int fromEdge = lattice.edges[at];
    int toEdge = near.edge(j);
    float toOffsetM = (float) near.offsetM(j);
    double best = Double.NEGATIVE_INFINITY;
    if (fromEdge == toEdge) {
      double forwardM = toOffsetM - lattice.offsetsM[at];
      // Backwards is noise: it differs from the great circle by both, and noise is small.
      if (forwardM <= limitM && straightM - forwardM <= -HOPELESS * beta) {
        best = -Math.abs(forwardM - straightM) / beta;
        routeM = forwardM;
        routeKind = ALONG;
      }
      if (forwardM >= 0) {
        return best;
      }
    }
    int reverse = network.reverseEdge(fromEdge);
    if (reverse == toEdge) {
      double metres = Math.abs(lattice.offsetsM[at] - (network.edgeLengthM(toEdge) - toOffsetM));
      double turning = -Math.abs(metres - straightM) / beta - parameters.uTurnPenalty();
      if (metres <= limitM && turning > best) {
        best = turning;
        routeM = metres;
        routeKind = U_TURN;
      }
    }
    int node = targets[j];
    double metres = restM(at) + routes.lengthM(node) + toOffsetM;
    if (metres <= limitM) {
      int first = routes.firstEdge(node);
      boolean turns =
          first < 0
              ? reverse == toEdge
              : first == reverse || routes.lastEdge(node) == network.reverseEdge(toEdge);
      double over = -Math.abs(metres - straightM) / beta - (turns ? parameters.uTurnPenalty() : 0);
      if (over > best) {
        best = over;
        routeM = metres;
        routeKind = OVER_END;
      }
    }
    return best;
  }

  /** Adds the fix with its candidates, but for the hopeless ones, and reports the best. */
  private void append(long timeMs) {
    double bestScore = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < near.size(); j++) {
      bestScore = Math.max(bestScore, scores[j]);
    }
    lattice.addColumn(timeMs);
    boolean reported = false;
    for (int j = 0; j < near.size(); j++) {
      double score = scores[j] - bestScore;
      if (score >= HOPELESS) {
        lattice.addCandidate(
            near.edge(j), (float) near.offsetM(j), predecessors[j], kinds[j], score);
        if (score == 0 && !reported) {
          reported = true;
          report(lattice.counts[lattice.last()] - 1);
          // Noise can seem to drive backwards.
          movedM = Math.max(0, routesM[j]);
        }
      }
    }
  }

  /** Traverses the traced path up to a column and drops the columns before that. */
  private void traverse(int until) {
    decidedWays.addPath(lattice, until);
    for (int c = 1; c <= until; c++) {
      int from = Lattice.at(c - 1, lattice.path[c - 1]);
      int to = Lattice.at(c, lattice.path[c]);
      long endMs = lattice.timesMs[c];
      double seconds = (endMs - lattice.timesMs[c - 1]) / 1e3;
      int fromEdge = lattice.edges[from];
      int toEdge = lattice.edges[to];
      switch (lattice.kind(to)) {
        case ALONG -> {
          double metres = lattice.offsetsM[to] - lattice.offsetsM[from];
          traversals.add(toEdge, metres, seconds, endMs);
        }
        case U_TURN -> {
          double aheadM =
              network.edgeLengthM(toEdge) - lattice.offsetsM[to] - lattice.offsetsM[from];
          if (aheadM > 0) {
            traversals.add(fromEdge, aheadM, seconds, endMs);
            traversals.close();
          } else {
            traversals.add(toEdge, -aheadM, seconds, endMs);
          }
        }
        default -> traverseOverEnd(from, to, seconds, endMs);
      }
    }
    lattice.dropBefore(until);
  }

  private void traverseOverEnd(int from, int to, double seconds, long endMs) {
    int fromEdge = lattice.edges[from];
    int toEdge = lattice.edges[to];
    int length = edgesBetween(network.edgeTo(fromEdge), network.edgeFrom(toEdge));
    double freeS = freeS(fromEdge, restM(from)) + freeS(toEdge, lattice.offsetsM[to]);
    for (int i = 0; i < length; i++) {
      freeS += freeS(between[i], network.edgeLengthM(between[i]));
    }
    double share = freeS > 0 ? seconds / freeS : 0;
    double leftS = seconds;
    for (int i = length; i >= 0; i--) {
      int e = i == length ? fromEdge : between[i];
      double metres = i == length ? restM(from) : network.edgeLengthM(e);
      double partS = share * freeS(e, metres);
      leftS -= partS;
      traversals.add(e, metres, partS, endMs - Math.round(1e3 * leftS));
    }
    traversals.add(toEdge, lattice.offsetsM[to], leftS, endMs);
  }

  /** Sets {@link #between} to the edges of the shortest route, last edge first. */
  private int edgesBetween(int fromNode, int toNode) {
    targets[0] = toNode;
    routes.search(
        fromNode,
        targets,
        1,
        network.nodeLatDeg(toNode),
        network.nodeLonDeg(toNode),
        0,
        Double.MAX_VALUE);
    int length = 0;
    if (routes.lengthM(toNode) < Double.POSITIVE_INFINITY) {
      int e = routes.lastEdge(toNode);
      while (e >= 0) {
        if (length == between.length) {
          between = Arrays.copyOf(between, 2 * length);
        }
        between[length++] = e;
        e = routes.lastEdge(network.edgeFrom(e));
      }
    }
    return length;
  }

  private double freeS(int edge, double metres) {
    return metres / network.edgeFreeSpeedMps(edge);
  }

  /** Length of the state now, bytes; at most {@link #MAX_STATE_BYTES}. */
  public int stateBytes() {
    return HEADER_BYTES + lattice.bytes();
  }

  /**
   * Writes the state.
   *
   * @param to receives {@link #stateBytes()} bytes
   * @param at where the first of them stands
   * @return where the next byte after them stands
   */
  public int write(byte[] to, int at) {
    LONG.set(to, at, VERSION | ((long) lattice.columns << 8) | ((long) offNetworkFixes << 16));
    System.arraycopy(networkId, 0, to, at + 8, ID_BYTES);
    LONG.set(to, at + 24, lastTimeMs);
    DOUBLE.set(to, at + 32, fixLatDeg);
    DOUBLE.set(to, at + 40, fixLonDeg);
    LONG.set(to, at + 48, traversals.openEdge & 0xffff_ffffL);
    DOUBLE.set(to, at + 56, traversals.openM);
    DOUBLE.set(to, at + 64, traversals.openS);
    LONG.set(to, at + 72, traversals.openEndMs);
    return lattice.write(to, at + HEADER_BYTES);
  }

  /**
   * Takes over a state that {@link #write} wrote; the matcher then goes on exactly as the one that
   * wrote it.
   *
   * @param from holds the state
   * @param at where its first byte stands
   * @return true; or false if the state belongs to another road network, so that this matcher is
   *     reset and the next fix starts a match
   * @throws IllegalArgumentException if the bytes are of another version or no state; this matcher
   *     is then reset
   */
  public boolean read(byte[] from, int at) {
    reset();
    if (from.length - at < HEADER_BYTES) {
      throw damaged("cut off");
    }
    int version = from[at] & 0xff;
    if (version != VERSION) {
      throw new IllegalArgumentException(
          "The state of a map matcher has version "
              + version
              + " and only "
              + VERSION
              + " is known, so it cannot be read; go back to the release that wrote it, or drop it"
              + " and the match starts anew.");
    }
    if (!Arrays.equals(networkId, 0, ID_BYTES, from, at + 8, at + 8 + ID_BYTES)) {
      return false;
    }
    int openEdge = (int) INT.get(from, at + 48);
    if (openEdge < Traversals.NONE || openEdge >= network.edgeCount()) {
      throw damaged("an edge that is none");
    }
    String fault = lattice.read(from, at + HEADER_BYTES, from[at + 1] & 0xff, network.edgeCount());
    if (fault != null) {
      throw damaged(fault);
    }
    offNetworkFixes = Math.min(MAX_OFF_NETWORK_FIXES, from[at + 2] & 0xff);
    lastTimeMs = (long) LONG.get(from, at + 24);
    fixLatDeg = (double) DOUBLE.get(from, at + 32);
    fixLonDeg = (double) DOUBLE.get(from, at + 40);
    traversals.openEdge = openEdge;
    traversals.openM = (double) DOUBLE.get(from, at + 56);
    traversals.openS = (double) DOUBLE.get(from, at + 64);
    traversals.openEndMs = (long) LONG.get(from, at + 72);
    return true;
  }

  private static IllegalArgumentException damaged(String fault) {
    return new IllegalArgumentException(
        "The state of a map matcher is damaged ("
            + fault
            + "), so it cannot be read; drop it and the match starts anew.");
  }
}
