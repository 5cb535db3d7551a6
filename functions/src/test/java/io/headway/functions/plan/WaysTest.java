// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.fusion.FusedFix;
import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.routing.Route;
import io.headway.kernels.routing.Router;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WaysTest {
  private static Path scratch;
  private static GridCity city;
  private static Ways ways;

  @BeforeAll
  static void build(@TempDir Path folder) {
    scratch = folder;
    city = new GridCity(folder, 6, 8);
    ways = new Ways(city.map, PlanSettings.builder().build());
  }

  @Test
  void aStopIsReachedFromTheSideOnWhichTheVehicleComes() {
    PlanStop stop = stop(2, 4.5);

    PlannedLeg eastward = ways.from(0, 0, city.edge(2, 1, 2, 2), 0, stop);
    PlannedLeg westward = ways.from(0, 0, city.edge(2, 7, 2, 6), 0, stop);

    assertThat(eastward.distanceM).isCloseTo(3.5 * 200, within(3.0));
    assertThat(westward.distanceM).isCloseTo(2.5 * 200, within(3.0));
    assertThat(eastward.edges).endsWith(city.edge(2, 4, 2, 5));
    assertThat(westward.edges).endsWith(city.edge(2, 5, 2, 4));
    assertThat(eastward.usualS).isCloseTo(70, within(0.3));
  }

  @Test
  void aVehicleThatJustPassedItsStopTurnsAtTheNextCrossing() {
    PlanStop stop = stop(2, 4.25);

    PlannedLeg leg = ways.from(0, 0, city.edge(2, 4, 2, 5), 100, stop);

    assertThat(leg.edges).containsExactly(city.edge(2, 4, 2, 5), city.edge(2, 5, 2, 4));
    assertThat(leg.distanceM).isCloseTo(100 + 150, within(2.0));
  }

  @Test
  void aStopIsLeftInTheFasterDirection() {
    PlannedLeg east = ways.between(stop(1, 2.5), stop(1, 5.5));
    PlannedLeg west = ways.between(stop(1, 5.5), stop(1, 2.5));

    assertThat(east.distanceM).isCloseTo(600, within(2.0));
    assertThat(west.distanceM).isCloseTo(600, within(2.0));
  }

  @Test
  void stopsOfOnePlaceLieNoWayApart() {
    PlannedLeg leg = ways.between(stop(1, 2.5), stop(1, 2.5));

    assertThat(leg.distanceM).isZero();
    assertThat(leg.usualS).isZero();
    assertThat(leg.onNetwork()).isTrue();
  }

  @Test
  void aPlaceOutOfReachIsReachedByAGreatCircle() {
    PlanStop far = stop(40, 4);

    PlannedLeg leg = ways.between(stop(1, 2.5), far);

    assertThat(far.edge).isEqualTo(-1);
    assertThat(leg.onNetwork()).isFalse();
    double straightM =
        GeoMath.distanceM(GridCity.lat(1), GridCity.lon(2.5), far.latDeg, far.lonDeg);
    assertThat(leg.distanceM).isCloseTo(1.3 * straightM, within(1e-6));
    assertThat(leg.usualS).isCloseTo(leg.distanceM / 8, within(1e-6));
  }

  @Test
  void withoutRoadsEveryWayIsAGreatCircle() {
    Ways none = new Ways(null, PlanSettings.builder().build());
    PlanStop stop = stop(1, 2.5);
    none.reach(stop);

    assertThat(none.networkId()).isEmpty();
    assertThat(none.from(GridCity.lat(1), GridCity.lon(1), -1, 0, stop).onNetwork()).isFalse();
  }

  @Test
  void aVehicleThatStandsSetsOutInTheFasterDirection() {
    PlanStop west = stop(2, 1.5);
    FusedFix fix = Given.fix(0, city, city.edge(2, 4, 2, 5), 150);

    fix.speedMps = 0.5f;
    assertThat(ways.from(fix, west).distanceM).isCloseTo(3.25 * 200, within(3.0));
    assertThat(ways.from(fix, west).edges).startsWith(city.edge(2, 5, 2, 4));
    fix.speedMps = 10;
    assertThat(ways.from(fix, west).distanceM).isCloseTo(3.75 * 200, within(3.0));
    assertThat(ways.from(fix, west).edges).startsWith(city.edge(2, 4, 2, 5));
  }

  @Test
  void waysAreConnectedAndNoSlowerThanTheBestChoiceOfSidesAllows() {
    checkWays(city, GridCity.SPEED_MPS);
  }

  @Test
  void waysOnShortRoadsAreNoSlowerThanTheBestChoiceOfSidesEither() {
    checkWays(new GridCity(scratch, 6, 8, 40), 40);
  }

  private static void checkWays(GridCity grid, double speedMps) {
    RoadNetwork network = grid.map.network();
    Ways onGrid = new Ways(grid.map, PlanSettings.builder().build());
    Random random = new Random(5);
    Router router = new Router(network);
    for (int i = 0; i < 300; i++) {
      PlanStop a = stop(random.nextInt(6), 7 * random.nextDouble());
      PlanStop b = stop(random.nextInt(6), 7 * random.nextDouble());

      PlannedLeg leg = onGrid.between(a, b);

      for (int k = 1; k < leg.edges.length; k++) {
        assertThat(network.edgeFrom(leg.edges[k])).isEqualTo(network.edgeTo(leg.edges[k - 1]));
      }
      assertThat(leg.usualS).isCloseTo(leg.distanceM / speedMps, within(0.01));
      assertThat(leg.usualS).isCloseTo(best(router, a, b, onGrid.usualS()), within(0.01));
    }
  }

  /** All four choices of sides, each by a search of its own; a turn at a stop is free. */
  private static double best(Router router, PlanStop a, PlanStop b, float[] usualS) {
    double best = Double.POSITIVE_INFINITY;
    for (boolean fromOther : new boolean[] {false, true}) {
      for (boolean toOther : new boolean[] {false, true}) {
        Route route =
            router.route(
                side(a, fromOther),
                offset(a, fromOther),
                side(b, toOther),
                offset(b, toOther),
                usualS);
        best = Math.min(best, route.seconds());
      }
    }
    return best;
  }

  private static int side(PlanStop stop, boolean other) {
    return other ? city.map.network().reverseEdge(stop.edge) : stop.edge;
  }

  private static double offset(PlanStop stop, boolean other) {
    return other ? city.map.network().edgeLengthM(stop.edge) - stop.offsetM : stop.offsetM;
  }

  private static PlanStop stop(double row, double column) {
    PlanStop stop = new PlanStop();
    stop.latDeg = GridCity.lat(row);
    stop.lonDeg = GridCity.lon(column);
    ways.reach(stop);
    return stop;
  }
}
