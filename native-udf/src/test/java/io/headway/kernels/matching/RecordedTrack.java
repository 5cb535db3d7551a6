// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.roads.RoadNetworkWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * One track of the data set of Kubicka et al. (IEEE IV 2015) with its road network and its true
 * route. The network's straight arcs are joined to edges that end at junctions, as an import of
 * OpenStreetMap does.
 */
final class RecordedTrack {
  final long[] timesMs;
  final double[] latsDeg;
  final double[] lonsDeg;
  final RoadNetwork network;

  /** Arcs of the true route in order. */
  final int[] route;

  /** Length of every arc of the network, metres. */
  final double[] arcLengthM;

  /** Arcs of each edge of the network in order, and where each begins on its edge, metres. */
  private final int[][] edgeArcs;

  private final double[][] edgeArcStartsM;

  private RecordedTrack(double[][] fixes, Network roads, int[] route) {
    timesMs = new long[fixes.length];
    latsDeg = new double[fixes.length];
    lonsDeg = new double[fixes.length];
    for (int i = 0; i < fixes.length; i++) {
      lonsDeg[i] = fixes[i][0];
      latsDeg[i] = fixes[i][1];
      timesMs[i] = Math.round(1_000 * fixes[i][2]);
    }
    this.route = route;
    network = roads.network;
    arcLengthM = roads.arcLengthM;
    edgeArcs = roads.edgeArcs;
    edgeArcStartsM = roads.edgeArcStartsM;
  }

  static RecordedTrack read(Path folder, Path scratch) throws IOException {
    String id = folder.getFileName().toString();
    double[][] fixes = numbers(folder.resolve(id + ".track.gz"));
    double[][] routeRows = numbers(folder.resolve(id + ".route.gz"));
    int[] route = Arrays.stream(routeRows).mapToInt(row -> (int) row[0]).toArray();
    Network roads =
        new Network(
            numbers(folder.resolve(id + ".nodes.gz")),
            numbers(folder.resolve(id + ".arcs.gz")),
            scratch.resolve(id + ".roads"));
    return new RecordedTrack(fixes, roads, route);
  }

  /** The arc at a place on an edge. */
  int arcAt(int edge, double offsetM) {
    int i = Arrays.binarySearch(edgeArcStartsM[edge], offsetM);
    return edgeArcs[edge][Math.max(0, i >= 0 ? i : -i - 2)];
  }

  /** Adds the arcs of which at least half lies between two places on an edge. */
  void addArcs(int edge, double fromM, double toM, List<Integer> to) {
    for (int i = 0; i < edgeArcs[edge].length; i++) {
      double middleM = edgeArcStartsM[edge][i] + arcLengthM[edgeArcs[edge][i]] / 2;
      if (middleM >= fromM && middleM <= toM) {
        to.add(edgeArcs[edge][i]);
      }
    }
  }

  private static double[][] numbers(Path file) throws IOException {
    List<double[]> rows = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.US_ASCII))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!line.isBlank()) {
          rows.add(
              Arrays.stream(line.trim().split("\\s+")).mapToDouble(Double::parseDouble).toArray());
        }
      }
    }
    return rows.toArray(double[][]::new);
  }

  /** The arcs as a road network. */
  private static final class Network {
    final RoadNetwork network;
    final double[] arcLengthM;
    final int[][] edgeArcs;
    final double[][] edgeArcStartsM;

    private final int[] tails;
    private final int[] heads;
    private final List<List<Integer>> out = new ArrayList<>();
    private final List<List<Integer>> in = new ArrayList<>();

    Network(double[][] nodes, double[][] arcs, Path file) throws IOException {
      tails = new int[arcs.length];
      heads = new int[arcs.length];
      arcLengthM = new double[arcs.length];
      for (int n = 0; n < nodes.length; n++) {
        out.add(new ArrayList<>(4));
        in.add(new ArrayList<>(4));
      }
      for (int a = 0; a < arcs.length; a++) {
        tails[a] = (int) arcs[a][0];
        heads[a] = (int) arcs[a][1];
        arcLengthM[a] =
            GeoMath.distanceM(
                nodes[tails[a]][1], nodes[tails[a]][0], nodes[heads[a]][1], nodes[heads[a]][0]);
        out.get(tails[a]).add(a);
        in.get(heads[a]).add(a);
      }
      RoadNetworkWriter writer = new RoadNetworkWriter();
      for (double[] node : nodes) {
        writer.addNode(node[1], node[0]);
      }
      List<int[]> chains = new ArrayList<>();
      boolean[] used = new boolean[arcs.length];
      for (int pass = 0; pass < 2; pass++) {
        for (int a = 0; a < arcs.length; a++) {
          // The second pass takes the rings on which no junction lies.
          if (!used[a] && (pass == 1 || !joins(tails[a]))) {
            chains.add(chain(a, used));
          }
        }
      }
      for (int[] chain : chains) {
        double[] lats = new double[chain.length + 1];
        double[] lons = new double[chain.length + 1];
        for (int i = 0; i <= chain.length; i++) {
          double[] node = nodes[i == 0 ? tails[chain[0]] : heads[chain[i - 1]]];
          lats[i] = node[1];
          lons[i] = node[0];
        }
        writer.addEdge(
            tails[chain[0]], heads[chain[chain.length - 1]], RoadClass.TERTIARY, 14, lats, lons);
      }
      writer.write(file);
      network = RoadNetwork.open(file);
      edgeArcs = new int[network.edgeCount()][];
      edgeArcStartsM = new double[network.edgeCount()][];
      // Edges are numbered by their first node, then in the order of addition.
      chains.sort(Comparator.comparingInt(chain -> tails[chain[0]]));
      for (int e = 0; e < network.edgeCount(); e++) {
        edgeArcs[e] = chains.get(e);
        edgeArcStartsM[e] = new double[edgeArcs[e].length];
        for (int i = 1; i < edgeArcs[e].length; i++) {
          edgeArcStartsM[e][i] = edgeArcStartsM[e][i - 1] + arcLengthM[edgeArcs[e][i - 1]];
        }
      }
    }

    private boolean joins(int node) {
      List<Integer> o = out.get(node);
      List<Integer> i = in.get(node);
      if (o.size() == 1 && i.size() == 1) {
        return heads[o.get(0)] != tails[i.get(0)];
      }
      if (o.size() == 2 && i.size() == 2) {
        int a = heads[o.get(0)];
        int b = heads[o.get(1)];
        int c = tails[i.get(0)];
        int d = tails[i.get(1)];
        return a != b && ((a == c && b == d) || (a == d && b == c));
      }
      return false;
    }

    private int[] chain(int first, boolean[] used) {
      List<Integer> chain = new ArrayList<>();
      int arc = first;
      while (true) {
        chain.add(arc);
        used[arc] = true;
        int node = heads[arc];
        if (!joins(node) || node == tails[first]) {
          break;
        }
        int next = -1;
        for (int candidate : out.get(node)) {
          if (heads[candidate] != tails[arc] && !used[candidate]) {
            next = candidate;
          }
        }
        if (next < 0) {
          break;
        }
        arc = next;
      }
      return chain.stream().mapToInt(Integer::intValue).toArray();
    }
  }
}
