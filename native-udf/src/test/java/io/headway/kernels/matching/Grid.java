// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RandomNetworks;
import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.roads.RoadNetworkWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;

/**
 * Synthetic road networks around one place. Places are given in metres east and north of it; roads
 * are straight.
 */
final class Grid {
  static final double LAT_DEG = 41.15;
  static final double LON_DEG = -8.6;
  static final double FREE_SPEED_MPS = 14;

  private final RoadNetworkWriter writer = new RoadNetworkWriter();

  /**
   * A city of crooked blocks: {@code size} by {@code size} junctions some 120 m apart, a fifth of
   * the streets one-way, some missing.
   */
  static RoadNetwork city(int size, long seed) {
    Random random = new Random(seed);
    Grid grid = new Grid();
    for (int row = 0; row < size; row++) {
      for (int column = 0; column < size; column++) {
        grid.node(
            120.0 * column + 40 * random.nextDouble(), 120.0 * row + 40 * random.nextDouble());
      }
    }
    for (int row = 0; row < size; row++) {
      for (int column = 0; column < size; column++) {
        int node = row * size + column;
        if (column + 1 < size) {
          grid.street(node, node + 1, random);
        }
        if (row + 1 < size) {
          grid.street(node, node + size, random);
        }
      }
    }
    return grid.network();
  }

  private void street(int a, int b, Random random) {
    double kind = random.nextDouble();
    if (kind < 0.05) {
      return;
    }
    if (kind < 0.15) {
      oneWay(a, b);
    } else if (kind < 0.25) {
      oneWay(b, a);
    } else {
      twoWay(a, b);
    }
  }

  int node(double eastM, double northM) {
    return writer.addNode(latDeg(northM), lonDeg(eastM));
  }

  Grid oneWay(int from, int to) {
    writer.addEdge(from, to, RoadClass.RESIDENTIAL, FREE_SPEED_MPS);
    return this;
  }

  Grid twoWay(int a, int b) {
    return oneWay(a, b).oneWay(b, a);
  }

  /** A road both ways over places in metres east and north; the ends must be those of the nodes. */
  Grid twoWayOver(int from, int to, double[][] places) {
    int last = places.length - 1;
    double[] lats = new double[places.length];
    double[] lons = new double[places.length];
    double[] latsBack = new double[places.length];
    double[] lonsBack = new double[places.length];
    for (int i = 0; i <= last; i++) {
      lons[i] = lonsBack[last - i] = lonDeg(places[i][0]);
      lats[i] = latsBack[last - i] = latDeg(places[i][1]);
    }
    writer.addEdge(from, to, RoadClass.RESIDENTIAL, FREE_SPEED_MPS, lats, lons);
    writer.addEdge(to, from, RoadClass.RESIDENTIAL, FREE_SPEED_MPS, latsBack, lonsBack);
    return this;
  }

  RoadNetwork network() {
    try {
      return RandomNetworks.open(writer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static double latDeg(double northM) {
    return GeoMath.latDeg(LAT_DEG, northM);
  }

  static double lonDeg(double eastM) {
    return GeoMath.lonDeg(LAT_DEG, LON_DEG, eastM);
  }
}
