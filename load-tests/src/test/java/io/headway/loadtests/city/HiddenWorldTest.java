// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.headway.schemas.RoadEventKind;
import java.util.List;
import org.junit.jupiter.api.Test;

class HiddenWorldTest {
  private static final int EDGE = 40;

  private final CityParameters parameters = Cities.parameters();
  private final long start = HiddenWorld.slotOf(parameters.startMs());

  private HiddenWorld world() {
    return new HiddenWorld(parameters, Cities.network());
  }

  private static final Incident BLOCKED =
      new Incident(0, 17, RoadEventKind.INCIDENT, 0, Long.MAX_VALUE, 0.1);

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
  void aWorldBeginsAsIsSaidAndGoesOnAsItsSeedSays() {
    HiddenWorld law = world();
    double[] field = law.trafficAt(start).field();
    HiddenWorld one = from(law, 1, field);
    assertThat(one.trafficAt(start).field()).isEqualTo(field);
    assertThat(one.trafficAt(start).mode()).isEqualTo(Weather.STORM);
    assertThat(one.incidents(start).all()).containsExactly(BLOCKED);
    assertThat(one.incidents(start).speedFactor(BLOCKED.edge(), start)).isEqualTo(0.1);
    assertThat(one.logFactor(3)).isEqualTo(0.25);
    assertThat(speeds(from(law, 1, field), start + 30)).isEqualTo(speeds(one, start + 30));
    assertThat(speeds(from(law, 2, field), start + 30)).isNotEqualTo(speeds(one, start + 30));
    // Not even the noise of roads now is that of the world whose laws it has.
    assertThat(speeds(one, start)).isNotEqualTo(speeds(law, start));
  }

  @Test
  void theFieldIsDrawnFromItsLawGivenThePresent() {
    HiddenWorld law = world();
    int ahead = 5;
    double[] now = law.trafficAt(start).field();
    double phi = Math.pow(field(law).phi(), ahead);
    int n = 400;
    double sum = 0;
    double squares = 0;
    for (int seed = 0; seed < n; seed++) {
      double x = from(law, seed, now).trafficAt(start + ahead).field()[0] - phi * now[0];
      sum += x;
      squares += x * x;
    }
    double variance = (1 - phi * phi) * field(law).covariance(0, 0);
    assertThat(sum / n).isCloseTo(0, within(4 * Math.sqrt(variance / n)));
    assertThat(squares / n / variance).isCloseTo(1, within(0.3));
  }

  private static SpeedField field(HiddenWorld law) {
    return ((SimulatedTraffic) law.traffic()).field();
  }

  private HiddenWorld from(HiddenWorld law, long seed, double[] field) {
    double[] logFactors = new double[10];
    logFactors[3] = 0.25;
    return new HiddenWorld(
        law,
        seed,
        start,
        120,
        new Traffic.State(Weather.STORM, field),
        law.incidents(start).sites(),
        List.of(BLOCKED),
        logFactors);
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
