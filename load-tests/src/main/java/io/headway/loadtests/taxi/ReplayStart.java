// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import java.io.IOException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** When a replay starts: on the local day asked for, or on the first that suits. */
final class ReplayStart {
  private final DayFiles files;
  private final TaxiFeed.Options options;

  private ReplayStart(DayFiles files, TaxiFeed.Options options) {
    this.files = files;
    this.options = options;
  }

  /**
   * @throws IOException when a day file that the replay needs is missing, or there is none before
   *     it
   */
  static Instant of(DayFiles files, TaxiFeed.Options options) throws IOException {
    ReplayStart start = new ReplayStart(files, options);
    return start.checked(options.day() != null ? options.day() : start.firstThatSuits());
  }

  private LocalDate firstThatSuits() {
    LocalDate localDay = null;
    for (LocalDate utcDay : files.days()) {
      localDay = localDayOf(utcDay);
      if (!isWeekend(localDay)
          && files.before(utcDay, options.trainingDays()).size() == options.trainingDays()
          && files.has(utcDay.plusDays(options.days() - 1L))) {
        return localDay;
      }
    }
    return localDay;
  }

  private Instant checked(LocalDate localDay) throws IOException {
    String replay =
        "A replay from " + localDay + " " + options.startHour() + ":00 " + options.zone();
    Instant start = startOn(localDay);
    LocalDate first = utcDay(start);
    for (int day = 0; day < options.days(); day++) {
      if (!files.has(first.plusDays(day))) {
        throw new IOException(
            replay
                + " needs "
                + DayFiles.nameOf(first.plusDays(day))
                + ", but "
                + files.described()
                + "; choose another day, or fewer days side by side.");
      }
    }
    if (files.before(first, 1).isEmpty()) {
      throw new IOException(
          replay
              + " needs at least one day file before "
              + DayFiles.nameOf(first)
              + ", because arrivals are promised from earlier days only, and "
              + files.described()
              + "; add earlier days or choose a later one.");
    }
    return start;
  }

  /** The local day whose start lies in that UTC day. */
  private LocalDate localDayOf(LocalDate utcDay) {
    long daysAhead = utcDay(startOn(utcDay)).toEpochDay() - utcDay.toEpochDay();
    return utcDay.minusDays(daysAhead);
  }

  private Instant startOn(LocalDate localDay) {
    return localDay.atTime(options.startHour(), 0).atZone(options.zone()).toInstant();
  }

  private static LocalDate utcDay(Instant instant) {
    return LocalDate.ofInstant(instant, ZoneOffset.UTC);
  }

  private static boolean isWeekend(LocalDate day) {
    return day.getDayOfWeek() == DayOfWeek.SATURDAY || day.getDayOfWeek() == DayOfWeek.SUNDAY;
  }
}
