// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.roads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.routing.Router;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class OsmImportTest {
  /**
   * A square 1-2-3-4 of which one side is one-way and one bends, and what is to be left out: a dead
   * end that cannot be left, a road apart, a track, a footway, a ferry.
   */
  private static final String TOWN =
      """
      <?xml version='1.0' encoding='UTF-8'?>
      <osm version="0.6">
        <node id="1" lat="41.10" lon="-8.60"/>
        <node id="2" lat="41.11" lon="-8.60"/>
        <node id="3" lat="41.11" lon="-8.59"/>
        <node id="4" lat="41.10" lon="-8.59"/>
        <node id="5" lat="41.12" lon="-8.59"/>
        <node id="6" lat="41.20" lon="-8.50"/>
        <node id="7" lat="41.21" lon="-8.50"/>
        <node id="8" lat="41.115" lon="-8.595"/>
        <way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way>
        <way id="2"><nd ref="2"/><nd ref="8"/><nd ref="3"/>
          <tag k="highway" v="residential"/></way>
        <way id="3"><nd ref="3"/><nd ref="4"/><tag k="highway" v="motorway"/>
          <tag k="oneway" v="yes"/><tag k="maxspeed" v="80"/></way>
        <way id="4"><nd ref="4"/><nd ref="1"/><tag k="highway" v="unclassified"/></way>
        <way id="5"><nd ref="3"/><nd ref="5"/><tag k="highway" v="service"/>
          <tag k="oneway" v="yes"/></way>
        <way id="6"><nd ref="6"/><nd ref="7"/><tag k="highway" v="primary"/></way>
        <way id="7"><nd ref="1"/><nd ref="3"/><tag k="highway" v="track"/></way>
        <way id="8"><nd ref="2"/><nd ref="4"/><tag k="highway" v="footway"/></way>
        <way id="9"><nd ref="1"/><nd ref="5"/><tag k="route" v="ferry"/></way>
      </osm>
      """;

  @TempDir Path dir;
  private Path town;
  private Path roads;

  @BeforeEach
  void writeTheTown() throws IOException {
    town = Files.writeString(dir.resolve("town.osm"), TOWN);
    roads = dir.resolve("town.roads");
  }

  @Test
  void keepsTheRoadsForCarsThatAreConnected() throws IOException {
    RoadNetwork network = OsmImport.run(town, roads, step -> {});

    assertThat(network.nodeCount()).isEqualTo(4);
    assertThat(network.edgeCount()).isEqualTo(7);
    int motorway = edge(network, 41.11, -8.59, 41.10, -8.59);
    assertThat(network.edgeClass(motorway)).isEqualTo(RoadClass.MOTORWAY);
    assertThat(network.reverseEdge(motorway)).isEqualTo(-1);
    assertThat((double) network.edgeFreeSpeedMps(motorway)).isCloseTo(72 / 3.6, within(0.01));
    assertThat((double) network.edgeLengthM(motorway))
        .isCloseTo(0.01 * GeoMath.M_PER_DEG, within(0.1));
    int bend = edge(network, 41.11, -8.60, 41.11, -8.59);
    assertThat(network.edgeClass(bend)).isEqualTo(RoadClass.RESIDENTIAL);
    assertThat(network.edgePointCount(bend)).isEqualTo(3);
    assertThat(network.edgePointLatDeg(bend, 1)).isCloseTo(41.115, within(1e-6));
    assertThat(network.reverseEdge(bend)).isEqualTo(edge(network, 41.11, -8.59, 41.11, -8.60));
  }

  private static int edge(RoadNetwork network, double lat1, double lon1, double lat2, double lon2) {
    for (int e = 0; e < network.edgeCount(); e++) {
      int from = network.edgeFrom(e);
      int to = network.edgeTo(e);
      if (GeoMath.distanceM(lat1, lon1, network.nodeLatDeg(from), network.nodeLonDeg(from)) < 1
          && GeoMath.distanceM(lat2, lon2, network.nodeLatDeg(to), network.nodeLonDeg(to)) < 1) {
        return e;
      }
    }
    throw new AssertionError("no such edge");
  }

  @Test
  void theSameDataGivesTheSameFile() throws IOException {
    Path again = dir.resolve("again.roads");
    OsmImport.run(town, roads, step -> {});
    OsmImport.run(town, again, step -> {});
    assertThat(Files.readAllBytes(again)).isEqualTo(Files.readAllBytes(roads));
  }

  @Test
  void tellsWhatItIsDoing() throws IOException {
    List<String> steps = new ArrayList<>();
    OsmImport.run(town, roads, steps::add);
    assertThat(steps)
        .containsExactly("reading town.osm", "keeping what is connected", "writing town.roads");
  }

  @Test
  void refusesMissingForeignAndEmptyData() throws IOException {
    assertRefused(dir.resolve("none.osm.pbf"), "none.osm.pbf does not exist");
    Path foreign = Files.writeString(dir.resolve("foreign.osm.pbf"), "PNG or so, but long enough");
    assertRefused(foreign, "foreign.osm.pbf cannot be read as OpenStreetMap data");
    Path broken = dir.resolve("broken.osm");
    Files.writeString(broken, TOWN.substring(0, TOWN.length() / 2));
    assertRefused(broken, "broken.osm cannot be read as OpenStreetMap data");
    Path footways = dir.resolve("footways.osm");
    Files.writeString(footways, TOWN.replaceAll("v=\"[a-z]*\"", "v=\"footway\""));
    assertRefused(footways, "footways.osm");
    Path oneWays = dir.resolve("oneways.osm");
    Files.writeString(
        oneWays, TOWN.replaceAll("v=\"(primary|residential|unclassified)\"", "v=\"footway\""));
    assertRefused(oneWays, "oneways.osm holds no connected roads for cars");
    assertThat(roads).doesNotExist();
  }

  private void assertRefused(Path osm, String message) {
    assertThatIOException()
        .isThrownBy(() -> OsmImport.run(osm, roads, step -> {}))
        .withMessageContaining(message);
  }

  @Test
  void refusesAPlaceThatCannotBeWrittenBeforeItReads() {
    assertThatIOException()
        .isThrownBy(() -> OsmImport.run(town, dir.resolve("no/such/x.roads"), step -> {}))
        .withMessageContaining("x.roads cannot be written")
        .withMessageContaining("Create it or choose another path");
    assertThatIOException()
        .isThrownBy(() -> OsmImport.run(town, dir, step -> {}))
        .withMessageContaining("is a folder");
  }

  @Test
  void theCommandBuildsAndShows() throws IOException {
    String id = OsmImport.run(town, roads, step -> {}).id();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        new CommandLine(new RoadsCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err));

    assertThat(command.execute("build", town.toString(), roads.toString())).isZero();
    assertThat(out.toString())
        .contains("4 nodes, 7 edges, 4 km of roads, id " + id)
        .containsPattern("[0-9.]+ s\n$");
    assertThat(err.toString()).startsWith("reading town.osm\n");

    assertThat(command.execute("show", roads.toString())).isZero();
    assertThat(out.toString())
        .contains("latitude 41.1000 to 41.1100, longitude -8.6000 to -8.5900")
        .containsPattern("motorway +1\\.1 +72\n");
  }

  @Test
  void theCommandFailsWithASentence() {
    StringWriter err = new StringWriter();
    CommandLine command = new CommandLine(new RoadsCommand()).setErr(new PrintWriter(err));
    assertThat(command.execute("show", town.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("town.osm is no road network").doesNotContain("\tat ");
    assertThat(command.execute()).isEqualTo(2);
  }

  @Test
  void importsARealExtract() throws IOException {
    String data = System.getProperty("headway.data");
    Path extract = data == null ? null : Path.of(data, "osm", "heidelberg.osm.pbf");
    assumeTrue(
        extract != null && Files.exists(extract),
        "No real extract at hand; give -Dheadway.data=DIR with DIR/osm/heidelberg.osm.pbf.");
    RoadNetwork network = OsmImport.run(extract, roads, step -> {});
    float[] seconds = Router.freeSeconds(network);
    int[] places = new int[50];
    Arrays.setAll(places, i -> (int) (i * 7919L % network.edgeCount()));
    double[] s = new double[places.length];
    double[] m = new double[places.length];
    new Router(network).toMany(0, 0, places, new double[places.length], seconds, s, m);
    assertThat(s).doesNotContain(Double.POSITIVE_INFINITY);
  }
}
