// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.headway.loadtests.taxi.Hops.Hop;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RecordedSpeedsTest {
  private static final int NOON = 12 * 60;

  @Test
  void aCellShowsWhereItIsSlowAndWhen() {
    RecordedSpeeds speeds =
        Recordings.of(
            2,
            (minute, east, north, random) ->
                minute >= NOON && minute < NOON + 60 && east < 0.25 && north > 0.75 ? -1 : 0);
    int northWest = 3 * RecordedSpeeds.SIDE;
    // An hour of twenty-four moves what is usual by a little; few hops are not wholly believed.
    assertThat(speeds.cells(NOON + 30)[northWest]).isCloseTo(-0.8, within(0.1));
    assertThat(speeds.cells(NOON - 30)[northWest]).isCloseTo(0.03, within(0.03));
    assertThat(speeds.cells(NOON + 30)[0]).isCloseTo(0, within(0.01));
  }

  /** Every cab is fast or slow for five minutes, and cabs are told apart by how much. */
  @Test
  void whatASingleCabDiffersByStaysTogether() {
    List<Hop> hops = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(1);
    for (int minute = 0; minute < 2 * Recordings.DAY_MIN; minute++) {
      for (int cab = 0; cab < 32; cab++) {
        int fast = (minute / RecordedSpeeds.STRETCH_MIN + cab) % 2;
        hops.add(
            new Hop(
                "cab" + cab,
                Recordings.FROM_MS + 60_000L * minute,
                random.nextDouble(),
                random.nextDouble(),
                60 * (fast == 1 ? 8 : 4),
                60));
      }
    }
    RecordedSpeeds speeds = RecordedSpeeds.of(hops, ZoneOffset.UTC);
    assertThat(speeds.stretches())
        .isEqualTo(32 * 2 * Recordings.DAY_MIN / RecordedSpeeds.STRETCH_MIN);
    double slowest = 0;
    double fastest = 0;
    for (int s = 0; s < speeds.stretches(); s++) {
      for (int m = 1; m < RecordedSpeeds.STRETCH_MIN; m++) {
        assertThat(speeds.differs(s, m)).isCloseTo(speeds.differs(s, 0), within(0.3));
      }
      slowest = Math.min(slowest, speeds.differs(s, 0));
      fastest = Math.max(fastest, speeds.differs(s, 0));
    }
    assertThat(fastest - slowest).isGreaterThan(0.6);
  }

  @Test
  void minutesAreAlikeOfOtherDaysAtTheSameTime() {
    // Days 0, 2 and 4 are slow in the west, 1 and 3 in the east.
    RecordedSpeeds speeds =
        Recordings.of(
            5,
            (minute, east, north, random) ->
                (minute / Recordings.DAY_MIN % 2 == 0) == (east < 0.5) ? -0.5 : 0.5);
    int day = Recordings.DAY_MIN;
    assertThat(speeds.alike(NOON)).startsWith(2 * day + NOON).hasSize(4);
    assertThat(Arrays.copyOf(speeds.alike(NOON), 2)).contains(4 * day + NOON);
    assertThat(speeds.alike(3 * day + 100)).startsWith(day + 100);
  }

  @Test
  void minutesAreFoundByTheTimeOfDayAndTheLastIsFollowedByTheFirst() {
    RecordedSpeeds speeds = Recordings.of(2, (minute, east, north, random) -> 0);
    assertThat(speeds.days()).isEqualTo(2);
    assertThat(speeds.minute(1, NOON)).isEqualTo(Recordings.DAY_MIN + NOON);
    assertThat(speeds.following(2 * Recordings.DAY_MIN - 1)).isZero();
  }

  @Test
  void daysWithAGapAreLeftOut() {
    // The second of four days is silent for a quarter of an hour, and slow.
    RecordedSpeeds speeds = RecordedSpeeds.of(withAGap(4, NOON), ZoneOffset.UTC);
    assertThat(speeds.days()).isEqualTo(3);
    for (int minute = 0; minute < 3 * Recordings.DAY_MIN; minute++) {
      assertThat(speeds.cells(minute)[0]).isCloseTo(0, within(0.01));
    }
  }

  @Test
  void aRecordingWithOneDayIsRefused() {
    assertThatThrownBy(() -> RecordedSpeeds.of(withAGap(2, NOON), ZoneOffset.UTC))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 whole days without a gap of 15 minutes")
        .hasMessageContaining("give at least two");
  }

  /** Hops of a fleet; on the second day it is slow, and silent for 15 minutes from one on. */
  private static List<Hop> withAGap(int days, int from) {
    List<Hop> hops = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(1);
    for (int minute = 0; minute < days * Recordings.DAY_MIN; minute++) {
      boolean second = minute / Recordings.DAY_MIN == 1;
      int ofDay = minute % Recordings.DAY_MIN;
      for (int cab = 0; cab < 32 && !(second && ofDay >= from && ofDay < from + 15); cab++) {
        hops.add(
            new Hop(
                "cab" + cab,
                Recordings.FROM_MS + 60_000L * minute,
                random.nextDouble(),
                random.nextDouble(),
                second ? 100 : 300,
                60));
      }
    }
    return hops;
  }
}
