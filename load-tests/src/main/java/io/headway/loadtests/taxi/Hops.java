// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The hops of cabs that carry a passenger: from one good fix to the next that is about a minute or
 * more later, however they drove between. Not thread-safe.
 */
public final class Hops {
  private static final long LEAST_MS = 50_000;

  /**
   * A hop.
   *
   * @param cab the recording's name of the cab
   * @param fromMs when it began, milliseconds since the epoch
   * @param latDeg where it began
   * @param lonDeg likewise
   * @param metres as the crow flies
   * @param seconds that it took, 50 to 300
   */
  public record Hop(
      String cab, long fromMs, double latDeg, double lonDeg, double metres, double seconds) {}

  private final Map<String, Fix> starts = new HashMap<>();
  private final Consumer<Hop> out;

  Hops(Consumer<Hop> out) {
    this.out = out;
  }

  /**
   * Hands on the hops of a recording, in order of their ends.
   *
   * @param folder of day files, see {@link TaxiFeed#open}
   * @param daysMax so many of its first days are read
   * @throws IOException when there is no day file, or one cannot be read
   */
  public static void read(Path folder, int daysMax, Consumer<Hop> out) throws IOException {
    Hops hops = new Hops(out);
    TripCutter cutter = new TripCutter(hops::accept);
    for (Path file : DayFiles.in(folder).first(daysMax)) {
      try (DayReader reader = new DayReader(file)) {
        for (Fix fix = reader.next(); fix != null; fix = reader.next()) {
          cutter.accept(fix);
        }
      }
    }
    cutter.end();
  }

  /** Takes what the cutter hands on. */
  void accept(TripCutter.Moment moment) {
    if (moment.outlier()) {
      return;
    }
    Fix fix = moment.fix();
    if (!fix.occupied()) {
      starts.remove(fix.cab());
      return;
    }
    Fix start = starts.get(fix.cab());
    long hopMs = start == null ? 0 : fix.timeMs() - start.timeMs();
    if (start != null && hopMs < LEAST_MS) {
      return;
    }
    if (start != null && hopMs <= TripCutter.HOP_S_MAX * 1000) {
      out.accept(
          new Hop(
              fix.cab(),
              start.timeMs(),
              start.latDeg(),
              start.lonDeg(),
              start.distanceM(fix),
              hopMs / 1000.0));
    }
    starts.put(fix.cab(), fix);
  }
}
