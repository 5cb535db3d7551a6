// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.roads;

import static io.headway.kernels.roads.RoadFileLayout.CLASS;
import static io.headway.kernels.roads.RoadFileLayout.EDGES_AT;
import static io.headway.kernels.roads.RoadFileLayout.FILE_BYTES_AT;
import static io.headway.kernels.roads.RoadFileLayout.FIRST_IN;
import static io.headway.kernels.roads.RoadFileLayout.FIRST_OUT;
import static io.headway.kernels.roads.RoadFileLayout.FIRST_POINT;
import static io.headway.kernels.roads.RoadFileLayout.FREE_SPEED;
import static io.headway.kernels.roads.RoadFileLayout.FROM;
import static io.headway.kernels.roads.RoadFileLayout.HEADER_BYTES;
import static io.headway.kernels.roads.RoadFileLayout.HEADER_BYTES_AT;
import static io.headway.kernels.roads.RoadFileLayout.IN_EDGE;
import static io.headway.kernels.roads.RoadFileLayout.LENGTH;
import static io.headway.kernels.roads.RoadFileLayout.MAGIC;
import static io.headway.kernels.roads.RoadFileLayout.NODE;
import static io.headway.kernels.roads.RoadFileLayout.NODES_AT;
import static io.headway.kernels.roads.RoadFileLayout.POINT;
import static io.headway.kernels.roads.RoadFileLayout.POINTS_AT;
import static io.headway.kernels.roads.RoadFileLayout.REVERSE;
import static io.headway.kernels.roads.RoadFileLayout.SECTIONS;
import static io.headway.kernels.roads.RoadFileLayout.SECTION_COUNT_AT;
import static io.headway.kernels.roads.RoadFileLayout.SECTION_OFFSETS_AT;
import static io.headway.kernels.roads.RoadFileLayout.SHA256_AT;
import static io.headway.kernels.roads.RoadFileLayout.TO;
import static io.headway.kernels.roads.RoadFileLayout.VERSION;
import static io.headway.kernels.roads.RoadFileLayout.VERSION_AT;
import static io.headway.kernels.roads.RoadFileLayout.toDeg;
import static io.headway.kernels.roads.RoadFileLayout.toUnits;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Collects a road network in memory and writes it as a {@code *.roads} file (see {@link
 * RoadNetwork}). The same calls in the same order give the same bytes and so the same id. Positions
 * are rounded to 1e-7 degrees (11 mm). Not thread-safe.
 */
public final class RoadNetworkWriter {
  /** An edge shorter than this counts as this long, so that offsets on it keep a meaning. */
  public static final float MIN_LENGTH_M = 0.1f;

  private int nodeCount;
  private int[] nodeUnits = new int[1024];

  private int edgeCount;
  private int[] from = new int[1024];
  private int[] to = new int[1024];
  private float[] lengthM = new float[1024];
  private float[] freeSpeedMps = new float[1024];
  private byte[] roadClass = new byte[1024];
  private int[] firstPoint = new int[1025];

  private int pointCount;
  private int[] pointUnits = new int[1024];

  /**
   * Adds a node and returns its number; the first is 0.
   *
   * @throws IllegalArgumentException if the latitude is outside [−90, 90] or the longitude outside
   *     [−180, 180]
   */
  public int addNode(double latDeg, double lonDeg) {
    checkPosition(latDeg, lonDeg);
    nodeUnits = room(nodeUnits, 2 * nodeCount + 2);
    nodeUnits[2 * nodeCount] = toUnits(latDeg);
    nodeUnits[2 * nodeCount + 1] = toUnits(lonDeg);
    return nodeCount++;
  }

  /**
   * Adds a straight directed edge. See {@link #addEdge(int, int, RoadClass, double, double[],
   * double[])}.
   */
  public void addEdge(int from, int to, RoadClass roadClass, double freeSpeedMps) {
    checkNode("from", from);
    checkNode("to", to);
    addEdge(
        from,
        to,
        roadClass,
        freeSpeedMps,
        new double[] {toDeg(nodeUnits[2 * from]), toDeg(nodeUnits[2 * to])},
        new double[] {toDeg(nodeUnits[2 * from + 1]), toDeg(nodeUnits[2 * to + 1])});
  }

