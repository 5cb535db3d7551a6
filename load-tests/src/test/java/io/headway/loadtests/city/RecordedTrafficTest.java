// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadNetwork;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RecordedTrafficTest {
  private static final int DAYS = 4;
  private static final int NOON = 12 * 60;

  /** Each quarter of an hour of each day has its own speeds in the west and in the east. */
  private final RecordedSpeeds speeds =
      Recordings.of(
          DAYS,
          (minute, east, north, random) ->
              0.4 * new SplittableRandom(minute / 15).split().nextGaussian() * (east < 0.5 ? 1 : -1)
                  + 0.3 * random.nextGaussian());

  private final RecordedTraffic traffic =
      new RecordedTraffic(speeds, Cities.network(), 2, 2, HiddenWorld.CLASSES);

  @Test
  void goesOnAsItWasRecordedButForOnceInFiveMinutes() {
    int followed = 0;
    int jumped = 0;
    Traffic.State state = traffic.first(1, NOON);
    assertThat(state.mode() % Recordings.DAY_MIN).isEqualTo(NOON);
    for (int seed = 0; seed < 20_000; seed++) {
      Traffic.State next = traffic.next(state, seed, NOON + 1);
      if (next.mode() == state.mode() + 1) {
        followed++;
      } else {
        assertThat(speeds.alike(state.mode() + 1)).contains(next.mode());
        jumped++;
      }
    }
    assertThat(jumped / (double) (followed + jumped)).isCloseTo(0.2, within(0.012));
  }

  @Test
  void aZoneGoesAsItsPartOfTheRecording() {
    Traffic.State state = traffic.state(NOON);
    float[] log = new float[traffic.components()];
    traffic.logSpeeds(state, 0, log);
    assertThat(log).hasSize(2 * 2 * HiddenWorld.CLASSES);
    assertThat(log[0]).isEqualTo((float) speeds.cells(NOON)[0]);
    assertThat(log[HiddenWorld.CLASSES]).isEqualTo((float) speeds.cells(NOON)[2]);
    assertThat(log[2 * HiddenWorld.CLASSES])
        .isEqualTo((float) speeds.cells(NOON)[2 * RecordedSpeeds.SIDE]);
  }

  @Test
  void roadsNearEachOtherGoByOneCabForFiveMinutes() {
    long slot = 100 * Traffic.NOISE_SLOTS;
    RoadNetwork network = Cities.network();
    Map<Integer, Double> byCab = new HashMap<>();
    int far = 0;
    for (int edge = 0; edge < network.edgeCount(); edge++) {
      double noise = traffic.roadNoise(1, edge, slot);
      assertThat(byCab.computeIfAbsent(traffic.cab(edge), cab -> noise)).isEqualTo(noise);
      if (traffic.cab(edge) == traffic.cab(0)) {
        int node = network.edgeFrom(edge);
        double metres =
            GeoMath.distanceM(
                network.nodeLatDeg(network.edgeFrom(0)),
                network.nodeLonDeg(network.edgeFrom(0)),
                network.nodeLatDeg(node),
                network.nodeLonDeg(node));
        assertThat(metres).isLessThan(1_415);
      } else {
        far++;
      }
    }
    assertThat(far).isPositive();
    assertThat(new HashSet<>(byCab.values())).hasSizeGreaterThan(byCab.size() / 2);
    assertThat(traffic.roadNoise(1, 0, slot + Traffic.NOISE_SLOTS))
        .isNotEqualTo(traffic.roadNoise(1, 0, slot));
  }

  @Test
  void whatWasSeenTellsTheDay() {
    double share = 0;
    int worlds = 60;
    for (int seed = 0; seed < worlds; seed++) {
      share += shareOfTheTruth(seed) / worlds;
    }
    // Every minute in five the day may have changed since; without looking it is one of four.
    assertThat(share).isBetween(0.5, 0.9);
  }

  private double shareOfTheTruth(int seed) {
    CityParameters city = Cities.parameters().withRecorded(speeds);
    RecordedTrafficBelief belief = new RecordedTrafficBelief(traffic, city);
    long slot = HiddenWorld.slotOf(city.startMs());
    Traffic.State truth = null;
    SplittableRandom random = new SplittableRandom(seed);
    for (long s = slot - HiddenWorld.WARM_UP_SLOTS; s <= slot + 11; s++) {
      truth = truth == null ? traffic.first(seed, s) : traffic.next(truth, seed, s);
      if (s <= slot) {
        continue;
      }
      belief.advance();
      for (int i = 0; i < 200; i++) {
        int edge = random.nextInt(Cities.network().edgeCount());
        int component = random.nextInt(traffic.components());
        double logRatio =
            truth.field()[traffic.cell(component)]
                + traffic.roadNoise(seed, edge, s)
                + 0.05 * random.nextGaussian();
        belief.observe(new TrafficBelief.Observation(edge, component, -1, logRatio, 0.05, true));
      }
    }
    TrafficBelief.Law law = belief.law(0);
    int same = 0;
    for (int n = 0; n < 500; n++) {
      same += law.draw(n).traffic().mode() == truth.mode() ? 1 : 0;
    }
    return same / 500.0;
  }

  /** Speeds of later minutes, and of two minutes, are not alike in law to those of first ones. */
  @Test
  void onlyTheFirstMinuteOfACabThereIsTakenIn() {
    CityParameters city = Cities.parameters().withRecorded(speeds);
    for (int minute = 0; minute < Traffic.NOISE_SLOTS; minute++) {
      assertThat(shareOfFirstDay(city, minute, true) == shareOfFirstDay(city, minute, false))
          .as("that a speed of minute %d says nothing", minute)
          .isEqualTo(minute > 0);
    }
  }

  /** After a minute in which nobody drove, or else all drove very slowly in the west. */
  private double shareOfFirstDay(CityParameters city, int minute, boolean seen) {
    RecordedTrafficBelief belief = new RecordedTrafficBelief(traffic, city);
    for (int m = 0; m < minute; m++) {
      belief.advance();
    }
    RoadNetwork network = Cities.network();
    for (int edge = 0; edge < network.edgeCount(); edge++) {
      belief.observe(new TrafficBelief.Observation(edge, 0, -1, 0.3, 0.05, false));
      if (seen) {
        belief.observe(new TrafficBelief.Observation(edge, 0, -1, -0.7, 0.05, true));
      }
    }
    TrafficBelief.Law law = belief.law(0);
    int first = 0;
    for (int seed = 0; seed < 1_000; seed++) {
      first += law.draw(seed).traffic().mode() < Recordings.DAY_MIN ? 1 : 0;
    }
    return first / 1_000.0;
  }

  @Test
  void withNothingSeenEveryDayIsAsLikely() {
    CityParameters city = Cities.parameters().withRecorded(speeds);
    TrafficBelief.Law law = new RecordedTrafficBelief(traffic, city).law(0);
    int[] days = new int[DAYS];
    for (int seed = 0; seed < 4_000; seed++) {
      days[law.draw(seed).traffic().mode() / Recordings.DAY_MIN]++;
    }
    assertThat(Arrays.stream(days).min().orElseThrow()).isGreaterThan(400);
  }
}
