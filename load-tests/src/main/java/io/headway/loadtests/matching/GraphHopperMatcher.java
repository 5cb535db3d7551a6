// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.matching;

import com.graphhopper.matching.MapMatching;
import com.graphhopper.matching.MatchResult;
import com.graphhopper.matching.Observation;
import com.graphhopper.routing.AStarBidirection;
import com.graphhopper.routing.Path;
import com.graphhopper.routing.ev.DecimalEncodedValue;
import com.graphhopper.routing.ev.VehicleSpeed;
import com.graphhopper.routing.querygraph.QueryGraph;
import com.graphhopper.routing.querygraph.VirtualEdgeIteratorState;
import com.graphhopper.routing.util.EdgeFilter;
import com.graphhopper.routing.util.EncodingManager;
import com.graphhopper.routing.util.TraversalMode;
import com.graphhopper.routing.weighting.SpeedWeighting;
import com.graphhopper.routing.weighting.Weighting;
import com.graphhopper.storage.BaseGraph;
import com.graphhopper.storage.RAMDirectory;
import com.graphhopper.storage.index.LocationIndexTree;
import com.graphhopper.util.EdgeIteratorState;
import com.graphhopper.util.FetchMode;
import com.graphhopper.util.PointList;
import com.graphhopper.util.shapes.GHPoint;
import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.matching.RecordedTrack.Fix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * GraphHopper's map matching on the same roads. It sees a whole track at once. Where it finds no
 * way from one position to the next it refuses the track; then the track is cut there and both
 * parts are matched. Not thread-safe.
 */
final class GraphHopperMatcher implements AutoCloseable {
  private static final double SPEED_KMH = 50;
  private static final Pattern BROKEN =
      Pattern.compile("Sequence is broken .* (?:initial time step|time step (\\d+))");

  private final ArcNetwork arcs;
  private final BaseGraph graph;
  private final LocationIndexTree index;
  private final Roads roads;

  /** Edge of our network by key of an edge in its direction; -1 when nobody may drive there. */
  private final int[] edgeOfKey;

  private int cuts;

  GraphHopperMatcher(ArcNetwork arcs) {
    this.arcs = arcs;
    RoadNetwork network = arcs.roads();
    DecimalEncodedValue speed = VehicleSpeed.create("car", 7, 2, true);
    graph = new BaseGraph.Builder(EncodingManager.start().add(speed).build()).create();
    for (int node = 0; node < network.nodeCount(); node++) {
      graph.getNodeAccess().setNode(node, network.nodeLatDeg(node), network.nodeLonDeg(node));
    }
    edgeOfKey = new int[2 * network.edgeCount()];
    Arrays.fill(edgeOfKey, -1);
    for (int edge = 0; edge < network.edgeCount(); edge++) {
      int reverse = network.reverseEdge(edge);
      if (reverse >= 0 && reverse < edge) {
        continue;
      }
      EdgeIteratorState made =
          graph
              .edge(network.edgeFrom(edge), network.edgeTo(edge))
              .setDistance(network.edgeLengthM(edge))
              .set(speed, SPEED_KMH, reverse >= 0 ? SPEED_KMH : 0)
              .setWayGeometry(bends(network, edge));
      edgeOfKey[made.getEdgeKey()] = edge;
      edgeOfKey[made.getReverseEdgeKey()] = reverse;
    }
    index = new LocationIndexTree(graph, new RAMDirectory());
    index.prepareIndex();
    roads = new Roads(new SpeedWeighting(speed));
  }

  private static PointList bends(RoadNetwork network, int edge) {
    PointList bends = new PointList();
    for (int i = 1; i < network.edgePointCount(edge) - 1; i++) {
      bends.add(network.edgePointLatDeg(edge, i), network.edgePointLonDeg(edge, i));
    }
    return bends;
  }

  /**
   * Matches a track.
   *
   * @param sigmaM its standard deviation of a position's error, metres
   * @return metres of each arc
   */
  double[] match(List<Fix> fixes, double sigmaM) {
    double[] metresByArc = new double[arcs.arcCount()];
    cuts = 0;
    List<Observation> observations = new ArrayList<>();
    for (Fix fix : fixes) {
      observations.add(new Position(observations.size(), fix));
    }
    match(observations, sigmaM, metresByArc);
    return metresByArc;
  }

  /** How often the last track was cut. */
  int cuts() {
    return cuts;
  }

