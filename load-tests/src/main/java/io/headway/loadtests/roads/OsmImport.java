// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.roads;

import com.graphhopper.reader.ReaderWay;
import com.graphhopper.reader.osm.OSMReader;
import com.graphhopper.routing.OSMReaderConfig;
import com.graphhopper.routing.ev.BooleanEncodedValue;
import com.graphhopper.routing.ev.DecimalEncodedValue;
import com.graphhopper.routing.ev.EnumEncodedValue;
import com.graphhopper.routing.ev.FerrySpeed;
import com.graphhopper.routing.ev.Roundabout;
import com.graphhopper.routing.ev.VehicleAccess;
import com.graphhopper.routing.ev.VehicleSpeed;
import com.graphhopper.routing.util.AllEdgesIterator;
import com.graphhopper.routing.util.EncodingManager;
import com.graphhopper.routing.util.OSMParsers;
import com.graphhopper.routing.util.parsers.CarAccessParser;
import com.graphhopper.routing.util.parsers.CarAverageSpeedParser;
import com.graphhopper.routing.util.parsers.OSMRoadClassParser;
import com.graphhopper.storage.BaseGraph;
import com.graphhopper.storage.NodeAccess;
import com.graphhopper.util.FetchMode;
import com.graphhopper.util.PMap;
import com.graphhopper.util.PointList;
import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.roads.RoadNetworkWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;

/**
 * Makes a road network of OpenStreetMap data, read by GraphHopper: the roads open to cars, their
 * one-ways and usual speeds. Kept is the largest part in which every place can be reached from
 * every other. Turn restrictions, ferries and heights are left out. The same data gives the same
 * network, with the same id.
 */
public final class OsmImport {
  private static final String VEHICLE = "car";

  /** Ways that the reader lets cars on, but where a delivery round has no business. */
  private static final Set<String> NOT_FOR_DELIVERIES = Set.of("track", "pedestrian");

  private static final double KMH_PER_MPS = 3.6;
  private static final double MIN_SPEED_KMH = 5;
  private static final int PROGRESS_EVERY_EDGES = 20_000;

  private final EncodingManager encoding;
  private final BooleanEncodedValue access;
  private final DecimalEncodedValue speedKmh;
  private final EnumEncodedValue<com.graphhopper.routing.ev.RoadClass> roadClass;
  private final Consumer<String> progress;

  private OsmImport(Consumer<String> progress) {
    this.progress = progress;
    access = VehicleAccess.create(VEHICLE);
    speedKmh = VehicleSpeed.create(VEHICLE, 7, 2, true);
    roadClass = com.graphhopper.routing.ev.RoadClass.create();
    encoding =
        EncodingManager.start()
            .add(access)
            .add(speedKmh)
            .add(roadClass)
            .add(Roundabout.create())
            .add(FerrySpeed.create())
            .build();
  }

  /**
   * Imports a file and opens the result.
   *
   * @param osm {@code .osm.pbf}, or {@code .osm} and {@code .osm.gz}
   * @param roads the file to write or replace
   * @param progress receives a short text now and then, about what is being done
   * @throws IOException if the data is missing or cannot be understood, holds no road for cars, or
   *     the result cannot be written; the message names the file and what to do
   */
  public static RoadNetwork run(Path osm, Path roads, Consumer<String> progress)
      throws IOException {
    checkReadable(osm);
    checkWritable(roads);
    // The reader tells much about itself at INFO that is not about this import.
    Configurator.setLevel("com.graphhopper", Level.ERROR);
    OsmImport osmImport = new OsmImport(progress);
    try (BaseGraph graph = new BaseGraph.Builder(osmImport.encoding).create()) {
      osmImport.read(osm, graph);
      RoadNetworkWriter writer = osmImport.connectedRoads(osm, graph);
      progress.accept("writing " + roads.getFileName());
      writer.write(roads);
    }
    return RoadNetwork.open(roads);
  }

  private static void checkReadable(Path osm) throws IOException {
    if (!Files.isRegularFile(osm) || !Files.isReadable(osm)) {
      throw new IOException(
          osm
              + (Files.exists(osm) ? " cannot be read" : " does not exist")
              + ": give the path of an OpenStreetMap extract, CITY.osm.pbf");
    }
  }

