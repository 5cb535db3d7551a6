// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

import io.headway.kernels.roads.Candidates;
import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

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
  public static final int MAX_CANDIDATES = 16;

  /** Largest {@link MatchParameters#lagFixes()}. */
  public static final int MAX_LAG_FIXES = 32;

  /** The largest state, bytes. */
  public static final int MAX_STATE_BYTES = 5_104;

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
  private static final int COLUMN_BYTES = 9;
  private static final int CANDIDATE_BYTES = 9;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle DOUBLE =
      MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int K = MAX_CANDIDATES;
  private static final int COLUMNS = MAX_LAG_FIXES + 1;
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
  private final Candidates near = new Candidates(K);
  private final LocalRoutes routes;

  // State. Candidate i of column c stands at c * K + i.
  private int columns;
  private int offNetworkFixes;
  private long lastTimeMs;
  private double fixLatDeg;
  private double fixLonDeg;
  private int openEdge;
  private double openM;
  private double openS;
  private long openEndMs;
  private final long[] times = new long[COLUMNS];
  private final int[] counts = new int[COLUMNS];
  private final int[] edges = new int[COLUMNS * K];
  private final float[] offsets = new float[COLUMNS * K];
  private final byte[] ways = new byte[COLUMNS * K];
  private final double[] scores = new double[K];

  // Answers.
  private Break breakCause;
  private int edge;
  private float offsetM;
  private double movedM;
  private int traversalCount;
  private int[] traversalEdges = new int[16];
  private float[] traversalsM = new float[16];
  private float[] traversalsS = new float[16];
  private long[] traversalsEndMs = new long[16];

  // Work space.
  private final double[] newScores = new double[K];
  private final double[] newMoved = new double[K];
  private final double[] emissions = new double[K];
  private final int[] targets = new int[K];
  private final int[] alive = new int[COLUMNS];
  private final int[] path = new int[COLUMNS];
  private double routeM;
  private int routeWay;
  private int[] pathEdges = new int[64];

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
    columns = 0;
    offNetworkFixes = 0;
    lastTimeMs = Long.MIN_VALUE;
    fixLatDeg = 0;
    fixLonDeg = 0;
    openEdge = -1;
    openM = 0;
    openS = 0;
    openEndMs = 0;
  }

  private void clearAnswers() {
    breakCause = Break.NONE;
    edge = -1;
    offsetM = 0;
    movedM = Double.NaN;
    traversalCount = 0;
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
    if (columns > 0 && timeMs - lastTimeMs > parameters.maxGapMs()) {
      breakOff(Break.GAP);
    }
    lastTimeMs = timeMs;
    double straightM = 0;
    if (columns > 0) {
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
      if (columns > 0 && offNetworkFixes == MAX_OFF_NETWORK_FIXES) {
        breakOff(Break.OFF_NETWORK);
      }
      return Outcome.OFF_NETWORK;
    }
    offNetworkFixes = 0;
    weighCandidates(sigma, headingDeg, headingSigmaDeg);
    if (columns > 0 && !connect(timeMs, straightM, latDeg, lonDeg)) {
      breakOff(Break.NO_ROUTE);
    }
    boolean started = columns == 0;
    if (started) {
      System.arraycopy(emissions, 0, newScores, 0, near.size());
      Arrays.fill(ways, 0, K, (byte) 0);
    }
    append(timeMs, latDeg, lonDeg);
    decide();
    return started ? Outcome.STARTED : Outcome.MATCHED;
  }

  /**
   * Decides all that is undecided and forgets it, as at the end of a vehicle's records: the
   * traversed edges stand in the getters.
   */
  public void finish() {
    clearAnswers();
    if (columns > 0) {
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
    return traversalCount;
  }

  /** Directed edge of a traversal. */
  public int traversalEdge(int i) {
    return traversalEdges[i];
  }

  /** Metres of it that were driven, above 0. */
  public float traversalM(int i) {
    return traversalsM[i];
  }

  /**
   * Seconds that this took: the time between two fixes is shared out by the free-flow times of the
   * stretches between them. Standing longer than {@link MatchParameters#dwellMs()} is left out.
   */
  public float traversalS(int i) {
    return traversalsS[i];
  }

  /** When it ended, milliseconds since the epoch. */
  public long traversalEndMs(int i) {
    return traversalsEndMs[i];
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

  private void stand(long timeMs) {
    offNetworkFixes = 0;
    if (timeMs - times[columns - 1] > parameters.dwellMs()) {
      decideAll();
      times[0] = timeMs;
    }
    report();
    movedM = 0;
  }

  private void report() {
    int best = best();
    edge = edges[(columns - 1) * K + best];
    offsetM = offsets[(columns - 1) * K + best];
  }

  private int best() {
    int best = 0;
    for (int i = 1; i < counts[columns - 1]; i++) {
      if (scores[i] > scores[best]) {
        best = i;
      }
    }
    return best;
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
            GeoMath.headingDifferenceDeg(headingDeg, roadHeadingDeg(near.edge(j), near.offsetM(j)))
                / headingSigma;
        emissions[j] -= Math.min(MAX_HEADING_PENALTY, turned * turned / 2);
      }
    }
  }

  private double roadHeadingDeg(int edge, double offsetM) {
    double lat = network.edgePointLatDeg(edge, 0);
    double lon = network.edgePointLonDeg(edge, 0);
    double mPerDegLon = GeoMath.mPerDegLon(lat);
    double walkedM = 0;
    int last = network.edgePointCount(edge) - 1;
    double heading = 0;
    for (int i = 1; i <= last; i++) {
      double nextLat = network.edgePointLatDeg(edge, i);
      double nextLon = network.edgePointLonDeg(edge, i);
      double north = (nextLat - lat) * GeoMath.M_PER_DEG;
      double east = (nextLon - lon) * mPerDegLon;
      walkedM += Math.sqrt(east * east + north * north);
      if (walkedM >= offsetM || i == last) {
        heading = Math.toDegrees(Math.atan2(east, north));
        break;
      }
      lat = nextLat;
      lon = nextLon;
    }
    return heading < 0 ? heading + 360 : heading;
  }

  /**
   * One step forward: sets the new scores, ways and moved metres of the candidates.
   *
   * @return whether any candidate can be reached
   */
  private boolean connect(long timeMs, double straightM, double latDeg, double lonDeg) {
    double beta = parameters.betaM() + parameters.betaShare() * straightM;
    double seconds = (timeMs - times[columns - 1]) / 1e3;
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
    int from = (columns - 1) * K;
    int to = columns * K;
    double radiusM = near.distanceM(size - 1);
    for (int j = 0; j < size; j++) {
      newScores[j] = Double.NEGATIVE_INFINITY;
      targets[j] = network.edgeFrom(near.edge(j));
    }
    int done = 0;
    for (int i = 0; i < counts[columns - 1]; i++) {
      if ((done & (1 << i)) != 0) {
        continue;
      }
      int node = network.edgeTo(edges[from + i]);
      double shortestRestM = Double.POSITIVE_INFINITY;
      int group = 0;
      for (int k = i; k < counts[columns - 1]; k++) {
        if (network.edgeTo(edges[from + k]) == node) {
          group |= 1 << k;
          shortestRestM = Math.min(shortestRestM, restM(from + k));
        }
      }
      done |= group;
      routes.search(
          node, targets, size, latDeg, lonDeg, radiusM, Math.max(0, limitM - shortestRestM));
      for (int k = i; k < counts[columns - 1]; k++) {
        if ((group & (1 << k)) == 0) {
          continue;
        }
        for (int j = 0; j < size; j++) {
          double score =
              scores[k] + transition(from + k, j, straightM, limitM, beta) + emissions[j];
          if (score > newScores[j]) {
            newScores[j] = score;
            newMoved[j] = routeM;
            ways[to + j] = (byte) (k | (routeWay << 4));
          }
        }
      }
    }
    for (int j = 0; j < size; j++) {
      if (newScores[j] > Double.NEGATIVE_INFINITY) {
        return true;
      }
    }
    return false;
  }

  private double restM(int at) {
    return Math.max(0, network.edgeLengthM(edges[at]) - offsets[at]);
  }

  /**
   * Log-likelihood of the best route from a candidate to a new one, but for a common constant;
   * negative infinity without a route. Sets {@link #routeM} and {@link #routeWay}.
   */
  private double transition(int at, int j, double straightM, double limitM, double beta) {
    int fromEdge = edges[at];
    int toEdge = near.edge(j);
    float toOffsetM = (float) near.offsetM(j);
    double best = Double.NEGATIVE_INFINITY;
    if (fromEdge == toEdge) {
      double forwardM = toOffsetM - offsets[at];
      if (forwardM <= limitM) {
        // Backwards is noise: it differs from the great circle by both.
        best = -Math.abs(forwardM - straightM) / beta;
        routeM = forwardM;
        routeWay = ALONG;
      }
      if (forwardM >= 0) {
        return best;
      }
    }
    int reverse = network.reverseEdge(fromEdge);
    if (reverse == toEdge) {
      double metres = Math.abs(offsets[at] - (network.edgeLengthM(toEdge) - toOffsetM));
      double turning = -Math.abs(metres - straightM) / beta - parameters.uTurnPenalty();
      if (metres <= limitM && turning > best) {
        best = turning;
        routeM = metres;
        routeWay = U_TURN;
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
        routeWay = OVER_END;
      }
    }
    return best;
  }

  /** Makes the candidates that are not hopeless the last column. */
  private void append(long timeMs, double latDeg, double lonDeg) {
    double bestScore = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < near.size(); j++) {
      bestScore = Math.max(bestScore, newScores[j]);
    }
    int to = columns * K;
    int kept = 0;
    for (int j = 0; j < near.size(); j++) {
      double score = newScores[j] - bestScore;
      if (score >= HOPELESS) {
        edges[to + kept] = near.edge(j);
        offsets[to + kept] = (float) near.offsetM(j);
        ways[to + kept] = ways[to + j];
        scores[kept] = score;
        newMoved[kept] = newMoved[j];
        kept++;
      }
    }
    counts[columns] = kept;
    times[columns] = timeMs;
    fixLatDeg = latDeg;
    fixLonDeg = lonDeg;
    columns++;
    report();
    movedM = columns == 1 ? Double.NaN : Math.max(0, newMoved[best()]);
  }

  /**
   * Decides what all candidates agree on, and what is older than the lag; drops dead candidates.
   */
  private void decide() {
    int last = columns - 1;
    alive[last] = (1 << counts[last]) - 1;
    for (int c = last; c > 0; c--) {
      alive[c - 1] = predecessors(c);
    }
    int decided = last;
    while (decided > 0 && Integer.bitCount(alive[decided]) > 1) {
      decided--;
    }
    int oldest = columns - parameters.lagFixes();
    if (decided < oldest) {
      decided = oldest;
      trace(best());
      alive[decided] = 1 << path[decided];
      for (int c = decided + 1; c <= last; c++) {
        alive[c] &= descendants(c);
      }
    }
    if (decided == 0) {
      return;
    }
    trace(Integer.numberOfTrailingZeros(alive[last]));
    emit(decided);
    compact(decided);
  }

  private int predecessors(int column) {
    int mask = 0;
    for (int i = 0; i < counts[column]; i++) {
      if ((alive[column] & (1 << i)) != 0) {
        mask |= 1 << (ways[column * K + i] & 0xf);
      }
    }
    return mask;
  }

  private int descendants(int column) {
    int mask = 0;
    for (int i = 0; i < counts[column]; i++) {
      if ((alive[column - 1] & (1 << (ways[column * K + i] & 0xf))) != 0) {
        mask |= 1 << i;
      }
    }
    return mask;
  }

  /** Sets the path to a candidate of the last column. */
  private void trace(int candidate) {
    path[columns - 1] = candidate;
    for (int c = columns - 1; c > 0; c--) {
      path[c - 1] = ways[c * K + path[c]] & 0xf;
    }
  }

  private void decideAll() {
    int last = columns - 1;
    int best = best();
    trace(best);
    emit(last);
    alive[last] = 1 << best;
    compact(last);
  }

  private void breakOff(Break cause) {
    decideAll();
    closeTraversal();
    columns = 0;
    breakCause = cause;
  }

  /** Makes a column the first one and drops all candidates that are not alive. */
  private void compact(int first) {
    long renumbered = 0;
    for (int c = first; c < columns; c++) {
      int target = (c - first) * K;
      long before = renumbered;
      renumbered = 0;
      int kept = 0;
      for (int i = 0; i < counts[c]; i++) {
        if ((alive[c] & (1 << i)) == 0) {
          continue;
        }
        int at = c * K + i;
        int way = ways[at];
        int predecessor = c == first ? 0 : (int) (before >>> (4 * (way & 0xf))) & 0xf;
        edges[target + kept] = edges[at];
        offsets[target + kept] = offsets[at];
        ways[target + kept] = (byte) (c == first ? 0 : (way & 0x30) | predecessor);
        if (c == columns - 1) {
          scores[kept] = scores[i];
        }
        renumbered |= (long) kept << (4 * i);
        kept++;
      }
      counts[c - first] = kept;
      times[c - first] = times[c];
    }
    columns -= first;
  }

  /** Traverses the path from the first column to a later one. */
  private void emit(int until) {
    for (int c = 1; c <= until; c++) {
      int from = (c - 1) * K + path[c - 1];
      int to = c * K + path[c];
      double seconds = (times[c] - times[c - 1]) / 1e3;
      int way = ways[to] >>> 4;
      if (way == ALONG) {
        traverse(edges[to], offsets[to] - offsets[from], seconds, times[c]);
      } else if (way == U_TURN) {
        double backM = offsets[from] - (network.edgeLengthM(edges[to]) - offsets[to]);
        traverse(backM > 0 ? edges[to] : edges[from], Math.abs(backM), seconds, times[c]);
        if (backM <= 0) {
          traverse(edges[to], 0, 0, times[c]);
        }
      } else {
        traverseOverEnd(from, to, seconds, times[c]);
      }
    }
  }

  private void traverseOverEnd(int from, int to, double seconds, long endMs) {
    int node = network.edgeFrom(edges[to]);
    targets[0] = node;
    routes.search(
        network.edgeTo(edges[from]),
        targets,
        1,
        network.nodeLatDeg(node),
        network.nodeLonDeg(node),
        0,
        Double.MAX_VALUE);
    int length = 0;
    double freeS = freeS(edges[from], restM(from)) + freeS(edges[to], offsets[to]);
    boolean found = routes.lengthM(node) < Double.POSITIVE_INFINITY;
    int e = found ? routes.lastEdge(node) : -1;
    while (e >= 0) {
      if (length == pathEdges.length) {
        pathEdges = Arrays.copyOf(pathEdges, 2 * length);
      }
      pathEdges[length++] = e;
      freeS += freeS(e, network.edgeLengthM(e));
      e = routes.lastEdge(network.edgeFrom(e));
    }
    double share = freeS > 0 ? seconds / freeS : 0;
    double leftS = seconds;
    double partS = share * freeS(edges[from], restM(from));
    leftS -= partS;
    traverse(edges[from], restM(from), partS, endMs - Math.round(1e3 * leftS));
    while (length > 0) {
      e = pathEdges[--length];
      partS = share * freeS(e, network.edgeLengthM(e));
      leftS -= partS;
      traverse(e, network.edgeLengthM(e), partS, endMs - Math.round(1e3 * leftS));
    }
    traverse(edges[to], offsets[to], leftS, endMs);
  }

  private double freeS(int edge, double metres) {
    return metres / network.edgeFreeSpeedMps(edge);
  }

  /** Adds a stretch to the edge that is being traversed, or closes that and opens the next. */
  private void traverse(int edge, double metres, double seconds, long endMs) {
    if (edge != openEdge) {
      closeTraversal();
      openEdge = edge;
    }
    openM += metres;
    openS += seconds;
    openEndMs = endMs;
  }

  private void closeTraversal() {
    if (openEdge >= 0 && (float) openM > 0) {
      if (traversalCount == traversalEdges.length) {
        int larger = 2 * traversalCount;
        traversalEdges = Arrays.copyOf(traversalEdges, larger);
        traversalsM = Arrays.copyOf(traversalsM, larger);
        traversalsS = Arrays.copyOf(traversalsS, larger);
        traversalsEndMs = Arrays.copyOf(traversalsEndMs, larger);
      }
      traversalEdges[traversalCount] = openEdge;
      traversalsM[traversalCount] = (float) openM;
      traversalsS[traversalCount] = (float) openS;
      traversalsEndMs[traversalCount] = openEndMs;
      traversalCount++;
    }
    openEdge = -1;
    openM = 0;
    openS = 0;
  }

  /** Length of the state now, bytes; at most {@link #MAX_STATE_BYTES}. */
  public int stateBytes() {
    int bytes = HEADER_BYTES;
    for (int c = 0; c < columns; c++) {
      bytes += COLUMN_BYTES + CANDIDATE_BYTES * counts[c];
    }
    return columns == 0 ? bytes : bytes + 8 * counts[columns - 1];
  }

  /**
   * Writes the state.
   *
   * @param to receives {@link #stateBytes()} bytes
   * @param at where the first of them stands
   * @return where the next byte after them stands
   */
  public int write(byte[] to, int at) {
    LONG.set(to, at, VERSION | (long) columns << 8 | (long) offNetworkFixes << 16);
    System.arraycopy(networkId, 0, to, at + 8, 16);
    LONG.set(to, at + 24, lastTimeMs);
    DOUBLE.set(to, at + 32, fixLatDeg);
    DOUBLE.set(to, at + 40, fixLonDeg);
    LONG.set(to, at + 48, openEdge & 0xffff_ffffL);
    DOUBLE.set(to, at + 56, openM);
    DOUBLE.set(to, at + 64, openS);
    LONG.set(to, at + 72, openEndMs);
    int next = at + HEADER_BYTES;
    for (int c = 0; c < columns; c++) {
      LONG.set(to, next, times[c]);
      to[next + 8] = (byte) counts[c];
      next += COLUMN_BYTES;
      for (int i = 0; i < counts[c]; i++) {
        INT.set(to, next + 4 * i, edges[c * K + i]);
        FLOAT.set(to, next + 4 * (counts[c] + i), offsets[c * K + i]);
        to[next + 8 * counts[c] + i] = ways[c * K + i];
      }
      next += CANDIDATE_BYTES * counts[c];
    }
    if (columns > 0) {
      for (int i = 0; i < counts[columns - 1]; i++) {
        DOUBLE.set(to, next, scores[i]);
        next += 8;
      }
    }
    return next;
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
    require(from.length - at >= HEADER_BYTES, "it is cut off");
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
    if (!Arrays.equals(networkId, 0, 16, from, at + 8, at + 24)) {
      return false;
    }
    try {
      readState(from, at);
    } catch (IllegalArgumentException damaged) {
      reset();
      throw damaged;
    }
    return true;
  }

  private void readState(byte[] from, int at) {
    int columnsRead = from[at + 1] & 0xff;
    require(columnsRead <= MAX_LAG_FIXES, "it has too many columns");
    offNetworkFixes = Math.min(MAX_OFF_NETWORK_FIXES, from[at + 2] & 0xff);
    lastTimeMs = (long) LONG.get(from, at + 24);
    fixLatDeg = (double) DOUBLE.get(from, at + 32);
    fixLonDeg = (double) DOUBLE.get(from, at + 40);
    openEdge = (int) INT.get(from, at + 48);
    openM = (double) DOUBLE.get(from, at + 56);
    openS = (double) DOUBLE.get(from, at + 64);
    openEndMs = (long) LONG.get(from, at + 72);
    require(openEdge >= -1 && openEdge < network.edgeCount(), "it holds an edge that is none");
    int next = at + HEADER_BYTES;
    for (int c = 0; c < columnsRead; c++) {
      require(from.length - next >= COLUMN_BYTES, "it is cut off");
      times[c] = (long) LONG.get(from, next);
      int count = from[next + 8] & 0xff;
      next += COLUMN_BYTES;
      require(count >= 1 && count <= K, "a column holds no candidate or too many");
      require(from.length - next >= CANDIDATE_BYTES * count, "it is cut off");
      counts[c] = count;
      for (int i = 0; i < count; i++) {
        int candidate = c * K + i;
        edges[candidate] = (int) INT.get(from, next + 4 * i);
        offsets[candidate] = (float) FLOAT.get(from, next + 4 * (count + i));
        ways[candidate] = from[next + 8 * count + i];
        require(
            edges[candidate] >= 0 && edges[candidate] < network.edgeCount(),
            "it holds an edge that is none");
        require(
            (ways[candidate] & 0xf) < (c == 0 ? 1 : counts[c - 1]),
            "a candidate has no predecessor");
      }
      next += CANDIDATE_BYTES * count;
    }
    if (columnsRead > 0) {
      int count = counts[columnsRead - 1];
      require(from.length - next >= 8 * count, "it is cut off");
      for (int i = 0; i < count; i++) {
        scores[i] = (double) DOUBLE.get(from, next + 8 * i);
      }
    }
    columns = columnsRead;
  }

  private static void require(boolean holds, String damage) {
    if (!holds) {
      throw new IllegalArgumentException(
          "The state of a map matcher is damaged ("
              + damage
              + "), so it cannot be read; drop it and the match starts anew.");
    }
  }
}
