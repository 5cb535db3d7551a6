// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.roads;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;

/** Small random networks: clustered nodes, one-way and two-way edges, bends, loops, parallels. */
public final class RandomNetworks {
  private static final List<RoadClass> CLASSES = List.copyOf(EnumSet.allOf(RoadClass.class));

  private RandomNetworks() {}

  public static RoadNetwork write(long seed, Path file) throws IOException {
    writer(seed).write(file);
    return RoadNetwork.open(file);
  }

  static RoadNetworkWriter writer(long seed) {
    Random random = new Random(seed);
    RoadNetworkWriter writer = new RoadNetworkWriter();
    int nodes = 1 + random.nextInt(40);
    double[] lats = new double[nodes];
    double[] lons = new double[nodes];
    for (int n = 0; n < nodes; n++) {
      lats[n] = 41.1 + random.nextInt(2000) * 1e-5;
      lons[n] = -8.6 + random.nextInt(2000) * 1e-5;
      writer.addNode(lats[n], lons[n]);
    }
    int edges = 1 + random.nextInt(3 * nodes);
    for (int i = 0; i < edges; i++) {
      int from = random.nextInt(nodes);
      int to = random.nextInt(nodes);
      RoadClass roadClass = CLASSES.get(random.nextInt(CLASSES.size()));
      double speedMps = 1 + 40 * random.nextDouble();
      int points = 2 + random.nextInt(4);
      double[] edgeLats = new double[points];
      double[] edgeLons = new double[points];
      for (int p = 0; p < points; p++) {
        double share = p / (double) (points - 1);
        boolean end = p == 0 || p == points - 1;
        double bend = end ? 0 : 1e-3 * random.nextGaussian();
        edgeLats[p] = lats[from] + share * (lats[to] - lats[from]) + bend;
        edgeLons[p] = lons[from] + share * (lons[to] - lons[from]) - bend;
      }
      writer.addEdge(from, to, roadClass, speedMps, edgeLats, edgeLons);
      if (random.nextBoolean()) {
        writer.addEdge(to, from, roadClass, speedMps, mirrored(edgeLats), mirrored(edgeLons));
      }
    }
    return writer;
  }

  static double[] mirrored(double[] values) {
    double[] mirrored = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      mirrored[i] = values[values.length - 1 - i];
    }
    return mirrored;
  }
}
