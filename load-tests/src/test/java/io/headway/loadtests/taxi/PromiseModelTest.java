// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromiseModelTest {
  private static final ZoneId ZONE = ZoneId.of("America/Los_Angeles");
  private static final Instant WEDNESDAY_18 = Instant.parse("2008-05-22T01:00:00Z");
  private static final Instant WEDNESDAY_9 = Instant.parse("2008-05-21T16:00:00Z");
  private static final Instant SUNDAY_18 = Instant.parse("2008-05-19T01:00:00Z");

  @TempDir Path folder;

  @Test
  void promisesTheQuantileOfTripsOfTheSameDistanceAndHour() {
    List<Trip> past = new ArrayList<>();
    addTrips(past, 100, WEDNESDAY_18, 2000, 301);
    addTrips(past, 100, WEDNESDAY_9, 2000, 1001);
    addTrips(past, 100, WEDNESDAY_18, 8000, 5001);

    PromiseModel model = PromiseModel.of(past, 0.8, ZONE);

    assertThat(model.travelS(2000, WEDNESDAY_18.toEpochMilli())).isEqualTo(380);
    assertThat(model.travelS(2000, WEDNESDAY_9.toEpochMilli())).isEqualTo(1080);
    assertThat(model.travelS(8000, WEDNESDAY_18.toEpochMilli())).isEqualTo(5080);
    assertThat(model.lateShare()).isCloseTo(0.2, within(1e-9));
    assertThat(model.trips()).isEqualTo(300);
  }

  @Test
  void tellsTheWeekendFromTheWeek() {
    List<Trip> past = new ArrayList<>();
    addTrips(past, 100, WEDNESDAY_18, 2000, 301);
    addTrips(past, 100, SUNDAY_18, 2000, 1001);

    PromiseModel model = PromiseModel.of(past, 0.5, ZONE);

    assertThat(model.travelS(2000, SUNDAY_18.toEpochMilli())).isEqualTo(1050);
  }

  @Test
  void fallsBackToAnyHourAndThenToThePaceWhereFewTripsAreKnown() {
    List<Trip> past = new ArrayList<>();
    addTrips(past, 20, WEDNESDAY_18, 2000, 301);
    addTrips(past, 20, WEDNESDAY_9, 2000, 301);
    PromiseModel model = PromiseModel.of(past, 0.5, ZONE);

    assertThat(model.travelS(2000, WEDNESDAY_18.toEpochMilli())).isEqualTo(310);
    assertThat(model.travelS(20_000, WEDNESDAY_18.toEpochMilli())).isCloseTo(3100, within(5.0));
  }

  @Test
  void aHigherQuantilePromisesMoreTimeAndIsLateLessOften() {
    List<Trip> past = new ArrayList<>();
    addTrips(past, 200, WEDNESDAY_18, 2000, 301);
    PromiseModel careful = PromiseModel.of(past, 0.95, ZONE);
    PromiseModel bold = PromiseModel.of(past, 0.5, ZONE);

    assertThat(careful.travelS(2000, WEDNESDAY_18.toEpochMilli()))
        .isGreaterThan(bold.travelS(2000, WEDNESDAY_18.toEpochMilli()));
    assertThat(careful.lateShare()).isCloseTo(0.05, within(1e-9));
    assertThat(bold.lateShare()).isCloseTo(0.5, within(1e-9));
  }

  @Test
  void refusesToPromiseWithoutAnyPastTrip() throws IOException {
    Path day = new DayFolder(folder).free("a", WEDNESDAY_9, 0).write().resolve("2008-05-21.csv.gz");
    assertThatThrownBy(() -> PromiseModel.learn(List.of(day), 0.8, ZONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no arrival can be promised")
        .hasMessageContaining("2008-05-21.csv.gz");
  }

  @Test
  void saysWhichFileCannotBeRead() throws IOException {
    Path day = DayFolder.write(folder.resolve("2008-05-21.csv.gz"), "nonsense\n");
    assertThatThrownBy(() -> PromiseModel.learn(List.of(day), 0.8, ZONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Line 1 of ")
        .hasMessageContaining("2008-05-21.csv.gz");
  }

  /** Trips of that distance that last so many seconds, one more, two more and so on. */
  private static void addTrips(
      List<Trip> trips, int count, Instant pickUp, double distanceM, int fromS) {
    for (int i = 0; i < count; i++) {
      trips.add(
          new Trip(
              DayFolder.fix("a", pickUp, 0, true),
              DayFolder.fix("a", pickUp.plusSeconds(fromS + i), distanceM, true)));
    }
  }
}