  /**
   * Adds a directed edge; a road open in both directions is two edges with mirrored geometry. Its
   * length is that of the geometry. Edges get their final numbers in {@link #write}: by from-node,
   * then in the order of addition.
   *
   * @param freeSpeedMps speed on the empty road, above 0 and at most 100 m/s
   * @param latsDeg latitudes along the edge, the two nodes included
   * @param lonsDeg longitudes along the edge, the two nodes included
   * @throws IllegalArgumentException if an argument is out of range, the geometry does not begin
   *     and end at the nodes, or a step of it crosses the antimeridian
   */
  public void addEdge(
      int from,
      int to,
      RoadClass roadClass,
      double freeSpeedMps,
      double[] latsDeg,
      double[] lonsDeg) {
    checkNode("from", from);
    checkNode("to", to);
    if (!(freeSpeedMps > 0 && freeSpeedMps <= RoadNetwork.MAX_FREE_SPEED_MPS)) {
      throw new IllegalArgumentException(
          "freeSpeedMps "
              + freeSpeedMps
              + " must be above 0 and at most "
              + RoadNetwork.MAX_FREE_SPEED_MPS);
    }
    if (latsDeg.length != lonsDeg.length || latsDeg.length < 2) {
      throw new IllegalArgumentException(
          "An edge needs at least two points and as many latitudes as longitudes, got "
              + latsDeg.length
              + " and "
              + lonsDeg.length);
    }
    checkEnd("first", latsDeg[0], lonsDeg[0], from);
    int last = latsDeg.length - 1;
    checkEnd("last", latsDeg[last], lonsDeg[last], to);

    pointUnits = room(pointUnits, 2 * (pointCount + last - 1));
    int points = pointCount;
    int prevLat = nodeUnits[2 * from];
    int prevLon = nodeUnits[2 * from + 1];
    double metres = 0;
    for (int i = 1; i <= last; i++) {
      checkPosition(latsDeg[i], lonsDeg[i]);
      int lat = i == last ? nodeUnits[2 * to] : toUnits(latsDeg[i]);
      int lon = i == last ? nodeUnits[2 * to + 1] : toUnits(lonsDeg[i]);
      if (Math.abs((long) lon - prevLon) > toUnits(180)) {
        throw new IllegalArgumentException(
            "The edge "
                + from
                + " -> "
                + to
                + " crosses the antimeridian, which a network must not: cut it there");
      }
      metres += GeoMath.distanceM(toDeg(prevLat), toDeg(prevLon), toDeg(lat), toDeg(lon));
      if (i < last) {
        pointUnits[2 * points] = lat;
        pointUnits[2 * points + 1] = lon;
        points++;
      }
      prevLat = lat;
      prevLon = lon;
    }
    pointCount = points;

    int e = edgeCount;
    this.from = room(this.from, e + 1);
    this.to = room(this.to, e + 1);
    this.lengthM = room(this.lengthM, e + 1);
    this.freeSpeedMps = room(this.freeSpeedMps, e + 1);
    this.roadClass =
        e < this.roadClass.length ? this.roadClass : Arrays.copyOf(this.roadClass, 2 * e);
    this.firstPoint = room(this.firstPoint, e + 2);
    this.from[e] = from;
    this.to[e] = to;
    this.lengthM[e] = Math.max(MIN_LENGTH_M, (float) metres);
    this.freeSpeedMps[e] = (float) freeSpeedMps;
    this.roadClass[e] = roadClass.code();
    this.firstPoint[e + 1] = pointCount;
    edgeCount++;
  }

  /**
   * Writes the network beside the target and moves it into place, so that a reader never sees half
   * a file and a network that is mapped somewhere keeps its bytes.
   *
   * @throws IOException if the file cannot be written or would exceed 2 GiB
   * @throws IllegalStateException if there is no edge
   */
  public void write(Path file) throws IOException {
    if (edgeCount == 0) {
      throw new IllegalStateException("A road network without edges is of no use: add edges first");
    }
    ByteBuffer content = encode(file);
    Path target = file.toAbsolutePath();
    Path temporary =
        target.resolveSibling(target.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        while (content.hasRemaining()) {
          channel.write(content);
        }
        channel.force(true);
      }
      try {
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
      }
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private ByteBuffer encode(Path file) throws IOException {
    long[] sizes = RoadFileLayout.sectionBytes(nodeCount, edgeCount, pointCount);
    long[] offsets = RoadFileLayout.sectionOffsets(sizes);
    long fileBytes = offsets[SECTIONS];
    if (fileBytes > RoadNetwork.MAX_FILE_BYTES) {
      throw new IOException(
          file
              + ": the network needs "
              + fileBytes
              + " bytes, more than the format's limit of "
              + RoadNetwork.MAX_FILE_BYTES
              + ": import a smaller area");
    }
    int[] order = edgesByFrom();
    int[] reverse = reverses(order);
    int[] firstOut = firsts(from);
    int[] firstIn = firsts(to);

    ByteBuffer out = ByteBuffer.allocate((int) fileBytes).order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC);
    out.putInt(VERSION_AT, VERSION);
    out.putInt(HEADER_BYTES_AT, HEADER_BYTES);
    out.putLong(FILE_BYTES_AT, fileBytes);
    out.putInt(NODES_AT, nodeCount);
    out.putInt(EDGES_AT, edgeCount);
    out.putInt(POINTS_AT, pointCount);
    out.putInt(SECTION_COUNT_AT, SECTIONS);
    for (int i = 0; i < SECTIONS; i++) {
      out.putLong(SECTION_OFFSETS_AT + 8 * i, offsets[i]);
    }

    putInts(out, offsets[NODE], nodeUnits, 2 * nodeCount);
    putInts(out, offsets[FIRST_OUT], firstOut, nodeCount + 1);
    putInts(out, offsets[FIRST_IN], firstIn, nodeCount + 1);
    int[] nextIn = firstIn.clone();
    int points = 0;
    for (int i = 0; i < edgeCount; i++) {
      int e = order[i];
      out.putInt(at(offsets[FROM], i), from[e]);
      out.putInt(at(offsets[TO], i), to[e]);
      out.putFloat(at(offsets[LENGTH], i), lengthM[e]);
      out.putFloat(at(offsets[FREE_SPEED], i), freeSpeedMps[e]);
      out.put((int) offsets[CLASS] + i, roadClass[e]);
      out.putInt(at(offsets[REVERSE], i), reverse[i]);
      out.putInt(at(offsets[FIRST_POINT], i), points);
      for (int p = firstPoint[e]; p < firstPoint[e + 1]; p++, points++) {
        out.putInt(at(offsets[POINT], 2 * points), pointUnits[2 * p]);
        out.putInt(at(offsets[POINT], 2 * points + 1), pointUnits[2 * p + 1]);
      }
      out.putInt(at(offsets[IN_EDGE], nextIn[to[e]]++), i);
    }
    out.putInt(at(offsets[FIRST_POINT], edgeCount), points);
    out.put(SHA256_AT, RoadFileLayout.sha256(out));
    return out.rewind();
  }