  private void match(List<Observation> observations, double sigmaM, double[] metresByArc) {
    int begin = 0;
    while (observations.size() - begin >= 2) {
      List<Observation> rest = observations.subList(begin, observations.size());
      try {
        add(matching(sigmaM).match(rest), metresByArc);
        return;
      } catch (IllegalArgumentException e) {
        cuts++;
        int reached = reachedStep(e);
        int end = begin + 1;
        if (reached >= 0) {
          Position last = (Position) matching(sigmaM).filterObservations(rest).get(reached);
          end = last.number - ((Position) observations.get(0)).number + 1;
          match(observations.subList(begin, end), sigmaM, metresByArc);
        }
        begin = end;
      }
    }
  }

  private MapMatching matching(double sigmaM) {
    MapMatching matching = new MapMatching(graph, index, roads);
    matching.setMeasurementErrorSigma(sigmaM);
    return matching;
  }

  /** The position, of those that it uses, from which it found no further; -1 for none at all. */
  private static int reachedStep(IllegalArgumentException e) {
    Matcher said = BROKEN.matcher(String.valueOf(e.getMessage()));
    if (!said.find()) {
      throw e;
    }
    return said.group(1) == null ? -1 : Integer.parseInt(said.group(1));
  }

  private void add(MatchResult result, double[] metresByArc) {
    for (EdgeIteratorState edge : result.getMergedPath().calcEdges()) {
      int key =
          edge instanceof VirtualEdgeIteratorState part
              ? part.getOriginalEdgeKey()
              : edge.getEdgeKey();
      PointList points = edge.fetchWayGeometry(FetchMode.ALL);
      for (int i = 1; i < points.size(); i++) {
        addPiece(edgeOfKey[key], points, i, metresByArc);
      }
    }
  }

  /** Adds a straight piece of a road to the arc on which it lies. */
  private void addPiece(int edge, PointList points, int i, double[] metresByArc) {
    double metres =
        GeoMath.distanceM(
            points.getLat(i - 1), points.getLon(i - 1), points.getLat(i), points.getLon(i));
    double latDeg = (points.getLat(i - 1) + points.getLat(i)) / 2;
    double lonDeg = (points.getLon(i - 1) + points.getLon(i)) / 2;
    int[] arcsOfEdge = arcs.arcs(edge);
    int nearest = 0;
    double nearestM = Double.POSITIVE_INFINITY;
    for (int a = 0; a < arcsOfEdge.length && nearestM > 0; a++) {
      double offM = offArcM(edge, a, latDeg, lonDeg);
      if (offM < nearestM) {
        nearestM = offM;
        nearest = a;
      }
    }
    metresByArc[arcsOfEdge[nearest]] += metres;
  }

  /** How much longer the way over a point is than the arc, metres; 0 on the arc. */
  private double offArcM(int edge, int arc, double latDeg, double lonDeg) {
    RoadNetwork network = arcs.roads();
    double fromLat = network.edgePointLatDeg(edge, arc);
    double fromLon = network.edgePointLonDeg(edge, arc);
    double toLat = network.edgePointLatDeg(edge, arc + 1);
    double toLon = network.edgePointLonDeg(edge, arc + 1);
    return Math.max(
        0,
        GeoMath.distanceM(fromLat, fromLon, latDeg, lonDeg)
            + GeoMath.distanceM(latDeg, lonDeg, toLat, toLon)
            - GeoMath.distanceM(fromLat, fromLon, toLat, toLon));
  }

  @Override
  public void close() {
    index.close();
    graph.close();
  }

  /** A position that knows its number in the track. */
  private static final class Position extends Observation {
    final int number;

    Position(int number, Fix fix) {
      super(new GHPoint(fix.latDeg(), fix.lonDeg()));
      this.number = number;
    }
  }

  /** Ways between candidates by bidirectional A*, as GraphHopper's own without preparation. */
  private static final class Roads implements MapMatching.Router {
    private final Weighting weighting;

    Roads(Weighting weighting) {
      this.weighting = weighting;
    }

    @Override
    public EdgeFilter getSnapFilter() {
      return edge ->
          Double.isFinite(weighting.calcEdgeWeight(edge, false))
              || Double.isFinite(weighting.calcEdgeWeight(edge, true));
    }

    @Override
    public List<Path> calcPaths(
        QueryGraph queryGraph, int fromNode, int fromOutEdge, int[] toNodes, int[] toInEdges) {
      Weighting wrapped = queryGraph.wrapWeighting(weighting);
      List<Path> paths = new ArrayList<>(toNodes.length);
      for (int i = 0; i < toNodes.length; i++) {
        paths.add(
            new AStarBidirection(queryGraph, wrapped, TraversalMode.EDGE_BASED)
                .calcPath(fromNode, toNodes[i], fromOutEdge, toInEdges[i]));
      }
      return paths;
    }

    @Override
    public Weighting getWeighting() {
      return weighting;
    }
  }
}
