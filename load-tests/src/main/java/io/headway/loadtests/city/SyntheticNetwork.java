// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadNetworkWriter;
import io.headway.loadtests.city.Draws.Stream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A made-up city: a jittered grid of streets (residential, with collectors every fourth and
 * arterials every eighth line), a grade-separated ring road with ramps at the arterials, a winding
 * river that only the arterials and the ring cross, one-way streets whose direction alternates from
 * line to line, and gaps where blocks were joined. Speeds are usual ones, stops at junctions
 * included. The largest strongly connected part is kept, so every place can be reached.
 */
public final class SyntheticNetwork {
  /** Smallest and largest number of junctions to ask for. */
  public static final int MIN_SIZE = 100;

  public static final int MAX_SIZE = 250_000;

  private static final double CENTRE_LAT_DEG = 47.4;
  private static final double CENTRE_LON_DEG = 8.9;
  private static final double BLOCK_M = 130;
  private static final double JITTER_M = 28;
  private static final int COLLECTOR_EVERY = 4;
  private static final int ARTERIAL_EVERY = 8;
  private static final int BRIDGE_EVERY = 16;
  private static final double GAP_SHARE = 0.10;
  private static final double ONE_WAY_SHARE = 0.35;
  private static final double RING_RADIUS_SHARE = 0.36;

  private final long seed;
  private final int lines;
  private final double halfM;
  private final List<double[]> nodes = new ArrayList<>();
  private final List<Street> streets = new ArrayList<>();

  private record Street(
      int from, int to, RoadClass roadClass, double speedMps, boolean oneWay, double[] viaM) {}

  private SyntheticNetwork(long seed, int size) {
    this.seed = seed;
    this.lines = (int) Math.round(Math.sqrt(size));
    this.halfM = (lines - 1) * BLOCK_M / 2;
  }

  /**
   * Writes the city of a seed.
   *
   * @param size junctions to aim for, {@link #MIN_SIZE} to {@link #MAX_SIZE}; the result has some 3
   *     % fewer or more
   * @throws IllegalArgumentException when the size is out of range
   */
  public static void build(long seed, int size, Path file) throws IOException {
    if (size < MIN_SIZE || size > MAX_SIZE) {
      throw new IllegalArgumentException(
          "size is %d, so no city can be laid out; ask for %d to %d junctions"
              .formatted(size, MIN_SIZE, MAX_SIZE));
    }
    SyntheticNetwork city = new SyntheticNetwork(seed, size);
    city.layGrid();
    city.layRing();
    city.write(file);
  }

  private void layGrid() {
    for (int row = 0; row < lines; row++) {
      for (int col = 0; col < lines; col++) {
        long draw = Draws.bits(seed, Stream.NETWORK, 0, row * (long) lines + col);
        nodes.add(
            new double[] {
              col * BLOCK_M - halfM + JITTER_M * (2 * Draws.uniform(draw) - 1),
              row * BLOCK_M - halfM + JITTER_M * (2 * Draws.uniform(Draws.next(draw)) - 1)
            });
      }
    }
    for (int row = 0; row < lines; row++) {
      for (int col = 0; col < lines; col++) {
        int here = row * lines + col;
        if (col + 1 < lines) {
          layStreet(here, here + 1, row, 1);
        }
        if (row + 1 < lines) {
          layStreet(here, here + lines, col, 2);
        }
      }
    }
  }

  /** A street of the line with that number; direction 1 is eastward, 2 northward. */
  private void layStreet(int from, int to, int line, int direction) {
    RoadClass roadClass = classOfLine(line);
    double[] a = nodes.get(from);
    double[] b = nodes.get(to);
    boolean overRiver = (a[1] > riverM(a[0])) != (b[1] > riverM(b[0]));
    boolean bridge = direction == 2 && line % BRIDGE_EVERY == 0;
    if (overRiver && !bridge) {
      return;
    }
    long draw = Draws.bits(seed, Stream.NETWORK, direction, from);
    if (roadClass == RoadClass.RESIDENTIAL && Draws.uniform(draw) < GAP_SHARE) {
      return;
    }
    boolean minor = roadClass == RoadClass.RESIDENTIAL || roadClass == RoadClass.TERTIARY;
    boolean oneWay =
        minor
            && Draws.uniform(Draws.bits(seed, Stream.NETWORK, direction + 4, line)) < ONE_WAY_SHARE;
    boolean backwards = oneWay && line % 4 > 1;
    double bendM = 12 * (2 * Draws.uniform(Draws.next(draw)) - 1);
    double[] via = {
      (a[0] + b[0]) / 2 + (direction == 2 ? bendM : 0),
      (a[1] + b[1]) / 2 + (direction == 1 ? bendM : 0)
    };
    double vary = 0.9 + 0.2 * Draws.uniform(Draws.next(Draws.next(draw)));
    streets.add(
        new Street(
            backwards ? to : from,
            backwards ? from : to,
            roadClass,
            usualSpeedMps(roadClass) * vary,
            oneWay,
            via));
  }

  private void layRing() {
    double radiusM = RING_RADIUS_SHARE * 2 * halfM;
    int count = Math.max(16, (int) (2 * Math.PI * radiusM / 300));
    int[] inner = new int[count];
    int[] outer = new int[count];
    for (int i = 0; i < count; i++) {
      double angle = 2 * Math.PI * i / count;
      inner[i] = ringNode(angle, radiusM - 10);
      outer[i] = ringNode(angle, radiusM + 10);
    }
    double speed = usualSpeedMps(RoadClass.TRUNK);
    for (int i = 0; i < count; i++) {
      int next = (i + 1) % count;
      // Traffic keeps to the right: anticlockwise on the outer carriageway.
      streets.add(straight(outer[i], outer[next], RoadClass.TRUNK, speed));
      streets.add(straight(inner[next], inner[i], RoadClass.TRUNK, speed));
    }
    for (int i = 0; i < count; i += 3) {
      int junction = nearestArterial(nodes.get(outer[i]));
      for (int[] carriageway : new int[][] {inner, outer}) {
        double ramp = usualSpeedMps(RoadClass.SECONDARY);
        streets.add(straight(junction, carriageway[i], RoadClass.SECONDARY, ramp));
        streets.add(straight(carriageway[i], junction, RoadClass.SECONDARY, ramp));
      }
    }
  }

