// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TrafficSoFarTest {
  private static final CityParameters CITY = Cities.parameters().with(Knob.WEATHER, 0);
  private static final SimulatedTraffic LAW =
      (SimulatedTraffic) new HiddenWorld(CITY, Cities.network()).traffic();
  private static final long START = HiddenWorld.slotOf(CITY.startMs());

  private static TrafficBelief.Observation seen(
      int edge, int component, double logRatio, double errorSpread) {
    return new TrafficBelief.Observation(edge, component, 0, logRatio, errorSpread, true);
  }

  /** Told in time or late, what was driven says the same. */
  @Test
  void whatIsToldLateCountsWhereItWasDriven() {
    TrafficSoFar inTime = new TrafficSoFar(new SimulatedTrafficBelief(CITY, LAW, 1), START);
    TrafficSoFar late = new TrafficSoFar(new SimulatedTrafficBelief(CITY, LAW, 1), START);
    for (int slot = 0; slot < 20; slot++) {
      if (slot > 0) {
        inTime.advance();
        late.advance();
      }
      inTime.observe(START + slot, seen(slot, slot % 3, 0.1 * (slot % 4), 0.05));
      if (slot % 5 == 4) {
        for (int of = slot - 4; of <= slot; of++) {
          late.observe(START + of, seen(of, of % 3, 0.1 * (of % 4), 0.05));
        }
      }
    }
    assertThat(late.law(0).draw(7).traffic().field())
        .containsExactly(inTime.law(0).draw(7).traffic().field(), within(1e-12));
  }

  @Test
  void whatIsToldTooLateSaysNothing() {
    TrafficSoFar told = new TrafficSoFar(new SimulatedTrafficBelief(CITY, LAW, 1), START);
    TrafficSoFar untold = new TrafficSoFar(new SimulatedTrafficBelief(CITY, LAW, 1), START);
    for (int slot = 0; slot < 7; slot++) {
      told.advance();
      untold.advance();
    }
    told.observe(START + 1, seen(0, 0, 1, 0.05));
    told.observe(START + 8, seen(0, 0, 1, 0.05));
    assertThat(told.law(0).draw(7).traffic().field())
        .isEqualTo(untold.law(0).draw(7).traffic().field());
  }

  /** Who drives a road within five minutes shares its noise. */
  @Test
  void oneOfThoseWhoDriveARoadIsTakenIn() {
    TrafficSoFar once = new TrafficSoFar(new SimulatedTrafficBelief(CITY, LAW, 1), START);
    TrafficSoFar often = new TrafficSoFar(new SimulatedTrafficBelief(CITY, LAW, 1), START);
    once.observe(START, seen(7, 0, 0.3, 0.05));
    for (int i = 0; i < 10; i++) {
      often.observe(START, seen(7, 0, 0.3, 0.05));
    }
    double[] field = once.law(0).draw(7).traffic().field();
    assertThat(often.law(0).draw(7).traffic().field()).isEqualTo(field);
    often.observe(START, seen(8, 0, 0.3, 0.05));
    assertThat(often.law(0).draw(7).traffic().field()).isNotEqualTo(field);
  }

  @Test
  void theFieldIsKnownNoBetterThanAWhileAgo() {
    TrafficSoFar belief = new TrafficSoFar(new SimulatedTrafficBelief(CITY, LAW, 1), START);
    for (int slot = 0; slot < 3; slot++) {
      belief.advance();
    }
    for (int i = 0; i < 2_000; i++) {
      belief.observe(START, seen(i, 0, 0, 0.01));
    }
    double kept = Math.pow(LAW.field().phi(), 6);
    double least = (1 - kept) * LAW.field().covariance(0, 0);
    TrafficBelief.Law law = belief.law(0);
    double sum = 0;
    double squares = 0;
    int n = 4_000;
    for (int seed = 0; seed < n; seed++) {
      double x = law.draw(seed).traffic().field()[0];
      sum += x;
      squares += x * x;
    }
    double variance = squares / n - sum / n * sum / n;
    assertThat(variance).isBetween(0.9 * least, 1.6 * least);
  }
}
