// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class HiddenWorldTest {
  private static final int EDGE = 40;

  private final CityParameters parameters = Cities.parameters();
  private final long start = HiddenWorld.slotOf(parameters.startMs());

  private HiddenWorld world() {
    return new HiddenWorld(parameters, Cities.network());
  }

  @Test
  void answersAreTheSameInWhateverOrderTheyAreAskedFor() {
    HiddenWorld forward = world();
    HiddenWorld backward = world();
    int slots = 60;
    double[][] speeds = new double[slots][];
    for (int s = 0; s < slots; s++) {
      speeds[s] = speeds(forward, start + s);
    }
    for (int s = slots - 1; s >= 0; s--) {
      assertThat(speeds(backward, start + s)).isEqualTo(speeds[s]);
    }
  }

  @Test
  void aForkSharesThePastAndHasAnotherFuture() {
    HiddenWorld trunk = world();
    long at = start + 10;
    HiddenWorld fork = trunk.fork(at * HiddenWorld.SLOT_MS, 1);
    for (long s = start; s <= at; s++) {
      assertThat(speeds(fork, s)).isEqualTo(speeds(trunk, s));
    }
    assertThat(fork.fieldAt(at + 30)).isNotEqualTo(trunk.fieldAt(at + 30));
    assertThat(speeds(trunk.fork(at * HiddenWorld.SLOT_MS, 1), at + 30))
        .isEqualTo(speeds(fork, at + 30));
    assertThat(speeds(trunk.fork(at * HiddenWorld.SLOT_MS, 2), at + 30))
        .isNotEqualTo(speeds(fork, at + 30));
  }

  @Test
  void aForkDrawsTheFieldFromItsLawGivenThePresent() {
    HiddenWorld trunk = world();
    long at = start + 10;
    int ahead = 5;
    double[] now = trunk.fieldAt(at);
    double phi = Math.pow(trunk.field().phi(), ahead);
    int n = 400;
    double sum = 0;
    double squares = 0;
    for (int branch = 0; branch < n; branch++) {
      double x = trunk.fork(at * HiddenWorld.SLOT_MS, branch).fieldAt(at + ahead)[0] - phi * now[0];
      sum += x;
      squares += x * x;
    }
    double variance = (1 - phi * phi) * trunk.field().covariance(0, 0);
    assertThat(sum / n).isCloseTo(0, within(4 * Math.sqrt(variance / n)));
    assertThat(squares / n / variance).isCloseTo(1, within(0.3));
  }

  @Test
  void incidentsOfAForkLiveOnFromTheirAge() {
    CityParameters busy = parameters.with(Knob.INCIDENTS, 20);
    HiddenWorld trunk = new HiddenWorld(busy, Cities.network());
    HiddenWorld fork = trunk.fork(start * HiddenWorld.SLOT_MS, 3);
    int redrawn = 0;
    for (Incident was : trunk.incidents(start).all()) {
      Incident is = fork.incidents(start).all().get(was.id());
      assertThat(is.bornSlot()).isEqualTo(was.bornSlot());
      assertThat(is.edge()).isEqualTo(was.edge());
      if (was.endSlot() <= start) {
        assertThat(is).isEqualTo(was);
      } else {
        assertThat(is.endSlot()).isGreaterThan(start);
        redrawn += is.endSlot() == was.endSlot() ? 0 : 1;
      }
    }
    assertThat(redrawn).isPositive();
  }

  @Test
  void whatTheTrunkHasAlreadyDrawnOfItsFutureIsNotInAFork() {
    CityParameters busy = parameters.with(Knob.INCIDENTS, 20);
    HiddenWorld early = new HiddenWorld(busy, Cities.network());
    HiddenWorld late = new HiddenWorld(busy, Cities.network());
    late.incidents(start + 200);
    HiddenWorld forkOfEarly = early.fork(start * HiddenWorld.SLOT_MS, 9);
    HiddenWorld forkOfLate = late.fork(start * HiddenWorld.SLOT_MS, 9);
    for (long slot = start; slot < start + 60; slot += 7) {
      assertThat(speeds(forkOfLate, slot)).isEqualTo(speeds(forkOfEarly, slot));
    }
  }

  @Test
  void breakdownsComeAsOftenAsTheirRateAndLastAsLongAsTheirLaw() {
    HiddenWorld world =
        new HiddenWorld(parameters.with(Knob.BREAKDOWNS_PER_H, 1), Cities.network());
    int n = 200_000;
    int breakdowns = 0;
    double minutes = 0;
    for (int i = 0; i < n; i++) {
      double min = world.breakdownMin(i % 500, start + i / 500);
      breakdowns += min > 0 ? 1 : 0;
      minutes += min;
      assertThat(min == 0 || (min > 15 && min < 60)).isTrue();
    }
    assertThat(breakdowns / (double) n).isCloseTo(1 / 60.0, within(0.0012));
    assertThat(minutes / breakdowns).isCloseTo(37.5, within(1.0));
  }

  @Test
  void rushHoursAreSlowerThanTheNight() {
    HiddenWorld world = world();
    long midnight = start - Math.floorMod(start, 1_440L);
    long rush = midnight + 8 * 60 + 15;
    long night = midnight + 3 * 60;
    for (int group = 0; group < HiddenWorld.CLASSES; group++) {
      assertThat(world.profile(group, rush)).isLessThan(world.profile(group, night));
    }
  }

  @Test
  void weatherChangesAsItsChainSays() {
    Weather weather = new Weather(parameters.with(Knob.WEATHER, 5));
    int n = 200_000;
    for (int from = 0; from < Weather.STATES; from++) {
      int[] to = new int[Weather.STATES];
      for (int i = 0; i < n; i++) {
        to[weather.step(from, 1, i)]++;
      }
      for (int t = 0; t < Weather.STATES; t++) {
        assertThat(to[t] / (double) n).isCloseTo(weather.transition(from, t), within(0.002));
      }
    }
  }

  @Test
  void aSlotBeyondTheCityIsRefusedWithWhatToDo() {
    assertThatThrownBy(() -> world().speedMps(EDGE, start + 100_000))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("duration_h");
  }

  private static double[] speeds(HiddenWorld world, long slot) {
    double[] speeds = new double[200];
    for (int e = 0; e < speeds.length; e++) {
      speeds[e] = world.speedMps(e, slot);
    }
    return speeds;
  }
}
