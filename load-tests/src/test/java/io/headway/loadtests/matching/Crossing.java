// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.matching;

import io.headway.kernels.roads.GeoMath;
import io.headway.loadtests.matching.RecordedTrack.Fix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A road of 2 km to the east with a crossing half way, from which a road goes 1 km north; all both
 * ways, cut into arcs of 100 m. Arc 2i goes away from the start of its road, 2i + 1 back.
 */
final class Crossing {
  static final double ARC_M = 100;
  static final int EASTWARD_ARCS = 20;
  static final int NORTHWARD_ARCS = 10;

  private Crossing() {}

  static ArcNetwork arcs(Path scratch) throws IOException {
    List<double[]> nodes = new ArrayList<>();
    List<double[]> arcs = new ArrayList<>();
    for (int i = 0; i <= EASTWARD_ARCS; i++) {
      nodes.add(place(ARC_M * i, 0));
      if (i > 0) {
        arcs.add(new double[] {i - 1, i});
        arcs.add(new double[] {i, i - 1});
      }
    }
    for (int i = 1; i <= NORTHWARD_ARCS; i++) {
      nodes.add(place(1_000, ARC_M * i));
      int node = nodes.size() - 1;
      int before = i == 1 ? 10 : node - 1;
      arcs.add(new double[] {before, node});
      arcs.add(new double[] {node, before});
    }
    return ArcNetwork.of(
        nodes.toArray(double[][]::new),
        arcs.toArray(double[][]::new),
        scratch.resolve("crossing.roads"));
  }

  /** Arc from so many metres on the road to the east. */
  static int east(int fromM) {
    return 2 * (fromM / 100);
  }

  /** Arc from so many metres on the road to the north. */
  static int north(int fromM) {
    return 2 * (EASTWARD_ARCS + fromM / 100);
  }

  /** A fix at a place in metres. */
  static Fix fix(int second, double eastM, double northM) {
    double[] place = place(eastM, northM);
    return new Fix(1_000L * second, place[1], place[0]);
  }

  private static double[] place(double eastM, double northM) {
    return new double[] {eastM / GeoMath.M_PER_DEG, northM / GeoMath.M_PER_DEG};
  }
}