  private static void checkWritable(Path roads) throws IOException {
    Path folder = roads.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new IOException(
          roads
              + " cannot be written: "
              + folder
              + " is no folder that may be written to. Create it or choose another path");
    }
    if (Files.isDirectory(roads)) {
      throw new IOException(
          roads + " is a folder: give the path of the file to write, such as CITY.roads");
    }
  }

  private void read(Path osm, BaseGraph graph) throws IOException {
    OSMParsers parsers =
        new OSMParsers()
            .addWayTagParser(new CarAccessParser(encoding, new PMap()))
            .addWayTagParser(new CarAverageSpeedParser(encoding))
            .addWayTagParser(new OSMRoadClassParser(roadClass));
    progress.accept("reading " + osm.getFileName());
    try {
      new RoadReader(graph, parsers).setFile(osm.toFile()).readGraph();
    } catch (RuntimeException e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      throw new IOException(
          osm
              + " cannot be read as OpenStreetMap data ("
              + cause
              + "): give an extract such as CITY.osm.pbf, and fetch it again if it is damaged",
          e);
    }
  }

  /** Accepts roads only, no ferries, and tells how far it has come. */
  private final class RoadReader extends OSMReader {
    private int edges;

    RoadReader(BaseGraph graph, OSMParsers parsers) {
      super(graph, parsers, new OSMReaderConfig().setParseWayNames(false));
    }

    @Override
    protected boolean acceptWay(ReaderWay way) {
      return way.hasTag("highway")
          && !way.hasTag("highway", NOT_FOR_DELIVERIES)
          && super.acceptWay(way);
    }

    @Override
    protected void addEdge(
        int from, int to, PointList points, ReaderWay way, List<Map<String, Object>> nodeTags) {
      super.addEdge(from, to, points, way, nodeTags);
      if (++edges % PROGRESS_EVERY_EDGES == 0) {
        progress.accept("reading roads: " + edges);
      }
    }
  }

  private RoadNetworkWriter connectedRoads(Path osm, BaseGraph graph) throws IOException {
    progress.accept("keeping what is connected");
    int nodeCount = graph.getNodes();
    int[] component = StrongComponents.of(nodeCount, arcs(graph));
    int largest = StrongComponents.largest(component);
    NodeAccess nodes = graph.getNodeAccess();
    // Neighbours in space get neighbouring numbers: searches then touch fewer pages.
    int[] order =
        IntStream.range(0, nodeCount)
            .filter(n -> component[n] == largest)
            .boxed()
            .sorted(
                Comparator.<Integer>comparingLong(
                        n -> HilbertCurve.position(nodes.getLat(n), nodes.getLon(n)))
                    .thenComparingInt(n -> n))
            .mapToInt(n -> n)
            .toArray();
    int[] number = new int[nodeCount];
    Arrays.fill(number, -1);
    RoadNetworkWriter writer = new RoadNetworkWriter();
    for (int n : order) {
      number[n] = writer.addNode(nodes.getLat(n), nodes.getLon(n));
    }
    int edges = 0;
    AllEdgesIterator edge = graph.getAllEdges();
    while (edge.next()) {
      int from = number[edge.getBaseNode()];
      int to = number[edge.getAdjNode()];
      if (from < 0 || to < 0) {
        continue;
      }
      PointList points = edge.fetchWayGeometry(FetchMode.ALL);
      RoadClass roadClassOfEdge = headwayClass(edge.get(roadClass));
      if (edge.get(access)) {
        add(writer, from, to, roadClassOfEdge, edge.get(speedKmh), points);
        edges++;
      }
      if (edge.getReverse(access)) {
        points.reverse();
        add(writer, to, from, roadClassOfEdge, edge.getReverse(speedKmh), points);
        edges++;
      }
    }
    if (edges == 0) {
      throw new IOException(
          osm + " holds no connected roads for cars: choose an extract with streets in it");
    }
    return writer;
  }

  /** From-node and to-node of every way that a car may drive, alternating. */
  private int[] arcs(BaseGraph graph) {
    int[] arcs = new int[4 * graph.getEdges()];
    int size = 0;
    AllEdgesIterator edge = graph.getAllEdges();
    while (edge.next()) {
      if (edge.get(access)) {
        arcs[size++] = edge.getBaseNode();
        arcs[size++] = edge.getAdjNode();
      }
      if (edge.getReverse(access)) {
        arcs[size++] = edge.getAdjNode();
        arcs[size++] = edge.getBaseNode();
      }
    }
    return Arrays.copyOf(arcs, size);
  }

  private static void add(
      RoadNetworkWriter writer,
      int from,
      int to,
      RoadClass roadClass,
      double kmh,
      PointList points) {
    double[] lats = new double[points.size()];
    double[] lons = new double[points.size()];
    for (int i = 0; i < lats.length; i++) {
      lats[i] = points.getLat(i);
      lons[i] = points.getLon(i);
    }
    writer.addEdge(from, to, roadClass, Math.max(MIN_SPEED_KMH, kmh) / KMH_PER_MPS, lats, lons);
  }

  private static RoadClass headwayClass(com.graphhopper.routing.ev.RoadClass osmClass) {
    return switch (osmClass) {
      case MOTORWAY -> RoadClass.MOTORWAY;
      case TRUNK -> RoadClass.TRUNK;
      case PRIMARY -> RoadClass.PRIMARY;
      case SECONDARY -> RoadClass.SECONDARY;
      case TERTIARY -> RoadClass.TERTIARY;
      case RESIDENTIAL, UNCLASSIFIED, LIVING_STREET, ROAD -> RoadClass.RESIDENTIAL;
      default -> RoadClass.SERVICE;
    };
  }
}
