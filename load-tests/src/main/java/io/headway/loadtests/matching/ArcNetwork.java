// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.matching;

import io.headway.kernels.matching.Stretch;
import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.roads.RoadNetworkWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A road network given as straight directed arcs, joined to edges that end at junctions, as an
 * import of OpenStreetMap does. All roads are of one class and speed, for nothing else is known.
 */
final class ArcNetwork {
  private static final double SPEED_MPS = 14;

  private final RoadNetwork network;
  private final double[] arcLengthM;

  /** Arcs of each edge of the network in order, and where each begins on its edge, metres. */
  private final int[][] edgeArcs;

  private final double[][] edgeArcStartsM;

  private ArcNetwork(
      RoadNetwork network, double[] arcLengthM, int[][] edgeArcs, double[][] edgeArcStartsM) {
    this.network = network;
    this.arcLengthM = arcLengthM;
    this.edgeArcs = edgeArcs;
    this.edgeArcStartsM = edgeArcStartsM;
  }

  /**
   * Makes a network.
   *
   * @param nodes longitude and latitude of each, degrees
   * @param arcs tail and head of each, as node numbers
   * @param file receives the road network
   */
  static ArcNetwork of(double[][] nodes, double[][] arcs, Path file) throws IOException {
    Chains chains = new Chains(nodes.length, arcs);
    double[] arcLengthM = new double[arcs.length];
    for (int a = 0; a < arcs.length; a++) {
      double[] tail = nodes[chains.tails[a]];
      double[] head = nodes[chains.heads[a]];
      arcLengthM[a] = GeoMath.distanceM(tail[1], tail[0], head[1], head[0]);
    }
    RoadNetworkWriter writer = new RoadNetworkWriter();
    for (double[] node : nodes) {
      writer.addNode(node[1], node[0]);
    }
    List<int[]> joined = chains.all();
    for (int[] chain : joined) {
      double[] lats = new double[chain.length + 1];
      double[] lons = new double[chain.length + 1];
      for (int i = 0; i <= chain.length; i++) {
        double[] node = nodes[i == 0 ? chains.tails[chain[0]] : chains.heads[chain[i - 1]]];
        lats[i] = node[1];
        lons[i] = node[0];
      }
      int from = chains.tails[chain[0]];
      int to = chains.heads[chain[chain.length - 1]];
      writer.addEdge(from, to, RoadClass.TERTIARY, SPEED_MPS, lats, lons);
    }
    writer.write(file);
    // Edges are numbered by their first node, then in the order of addition.
    joined.sort(Comparator.comparingInt(chain -> chains.tails[chain[0]]));
    double[][] starts = new double[joined.size()][];
    for (int e = 0; e < starts.length; e++) {
      int[] chain = joined.get(e);
      starts[e] = new double[chain.length];
      for (int i = 1; i < chain.length; i++) {
        starts[e][i] = starts[e][i - 1] + arcLengthM[chain[i - 1]];
      }
    }
    return new ArcNetwork(RoadNetwork.open(file), arcLengthM, joined.toArray(int[][]::new), starts);
  }

  /** The joined edges. */
  RoadNetwork roads() {
    return network;
  }

  /** How many arcs there are. */
  int arcCount() {
    return arcLengthM.length;
  }

  /** Length of an arc, metres. */
  double arcLengthM(int arc) {
    return arcLengthM[arc];
  }

  /** Arcs of an edge in order. */
  int[] arcs(int edge) {
    return edgeArcs[edge];
  }

  /** Adds the metres of each arc that lie on a stretch. */
  void add(Stretch stretch, double[] metresByArc) {
    int[] arcs = edgeArcs[stretch.edge()];
    for (int i = 0; i < arcs.length; i++) {
      double startM = edgeArcStartsM[stretch.edge()][i];
      double endM = startM + arcLengthM[arcs[i]];
      double metres = Math.min(endM, stretch.toM()) - Math.max(startM, stretch.fromM());
      if (metres > 0) {
        metresByArc[arcs[i]] += metres;
      }
    }
  }

  /** Joins arcs at nodes where nobody can choose. */
  private static final class Chains {
    final int[] tails;
    final int[] heads;
    private final boolean[] used;
    private final List<List<Integer>> out = new ArrayList<>();
    private final List<List<Integer>> in = new ArrayList<>();

    Chains(int nodeCount, double[][] arcs) {
      tails = new int[arcs.length];
      heads = new int[arcs.length];
      used = new boolean[arcs.length];
      for (int n = 0; n < nodeCount; n++) {
        out.add(new ArrayList<>(4));
        in.add(new ArrayList<>(4));
      }
      for (int a = 0; a < arcs.length; a++) {
        tails[a] = (int) arcs[a][0];
        heads[a] = (int) arcs[a][1];
        // An arc from a node to itself leads nowhere.
        used[a] = tails[a] == heads[a];
        if (!used[a]) {
          out.get(tails[a]).add(a);
          in.get(heads[a]).add(a);
        }
      }
    }

    List<int[]> all() {
      List<int[]> chains = new ArrayList<>();
      for (int pass = 0; pass < 2; pass++) {
        for (int a = 0; a < tails.length; a++) {
          // The second pass takes the rings on which no junction lies.
          if (!used[a] && (pass == 1 || !joins(tails[a]))) {
            addWithoutRings(chain(a), chains);
          }
        }
      }
      return chains;
    }

    /** Rings are cut in two, as imports do it: at the same node in both directions. */
    private void addWithoutRings(int[] chain, List<int[]> chains) {
      if (chain.length < 2 || tails[chain[0]] != heads[chain[chain.length - 1]]) {
        chains.add(chain);
        return;
      }
      int cut = 1;
      for (int i = 2; i < chain.length; i++) {
        cut = tails[chain[i]] < tails[chain[cut]] ? i : cut;
      }
      chains.add(Arrays.copyOf(chain, cut));
      chains.add(Arrays.copyOfRange(chain, cut, chain.length));
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

    private int[] chain(int first) {
      List<Integer> chain = new ArrayList<>();
      int arc = first;
      while (arc >= 0) {
        chain.add(arc);
        used[arc] = true;
        arc = next(arc, tails[first]);
      }
      return chain.stream().mapToInt(Integer::intValue).toArray();
    }

    private int next(int arc, int start) {
      int node = heads[arc];
      if (!joins(node) || node == start) {
        return -1;
      }
      int next = -1;
      for (int candidate : out.get(node)) {
        if (heads[candidate] != tails[arc] && !used[candidate]) {
          next = candidate;
        }
      }
      return next;
    }
  }
}
