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
import static io.headway.kernels.roads.RoadFileLayout.ID_BYTES;
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
import static io.headway.kernels.roads.RoadFileLayout.SHA256_BYTES;
import static io.headway.kernels.roads.RoadFileLayout.TO;
import static io.headway.kernels.roads.RoadFileLayout.VERSION;
import static io.headway.kernels.roads.RoadFileLayout.VERSION_AT;
import static io.headway.kernels.roads.RoadFileLayout.toDeg;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/**
 * Immutable view of a memory-mapped {@code *.roads} file. The layout of the file stands in {@code
 * RoadFileLayout}.
 *
 * <p>Nodes are numbered [0, {@link #nodeCount()}), directed edges [0, {@link #edgeCount()}) in the
 * order of their from-node. Positions are WGS 84 degrees with a resolution of 1e-7. A number out of
 * range throws {@link IndexOutOfBoundsException}.
 *
 * <p>Reading is thread-safe and allocates nothing. The mapping is released when the object becomes
 * unreachable. While it is mapped the file must not be truncated or overwritten in place: replace
 * it by a rename, as {@link RoadNetworkWriter} does.
 */
public final class RoadNetwork {
  /** Largest file that can be mapped in one piece: 2 GiB less one byte, some 40 million edges. */
  public static final long MAX_FILE_BYTES = Integer.MAX_VALUE;

  /** Largest free speed of an edge. */
  public static final double MAX_FREE_SPEED_MPS = 100;

  private static final String BUILD = "'./headway roads build CITY.osm.pbf OUT.roads'";
  private static final RoadClass[] CLASSES = RoadClass.values();
  private static final int MAX_LAT_UNITS = RoadFileLayout.toUnits(90);
  private static final int MAX_LON_UNITS = RoadFileLayout.toUnits(180);

  private final Path file;
  private final String id;
  private final int nodeCount;
  private final int edgeCount;
  private final int innerPointCount;
  private final IntBuffer nodes;
  private final IntBuffer firstOut;
  private final IntBuffer from;
  private final IntBuffer to;
  private final FloatBuffer lengthM;
  private final FloatBuffer freeSpeedMps;
  private final ByteBuffer roadClass;
  private final IntBuffer reverse;
  private final IntBuffer firstPoint;
  private final IntBuffer points;
  private final IntBuffer firstIn;
  private final IntBuffer inEdges;

  private RoadNetwork(Path file, ByteBuffer content) throws IOException {
    this.file = file;
    this.nodeCount = content.getInt(NODES_AT);
    this.edgeCount = content.getInt(EDGES_AT);
    this.innerPointCount = content.getInt(POINTS_AT);
    long[] offsets = checkHeader(content);
    this.id = checkHash(content);
    long[] sizes = RoadFileLayout.sectionBytes(nodeCount, edgeCount, innerPointCount);
    ByteBuffer[] sections = new ByteBuffer[SECTIONS];
    for (int i = 0; i < SECTIONS; i++) {
      sections[i] = content.slice((int) offsets[i], (int) sizes[i]).order(ByteOrder.LITTLE_ENDIAN);
    }
    this.nodes = sections[NODE].asIntBuffer();
    this.firstOut = sections[FIRST_OUT].asIntBuffer();
    this.from = sections[FROM].asIntBuffer();
    this.to = sections[TO].asIntBuffer();
    this.lengthM = sections[LENGTH].asFloatBuffer();
    this.freeSpeedMps = sections[FREE_SPEED].asFloatBuffer();
    this.roadClass = sections[CLASS];
    this.reverse = sections[REVERSE].asIntBuffer();
    this.firstPoint = sections[FIRST_POINT].asIntBuffer();
    this.points = sections[POINT].asIntBuffer();
    this.firstIn = sections[FIRST_IN].asIntBuffer();
    this.inEdges = sections[IN_EDGE].asIntBuffer();
    checkNodes();
    checkEdges();
  }

