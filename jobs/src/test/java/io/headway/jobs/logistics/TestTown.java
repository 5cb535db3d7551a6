// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadNetworkWriter;
import io.headway.schemas.GeoPoint;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A town of {@value #SIDE} by {@value #SIDE} crossings, {@value #BLOCK_M} m apart, with two-way
 * streets between neighbours. Columns count eastwards, rows northwards.
 */
final class TestTown {
  static final int SIDE = 7;
  static final double BLOCK_M = 400;
  static final double FREE_SPEED_MPS = 10;

  private static final double SOUTH_DEG = 41.15;
  private static final double WEST_DEG = -8.62;
  private static final double DEG_PER_M = 1 / 111_194.93;

  private TestTown() {}

  static void write(Path file) throws IOException {
    write(file, 0);
  }

  /** The town as it is, but every crossing and street has another number: a new import. */
  static void writeRenumbered(Path file) throws IOException {
    write(file, 2);
  }

  /**
   * @param before crossings of a street, far off, that are numbered before those of the town
   */
  private static void write(Path file, int before) throws IOException {
    RoadNetworkWriter writer = new RoadNetworkWriter();
    for (int i = 0; i < before; i++) {
      GeoPoint place = at(100.0 + i, 100);
      writer.addNode(place.getLatDeg(), place.getLonDeg());
    }
    for (int i = 1; i < before; i++) {
      street(writer, i - 1, i);
    }
    for (int row = 0; row < SIDE; row++) {
      for (int column = 0; column < SIDE; column++) {
        GeoPoint place = at(column, row);
        writer.addNode(place.getLatDeg(), place.getLonDeg());
      }
    }
    for (int row = 0; row < SIDE; row++) {
      for (int column = 0; column < SIDE; column++) {
        int here = before + row * SIDE + column;
        if (column + 1 < SIDE) {
          street(writer, here, here + 1);
        }
        if (row + 1 < SIDE) {
          street(writer, here, here + SIDE);
        }
      }
    }
    writer.write(file);
  }

  private static void street(RoadNetworkWriter writer, int a, int b) {
    writer.addEdge(a, b, RoadClass.SECONDARY, FREE_SPEED_MPS);
    writer.addEdge(b, a, RoadClass.SECONDARY, FREE_SPEED_MPS);
  }

  /** A place by column and row; between crossings with fractions. */
  static GeoPoint at(double column, double row) {
    double latDeg = SOUTH_DEG + row * BLOCK_M * DEG_PER_M;
    double lonDeg = WEST_DEG + column * BLOCK_M * DEG_PER_M / Math.cos(Math.toRadians(SOUTH_DEG));
    return new GeoPoint(latDeg, lonDeg);
  }
}
