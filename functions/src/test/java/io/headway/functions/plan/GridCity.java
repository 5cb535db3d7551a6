// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.roads.RoadNetworkWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * A city of streets every 200 m, all open in both directions at 10 m/s: rows from south to north,
 * columns from west to east.
 */
final class GridCity {
  static final double BLOCK_M = 200;
  static final double SPEED_MPS = 10;

  private static final double SOUTH_DEG = 41.1;
  private static final double WEST_DEG = -8.7;
  private static final double LAT_STEP_DEG = BLOCK_M / GeoMath.M_PER_DEG;

  final Path file;
  final RoadMap map;
  private final int columns;
  private final double speedMps;

  GridCity(Path folder, int rows, int columns) {
    this(folder, rows, columns, SPEED_MPS);
  }

  GridCity(Path folder, int rows, int columns, double speedMps) {
    this.columns = columns;
    this.speedMps = speedMps;
    RoadNetworkWriter writer = new RoadNetworkWriter();
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        writer.addNode(lat(r), lon(c));
      }
    }
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        if (c + 1 < columns) {
          both(writer, node(r, c), node(r, c + 1));
        }
        if (r + 1 < rows) {
          both(writer, node(r, c), node(r + 1, c));
        }
      }
    }
    file = folder.resolve("grid-" + rows + "x" + columns + "-" + speedMps + ".roads");
    try {
      writer.write(file);
      RoadNetwork network = RoadNetwork.open(file);
      map = new RoadMap(network, new RoadIndex(network));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void both(RoadNetworkWriter writer, int a, int b) {
    writer.addEdge(a, b, RoadClass.RESIDENTIAL, speedMps);
    writer.addEdge(b, a, RoadClass.RESIDENTIAL, speedMps);
  }

  private int node(int row, int column) {
    return row * columns + column;
  }

  String uri() {
    return file.toUri().toString();
  }

  /** Latitude of a row; parts of a block count. */
  static double lat(double row) {
    return SOUTH_DEG + row * LAT_STEP_DEG;
  }

  /** Longitude of a column; parts of a block count. */
  static double lon(double column) {
    return WEST_DEG + column * BLOCK_M / GeoMath.mPerDegLon(SOUTH_DEG);
  }

  /** The edge between two neighbouring crossings. */
  int edge(int row, int column, int toRow, int toColumn) {
    RoadNetwork network = map.network();
    int from = node(row, column);
    for (int e = network.firstOutEdge(from); e < network.firstOutEdge(from + 1); e++) {
      if (network.edgeTo(e) == node(toRow, toColumn)) {
        return e;
      }
    }
    throw new IllegalArgumentException("no street there");
  }
}