  /**
   * Maps a file and checks it in full: header, sizes, SHA-256 and every index. Takes one pass over
   * the file.
   *
   * @throws IOException if the file cannot be read, is no road network, is of a newer format, is
   *     larger than {@link #MAX_FILE_BYTES}, or is damaged; the message names the file, what was
   *     found and the remedy
   */
  public static RoadNetwork open(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long bytes = channel.size();
      if (bytes < HEADER_BYTES) {
        throw refused(file, "has " + bytes + " bytes, fewer than the header's " + HEADER_BYTES);
      }
      if (bytes > MAX_FILE_BYTES) {
        throw refused(file, "has " + bytes + " bytes, more than the limit of " + MAX_FILE_BYTES);
      }
      ByteBuffer content = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes);
      return new RoadNetwork(file, content.order(ByteOrder.LITTLE_ENDIAN));
    } catch (NoSuchFileException e) {
      throw new IOException(
          file + " does not exist: give the path of a road network, or build one with " + BUILD, e);
    }
  }

  /** Hexadecimal form of the first 16 bytes of the SHA-256 of the content: 32 characters. */
  public String id() {
    return id;
  }

  public int nodeCount() {
    return nodeCount;
  }

  /** Number of directed edges. */
  public int edgeCount() {
    return edgeCount;
  }

  public double nodeLatDeg(int node) {
    return toDeg(nodes.get(2 * node));
  }

  public double nodeLonDeg(int node) {
    return toDeg(nodes.get(2 * node + 1));
  }

  public int edgeFrom(int e) {
    return from.get(e);
  }

  public int edgeTo(int e) {
    return to.get(e);
  }

  /** Length along the geometry, at least {@link RoadNetworkWriter#MIN_LENGTH_M}. */
  public float edgeLengthM(int e) {
    return lengthM.get(e);
  }

  /** Speed on the empty road, in (0, {@link #MAX_FREE_SPEED_MPS}]. */
  public float edgeFreeSpeedMps(int e) {
    return freeSpeedMps.get(e);
  }

  public RoadClass edgeClass(int e) {
    return CLASSES[roadClass.get(e)];
  }

  /**
   * First edge that leaves the node; its out edges are [firstOutEdge(n), firstOutEdge(n + 1)).
   *
   * @param node in [0, nodeCount], the upper end included
   */
  public int firstOutEdge(int node) {
    return firstOut.get(node);
  }

  /** Number of edges that end in the node. */
  public int inEdgeCount(int node) {
    return firstIn.get(node + 1) - firstIn.get(node);
  }

  /** The i-th edge that ends in the node, i in [0, {@link #inEdgeCount}). */
  public int inEdge(int node, int i) {
    int first = firstIn.get(node);
    return inEdges.get(first + Objects.checkIndex(i, firstIn.get(node + 1) - first));
  }

  /** The same road in the other direction, or −1 on a one-way road. */
  public int reverseEdge(int e) {
    return reverse.get(e);
  }

  /** Number of points of the edge's geometry, its two nodes included: at least 2. */
  public int edgePointCount(int e) {
    return firstPoint.get(e + 1) - firstPoint.get(e) + 2;
  }

  /** Latitude of the i-th point of the edge's geometry, i in [0, {@link #edgePointCount}). */
  public double edgePointLatDeg(int e, int i) {
    return toDeg(pointUnits(e, i, 0));
  }

  /** Longitude of the i-th point of the edge's geometry, i in [0, {@link #edgePointCount}). */
  public double edgePointLonDeg(int e, int i) {
    return toDeg(pointUnits(e, i, 1));
  }

  private int pointUnits(int e, int i, int axis) {
    if (i == 0) {
      return nodes.get(2 * from.get(e) + axis);
    }
    int first = firstPoint.get(e);
    int inner = firstPoint.get(e + 1) - first;
    if (i == inner + 1) {
      return nodes.get(2 * to.get(e) + axis);
    }
    return points.get(2 * (first + Objects.checkIndex(i - 1, inner)) + axis);
  }

  /**
   * The direction in which an edge runs at a place of it, clockwise from north, 0 inclusive to 360
   * exclusive.
   *
   * @param offsetM metres from its start
   */
  public double headingDeg(int edge, double offsetM) {
    double lat = edgePointLatDeg(edge, 0);
    double lon = edgePointLonDeg(edge, 0);
    double mPerDegLon = GeoMath.mPerDegLon(lat);
    double walkedM = 0;
    int last = edgePointCount(edge) - 1;
    double heading = 0;
    for (int i = 1; i <= last; i++) {
      double nextLat = edgePointLatDeg(edge, i);
      double nextLon = edgePointLonDeg(edge, i);
      double north = (nextLat - lat) * GeoMath.M_PER_DEG;
      double east = (nextLon - lon) * mPerDegLon;
      walkedM += Math.sqrt(east * east + north * north);
      if (walkedM >= offsetM || i == last) {
        heading = Math.toDegrees(Math.atan2(east, north));
        break;
      }
      lat = nextLat;
      lon = nextLon;
    }
    return heading < 0 ? heading + 360 : heading;
  }

  /**
   * Writes latitude and longitude of the point at an offset from the edge's start into the first
   * two elements.
   *
   * @param offsetM metres from the start; values outside [0, length] give the nearer end
   */
  public void pointAt(int e, double offsetM, double[] latLonOut) {
    int count = edgePointCount(e);
    double remainingM = offsetM;
    double mPerDegLon = count == 2 ? 0 : GeoMath.mPerDegLon(edgePointLatDeg(e, 0));
    double lat = edgePointLatDeg(e, 0);
    double lon = edgePointLonDeg(e, 0);
    for (int i = 1; i < count; i++) {
      double nextLat = edgePointLatDeg(e, i);
      double nextLon = edgePointLonDeg(e, i);
      double segmentM =
          count == 2
              ? edgeLengthM(e)
              : Math.hypot((nextLat - lat) * GeoMath.M_PER_DEG, (nextLon - lon) * mPerDegLon);
      if (remainingM < segmentM) {
        double share = Math.max(0, remainingM / segmentM);
        latLonOut[0] = lat + share * (nextLat - lat);
        latLonOut[1] = lon + share * (nextLon - lon);
        return;
      }
      remainingM -= segmentM;
      lat = nextLat;
      lon = nextLon;
    }
    latLonOut[0] = lat;
    latLonOut[1] = lon;
  }

  @Override
  public String toString() {
    return file + " (" + nodeCount + " nodes, " + edgeCount + " edges, id " + id + ")";
  }

  private long[] checkHeader(ByteBuffer content) throws IOException {
    byte[] magic = new byte[MAGIC.length];
    content.get(0, magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw refused(
          file,
          "is no road network: it begins with the bytes "
              + HexFormat.of().formatHex(magic)
              + " instead of "
              + HexFormat.of().formatHex(MAGIC));
    }
    int version = content.getInt(VERSION_AT);
    if (version > VERSION) {
      throw new IOException(
          file
              + " is a road network of format version "
              + version
              + ", and this program reads up to version "
              + VERSION
              + ": use a newer program, or build the file again with "
              + BUILD);
    }
    require(version == VERSION, "has the unknown format version " + version);
    require(
        content.getInt(HEADER_BYTES_AT) == HEADER_BYTES,
        "states a header of " + content.getInt(HEADER_BYTES_AT) + " bytes instead of 168");
    require(
        nodeCount > 0 && edgeCount > 0 && innerPointCount >= 0,
        "states "
            + nodeCount
            + " nodes, "
            + edgeCount
            + " edges and "
            + innerPointCount
            + " points");
    require(
        content.getInt(SECTION_COUNT_AT) == SECTIONS,
        "states " + content.getInt(SECTION_COUNT_AT) + " sections instead of " + SECTIONS);
    long[] offsets =
        RoadFileLayout.sectionOffsets(
            RoadFileLayout.sectionBytes(nodeCount, edgeCount, innerPointCount));
    for (int i = 0; i < SECTIONS; i++) {
      long stated = content.getLong(SECTION_OFFSETS_AT + 8 * i);
      require(
          stated == offsets[i],
          "states section "
              + i
              + " at byte "
              + stated
              + ", and its counts put it at "
              + offsets[i]);
    }
    long statedBytes = content.getLong(FILE_BYTES_AT);
    require(
        statedBytes == offsets[SECTIONS] && content.capacity() == statedBytes,
        "has "
            + content.capacity()
            + " bytes and states "
            + statedBytes
            + ", and its counts need "
            + offsets[SECTIONS]);
    return offsets;
  }

  private String checkHash(ByteBuffer content) throws IOException {
    byte[] stated = new byte[SHA256_BYTES];
    content.get(SHA256_AT, stated);
    byte[] actual = RoadFileLayout.sha256(content);
    require(
        Arrays.equals(stated, actual),
        "is damaged: its content has the SHA-256 "
            + HexFormat.of().formatHex(actual)
            + " instead of "
            + HexFormat.of().formatHex(stated));
    return HexFormat.of().formatHex(actual, 0, ID_BYTES);
  }

  private void checkNodes() throws IOException {
    require(firstOut.get(0) == 0 && firstIn.get(0) == 0, "does not begin with the edges of node 0");
    for (int n = 0; n < nodeCount; n++) {
      require(
          Math.abs((long) nodes.get(2 * n)) <= MAX_LAT_UNITS
              && Math.abs((long) nodes.get(2 * n + 1)) <= MAX_LON_UNITS,
          n,
          "node");
      require(
          firstOut.get(n) <= firstOut.get(n + 1) && firstIn.get(n) <= firstIn.get(n + 1),
          n,
          "node");
    }
    require(
        firstOut.get(nodeCount) == edgeCount && firstIn.get(nodeCount) == edgeCount,
        "does not end with the edges of the last node");
    for (int p = 0; p < innerPointCount; p++) {
      require(
          Math.abs((long) points.get(2 * p)) <= MAX_LAT_UNITS
              && Math.abs((long) points.get(2 * p + 1)) <= MAX_LON_UNITS,
          p,
          "point");
    }
  }

  private void checkEdges() throws IOException {
    require(
        firstPoint.get(0) == 0 && firstPoint.get(edgeCount) == innerPointCount,
        "has points of no edge");
    for (int n = 0; n < nodeCount; n++) {
      for (int e = firstOut.get(n); e < firstOut.get(n + 1); e++) {
        require(from.get(e) == n, e, "edge");
      }
      int previous = -1;
      for (int i = firstIn.get(n); i < firstIn.get(n + 1); i++) {
        int e = inEdges.get(i);
        require(e > previous && e < edgeCount && to.get(e) == n, n, "node");
        previous = e;
      }
    }
    for (int e = 0; e < edgeCount; e++) {
      int other = reverse.get(e);
      require(
          to.get(e) >= 0
              && to.get(e) < nodeCount
              && positive(lengthM.get(e), Float.MAX_VALUE)
              && positive(freeSpeedMps.get(e), (float) MAX_FREE_SPEED_MPS)
              && Byte.toUnsignedInt(roadClass.get(e)) < CLASSES.length
              && firstPoint.get(e) <= firstPoint.get(e + 1)
              && other >= -1
              && other < edgeCount
              && other != e
              && (other < 0
                  || (reverse.get(other) == e
                      && from.get(other) == to.get(e)
                      && to.get(other) == from.get(e))),
          e,
          "edge");
    }
  }

  private static boolean positive(float value, float max) {
    return value > 0 && value <= max;
  }

  private void require(boolean holds, int number, String what) throws IOException {
    if (!holds) {
      throw refused(file, "is inconsistent at " + what + " " + number);
    }
  }

  private void require(boolean holds, String otherwise) throws IOException {
    if (!holds) {
      throw refused(file, otherwise);
    }
  }

  private static IOException refused(Path file, String found) {
    return new IOException(
        file + " " + found + ". It cannot be used as a road network: build it again with " + BUILD);
  }
}
