// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.roads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoadNetworkTest {
  private static final double RESOLUTION_DEG = 0.5e-7 + 1e-12;

  @TempDir Path dir;
  private Path file;
  private byte[] valid;

  @BeforeEach
  void writeASmallNetwork() throws IOException {
    file = dir.resolve("city.roads");
    smallNetwork().write(file);
    valid = Files.readAllBytes(file);
  }

  private static RoadNetworkWriter smallNetwork() {
    RoadNetworkWriter writer = new RoadNetworkWriter();
    writer.addNode(41.1, -8.6);
    writer.addNode(41.101, -8.6);
    writer.addNode(41.1, -8.601);
    writer.addEdge(0, 1, RoadClass.TERTIARY, 12);
    writer.addEdge(1, 0, RoadClass.TERTIARY, 12);
    double[] lats = {41.101, 41.1005, 41.1};
    double[] lons = {-8.6, -8.601, -8.601};
    writer.addEdge(1, 2, RoadClass.SERVICE, 4, lats, lons);
    writer.addEdge(2, 0, RoadClass.MOTORWAY, 33);
    return writer;
  }

  @Test
  void givesBackWhatWasWritten() throws IOException {
    for (int seed = 0; seed < 60; seed++) {
      RandomNetworks.Sketch sketch = RandomNetworks.sketch(seed);
      RoadNetwork network = RandomNetworks.open(sketch.writer());
      List<RandomNetworks.Edge> edges = new ArrayList<>(sketch.edges());
      edges.sort(Comparator.comparingInt(RandomNetworks.Edge::from));

      assertThat(network.nodeCount()).isEqualTo(sketch.latsDeg().length);
      for (int n = 0; n < network.nodeCount(); n++) {
        assertThat(network.nodeLatDeg(n)).isCloseTo(sketch.latsDeg()[n], within(RESOLUTION_DEG));
        assertThat(network.nodeLonDeg(n)).isCloseTo(sketch.lonsDeg()[n], within(RESOLUTION_DEG));
      }
      assertThat(network.edgeCount()).isEqualTo(edges.size());
      for (int e = 0; e < edges.size(); e++) {
        assertIsEdge(network, e, edges.get(e));
      }
      assertThat(network.firstOutEdge(network.nodeCount())).isEqualTo(edges.size());
    }
  }

  private static void assertIsEdge(RoadNetwork network, int e, RandomNetworks.Edge written) {
    assertThat(network.edgeFrom(e)).isEqualTo(written.from());
    assertThat(network.edgeTo(e)).isEqualTo(written.to());
    assertThat(network.edgeClass(e)).isEqualTo(written.roadClass());
    assertThat(network.edgeFreeSpeedMps(e)).isEqualTo((float) written.speedMps());
    assertThat(e)
        .isGreaterThanOrEqualTo(network.firstOutEdge(written.from()))
        .isLessThan(network.firstOutEdge(written.from() + 1));
    List<Integer> in = new ArrayList<>();
    for (int i = 0; i < network.inEdgeCount(written.to()); i++) {
      in.add(network.inEdge(written.to(), i));
    }
    assertThat(in).contains(e).isSorted();
    int points = written.latsDeg().length;
    assertThat(network.edgePointCount(e)).isEqualTo(points);
    double metres = 0;
    for (int i = 0; i < points; i++) {
      double lat = network.edgePointLatDeg(e, i);
      double lon = network.edgePointLonDeg(e, i);
      assertThat(lat).isCloseTo(written.latsDeg()[i], within(RESOLUTION_DEG));
      assertThat(lon).isCloseTo(written.lonsDeg()[i], within(RESOLUTION_DEG));
      if (i > 0) {
        metres +=
            GeoMath.distanceM(
                network.edgePointLatDeg(e, i - 1), network.edgePointLonDeg(e, i - 1), lat, lon);
      }
    }
    double expected = Math.max(metres, RoadNetworkWriter.MIN_LENGTH_M);
    assertThat((double) network.edgeLengthM(e)).isCloseTo(expected, within(1e-6 * expected));
    int reverse = network.reverseEdge(e);
    if (reverse >= 0) {
      assertThat(network.reverseEdge(reverse)).isEqualTo(e);
      assertThat(network.edgePointCount(reverse)).isEqualTo(points);
      for (int i = 0; i < points; i++) {
        assertThat(network.edgePointLatDeg(reverse, points - 1 - i))
            .isEqualTo(network.edgePointLatDeg(e, i));
        assertThat(network.edgePointLonDeg(reverse, points - 1 - i))
            .isEqualTo(network.edgePointLonDeg(e, i));
      }
    }
  }

  @Test
  void tellsTheDirectionInWhichARoadRunsAtEachPlace() throws IOException {
    RoadNetwork network = RoadNetwork.open(file);
    int bent = network.firstOutEdge(1) + (network.edgeTo(network.firstOutEdge(1)) == 2 ? 0 : 1);

    assertThat(network.headingDeg(network.firstOutEdge(0), 50)).isCloseTo(0, within(0.1));
    // First south-west, then south.
    assertThat(network.headingDeg(bent, 10)).isCloseTo(236.4, within(0.5));
    assertThat(network.headingDeg(bent, network.edgeLengthM(bent) - 10))
        .isCloseTo(180, within(0.1));
    assertThat(network.headingDeg(bent, 1e6)).isCloseTo(180, within(0.1));
  }

  @Test
  void pairsTheTwoDirectionsOfARoad() throws IOException {
    RoadNetworkWriter writer = new RoadNetworkWriter();
    writer.addNode(41, -8);
    writer.addNode(41.01, -8);
    writer.addEdge(0, 1, RoadClass.PRIMARY, 10);
    writer.addEdge(
        0,
        1,
        RoadClass.PRIMARY,
        10,
        new double[] {41, 41.005, 41.01},
        new double[] {-8, -8.01, -8});
    writer.addEdge(1, 0, RoadClass.PRIMARY, 10);
    RoadNetwork network = RandomNetworks.open(writer);
    assertThat(network.reverseEdge(0)).isEqualTo(2);
    assertThat(network.reverseEdge(1)).isEqualTo(-1);
    assertThat(network.reverseEdge(2)).isEqualTo(0);
  }

  @Test
  void hasAnIdOfItsContent() throws IOException {
    Path copy = dir.resolve("copy.roads");
    smallNetwork().write(copy);
    Path other = dir.resolve("other.roads");
    RandomNetworks.sketch(4).writer().write(other);

    String id = RoadNetwork.open(file).id();

    assertThat(id).matches("[0-9a-f]{32}");
    assertThat(Files.readAllBytes(copy)).isEqualTo(valid);
    assertThat(RoadNetwork.open(copy).id()).isEqualTo(id);
    assertThat(RoadNetwork.open(other).id()).isNotEqualTo(id);
  }

  @Test
  void findsThePointAtAnOffset() throws IOException {
    RoadNetworkWriter writer = new RoadNetworkWriter();
    writer.addNode(0, 0);
    writer.addNode(0.01, 0.01);
    writer.addEdge(
        0, 1, RoadClass.SERVICE, 5, new double[] {0, 0.01, 0.01}, new double[] {0, 0, 0.01});
    writer.addEdge(1, 0, RoadClass.SERVICE, 5);
    RoadNetwork network = RandomNetworks.open(writer);
    double length = network.edgeLengthM(0);

    assertThat(pointAt(network, 0, -5)).containsExactly(0, 0);
    assertThat(pointAt(network, 0, length / 4))
        .containsExactly(new double[] {0.005, 0}, within(1e-8));
    assertThat(pointAt(network, 0, length * 3 / 4))
        .containsExactly(new double[] {0.01, 0.005}, within(1e-8));
    assertThat(pointAt(network, 0, length + 5)).containsExactly(0.01, 0.01);
    assertThat(pointAt(network, 1, network.edgeLengthM(1) / 2.0))
        .containsExactly(new double[] {0.005, 0.005}, within(1e-8));
  }

  private static double[] pointAt(RoadNetwork network, int e, double offsetM) {
    double[] latLon = new double[2];
    network.pointAt(e, offsetM, latLon);
    return latLon;
  }

  @Test
  void refusesNumbersOutOfRange() throws IOException {
    RoadNetwork network = RoadNetwork.open(file);
    for (int bad : new int[] {-1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertThatThrownBy(() -> network.edgeTo(bad)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> network.edgePointLatDeg(0, bad))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> network.inEdge(0, bad))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
    assertThatThrownBy(() -> network.edgeLengthM(network.edgeCount()))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> network.nodeLatDeg(network.nodeCount()))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void refusesAFileWithAnyByteChanged() throws IOException {
    Random random = new Random(1);
    for (int i = 0; i < valid.length; i++) {
      byte[] bytes = valid.clone();
      bytes[i] ^= (byte) (1 << random.nextInt(8));
      assertRefused(bytes, "headway roads build");
    }
  }

  @Test
  void refusesAFileOfAnyOtherLength() throws IOException {
    for (int length = 0; length < valid.length; length += 1 + length / 50) {
      assertRefused(Arrays.copyOf(valid, length), length + " bytes");
    }
    assertRefused(Arrays.copyOf(valid, valid.length + 8), "bytes and states");
  }

  @Test
  void refusesWhatIsNoRoadNetwork() throws IOException {
    assertRefused(
        "#!/bin/sh\n".repeat(100).getBytes(StandardCharsets.US_ASCII), "is no road network");
  }

  @Test
  void refusesANewerFormat() throws IOException {
    assertRefused(
        signed(withInt(valid, RoadFileLayout.VERSION_AT, 2)),
        "format version 2, and this program reads up to version 1");
  }

  @Test
  void saysWhichHashItFound() throws IOException {
    byte[] bytes = valid.clone();
    bytes[bytes.length - 9]++;
    assertRefused(bytes, "is damaged: its content has the SHA-256");
  }

  @Test
  void saysWhatToDoWhenThereIsNoFile() {
    assertThatIOException()
        .isThrownBy(() -> RoadNetwork.open(dir.resolve("none.roads")))
        .withMessageContaining("none.roads does not exist")
        .withMessageContaining("headway roads build");
  }

  /** A writer with a fault could sign nonsense: it is refused, or it can be read without harm. */
  @Test
  void refusesOrSurvivesSignedNonsense() throws IOException {
    Random random = new Random(1);
    int refused = 0;
    for (int i = 0; i < 1500; i++) {
      int at = 4 * random.nextInt(valid.length / 4);
      int value = random.nextBoolean() ? random.nextInt() : random.nextInt(16) - 1;
      Files.write(file, signed(withInt(valid, at, value)));
      try {
        readEverything(RoadNetwork.open(file));
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("city.roads");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(500);
  }

  private static void readEverything(RoadNetwork network) {
    double[] latLon = new double[2];
    for (int e = 0; e < network.edgeCount(); e++) {
      network.pointAt(e, network.edgeLengthM(e) / 2.0, latLon);
      assertThat(network.edgeTo(e)).isBetween(0, network.nodeCount() - 1);
      assertThat(network.edgeClass(e)).isNotNull();
      assertThat(network.reverseEdge(e)).isBetween(-1, network.edgeCount() - 1);
      assertThat(network.edgeFreeSpeedMps(e)).isPositive();
    }
    for (int n = 0; n < network.nodeCount(); n++) {
      for (int i = 0; i < network.inEdgeCount(n); i++) {
        assertThat(network.edgeTo(network.inEdge(n, i))).isEqualTo(n);
      }
    }
    assertThat(new RoadIndex(network).nearest(41.1, -8.6, 500, new Candidates(4))).isBetween(0, 4);
  }

  private void assertRefused(byte[] bytes, String found) throws IOException {
    Files.write(file, bytes);
    assertThatIOException()
        .isThrownBy(() -> RoadNetwork.open(file))
        .withMessageContaining("city.roads")
        .withMessageContaining(found)
        .withMessageContaining("headway roads build");
  }

  private static byte[] withInt(byte[] bytes, int at, int value) {
    byte[] changed = bytes.clone();
    ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
    return changed;
  }

  private static byte[] signed(byte[] bytes) {
    byte[] sha256 = RoadFileLayout.sha256(ByteBuffer.wrap(bytes));
    System.arraycopy(sha256, 0, bytes, RoadFileLayout.SHA256_AT, sha256.length);
    return bytes;
  }

  @Test
  void leavesNothingBesideTheFileItReplaces() throws IOException {
    RoadNetwork mapped = RoadNetwork.open(file);
    String id = mapped.id();
    RandomNetworks.sketch(4).writer().write(file);
    try (var files = Files.list(dir)) {
      assertThat(files).containsExactly(file);
    }
    assertThat(mapped.edgeCount()).isEqualTo(4);
    assertThat(RoadNetwork.open(file).id()).isNotEqualTo(id);
  }

  @Test
  void theWriterRefusesWhatCannotBeARoad() {
    RoadNetworkWriter writer = new RoadNetworkWriter();
    writer.addNode(41, -8);
    writer.addNode(41.01, -8);
    assertThatThrownBy(() -> writer.write(file)).hasMessageContaining("without edges");
    assertThatThrownBy(() -> writer.addNode(91, 0)).hasMessageContaining("(91.0, 0.0)");
    assertThatThrownBy(() -> writer.addNode(0, Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> writer.addEdge(0, 2, RoadClass.PRIMARY, 10))
        .hasMessageContaining("to 2 is no node");
    assertThatThrownBy(() -> writer.addEdge(0, 1, RoadClass.PRIMARY, 0))
        .hasMessageContaining("freeSpeedMps 0.0");
    double[] one = {41};
    assertThatThrownBy(() -> writer.addEdge(0, 1, RoadClass.PRIMARY, 10, one, one))
        .hasMessageContaining("at least two points");
    double[] lats = {41, 41.02};
    double[] lons = {-8, -8};
    assertThatThrownBy(() -> writer.addEdge(0, 1, RoadClass.PRIMARY, 10, lats, lons))
        .hasMessageContaining("last point of the geometry (41.02, -8.0) must be node 1");
    int east = writer.addNode(0, 179.9);
    int west = writer.addNode(0, -179.9);
    assertThatThrownBy(() -> writer.addEdge(east, west, RoadClass.PRIMARY, 10))
        .hasMessageContaining("antimeridian");
  }
}