  private int ringNode(double angle, double radiusM) {
    nodes.add(new double[] {radiusM * Math.cos(angle), radiusM * Math.sin(angle)});
    return nodes.size() - 1;
  }

  private Street straight(int from, int to, RoadClass roadClass, double speedMps) {
    double[] a = nodes.get(from);
    double[] b = nodes.get(to);
    double[] via = {(a[0] + b[0]) / 2, (a[1] + b[1]) / 2};
    return new Street(from, to, roadClass, speedMps, true, via);
  }

  private int nearestArterial(double[] point) {
    int best = -1;
    double bestM = Double.POSITIVE_INFINITY;
    for (int row = 0; row < lines; row++) {
      for (int col = 0; col < lines; col++) {
        if (row % ARTERIAL_EVERY != 0 && col % ARTERIAL_EVERY != 0) {
          continue;
        }
        double[] node = nodes.get(row * lines + col);
        double metres = Math.hypot(node[0] - point[0], node[1] - point[1]);
        if (metres < bestM) {
          bestM = metres;
          best = row * lines + col;
        }
      }
    }
    return best;
  }

  /** Northing of the river's middle at an easting. */
  private double riverM(double eastM) {
    return 0.18 * halfM * Math.sin(2.2 * Math.PI * eastM / (2 * halfM)) + 0.05 * halfM;
  }

  private static RoadClass classOfLine(int line) {
    if (line % ARTERIAL_EVERY == 0) {
      return RoadClass.PRIMARY;
    }
    if (line % COLLECTOR_EVERY == 0) {
      return RoadClass.SECONDARY;
    }
    return line % 2 == 0 ? RoadClass.TERTIARY : RoadClass.RESIDENTIAL;
  }

  private static double usualSpeedMps(RoadClass roadClass) {
    return switch (roadClass) {
      case MOTORWAY -> 25;
      case TRUNK -> 21;
      case PRIMARY -> 13.5;
      case SECONDARY -> 11;
      case TERTIARY -> 9.5;
      case RESIDENTIAL, SERVICE -> 8;
    };
  }

  private void write(Path file) throws IOException {
    boolean[] kept = largestStrongPart();
    RoadNetworkWriter writer = new RoadNetworkWriter();
    int[] id = new int[nodes.size()];
    for (int n = 0; n < id.length; n++) {
      if (kept[n]) {
        id[n] = writer.addNode(latDeg(nodes.get(n)), lonDeg(nodes.get(n)));
      }
    }
    for (Street street : streets) {
      if (!kept[street.from()] || !kept[street.to()]) {
        continue;
      }
      double[][] points = {nodes.get(street.from()), street.viaM(), nodes.get(street.to())};
      double[] lats = new double[3];
      double[] lons = new double[3];
      double[] latsBack = new double[3];
      double[] lonsBack = new double[3];
      for (int i = 0; i < 3; i++) {
        lats[i] = latsBack[2 - i] = latDeg(points[i]);
        lons[i] = lonsBack[2 - i] = lonDeg(points[i]);
      }
      int from = id[street.from()];
      int to = id[street.to()];
      writer.addEdge(from, to, street.roadClass(), street.speedMps(), lats, lons);
      if (!street.oneWay()) {
        writer.addEdge(to, from, street.roadClass(), street.speedMps(), latsBack, lonsBack);
      }
    }
    writer.write(file);
  }

  /** Junctions that reach the middle junction and are reached from it. */
  private boolean[] largestStrongPart() {
    int centre = nearestArterial(new double[] {0, 0});
    boolean[] reached = reach(centre, true);
    boolean[] reaching = reach(centre, false);
    for (int n = 0; n < reached.length; n++) {
      reached[n] &= reaching[n];
    }
    return reached;
  }

  private boolean[] reach(int start, boolean forward) {
    int[][] next = neighbours(forward);
    boolean[] seen = new boolean[nodes.size()];
    ArrayDeque<Integer> open = new ArrayDeque<>();
    seen[start] = true;
    open.add(start);
    while (!open.isEmpty()) {
      for (int n : next[open.poll()]) {
        if (!seen[n]) {
          seen[n] = true;
          open.add(n);
        }
      }
    }
    return seen;
  }

  private int[][] neighbours(boolean forward) {
    int[][] next = new int[nodes.size()][];
    Arrays.fill(next, new int[0]);
    for (Street street : streets) {
      int a = forward ? street.from() : street.to();
      int b = forward ? street.to() : street.from();
      next[a] = append(next[a], b);
      if (!street.oneWay()) {
        next[b] = append(next[b], a);
      }
    }
    return next;
  }

  private static int[] append(int[] values, int value) {
    int[] longer = Arrays.copyOf(values, values.length + 1);
    longer[values.length] = value;
    return longer;
  }

  private static double latDeg(double[] eastNorthM) {
    return GeoMath.latDeg(CENTRE_LAT_DEG, eastNorthM[1]);
  }

  private static double lonDeg(double[] eastNorthM) {
    return GeoMath.lonDeg(CENTRE_LAT_DEG, CENTRE_LON_DEG, eastNorthM[0]);
  }
}
