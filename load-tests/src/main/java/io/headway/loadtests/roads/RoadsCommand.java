// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.roads;

import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.SyntheticNetwork;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./headway roads}: builds road networks and shows what is in them. */
@Command(
    name = "roads",
    description =
        "Build a road network from OpenStreetMap or make one up, and show what is in one.")
public final class RoadsCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }

  @Command(name = "build", description = "Import the roads for cars of an OpenStreetMap extract.")
  int build(
      @Parameters(paramLabel = "CITY.osm.pbf", description = "OpenStreetMap extract to read.")
          Path osm,
      @Parameters(paramLabel = "OUT.roads", description = "Road network to write or replace.")
          Path roads) {
    PrintWriter err = spec.commandLine().getErr();
    long startNs = System.nanoTime();
    try {
      RoadNetwork network =
          OsmImport.run(
              osm,
              roads,
              step -> {
                err.println(step);
                err.flush();
              });
      double seconds = (System.nanoTime() - startNs) / 1e9;
      print("%s: %s, %.1f s", roads, summary(network, Files.size(roads)), seconds);
      return CommandLine.ExitCode.OK;
    } catch (IOException e) {
      return failed(e);
    }
  }

  @Command(name = "invent", description = "Lay out a made-up city, for a simulation.")
  int invent(
      @Parameters(paramLabel = "OUT.roads", description = "Road network to write or replace.")
          Path roads,
      @Option(
              names = "--seed",
              defaultValue = "1",
              description = "The same city for the same seed; default ${DEFAULT-VALUE}.")
          long seed,
      @Option(
              names = "--junctions",
              defaultValue = "3000",
              description = "How many junctions to aim for; default ${DEFAULT-VALUE}.")
          int junctions) {
    try {
      SyntheticNetwork.build(seed, junctions, roads);
      print("%s: %s", roads, summary(RoadNetwork.open(roads), Files.size(roads)));
      return CommandLine.ExitCode.OK;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--junctions: " + e.getMessage() + ".", e);
    } catch (IOException e) {
      return failed(e);
    }
  }

  @Command(
      name = "show",
      description = "Check a road network and print its size, extent and roads by class.")
  int show(
      @Parameters(paramLabel = "FILE.roads", description = "Road network to read.") Path roads) {
    try {
      RoadNetwork network = RoadNetwork.open(roads);
      print("%s: %s", roads, summary(network, Files.size(roads)));
      printExtent(network);
      printClasses(network);
      return CommandLine.ExitCode.OK;
    } catch (IOException e) {
      return failed(e);
    }
  }

  private int failed(IOException e) {
    spec.commandLine().getErr().println(e.getMessage());
    spec.commandLine().getErr().flush();
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static String summary(RoadNetwork network, long bytes) {
    double km = 0;
    for (int e = 0; e < network.edgeCount(); e++) {
      km += isCounted(network, e) ? network.edgeLengthM(e) / 1000 : 0;
    }
    return String.format(
        Locale.ROOT,
        "%,d nodes, %,d edges, %,.0f km of roads, id %s, %.1f MB",
        network.nodeCount(),
        network.edgeCount(),
        km,
        network.id(),
        bytes / 1e6);
  }

  private void printExtent(RoadNetwork network) {
    double minLat = 90;
    double maxLat = -90;
    double minLon = 180;
    double maxLon = -180;
    for (int n = 0; n < network.nodeCount(); n++) {
      minLat = Math.min(minLat, network.nodeLatDeg(n));
      maxLat = Math.max(maxLat, network.nodeLatDeg(n));
      minLon = Math.min(minLon, network.nodeLonDeg(n));
      maxLon = Math.max(maxLon, network.nodeLonDeg(n));
    }
    print("latitude %.4f to %.4f, longitude %.4f to %.4f", minLat, maxLat, minLon, maxLon);
  }

  private void printClasses(RoadNetwork network) {
    Map<RoadClass, double[]> kmAndHours = new EnumMap<>(RoadClass.class);
    for (int e = 0; e < network.edgeCount(); e++) {
      if (isCounted(network, e)) {
        double[] sums = kmAndHours.computeIfAbsent(network.edgeClass(e), c -> new double[2]);
        double km = network.edgeLengthM(e) / 1000;
        sums[0] += km;
        sums[1] += km / (3.6 * network.edgeFreeSpeedMps(e));
      }
    }
    print("%-12s %10s %10s", "class", "km", "km/h");
    kmAndHours.forEach(
        (roadClass, sums) ->
            print(
                "%-12s %,10.1f %10.0f",
                roadClass.name().toLowerCase(Locale.ROOT), sums[0], sums[0] / sums[1]));
  }

  /** Counts a road in both directions once. */
  private static boolean isCounted(RoadNetwork network, int e) {
    return network.reverseEdge(e) < e;
  }

  private void print(String format, Object... args) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(String.format(Locale.ROOT, format, args));
    out.flush();
  }
}
