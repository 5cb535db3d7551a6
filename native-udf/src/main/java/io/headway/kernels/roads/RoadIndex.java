// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.roads;

import java.util.Arrays;

/**
 * Finds the edges near a place: a uniform grid over the segments of the geometry.
 *
 * <p>Building takes time and memory in proportion to the segments (some 35 bytes each). A query
 * visits the segments of the cells that the circle's bounding box meets. Queries are thread-safe
 * (with one {@link Candidates} a thread) and allocate nothing.
 */
public final class RoadIndex {
  /** Largest radius of a query; distances are planar around the place asked for. */
  public static final double MAX_RADIUS_M = 5_000;

  private static final double MIN_CELL_M = 100;

  private final RoadNetwork network;
  private final double minLatDeg;
  private final double minLonDeg;
  private final double cellLatDeg;
  private final double cellLonDeg;
  private final int rows;
  private final int columns;

  private final int[] cellFirst;
  private final int[] cellSegments;

  private final int[] segmentEdge;
  private final float[] segmentOffsetM;
  private final float[] segmentLengthM;

  /** Start latitude and longitude, end latitude and longitude of each segment, degrees. */
  private final double[] segmentEndsDeg;

  public RoadIndex(RoadNetwork network) {
    this.network = network;
    int edgeCount = network.edgeCount();
    int segments = 0;
    for (int e = 0; e < edgeCount; e++) {
      if (isIndexed(e)) {
        segments += network.edgePointCount(e) - 1;
      }
    }
    segmentEdge = new int[segments];
    segmentOffsetM = new float[segments];
    segmentLengthM = new float[segments];
    segmentEndsDeg = new double[4 * segments];
    readSegments();

    double minLat = 90;
    double maxLat = -90;
    double minLon = 180;
    double maxLon = -180;
    for (int i = 0; i < segmentEndsDeg.length; i += 2) {
      minLat = Math.min(minLat, segmentEndsDeg[i]);
      maxLat = Math.max(maxLat, segmentEndsDeg[i]);
      minLon = Math.min(minLon, segmentEndsDeg[i + 1]);
      maxLon = Math.max(maxLon, segmentEndsDeg[i + 1]);
    }
    double heightM = (maxLat - minLat) * GeoMath.M_PER_DEG;
    double mPerDegLon = Math.max(1, GeoMath.mPerDegLon((minLat + maxLat) / 2));
    double widthM = (maxLon - minLon) * mPerDegLon;
    // As many cells as segments at most, but for long thin networks.
    double cellM =
        Math.max(MIN_CELL_M, Math.sqrt(Math.max(1, heightM) * Math.max(1, widthM) / segments));
    cellM = Math.max(cellM, Math.max(heightM, widthM) / Math.max(1, segments));
    minLatDeg = minLat;
    minLonDeg = minLon;
    cellLatDeg = cellM / GeoMath.M_PER_DEG;
    cellLonDeg = cellM / mPerDegLon;
    rows = (int) (heightM / cellM) + 1;
    columns = (int) (widthM / cellM) + 1;

    cellFirst = new int[rows * columns + 1];
    for (int s = 0; s < segments; s++) {
      visitCells(s, null);
    }
    for (int c = 0; c < rows * columns; c++) {
      cellFirst[c + 1] += cellFirst[c];
    }
    cellSegments = new int[cellFirst[rows * columns]];
    int[] next = Arrays.copyOf(cellFirst, rows * columns);
    for (int s = 0; s < segments; s++) {
      visitCells(s, next);
    }
  }

  /** Of a road in both directions the lower edge stands for both: their geometry is mirrored. */
  private boolean isIndexed(int e) {
    int reverse = network.reverseEdge(e);
    return reverse < 0 || e < reverse;
  }

  private void readSegments() {
    int s = 0;
    for (int e = 0; e < network.edgeCount(); e++) {
      if (!isIndexed(e)) {
        continue;
      }
      int segmentsOfEdge = network.edgePointCount(e) - 1;
      int first = s;
      double geometryM = 0;
      for (int i = 0; i < segmentsOfEdge; i++, s++) {
        double lat1 = network.edgePointLatDeg(e, i);
        double lon1 = network.edgePointLonDeg(e, i);
        double lat2 = network.edgePointLatDeg(e, i + 1);
        double lon2 = network.edgePointLonDeg(e, i + 1);
        double segmentM = GeoMath.distanceM(lat1, lon1, lat2, lon2);
        segmentEdge[s] = e;
        segmentOffsetM[s] = (float) geometryM;
        segmentLengthM[s] = (float) segmentM;
        segmentEndsDeg[4 * s] = lat1;
        segmentEndsDeg[4 * s + 1] = lon1;
        segmentEndsDeg[4 * s + 2] = lat2;
        segmentEndsDeg[4 * s + 3] = lon2;
        geometryM += segmentM;
      }
      if (geometryM == 0) {
        segmentLengthM[first] = network.edgeLengthM(e);
      }
    }
  }

