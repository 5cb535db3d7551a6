// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.roads;

import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.roads.RoadNetworkWriter;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A town of streets in a grid, open both ways, 6 rows (west to east) by 6 columns (south to north);
 * blocks of 222 m by 209 m; 10 m/s.
 */
public final class GridTown {
  /** Nodes in a row and in a column. */
  public static final int SIZE = 6;

  /** Free speed of every street, metres a second. */
  public static final double SPEED_MPS = 10;

  private static final double SOUTH_DEG = 41.15;
  private static final double WEST_DEG = -8.62;
  private static final double ROW_DEG = 0.002;
  private static final double COLUMN_DEG = 0.0025;

  private GridTown() {}

  /** Writes the town. */
  public static Path write(Path directory) throws IOException {
    return write(directory, "town.roads", SPEED_MPS);
  }

  /** Writes the town with another free speed, which makes it another network. */
  public static Path write(Path directory, String name, double speedMps) throws IOException {
    RoadNetworkWriter writer = new RoadNetworkWriter();
    for (int row = 0; row < SIZE; row++) {
      for (int column = 0; column < SIZE; column++) {
        writer.addNode(latDeg(row), lonDeg(column));
      }
    }
    for (int row = 0; row < SIZE; row++) {
      for (int column = 0; column < SIZE; column++) {
        if (column + 1 < SIZE) {
          bothWays(writer, node(row, column), node(row, column + 1), speedMps);
        }
        if (row + 1 < SIZE) {
          bothWays(writer, node(row, column), node(row + 1, column), speedMps);
        }
      }
    }
    Path file = directory.resolve(name);
    writer.write(file);
    return file;
  }

  private static void bothWays(RoadNetworkWriter writer, int a, int b, double speedMps) {
    writer.addEdge(a, b, RoadClass.RESIDENTIAL, speedMps);
    writer.addEdge(b, a, RoadClass.RESIDENTIAL, speedMps);
  }

  /** The crossing of a row and a column. */
  public static int node(int row, int column) {
    return row * SIZE + column;
  }

  /** Latitude of a row; fractions lie between rows. */
  public static double latDeg(double row) {
    return SOUTH_DEG + row * ROW_DEG;
  }

  /** Longitude of a column; fractions lie between columns. */
  public static double lonDeg(double column) {
    return WEST_DEG + column * COLUMN_DEG;
  }

  /** The edge from one crossing to the next. */
  public static int edge(RoadNetwork network, int from, int to) {
    for (int e = network.firstOutEdge(from); e < network.firstOutEdge(from + 1); e++) {
      if (network.edgeTo(e) == to) {
        return e;
      }
    }
    throw new IllegalArgumentException("No street leads from " + from + " to " + to + ".");
  }
}
