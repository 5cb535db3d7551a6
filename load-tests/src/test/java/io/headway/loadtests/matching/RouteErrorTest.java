// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.matching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.kernels.matching.Stretch;
import io.headway.loadtests.results.Figure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouteErrorTest {
  @TempDir Path scratch;
  private ArcNetwork arcs;
  private int[] route;
  private int west;
  private int east;
  private int north;

  /** The true route: 1 km east, then 1 km north. */
  @BeforeEach
  void drive() throws IOException {
    arcs = Crossing.arcs(scratch);
    route =
        IntStream.concat(
                IntStream.range(0, 10).map(i -> Crossing.east(100 * i)),
                IntStream.range(0, 10).map(i -> Crossing.north(100 * i)))
            .toArray();
    west = edgeThatBeginsWith(Crossing.east(0));
    east = edgeThatBeginsWith(Crossing.east(1_000));
    north = edgeThatBeginsWith(Crossing.north(0));
  }

  private int edgeThatBeginsWith(int arc) {
    for (int edge = 0; edge < arcs.roads().edgeCount(); edge++) {
      if (arcs.arcs(edge)[0] == arc) {
        return edge;
      }
    }
    throw new AssertionError("No edge begins with arc " + arc);
  }

  private RouteError error(List<List<Stretch>> ways) {
    MatchedRoute matched = new MatchedRoute(arcs);
    ways.forEach(matched::add);
    return RouteError.of(route, matched.metresByArc(), arcs);
  }

  private void assertShares(RouteError error, double correct, double mismatch) {
    assertThat(error.trueM()).isCloseTo(2_000, within(1.0));
    assertThat(error.correctFraction()).isCloseTo(correct, within(1e-3));
    assertThat(error.mismatchFraction()).isCloseTo(mismatch, within(1e-3));
  }

  @Test
  void arcsAreJoinedBetweenJunctionsInBothDirections() {
    assertThat(arcs.roads().edgeCount()).isEqualTo(6);
    assertThat(arcs.arcs(west)).hasSize(10).startsWith(0, 2, 4);
    assertThat((double) arcs.roads().edgeLengthM(north)).isCloseTo(1_000, within(1.0));
  }

  @Test
  void theTrueRouteHasNoError() {
    assertShares(
        error(
            List.of(
                List.of(new Stretch(west, 0, 600)),
                List.of(new Stretch(west, 600, 1_000), new Stretch(north, 0, 500)),
                List.of(new Stretch(north, 500, 1_000)))),
        1,
        0);
  }

  @Test
  void aMissedStretchCountsOnce() {
    assertShares(error(List.of(List.of(new Stretch(west, 0, 1_000)))), 0.5, 0.5);
  }

  @Test
  void aWrongTurnCountsAsMissedAndAsAdded() {
    assertShares(
        error(List.of(List.of(new Stretch(west, 0, 1_000), new Stretch(east, 0, 500)))),
        0.5,
        0.5 + 0.25);
  }

  @Test
  void theOtherDirectionIsWrong() {
    int back = arcs.roads().reverseEdge(west);
    assertShares(error(List.of(List.of(new Stretch(back, 0, 1_000)))), 0, 1 + 0.5);
  }

  @Test
  void aRoadThatIsMatchedTwiceIsAddedTheSecondTime() {
    assertShares(
        error(
            List.of(
                List.of(new Stretch(west, 0, 1_000), new Stretch(north, 0, 1_000)),
                List.of(new Stretch(west, 0, 1_000)))),
        1,
        0.5);
  }

  @Test
  void noiseThatSeemsToDriveBackwardsCountsOnce() {
    assertShares(
        error(
            List.of(
                List.of(new Stretch(west, 0, 500)),
                List.of(new Stretch(west, 500, 450)),
                List.of(new Stretch(west, 450, 1_000), new Stretch(north, 0, 1_000)))),
        1,
        0);
  }

  @Test
  void aWayIsBelievedAsItIsSeenWhenTheLagIsOver() {
    List<Stretch> wrong = List.of(new Stretch(east, 0, 200));
    List<Stretch> right = List.of(new Stretch(north, 0, 200));
    RouteError atOnce = lagged(0, wrong, right);
    RouteError after10 = lagged(10_000, wrong, right);
    RouteError after20 = lagged(20_000, wrong, right);
    assertShares(atOnce, 0.5, 0.5 + 0.1);
    assertShares(after10, 0.6, 0.4);
    assertThat(after20).isEqualTo(after10);
  }

  /** The way to the fix at 10 s looks wrong until the fix at 20 s is seen. */
  private RouteError lagged(long lagMs, List<Stretch> seenAtOnce, List<Stretch> seenLater) {
    LaggedRoute lagged = new LaggedRoute(lagMs, arcs);
    lagged.before(5_000);
    lagged.after(new TreeMap<>(Map.of(5_000L, List.of(new Stretch(west, 0, 1_000)))));
    lagged.before(10_000);
    lagged.after(new TreeMap<>(Map.of(10_000L, seenAtOnce)));
    lagged.before(20_000);
    lagged.after(new TreeMap<>(Map.of(10_000L, seenLater)));
    return RouteError.of(route, lagged.metresByArc(), arcs);
  }

  @Test
  void intervalsHoldTheShareAndPairsOfEqualTracksDoNotDiffer() {
    List<RouteError> errors =
        List.of(
            new RouteError(100, 100, 90),
            new RouteError(300, 310, 300),
            new RouteError(50, 40, 20),
            new RouteError(100, 100, 100));
    Figure correct = MatchingReport.interval("correct", errors, MatchingReport::correct);
    assertThat(correct.value()).isCloseTo(510 / 550.0, within(1e-12));
    assertThat(correct.low()).isLessThan(correct.value()).isGreaterThanOrEqualTo(0.4);
    assertThat(correct.high()).isGreaterThan(correct.value()).isLessThanOrEqualTo(1);
    Figure difference =
        MatchingReport.difference("difference", errors, errors, MatchingReport::mismatch);
    assertThat(difference.low()).isZero();
    assertThat(difference.high()).isZero();
    // 0.2, 10 / 300, 1 and 0.
    assertThat(MatchingReport.median(errors)).isCloseTo((0.2 + 1 / 30.0) / 2, within(1e-12));
  }
}