  /** Counts the segment in each cell that it may cross, or enters it there. */
  private void visitCells(int s, int[] next) {
    double lat1 = segmentEndsDeg[4 * s];
    double lon1 = segmentEndsDeg[4 * s + 1];
    double lat2 = segmentEndsDeg[4 * s + 2];
    double lon2 = segmentEndsDeg[4 * s + 3];
    int lastRow = row(Math.max(lat1, lat2));
    for (int r = row(Math.min(lat1, lat2)); r <= lastRow; r++) {
      double share1 = share(lat1, lat2, minLatDeg + r * cellLatDeg, 0);
      double share2 = share(lat1, lat2, minLatDeg + (r + 1) * cellLatDeg, 1);
      double lonA = lon1 + share1 * (lon2 - lon1);
      double lonB = lon1 + share2 * (lon2 - lon1);
      int lastColumn = column(Math.max(lonA, lonB) + 1e-7);
      for (int c = column(Math.min(lonA, lonB) - 1e-7); c <= lastColumn; c++) {
        int cell = r * columns + c;
        if (next == null) {
          cellFirst[cell + 1]++;
        } else {
          cellSegments[next[cell]++] = s;
        }
      }
    }
  }

  /** Share of the way from a to b at which the level is met, in [0, 1]. */
  private static double share(double a, double b, double level, double ifFlat) {
    return a == b ? ifFlat : Math.min(1, Math.max(0, (level - a) / (b - a)));
  }

  private int row(double latDeg) {
    return clamp((int) Math.floor((latDeg - minLatDeg) / cellLatDeg), rows);
  }

  private int column(double lonDeg) {
    return clamp((int) Math.floor((lonDeg - minLonDeg) / cellLonDeg), columns);
  }

  private static int clamp(int i, int count) {
    return Math.max(0, Math.min(count - 1, i));
  }

  /**
   * Finds the edges with a point within a radius, nearest first; of a two-way road both directions.
   * If more than {@code out} can hold are near, the nearest are kept.
   *
   * @param radiusM above 0, at most {@link #MAX_RADIUS_M}
   * @param out overwritten
   * @return the number of edges found, {@code out.size()}
   * @throws IllegalArgumentException if the position or the radius is out of range
   */
  public int nearest(double latDeg, double lonDeg, double radiusM, Candidates out) {
    if (!(Math.abs(latDeg) <= 90 && Math.abs(lonDeg) <= 180)) {
      throw new IllegalArgumentException(
          "Position ("
              + latDeg
              + ", "
              + lonDeg
              + ") is outside latitude [-90, 90], longitude [-180, 180]");
    }
    if (!(radiusM > 0 && radiusM <= MAX_RADIUS_M)) {
      throw new IllegalArgumentException(
          "radiusM " + radiusM + " must be above 0 and at most " + MAX_RADIUS_M);
    }
    out.clear();
    double mPerDegLon = Math.max(1, GeoMath.mPerDegLon(latDeg));
    double dLat = radiusM / GeoMath.M_PER_DEG;
    double dLon = radiusM / mPerDegLon;
    if (latDeg + dLat < minLatDeg
        || lonDeg + dLon < minLonDeg
        || latDeg - dLat > minLatDeg + rows * cellLatDeg
        || lonDeg - dLon > minLonDeg + columns * cellLonDeg) {
      return 0;
    }
    int lastRow = row(latDeg + dLat);
    int firstColumn = column(lonDeg - dLon);
    int lastColumn = column(lonDeg + dLon);
    for (int r = row(latDeg - dLat); r <= lastRow; r++) {
      int end = cellFirst[r * columns + lastColumn + 1];
      for (int i = cellFirst[r * columns + firstColumn]; i < end; i++) {
        project(cellSegments[i], latDeg, lonDeg, mPerDegLon, radiusM, out);
      }
    }
    return out.size();
  }

  private void project(
      int s, double latDeg, double lonDeg, double mPerDegLon, double radiusM, Candidates out) {
    double x1 = (segmentEndsDeg[4 * s + 1] - lonDeg) * mPerDegLon;
    double y1 = (segmentEndsDeg[4 * s] - latDeg) * GeoMath.M_PER_DEG;
    double dx = (segmentEndsDeg[4 * s + 3] - lonDeg) * mPerDegLon - x1;
    double dy = (segmentEndsDeg[4 * s + 2] - latDeg) * GeoMath.M_PER_DEG - y1;
    double squared = dx * dx + dy * dy;
    double share = squared > 0 ? Math.min(1, Math.max(0, -(x1 * dx + y1 * dy) / squared)) : 0;
    double x = x1 + share * dx;
    double y = y1 + share * dy;
    double distanceSquared = x * x + y * y;
    if (distanceSquared > radiusM * radiusM) {
      return;
    }
    double distanceM = Math.sqrt(distanceSquared);
    int e = segmentEdge[s];
    double lengthM = network.edgeLengthM(e);
    double offsetM = Math.min(lengthM, segmentOffsetM[s] + share * segmentLengthM[s]);
    out.offer(e, offsetM, distanceM);
    int reverse = network.reverseEdge(e);
    if (reverse >= 0) {
      out.offer(reverse, lengthM - offsetM, distanceM);
    }
  }
}
