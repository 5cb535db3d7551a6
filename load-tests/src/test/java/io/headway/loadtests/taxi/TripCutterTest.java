// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TripCutterTest {
  private static final Instant T0 = Instant.parse("2008-05-21T23:50:00Z");

  private final List<TripCutter.Moment> out = new ArrayList<>();
  private final TripCutter cutter = new TripCutter(out::add);

  @Test
  void cutsATripFromTheFirstToTheLastOccupiedFix() {
    free(0, 0);
    occupied(60, 100);
    occupied(120, 600);
    occupied(180, 1100);
    free(240, 1200);

    assertThat(trips()).containsExactly(new Trip(fix(60, 100, true), fix(180, 1100, true)));
    assertThat(out.get(1).begins()).isNotNull();
    assertThat(out.get(3).ends()).isSameAs(out.get(1).begins());
    assertThat(cutter.fates()).isEqualTo(Map.of(StretchFate.TRIP, 1L));
  }

  @Test
  void holdsBackOnlyWhatBelongsToAnOpenStretch() {
    free(0, 0);
    assertThat(out).hasSize(1);
    occupied(60, 100);
    cutter.accept(DayFolder.fix("other", T0.plusSeconds(61), 0, false));
    assertThat(out).hasSize(1);
  }

  @Test
  void neverHoldsAFixLongerThanTheLongestTrip() {
    free(0, 0);
    int last = (int) TripCutter.TRIP_S_MAX + 600;
    for (int second = 60; second <= last; second += 60) {
      occupied(second, second);
    }
    assertThat(out).hasSize(1 + last / 60);
    free(last + 60, last);
    assertThat(cutter.fates()).isEqualTo(Map.of(StretchFate.TOO_LONG, 1L));
  }

  @Test
  void leavesOutAStretchWhosePickUpWasNotSeen() {
    occupied(60, 100);
    occupied(120, 600);
    occupied(180, 1100);
    free(240, 1200);
    assertThat(trips()).isEmpty();
    assertThat(cutter.fates()).isEqualTo(Map.of(StretchFate.BEGINNING_UNSEEN, 1L));
  }

  @Test
  void leavesOutAStretchThatTheRecordingCutsOff() {
    free(0, 0);
    occupied(60, 100);
    occupied(120, 600);
    occupied(180, 1100);
    cutter.end();
    assertThat(out).hasSize(4);
    assertThat(trips()).isEmpty();
    assertThat(cutter.fates()).isEqualTo(Map.of(StretchFate.END_UNSEEN, 1L));
  }

  @Test
  void leavesOutAStretchWithAGap() {
    free(0, 0);
    occupied(60, 100);
    occupied(120, 600);
    occupied(421, 1100);
    free(480, 1200);
    assertThat(trips()).isEmpty();
    assertThat(cutter.fates())
        .isEqualTo(Map.of(StretchFate.GAP, 1L, StretchFate.BEGINNING_UNSEEN, 1L));
  }

  @Test
  void leavesOutAStretchWhoseDropOffWasFollowedByAGap() {
    free(0, 0);
    occupied(60, 100);
    occupied(120, 600);
    occupied(180, 1100);
    free(4000, 1200);
    assertThat(cutter.fates()).isEqualTo(Map.of(StretchFate.GAP, 1L));
  }

  @Test
  void releasesTheFleetWhenACabFallsSilentWithAPassenger() {
    free(0, 0);
    occupied(60, 100);
    cutter.accept(DayFolder.fix("other", T0.plusSeconds(361), 0, false));
    assertThat(out).hasSize(3);
  }

  @Test
  void leavesOutStretchesThatAreTooShortInTimeFixesOrDistance() {
    free(0, 0);
    occupied(10, 0);
    occupied(60, 500);
    occupied(100, 1000);
    free(110, 1000);
    occupied(120, 1000);
    occupied(300, 3000);
    free(310, 3000);
    occupied(320, 3000);
    occupied(400, 3500);
    occupied(500, 3100);
    free(510, 3100);
    assertThat(cutter.fates()).isEqualTo(Map.of(StretchFate.TOO_SHORT, 3L));
  }

  @Test
  void leavesOutATripWithAWildEndButNotOneWithAWildMiddle() {
    free(0, 0);
    occupied(60, 0);
    occupied(120, 90_000);
    occupied(180, 1000);
    free(240, 1000);
    occupied(300, 1000);
    occupied(360, 1500);
    occupied(420, 90_000);
    free(480, 2000);

    assertThat(trips()).containsExactly(new Trip(fix(60, 0, true), fix(180, 1000, true)));
    assertThat(cutter.fates())
        .isEqualTo(Map.of(StretchFate.TRIP, 1L, StretchFate.OUTLIER_AT_END, 1L));
    assertThat(out.stream().filter(TripCutter.Moment::outlier)).hasSize(2);
    assertThat(out).hasSize(9);
  }

  @Test
  void believesTheThirdWildFixInARow() {
    free(0, 0);
    free(60, 90_000);
    free(120, 90_100);
    free(180, 90_200);
    free(240, 90_300);
    assertThat(out.stream().map(TripCutter.Moment::outlier))
        .containsExactly(false, true, true, false, false);
  }

  @Property(tries = 300)
  void agreesWithCuttingEachCabAlone(@ForAll long seed) {
    List<Fix> recording = randomRecording(new Random(seed));
    List<TripCutter.Moment> shown = new ArrayList<>();
    TripCutter streaming = new TripCutter(shown::add);
    recording.forEach(streaming::accept);
    streaming.end();

    assertThat(shown.stream().map(TripCutter.Moment::fix)).containsExactlyElementsOf(recording);
    assertThat(shown.stream().map(TripCutter.Moment::begins).filter(trip -> trip != null))
        .containsExactlyInAnyOrderElementsOf(tripsByCab(recording));
    assertThat(shown.stream().map(TripCutter.Moment::ends).filter(trip -> trip != null))
        .containsExactlyInAnyOrderElementsOf(tripsByCab(recording));
  }

  private static List<Fix> randomRecording(Random random) {
    List<Fix> fixes = new ArrayList<>();
    for (int cab = 0; cab < 4; cab++) {
      long second = random.nextInt(100);
      double eastM = 0;
      boolean occupied = random.nextBoolean();
      for (int i = 0; i < 60; i++) {
        fixes.add(DayFolder.fix("cab" + cab, T0.plusSeconds(second), eastM, occupied));
        second += random.nextInt(40) == 0 ? 2000 : 20 + random.nextInt(100);
        eastM += random.nextInt(400);
        occupied = random.nextInt(6) == 0 ? !occupied : occupied;
      }
    }
    fixes.sort(Comparator.comparingLong(Fix::timeMs));
    return fixes;
  }

  /** The definition of a trip, written down for a whole recording without outliers. */
  private static List<Trip> tripsByCab(List<Fix> recording) {
    Map<String, List<Fix>> byCab = new HashMap<>();
    recording.forEach(fix -> byCab.computeIfAbsent(fix.cab(), name -> new ArrayList<>()).add(fix));
    List<Trip> trips = new ArrayList<>();
    for (List<Fix> fixes : byCab.values()) {
      for (int first = 1; first < fixes.size(); first++) {
        if (!fixes.get(first).occupied() || fixes.get(first - 1).occupied()) {
          continue;
        }
        int end = first;
        while (end < fixes.size() && fixes.get(end).occupied()) {
          end++;
        }
        if (end < fixes.size() && isTrip(fixes.subList(first - 1, end + 1))) {
          trips.add(new Trip(fixes.get(first), fixes.get(end - 1)));
        }
      }
    }
    return trips;
  }

  private static boolean isTrip(List<Fix> withBothFreeEnds) {
    for (int i = 1; i < withBothFreeEnds.size(); i++) {
      if (withBothFreeEnds.get(i).timeMs() - withBothFreeEnds.get(i - 1).timeMs() > 300_000) {
        return false;
      }
    }
    List<Fix> stretch = withBothFreeEnds.subList(1, withBothFreeEnds.size() - 1);
    Trip trip = new Trip(stretch.get(0), stretch.get(stretch.size() - 1));
    return stretch.size() >= 3
        && trip.travelS() >= 120
        && trip.travelS() <= 5400
        && trip.distanceM() >= 300;
  }

  private List<Trip> trips() {
    return out.stream().map(TripCutter.Moment::ends).filter(trip -> trip != null).toList();
  }

  private static Fix fix(int second, double eastM, boolean occupied) {
    return DayFolder.fix("cab", T0.plusSeconds(second), eastM, occupied);
  }

  private void free(int second, double eastM) {
    cutter.accept(fix(second, eastM, false));
  }

  private void occupied(int second, double eastM) {
    cutter.accept(fix(second, eastM, true));
  }
}
