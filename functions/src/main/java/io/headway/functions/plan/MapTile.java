// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadNetwork;
import java.util.function.IntPredicate;

/**
 * The grid by which routes and road events find each other: tiles of the Web Mercator projection at
 * zoom 15, 1,223 m wide at the equator and about 920 m at 41 degrees of latitude. A tile's key is
 * {@code x << 15 | y}. A road edge is at home in the tile of its first point, so that a route and
 * an event that share an edge always share a tile.
 */
public final class MapTile {
  private static final int ZOOM = 15;
  private static final int TILES = 1 << ZOOM;

  /** Most tiles of a line that are visited: those that a route subscribes to at most. */
  static final int MAX_ALONG = RouteTiles.MAX_TILES;

  private static final double MAX_LAT_DEG = 85.05112877980659;

  private MapTile() {}

  /** The tile of a place; latitudes beyond 85.05 degrees count as that. */
  public static int of(double latDeg, double lonDeg) {
    return key(x(lonDeg), y(latDeg));
  }

  /**
   * Visits every tile that the straight line between two places (in the projection) crosses, in
   * order, the ends' included, until the visitor answers false. The line never crosses the date
   * line. Of a longer one the first {@value RouteTiles#MAX_TILES} tiles are visited, some 400 km: a
   * road event further along is met when the vehicle has come nearer.
   *
   * @return false when the visitor ended it
   */
  public static boolean along(
      double fromLatDeg, double fromLonDeg, double toLatDeg, double toLonDeg, IntPredicate visit) {
    double x = x(fromLonDeg);
    double y = y(fromLatDeg);
    double dx = x(toLonDeg) - x;
    double dy = y(toLatDeg) - y;
    int column = (int) x;
    int row = (int) y;
    int visits = Math.min(MAX_ALONG, count(fromLatDeg, fromLonDeg, toLatDeg, toLonDeg));
    double stepX = Math.abs(1 / dx);
    double stepY = Math.abs(1 / dy);
    double nextX = dx > 0 ? (column + 1 - x) * stepX : (x - column) * stepX;
    double nextY = dy > 0 ? (row + 1 - y) * stepY : (y - row) * stepY;
    boolean going = visit.test(key(column, row));
    for (int i = 1; i < visits && going; i++) {
      // NaN and infinite steps stand for a direction in which the line does not go.
      if (dy == 0 || (dx != 0 && nextX < nextY)) {
        column += dx > 0 ? 1 : -1;
        nextX += stepX;
      } else {
        row += dy > 0 ? 1 : -1;
        nextY += stepY;
      }
      going = visit.test(key(column, row));
    }
    return going;
  }

  /** How many tiles the straight line between two places crosses, the ends' included. */
  static int count(double fromLatDeg, double fromLonDeg, double toLatDeg, double toLonDeg) {
    return 1
        + Math.abs((int) x(toLonDeg) - (int) x(fromLonDeg))
        + Math.abs((int) y(toLatDeg) - (int) y(fromLatDeg));
  }

  /** The tile in which an edge is at home. */
  static int home(RoadNetwork network, int edge) {
    int node = network.edgeFrom(edge);
    return of(network.nodeLatDeg(node), network.nodeLonDeg(node));
  }

  /** Width of a tile at a latitude, metres. */
  static double widthM(double latDeg) {
    return GeoMath.mPerDegLon(latDeg) * 360 / TILES;
  }

  private static int key(double x, double y) {
    return (int) x << ZOOM | (int) y;
  }

  private static double x(double lonDeg) {
    return clamp((lonDeg + 180) / 360 * TILES);
  }

  private static double y(double latDeg) {
    double sine = Math.sin(Math.toRadians(Math.max(-MAX_LAT_DEG, Math.min(MAX_LAT_DEG, latDeg))));
    return clamp((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * TILES);
  }

  private static double clamp(double value) {
    return Math.max(0, Math.min(TILES - 1e-9, value));
  }
}
