// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/**
 * Day files of invented cabs. All cabs drive east along one latitude; places are metres from a
 * start.
 */
public final class DayFolder {
  static final double LAT_DEG = 37.75;
  static final double LON_DEG = -122.45;
  static final double M_PER_DEG_LON = 87_921.5;

  private final Path folder;
  private final List<Fix> fixes = new ArrayList<>();

  public DayFolder(Path folder) {
    this.folder = folder;
  }

  static Fix fix(String cab, Instant time, double eastM, boolean occupied) {
    return new Fix(cab, time.toEpochMilli(), LAT_DEG, LON_DEG + eastM / M_PER_DEG_LON, occupied);
  }

  DayFolder free(String cab, Instant time, double eastM) {
    fixes.add(fix(cab, time, eastM, false));
    return this;
  }

  DayFolder occupied(String cab, Instant time, double eastM) {
    fixes.add(fix(cab, time, eastM, true));
    return this;
  }

  /** A trip with a fix a minute from place 0, and free fixes a minute before and after it. */
  public DayFolder trip(String cab, Instant pickUp, double distanceM, int minutes) {
    free(cab, pickUp.minusSeconds(60), 0);
    for (int minute = 0; minute <= minutes; minute++) {
      occupied(cab, pickUp.plusSeconds(60L * minute), distanceM * minute / minutes);
    }
    return free(cab, pickUp.plusSeconds(60L * minutes + 60), distanceM);
  }

  public Path write() throws IOException {
    Map<LocalDate, StringBuilder> days = new TreeMap<>();
    fixes.stream()
        .sorted(Comparator.comparingLong(Fix::timeMs))
        .forEach(
            fix ->
                days.computeIfAbsent(
                        LocalDate.ofInstant(Instant.ofEpochMilli(fix.timeMs()), ZoneOffset.UTC),
                        day -> new StringBuilder(DayReader.HEADER).append('\n'))
                    .append(
                        String.format(
                            Locale.ROOT,
                            "%d,%s,%.5f,%.5f,%d%n",
                            fix.timeMs() / 1000,
                            fix.cab(),
                            fix.latDeg(),
                            fix.lonDeg(),
                            fix.occupied() ? 1 : 0)));
    for (Map.Entry<LocalDate, StringBuilder> day : days.entrySet()) {
      write(folder.resolve(day.getKey() + ".csv.gz"), day.getValue().toString());
    }
    return folder;
  }

  static Path write(Path file, String text) throws IOException {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return file;
  }
}
