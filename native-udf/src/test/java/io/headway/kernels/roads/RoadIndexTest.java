// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.roads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RoadIndexTest {
  @Test
  void findsTheSameEdgesAsALookAtAll() throws IOException {
    for (int seed = 0; seed < 200; seed++) {
      RoadNetwork network = RandomNetworks.network(seed);
      RoadIndex index = new RoadIndex(network);
      Random random = new Random(seed);
      Candidates out = new Candidates(network.edgeCount());
      for (int query = 0; query < 20; query++) {
        double lat = 41.1 + 0.03 * random.nextDouble() - 0.005;
        double lon = -8.6 + 0.03 * random.nextDouble() - 0.005;
        double radiusM = Math.pow(10, 0.5 + 2.5 * random.nextDouble());

        int found = index.nearest(lat, lon, radiusM, out);

        int expected = 0;
        for (int e = 0; e < network.edgeCount(); e++) {
          double distanceM = distanceM(network, e, lat, lon);
          expected += distanceM <= radiusM ? 1 : 0;
          if (distanceM <= radiusM) {
            assertThat(out.distanceM(indexOf(out, e))).isCloseTo(distanceM, within(1e-6));
          }
        }
        assertThat(found).isEqualTo(expected).isEqualTo(out.size());
        for (int i = 0; i < found; i++) {
          assertThatOffsetIsAtTheDistance(network, out, i, lat, lon);
          assertThat(i == 0 || out.distanceM(i - 1) <= out.distanceM(i)).isTrue();
        }
      }
    }
  }

  private static int indexOf(Candidates out, int edge) {
    for (int i = 0; i < out.size(); i++) {
      if (out.edge(i) == edge) {
        return i;
      }
    }
    throw new AssertionError("edge " + edge + " was not found");
  }

  private static void assertThatOffsetIsAtTheDistance(
      RoadNetwork network, Candidates out, int i, double lat, double lon) {
    assertThat(out.offsetM(i)).isBetween(0.0, (double) network.edgeLengthM(out.edge(i)));
    double[] latLon = new double[2];
    network.pointAt(out.edge(i), out.offsetM(i), latLon);
    double x = GeoMath.eastM(lat, lon, latLon[1]);
    double y = GeoMath.northM(lat, latLon[0]);
    assertThat(Math.hypot(x, y)).isCloseTo(out.distanceM(i), within(0.2));
  }

  /** Distance in the plane around the place, over each segment in turn. */
  private static double distanceM(RoadNetwork network, int e, double lat, double lon) {
    double least = Double.POSITIVE_INFINITY;
    for (int i = 1; i < network.edgePointCount(e); i++) {
      double x1 = GeoMath.eastM(lat, lon, network.edgePointLonDeg(e, i - 1));
      double y1 = GeoMath.northM(lat, network.edgePointLatDeg(e, i - 1));
      double x2 = GeoMath.eastM(lat, lon, network.edgePointLonDeg(e, i));
      double y2 = GeoMath.northM(lat, network.edgePointLatDeg(e, i));
      double length = Math.hypot(x2 - x1, y2 - y1);
      double along = length == 0 ? 0 : -(x1 * (x2 - x1) + y1 * (y2 - y1)) / length;
      double distance =
          along <= 0
              ? Math.hypot(x1, y1)
              : along >= length
                  ? Math.hypot(x2, y2)
                  : Math.abs(x1 * (y2 - y1) - y1 * (x2 - x1)) / length;
      least = Math.min(least, distance);
    }
    return least;
  }

  @Test
  void keepsTheNearestWhenMoreAreNear() throws IOException {
    for (int seed = 0; seed < 100; seed++) {
      RoadIndex index = new RoadIndex(RandomNetworks.network(seed));
      Candidates all = new Candidates(1000);
      Candidates few = new Candidates(3);
      index.nearest(41.11, -8.59, 2000, all);
      index.nearest(41.11, -8.59, 2000, few);
      assertThat(few.size()).isEqualTo(Math.min(3, all.size()));
      for (int i = 0; i < few.size(); i++) {
        assertThat(few.edge(i)).isEqualTo(all.edge(i));
        assertThat(few.offsetM(i)).isEqualTo(all.offsetM(i));
      }
    }
  }

  @Test
  void findsNothingFarAway() throws IOException {
    RoadIndex index = new RoadIndex(RandomNetworks.grid(5, 5, 10));
    Candidates out = new Candidates(4);
    assertThat(index.nearest(0, 0, 100, out)).isPositive();
    assertThat(index.nearest(0, 1, 100, out)).isZero();
    assertThat(index.nearest(-90, 180, 100, out)).isZero();
    assertThat(out.size()).isZero();
    assertThatThrownBy(() -> out.edge(0)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void refusesWhatIsOutOfRange() throws IOException {
    RoadIndex index = new RoadIndex(RandomNetworks.grid(2, 2, 10));
    Candidates out = new Candidates(4);
    assertThatThrownBy(() -> index.nearest(91, 0, 100, out)).hasMessageContaining("(91.0, 0.0)");
    assertThatThrownBy(() -> index.nearest(Double.NaN, 0, 100, out)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> index.nearest(0, 0, 0, out)).hasMessageContaining("radiusM 0.0");
    assertThatThrownBy(() -> index.nearest(0, 0, 5001, out)).hasMessageContaining("5001");
    assertThatThrownBy(() -> new Candidates(0)).hasMessageContaining("capacity 0");
  }

  @Test
  void allocatesNothingOnceWarm() throws IOException {
    RoadIndex index = new RoadIndex(RandomNetworks.grid(20, 20, 10));
    Candidates out = new Candidates(8);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = 0;
    for (int i = 0; i < 2000; i++) {
      if (i == 1000) {
        before = threads.getCurrentThreadAllocatedBytes();
      }
      index.nearest(i * 1e-5, i * 1e-5, 150, out);
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1000);
  }
}
