// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.adaptivity;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.ShipmentStatus;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishedPlansTest {
  private static Trips trips;

  private PublishedPlans plans;

  @BeforeAll
  static void build(@TempDir Path folder) throws Exception {
    trips = new Trips(folder);
  }

  @BeforeEach
  void open() {
    plans = new PublishedPlans(trips.roads);
  }

  @Test
  void anEventLiesOnTheEdgesOfItsGeometryInItsDirection() {
    for (int edge : trips.way) {
      assertThat(plans.edgesOf(trips.event("e", edge))).isEqualTo(only(edge));
    }
  }

  @Test
  void whoHasAnEdgeOnTheWayAheadIsTouched() {
    plans.take(trips.planned("v", 0));
    assertThat(touchedBy(trips.way[2])).as("its position is not known").isEmpty();

    plans.take("v", trips.at(1));
    assertThat(touchedBy(trips.way[2])).containsExactly("v");
    assertThat(touchedBy(trips.way[trips.way.length - 2])).containsExactly("v");
    assertThat(touchedBy(trips.way[0])).as("it is behind").isEmpty();
    IntStream.range(0, trips.roads.network().edgeCount())
        .filter(edge -> IntStream.of(trips.way).noneMatch(way -> way == edge))
        .forEach(edge -> assertThat(touchedBy(edge)).as("edge %d is elsewhere", edge).isEmpty());
  }

  @Test
  void theWayGoesOnToLaterStops() {
    plans.take("v", trips.at(0));
    plans.take(trips.stop("v", "near", ShipmentStatus.PLANNED, 1, 0));
    assertThat(touchedBy(trips.way[3])).isEmpty();
    plans.take(trips.planned("v", 2));
    assertThat(touchedBy(trips.way[3])).containsExactly("v");
  }

  @Test
  void aStopThatIsDoneIsNotDrivenTo() {
    plans.take("v", trips.at(0));
    plans.take(trips.planned("v", 0));
    plans.take(trips.stop("v", Trips.LAST, ShipmentStatus.DELIVERED, 5, trips.way.length - 1));
    assertThat(touchedBy(trips.way[2])).isEmpty();
    plans.take(trips.planned("v", 0));
    assertThat(touchedBy(trips.way[2])).as("an older record changes nothing").isEmpty();
  }

  @Test
  void whoStandsAtAStopSetsOutFromThere() {
    plans.take("v", trips.at(0));
    plans.take(trips.stop("v", "near", ShipmentStatus.ARRIVED, 1, 1));
    plans.take(trips.planned("v", 0));
    assertThat(touchedBy(trips.way[3])).containsExactly("v");
    assertThat(touchedBy(trips.way[0])).isEmpty();
  }

  private List<String> touchedBy(int edge) {
    return plans.touchedBy(only(edge));
  }

  private static BitSet only(int edge) {
    BitSet edges = new BitSet();
    edges.set(edge);
    return edges;
  }
}