  /** Final number of an edge to the number in which it was added. */
  private int[] edgesByFrom() {
    int[] next = firsts(from);
    int[] order = new int[edgeCount];
    for (int e = 0; e < edgeCount; e++) {
      order[next[from[e]]++] = e;
    }
    return order;
  }

  /** Pairs each edge with the one that has its geometry mirrored; by final numbers, −1 for none. */
  private int[] reverses(int[] order) {
    int[] firstOut = firsts(from);
    int[] reverse = new int[edgeCount];
    Arrays.fill(reverse, -1);
    for (int i = 0; i < edgeCount; i++) {
      int e = order[i];
      for (int j = firstOut[to[e]]; j < firstOut[to[e] + 1] && reverse[i] < 0; j++) {
        if (j != i && reverse[j] < 0 && mirrored(e, order[j])) {
          reverse[i] = j;
          reverse[j] = i;
        }
      }
    }
    return reverse;
  }

  private boolean mirrored(int a, int b) {
    int count = firstPoint[a + 1] - firstPoint[a];
    if (from[a] != to[b] || to[a] != from[b] || count != firstPoint[b + 1] - firstPoint[b]) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      int p = 2 * (firstPoint[a] + i);
      int q = 2 * (firstPoint[b + 1] - 1 - i);
      if (pointUnits[p] != pointUnits[q] || pointUnits[p + 1] != pointUnits[q + 1]) {
        return false;
      }
    }
    return true;
  }

  /** Start of each node's run when the edges are sorted by the given end; the total at the end. */
  private int[] firsts(int[] endOfEdge) {
    int[] first = new int[nodeCount + 1];
    for (int e = 0; e < edgeCount; e++) {
      first[endOfEdge[e] + 1]++;
    }
    for (int n = 0; n < nodeCount; n++) {
      first[n + 1] += first[n];
    }
    return first;
  }

  private static int at(long offset, int index) {
    return (int) offset + 4 * index;
  }

  private static void putInts(ByteBuffer out, long offset, int[] values, int count) {
    for (int i = 0; i < count; i++) {
      out.putInt(at(offset, i), values[i]);
    }
  }

  private void checkNode(String name, int node) {
    if (node < 0 || node >= nodeCount) {
      throw new IllegalArgumentException(
          name + " " + node + " is no node: " + nodeCount + " were added");
    }
  }

  private void checkEnd(String which, double latDeg, double lonDeg, int node) {
    if (Math.abs((long) toUnits(latDeg) - nodeUnits[2 * node]) > 1
        || Math.abs((long) toUnits(lonDeg) - nodeUnits[2 * node + 1]) > 1) {
      throw new IllegalArgumentException(
          "The "
              + which
              + " point of the geometry ("
              + latDeg
              + ", "
              + lonDeg
              + ") must be node "
              + node
              + " at ("
              + toDeg(nodeUnits[2 * node])
              + ", "
              + toDeg(nodeUnits[2 * node + 1])
              + ")");
    }
  }

  private static void checkPosition(double latDeg, double lonDeg) {
    if (!(Math.abs(latDeg) <= 90 && Math.abs(lonDeg) <= 180)) {
      throw new IllegalArgumentException(
          "Position ("
              + latDeg
              + ", "
              + lonDeg
              + ") is outside latitude [-90, 90], longitude [-180, 180]");
    }
  }

  private static int[] room(int[] array, int size) {
    return size <= array.length ? array : Arrays.copyOf(array, Math.max(size, 2 * array.length));
  }

  private static float[] room(float[] array, int size) {
    return size <= array.length ? array : Arrays.copyOf(array, Math.max(size, 2 * array.length));
  }
}
