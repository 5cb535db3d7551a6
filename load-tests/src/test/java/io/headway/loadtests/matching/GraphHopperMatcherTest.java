// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.matching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.loadtests.matching.RecordedTrack.Fix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphHopperMatcherTest {
  private static final double SIGMA_M = 10;

  @TempDir Path scratch;

  @Test
  void itsRouteIsMeasuredInTheSameArcs() throws IOException {
    ArcNetwork arcs = Crossing.arcs(scratch);
    List<Fix> fixes = new ArrayList<>();
    for (int second = 0; second <= 90; second++) {
      double drivenM = 50 + 20 * second;
      fixes.add(
          drivenM <= 1_000
              ? Crossing.fix(second, drivenM, 3)
              : Crossing.fix(second, 1_003, drivenM - 1_000));
    }
    try (GraphHopperMatcher matcher = new GraphHopperMatcher(arcs)) {
      double[] metres = matcher.match(fixes, SIGMA_M);
      assertThat(matcher.cuts()).isZero();
      assertThat(metres[Crossing.east(0)]).isCloseTo(50, within(2.0));
      assertThat(metres[Crossing.east(500)]).isCloseTo(100, within(0.1));
      assertThat(metres[Crossing.north(0)]).isCloseTo(100, within(0.1));
      assertThat(metres[Crossing.north(800)]).isCloseTo(50, within(2.0));
      double totalM = 0;
      for (double ofArc : metres) {
        totalM += ofArc;
      }
      assertThat(totalM).isCloseTo(1_800, within(5.0));
    }
  }

  @Test
  void aTrackThatItRefusesIsCutAndBothPartsAreMatched() throws IOException {
    // Two roads that are not connected, one after the other.
    ArcNetwork arcs =
        ArcNetwork.of(
            new double[][] {{0, 0}, {0.01, 0}, {0, 0.01}, {0.01, 0.01}},
            new double[][] {{0, 1}, {2, 3}},
            scratch.resolve("apart.roads"));
    List<Fix> fixes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      fixes.add(new Fix(1_000L * i, 0, 0.001 * i));
    }
    for (int i = 0; i < 10; i++) {
      fixes.add(new Fix(1_000L * (10 + i), 0.01, 0.001 * i));
    }
    try (GraphHopperMatcher matcher = new GraphHopperMatcher(arcs)) {
      double[] metres = matcher.match(fixes, SIGMA_M);
      assertThat(matcher.cuts()).isEqualTo(1);
      assertThat(metres[0]).isCloseTo(1_000, within(10.0));
      assertThat(metres[1]).isCloseTo(1_000, within(10.0));
    }
  }
}
