// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.Draws.Stream;
import io.headway.schemas.RoadEventKind;
import org.junit.jupiter.api.Test;

class IncidentsTest {
  private final RoadNetwork network = Cities.network();
  private final Incidents incidents = new Incidents(CityParameters.defaults(), network);

  @Test
  void livesFollowTheirHazard() {
    int n = 50_000;
    double scale = incidents.lifeScaleMin(RoadEventKind.INCIDENT);
    for (double age : new double[] {5, 20, 45, 80}) {
      int alive = 0;
      for (int i = 0; i < n; i++) {
        double u = Draws.uniform(1, Stream.INCIDENT_LIFE, i, 0);
        alive += incidents.lifeMin(RoadEventKind.INCIDENT, 0, u) > age ? 1 : 0;
      }
      double expected = Math.exp(-Math.pow(age / scale, Incidents.LIFE_SHAPE));
      assertThat(alive / (double) n).isCloseTo(expected, within(0.008));
      assertThat(incidents.survival(RoadEventKind.INCIDENT, age)).isCloseTo(expected, within(1e-9));
    }
  }

  @Test
  void whatRemainsOfALifeFollowsTheHazardGivenItsAge() {
    int n = 50_000;
    int alive = 0;
    for (int i = 0; i < n; i++) {
      double u = Draws.uniform(1, Stream.INCIDENT_LIFE, i, 0);
      double life = incidents.lifeMin(RoadEventKind.CLOSURE, 30, u);
      assertThat(life).isGreaterThan(30);
      alive += life > 50 ? 1 : 0;
    }
    double expected =
        incidents.survival(RoadEventKind.CLOSURE, 50)
            / incidents.survival(RoadEventKind.CLOSURE, 30);
    assertThat(alive / (double) n).isCloseTo(expected, within(0.008));
  }

  /** The roads that an incident is said to slow are those that it does slow. */
  @Test
  void slowsWhatItSlows() {
    for (RoadEventKind kind :
        new RoadEventKind[] {
          RoadEventKind.INCIDENT, RoadEventKind.CLOSURE, RoadEventKind.ROADWORKS
        }) {
      Incidents one = new Incidents(incidents, incidents.sites());
      Incident incident = new Incident(0, 1_234, kind, 10, 30, 0.2);
      one.add(incident);
      int slowed = 0;
      for (int slot = 8; slot < 60; slot++) {
        for (int edge = 0; edge < network.edgeCount(); edge++) {
          boolean slows = one.speedFactor(edge, slot) < 1;
          slowed += slows ? 1 : 0;
          assertThat(incidents.slows(incident, edge, slot))
              .as("%s, edge %d in slot %d", kind, edge, slot)
              .isEqualTo(slows);
        }
      }
      assertThat(slowed).isGreaterThanOrEqualTo(20);
    }
  }

  @Test
  void beginsAsOftenAsItsRateAndOftenerInRain() {
    int slots = 20_000;
    Incidents dry = new Incidents(CityParameters.defaults(), network);
    Incidents wet = new Incidents(CityParameters.defaults(), network);
    for (int slot = 0; slot < slots; slot++) {
      dry.born(3, slot, Weather.DRY);
      wet.born(4, slot, Weather.RAIN);
    }
    double expected = dry.sites().meanPerSlot() * slots;
    assertThat(dry.all().size() / expected).isCloseTo(1, within(4 / Math.sqrt(expected)));
    assertThat(wet.all().size() / expected).isCloseTo(1.5, within(6 / Math.sqrt(expected)));
  }

  @Test
  void onSomeSitesTheyBeginAsOftenAsOnTheseAmongAll() {
    int slots = 20_000;
    int half = network.edgeCount() / 2;
    Incidents.Sites sites = incidents.sites(edge -> edge < half);
    Incidents some = new Incidents(incidents, sites);
    for (int slot = 0; slot < slots; slot++) {
      incidents.born(3, slot, Weather.DRY);
      some.born(4, slot, Weather.DRY);
    }
    double among = incidents.all().stream().filter(incident -> incident.edge() < half).count();
    assertThat(some.all()).allMatch(incident -> sites.contains(incident.edge()));
    assertThat(sites.contains(half)).isFalse();
    assertThat(some.all().size() / among).isCloseTo(1, within(6 / Math.sqrt(among)));
  }

  @Test
  void aQueueGrowsUpstreamAndDissolvesAfterTheEnd() {
    int edge = edgeWithLongApproach();
    incidents.add(new Incident(0, edge, RoadEventKind.INCIDENT, 100, 130, 0.3));
    int before = network.inEdge(network.edgeFrom(edge), 0);
    before =
        before == network.reverseEdge(edge) ? network.inEdge(network.edgeFrom(edge), 1) : before;

    assertThat(incidents.speedFactor(edge, 99)).isEqualTo(1);
    assertThat(incidents.speedFactor(edge, 100)).isEqualTo(0.3);
    assertThat(incidents.speedFactor(edge, 130)).isEqualTo(1);
    assertThat(incidents.speedFactor(before, 100)).isEqualTo(1);
    double young = incidents.speedFactor(before, 101);
    double old = incidents.speedFactor(before, 110);
    assertThat(young).isLessThan(1);
    assertThat(old).isLessThan(young).isGreaterThanOrEqualTo(Incidents.QUEUE_SPEED_FACTOR - 1e-9);
    assertThat(incidents.speedFactor(before, 131)).isLessThan(1);
    assertThat(incidents.speedFactor(before, 160)).isEqualTo(1);
  }

  @Test
  void aClosureLeavesNothingAndHasNoQueue() {
    int edge = edgeWithLongApproach();
    incidents.add(new Incident(0, edge, RoadEventKind.CLOSURE, 10, 20, 0));
    assertThat(incidents.closed(edge, 9)).isFalse();
    assertThat(incidents.closed(edge, 10)).isTrue();
    assertThat(incidents.closed(edge, 20)).isFalse();
    assertThat(incidents.speedFactor(network.inEdge(network.edgeFrom(edge), 0), 15)).isEqualTo(1);
  }

  private int edgeWithLongApproach() {
    for (int e = 0; e < network.edgeCount(); e++) {
      if (network.inEdgeCount(network.edgeFrom(e)) >= 2 && network.edgeLengthM(e) > 60) {
        return e;
      }
    }
    throw new AssertionError("The network has no such edge.");
  }
}
