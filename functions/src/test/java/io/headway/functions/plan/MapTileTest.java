// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class MapTileTest {

  @Test
  void aTileIsAboutAKilometreWideInPorto() {
    assertThat(MapTile.widthM(41.15)).isBetween(900.0, 940.0);
  }

  @Test
  void poleAndDateLineHaveTiles() {
    assertThat(MapTile.of(90, 180)).isNotNegative();
    assertThat(MapTile.of(-90, -180)).isNotNegative();
    assertThat(along(41, -8, 41, -8)).containsExactly(MapTile.of(41, -8));
  }

  @Test
  void theVisitorEndsTheWalk() {
    List<Integer> seen = new ArrayList<>();
    boolean whole =
        MapTile.along(
            41,
            -8.7,
            41.2,
            -8.5,
            tile -> {
              seen.add(tile);
              return seen.size() < 3;
            });
    assertThat(whole).isFalse();
    assertThat(seen).hasSize(3);
  }

  @Test
  void aLineAcrossTheWorldIsVisitedUpToALimit() {
    List<Integer> visited = along(-80, -179, 80, 179);

    assertThat(visited).hasSize(MapTile.MAX_ALONG).doesNotHaveDuplicates();
    assertThat(visited.get(0)).isEqualTo(MapTile.of(-80, -179));
    assertThat(MapTile.along(-80, -179, 80, 179, tile -> true)).isTrue();
    assertThat(MapTile.count(-80, -179, 80, 179)).isGreaterThan(50_000);
  }

  @Property(tries = 100, seed = "1")
  void aLineVisitsEveryTileThatItsPointsLieIn(
      @ForAll @DoubleRange(min = 41, max = 41.2) double fromLat,
      @ForAll @DoubleRange(min = -8.8, max = -8.5) double fromLon,
      @ForAll @DoubleRange(min = 41, max = 41.2) double toLat,
      @ForAll @DoubleRange(min = -8.8, max = -8.5) double toLon) {
    List<Integer> visited = along(fromLat, fromLon, toLat, toLon);

    Set<Integer> oracle = new LinkedHashSet<>();
    double fromY = mercator(fromLat);
    double toY = mercator(toLat);
    for (int i = 0; i <= 2_000; i++) {
      double share = i / 2_000.0;
      oracle.add(
          MapTile.of(latitude(fromY + share * (toY - fromY)), fromLon + share * (toLon - fromLon)));
    }
    assertThat(visited).doesNotHaveDuplicates();
    assertThat(visited).hasSize(MapTile.count(fromLat, fromLon, toLat, toLon));
    assertThat(visited.get(0)).isEqualTo(MapTile.of(fromLat, fromLon));
    assertThat(visited.get(visited.size() - 1)).isEqualTo(MapTile.of(toLat, toLon));
    // The oracle's steps can miss a tile that the line only clips.
    assertThat(visited).containsAll(oracle);
    assertThat(visited.size() - oracle.size()).isLessThanOrEqualTo(3);
  }

  private static List<Integer> along(double fromLat, double fromLon, double toLat, double toLon) {
    List<Integer> visited = new ArrayList<>();
    MapTile.along(fromLat, fromLon, toLat, toLon, visited::add);
    return visited;
  }

  private static double mercator(double latDeg) {
    return Math.log(Math.tan(Math.PI / 4 + Math.toRadians(latDeg) / 2));
  }

  private static double latitude(double y) {
    return Math.toDegrees(2 * Math.atan(Math.exp(y)) - Math.PI / 2);
  }
}
