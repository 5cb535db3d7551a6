// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.roads;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;

/** Small random networks: one-way and two-way edges, bends, loops, parallels, separate parts. */
public final class RandomNetworks {
  private static final List<RoadClass> CLASSES = List.copyOf(EnumSet.allOf(RoadClass.class));

  /** An edge as it is given to the writer. */
  record Edge(
      int from, int to, RoadClass roadClass, double speedMps, double[] latsDeg, double[] lonsDeg) {}

  /** What is given to the writer, in order. */
  record Sketch(double[] latsDeg, double[] lonsDeg, List<Edge> edges) {
    RoadNetworkWriter writer() {
      RoadNetworkWriter writer = new RoadNetworkWriter();
      for (int n = 0; n < latsDeg.length; n++) {
        writer.addNode(latsDeg[n], lonsDeg[n]);
      }
      for (Edge e : edges) {
        writer.addEdge(e.from, e.to, e.roadClass, e.speedMps, e.latsDeg, e.lonsDeg);
      }
      return writer;
    }
  }

  private RandomNetworks() {}

  public static RoadNetwork network(long seed) throws IOException {
    return open(sketch(seed).writer());
  }

  /** A full grid of two-way streets, 100 m apart, all of one speed. */
  public static RoadNetwork grid(int rows, int columns, double speedMps) throws IOException {
    RoadNetworkWriter writer = new RoadNetworkWriter();
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        writer.addNode(r * 100 / GeoMath.M_PER_DEG, c * 100 / GeoMath.M_PER_DEG);
      }
    }
    for (int n = 0; n < rows * columns; n++) {
      if (n % columns < columns - 1) {
        twoWay(writer, n, n + 1, speedMps);
      }
      if (n + columns < rows * columns) {
        twoWay(writer, n, n + columns, speedMps);
      }
    }
    return open(writer);
  }

  private static void twoWay(RoadNetworkWriter writer, int a, int b, double speedMps) {
    writer.addEdge(a, b, RoadClass.RESIDENTIAL, speedMps);
    writer.addEdge(b, a, RoadClass.RESIDENTIAL, speedMps);
  }

  /** Writes a network to a temporary file that goes with the process. */
  public static RoadNetwork open(RoadNetworkWriter writer) throws IOException {
    Path file = Files.createTempFile("test", ".roads");
    file.toFile().deleteOnExit();
    writer.write(file);
    return RoadNetwork.open(file);
  }

  static Sketch sketch(long seed) {
    Random random = new Random(seed);
    int nodes = 1 + random.nextInt(40);
    double[] lats = new double[nodes];
    double[] lons = new double[nodes];
    for (int n = 0; n < nodes; n++) {
      lats[n] = 41.1 + random.nextInt(2000) * 1e-5;
      lons[n] = -8.6 + random.nextInt(2000) * 1e-5;
    }
    List<Edge> edges = new ArrayList<>();
    int roads = 1 + random.nextInt(3 * nodes);
    for (int i = 0; i < roads; i++) {
      int from = random.nextInt(nodes);
      int to = random.nextInt(nodes);
      RoadClass roadClass = CLASSES.get(random.nextInt(CLASSES.size()));
      double speedMps = 1 + 40 * random.nextDouble();
      int points = 2 + random.nextInt(4);
      double[] edgeLats = new double[points];
      double[] edgeLons = new double[points];
      for (int p = 0; p < points; p++) {
        double share = p / (points - 1.0);
        boolean end = p == 0 || p == points - 1;
        double bend = end ? 0 : 1e-3 * random.nextGaussian();
        edgeLats[p] = lats[from] + share * (lats[to] - lats[from]) + bend;
        edgeLons[p] = lons[from] + share * (lons[to] - lons[from]) - bend;
      }
      edges.add(new Edge(from, to, roadClass, speedMps, edgeLats, edgeLons));
      if (random.nextBoolean()) {
        edges.add(new Edge(to, from, roadClass, speedMps, mirrored(edgeLats), mirrored(edgeLons)));
      }
    }
    return new Sketch(lats, lons, edges);
  }

  private static double[] mirrored(double[] values) {
    double[] mirrored = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      mirrored[i] = values[values.length - 1 - i];
    }
    return mirrored;
  }
}
