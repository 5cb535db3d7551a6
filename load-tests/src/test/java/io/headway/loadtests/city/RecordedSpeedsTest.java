// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.headway.loadtests.taxi.Hops.Hop;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecordedSpeedsTest {
  private static final int NOON = 12 * 60;

  @Test
  void aCellShowsWhereItIsSlowAndWhen() {
    RecordedSpeeds speeds =
        Recordings.of(
            1,
            (minute, east, north, random) ->
                minute >= NOON && minute < NOON + 60 && east < 0.25 && north > 0.75 ? -1 : 0);
    int northWest = 3 * RecordedSpeeds.SIDE;
    // An hour of twelve moves what is usual by a little; few hops are not wholly believed.
    assertThat(speeds.cells(NOON + 30)[northWest]).isCloseTo(-0.8, within(0.1));
    assertThat(speeds.cells(NOON - 30)[northWest]).isCloseTo(0.1, within(0.1));
    assertThat(speeds.cells(NOON + 30)[0]).isCloseTo(0, within(0.01));
  }

  @Test
  void whatASingleCabDiffersByStaysTogether() {
    double least = 0.3;
    RecordedSpeeds speeds =
        Recordings.of(
            1, (minute, east, north, random) -> random.nextInt(2) * least - Math.log(1.1));
    for (int s = 0; s < speeds.stretches(); s++) {
      int stretch = s;
      double[] differs =
          IntStream.range(0, RecordedSpeeds.STRETCH_MIN)
              .mapToDouble(m -> speeds.differs(stretch, m))
              .toArray();
      assertThat(Arrays.stream(differs).max().orElseThrow()).isLessThan(0.3);
      assertThat(Arrays.stream(differs).min().orElseThrow()).isGreaterThan(-0.3);
    }
    // Every cab drove all day.
    assertThat(speeds.stretches()).isEqualTo(60 * Recordings.DAY_MIN / RecordedSpeeds.STRETCH_MIN);
  }

  @Test
  void minutesAreAlikeOfOtherDaysAtAboutTheSameTime() {
    // Days 0 and 2 are slow in the west, 1 and 3 in the east.
    RecordedSpeeds speeds =
        Recordings.of(
            4,
            (minute, east, north, random) ->
                (minute / Recordings.DAY_MIN % 2 == 0) == (east < 0.5) ? -0.5 : 0.5);
    for (int minute : new int[] {100, NOON, 3 * Recordings.DAY_MIN + NOON}) {
      assertThat(speeds.alike(minute)).hasSize(RecordedSpeeds.ALIKE);
      for (int other : speeds.alike(minute)) {
        int apart = Math.abs(other - minute);
        assertThat(apart).isCloseTo(2 * Recordings.DAY_MIN, within(10));
      }
    }
  }

  @Test
  void minutesAreFoundByTheTimeOfDay() {
    RecordedSpeeds speeds = Recordings.of(2, (minute, east, north, random) -> 0);
    assertThat(speeds.at(NOON)).containsExactly(NOON, Recordings.DAY_MIN + NOON);
  }

  @Test
  void aRecordingOfANightIsRefused() {
    List<Hop> night = List.of(new Hop("cab", Recordings.FROM_MS, 1, 1, 300, 60));
    assertThatThrownBy(() -> RecordedSpeeds.of(night, ZoneOffset.UTC))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("give whole days of a fleet");
  }
}
