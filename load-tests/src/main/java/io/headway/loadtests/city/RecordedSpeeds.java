// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.loadtests.taxi.Hops;
import io.headway.loadtests.taxi.Hops.Hop;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How fast a recorded fleet went, as residuals that another city can go by: for each minute of the
 * recording the log speed of each of {@link #SIDE}² cells over what is usual there, and for single
 * cabs what they differed by from that, five minutes at a stretch. Cells hold equally many hops:
 * bands of latitude, cut by longitude. The recording is cut into whole days from its first minute
 * on; those with a gap are left out, and the last minute is followed by the first. Immutable and
 * thread-safe.
 */
public final class RecordedSpeeds {
  /** Cells along each side. */
  static final int SIDE = 4;

  /** Minutes of a stretch of what a single cab differed by. */
  static final int STRETCH_MIN = Traffic.NOISE_SLOTS;

  /** Of so many other days it is told in which a minute was most alike. */
  static final int ALIKE = 5;

  static final int DAY_MIN = 1_440;

  /** Speeds are usual on average over these hours of the day. */
  private static final int USUAL_FROM_H = 7;

  private static final int USUAL_TO_H = 19;

  /** A minute's cell takes in what lies so many minutes before and after. */
  private static final int REACH_MIN = 7;

  /** So many hops are as good as knowing nothing. */
  private static final double KNOWN_HOPS = 10;

  /** Of a minute in the middle of so long a silence nothing is known. */
  private static final int GAP_MIN = 2 * REACH_MIN + 1;

  private static final double SLOWEST_MPS = 0.3;

  private final int firstMinuteOfDay;
  private final double[][] cells;
  private final int[][] alike;
  private final float[][] stretches;

  private RecordedSpeeds(
      int firstMinuteOfDay, double[][] cells, int[][] alike, float[][] stretches) {
    this.firstMinuteOfDay = firstMinuteOfDay;
    this.cells = cells;
    this.alike = alike;
    this.stretches = stretches;
  }

  /**
   * Reads a recording.
   *
   * @param folder of day files {@code YYYY-MM-DD.csv.gz}
   * @param daysMax so many of its first days are read
   * @param zone where the fleet is
   * @throws IOException when there is no day file, or one cannot be read
   */
  public static RecordedSpeeds read(Path folder, int daysMax, ZoneId zone) throws IOException {
    List<Hop> hops = new ArrayList<>();
    Hops.read(folder, daysMax, hops::add);
    return of(hops, zone);
  }

  /**
   * @param hops in any order
   * @throws IllegalArgumentException when they are not of two whole days without a gap
   */
  static RecordedSpeeds of(List<Hop> hops, ZoneId zone) {
    long first = hops.stream().mapToLong(RecordedSpeeds::minute).min().orElse(0);
    long last = hops.stream().mapToLong(RecordedSpeeds::minute).max().orElse(0);
    int[] dayOf = days(hops, first, (int) ((last + 1 - first) / DAY_MIN));
    int minutes = DAY_MIN * (Arrays.stream(dayOf).max().orElse(-1) + 1);
    if (minutes < 2 * DAY_MIN) {
      throw new IllegalArgumentException(
          "The recording spans %d minutes with %d whole days without a gap of %d minutes, so no day has another that is like it; give at least two"
              .formatted(last + 1 - first, minutes / DAY_MIN, GAP_MIN));
    }
    List<Hop> whole = new ArrayList<>();
    List<Integer> minuteOf = new ArrayList<>();
    for (Hop hop : hops) {
      int at = (int) (minute(hop) - first);
      if (at / DAY_MIN < dayOf.length && dayOf[at / DAY_MIN] >= 0) {
        whole.add(hop);
        minuteOf.add(dayOf[at / DAY_MIN] * DAY_MIN + at % DAY_MIN);
      }
    }
    ZonedDateTime begin = Instant.ofEpochSecond(60 * first).atZone(zone);
    int firstMinuteOfDay = 60 * begin.getHour() + begin.getMinute();
    int[] cellOf = cells(whole);
    int[] at = minuteOf.stream().mapToInt(Integer::intValue).toArray();
    double[] usualMps = usualMps(whole, cellOf, at, firstMinuteOfDay);
    double[][] cells = smoothed(whole, cellOf, at, minutes, usualMps);
    return new RecordedSpeeds(
        firstMinuteOfDay, cells, alike(cells), stretches(whole, cellOf, at, cells, usualMps));
  }

  /** Which of the days without a gap each day is; −1 for one with a gap. */
  private static int[] days(List<Hop> hops, long first, int days) {
    boolean[] told = new boolean[days * DAY_MIN];
    for (Hop hop : hops) {
      int at = (int) (minute(hop) - first);
      if (at < told.length) {
        told[at] = true;
      }
    }
    int[] dayOf = new int[days];
    int whole = 0;
    for (int day = 0; day < days; day++) {
      int silent = 0;
      int longest = 0;
      for (int m = day * DAY_MIN; m < (day + 1) * DAY_MIN; m++) {
        silent = told[m] ? 0 : silent + 1;
        longest = Math.max(longest, silent);
      }
      dayOf[day] = longest < GAP_MIN ? whole++ : -1;
    }
    return dayOf;
  }

  /** Metres over seconds by cell, in the hours that count. */
  private static double[] usualMps(List<Hop> hops, int[] cellOf, int[] at, int firstMinuteOfDay) {
    double[] metres = new double[SIDE * SIDE];
    double[] seconds = new double[SIDE * SIDE];
    for (int i = 0; i < cellOf.length; i++) {
      int hour = (firstMinuteOfDay + at[i]) % DAY_MIN / 60;
      if (hour >= USUAL_FROM_H && hour < USUAL_TO_H) {
        metres[cellOf[i]] += hops.get(i).metres();
        seconds[cellOf[i]] += hops.get(i).seconds();
      }
    }
    Arrays.setAll(metres, c -> metres[c] / seconds[c]);
    if (Arrays.stream(metres).anyMatch(mps -> !(mps > 0))) {
      throw new IllegalArgumentException(
          "Between %d and %d h no cab drove in some of the %d cells, so no usual speed is known there; give days of a larger fleet"
              .formatted(USUAL_FROM_H, USUAL_TO_H, SIDE * SIDE));
    }
    return metres;
  }

  /** Log speed over the usual one, by minute and cell. */
  private static double[][] smoothed(
      List<Hop> hops, int[] cellOf, int[] at, int minutes, double[] usualMps) {
    double[][] metres = new double[SIDE * SIDE][minutes + 1];
    double[][] seconds = new double[SIDE * SIDE][minutes + 1];
    double[][] count = new double[SIDE * SIDE][minutes + 1];
    for (int i = 0; i < cellOf.length; i++) {
      metres[cellOf[i]][at[i] + 1] += hops.get(i).metres();
      seconds[cellOf[i]][at[i] + 1] += hops.get(i).seconds();
      count[cellOf[i]][at[i] + 1]++;
    }
    double[][] cells = new double[minutes][SIDE * SIDE];
    for (int c = 0; c < SIDE * SIDE; c++) {
      Arrays.parallelPrefix(metres[c], Double::sum);
      Arrays.parallelPrefix(seconds[c], Double::sum);
      Arrays.parallelPrefix(count[c], Double::sum);
      for (int m = 0; m < minutes; m++) {
        int from = Math.max(0, m - REACH_MIN);
        int to = Math.min(minutes, m + REACH_MIN + 1);
        double mps = (metres[c][to] - metres[c][from]) / (seconds[c][to] - seconds[c][from]);
        double n = count[c][to] - count[c][from];
        cells[m][c] = mps > 0 ? Math.log(mps / usualMps[c]) * n / (n + KNOWN_HOPS) : 0;
      }
    }
    return cells;
  }

  private static long minute(Hop hop) {
    return Math.floorDiv(hop.fromMs(), 60_000L);
  }

  /** The cell of each hop. */
  private static int[] cells(List<Hop> hops) {
    int[] cellOf = new int[hops.size()];
    Integer[] byLat = IntStream.range(0, cellOf.length).boxed().toArray(Integer[]::new);
    Arrays.sort(byLat, Comparator.comparingDouble(i -> hops.get(i).latDeg()));
    for (int row = 0; row < SIDE; row++) {
      Integer[] band =
          Arrays.copyOfRange(byLat, row * byLat.length / SIDE, (row + 1) * byLat.length / SIDE);
      Arrays.sort(band, Comparator.comparingDouble(i -> hops.get(i).lonDeg()));
      for (int i = 0; i < band.length; i++) {
        cellOf[band[i]] = row * SIDE + (int) ((long) i * SIDE / band.length);
      }
    }
    return cellOf;
  }

  /** What single cabs differed by, minute by minute, as long as they went on with a passenger. */
  private static float[][] stretches(
      List<Hop> hops, int[] cellOf, int[] at, double[][] cells, double[] usualMps) {
    List<float[]> all = new ArrayList<>();
    Map<String, Open> open = new HashMap<>();
    for (int i = 0; i < cellOf.length; i++) {
      Hop hop = hops.get(i);
      double mps = Math.max(SLOWEST_MPS, hop.metres() / hop.seconds());
      double differs = Math.log(mps / usualMps[cellOf[i]]) - cells[at[i]][cellOf[i]];
      Open one = open.computeIfAbsent(hop.cab(), cab -> new Open());
      if (one.untilMs != hop.fromMs()) {
        one.count = 0;
      }
      one.untilMs = hop.fromMs() + Math.round(1000 * hop.seconds());
      for (long m = Math.round(hop.seconds() / 60); m > 0; m--) {
        one.differs[one.count++] = (float) differs;
        if (one.count == STRETCH_MIN) {
          all.add(one.differs.clone());
          one.count = 0;
        }
      }
    }
    if (all.isEmpty()) {
      throw new IllegalArgumentException(
          "No cab of the recording carried a passenger for %d minutes, so what single cabs differ by is not known; give days of a larger fleet"
              .formatted(STRETCH_MIN));
    }
    return all.toArray(float[][]::new);
  }

  private static final class Open {
    private final float[] differs = new float[STRETCH_MIN];
    private int count;
    private long untilMs;
  }

  private static int[][] alike(double[][] cells) {
    int[][] alike = new int[cells.length][];
    for (int m = 0; m < cells.length; m++) {
      int at = m;
      alike[m] =
          IntStream.range(0, cells.length / DAY_MIN)
              .map(day -> day * DAY_MIN + at % DAY_MIN)
              .filter(other -> other != at)
              .boxed()
              .sorted(Comparator.comparingDouble(other -> squares(cells[at], cells[other])))
              .limit(ALIKE)
              .mapToInt(Integer::intValue)
              .toArray();
    }
    return alike;
  }

  private static double squares(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sum;
  }

  /** How many days there are. */
  public int days() {
    return cells.length / DAY_MIN;
  }

  /** A day's minute at a local time of day. */
  int minute(int day, int minuteOfDay) {
    return day * DAY_MIN + Math.floorMod(minuteOfDay - firstMinuteOfDay, DAY_MIN);
  }

  /** The minute after one. */
  int following(int minute) {
    return (minute + 1) % cells.length;
  }

  /** Log speed over the usual one by cell, south to north, west to east; not to be changed. */
  double[] cells(int minute) {
    return cells[minute];
  }

  /** The minutes at the same time of other days that are most like one; not to be changed. */
  int[] alike(int minute) {
    return alike[minute];
  }

  /** How many stretches of single cabs there are. */
  int stretches() {
    return stretches.length;
  }

  /**
   * Log of what a single cab differed by.
   *
   * @param minute of the stretch, 0 to {@link #STRETCH_MIN} − 1
   */
  double differs(int stretch, int minute) {
    return stretches[stretch][minute];
  }
}
