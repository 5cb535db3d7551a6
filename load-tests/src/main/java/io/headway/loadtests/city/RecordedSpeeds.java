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
 * bands of latitude, cut by longitude. Immutable and thread-safe.
 */
public final class RecordedSpeeds {
  /** Cells along each side. */
  static final int SIDE = 4;

  /** Minutes of a stretch of what a single cab differed by. */
  static final int STRETCH_MIN = Traffic.NOISE_SLOTS;

  /** A minute goes on as one of so many that are most like the one that followed it. */
  static final int ALIKE = 5;

  private static final int DAY_MIN = 1_440;

  /** Speeds are usual on average over these hours of the day. */
  private static final int USUAL_FROM_H = 7;

  private static final int USUAL_TO_H = 19;

  /** A minute's cell takes in what lies so many minutes before and after. */
  private static final int REACH_MIN = 7;

  /** So many hops are as good as knowing nothing. */
  private static final double KNOWN_HOPS = 10;

  /** Minutes that are alike lie so near in the time of day, */
  private static final int SAME_TIME_MIN = 10;

  /** and so far apart. */
  private static final int APART_MIN = 60;

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
   * @param hops of at least a day
   */
  static RecordedSpeeds of(List<Hop> hops, ZoneId zone) {
    long firstMinute = hops.stream().mapToLong(RecordedSpeeds::minute).min().orElseThrow();
    long lastMinute = hops.stream().mapToLong(RecordedSpeeds::minute).max().orElseThrow();
    ZonedDateTime first = Instant.ofEpochSecond(60 * firstMinute).atZone(zone);
    int firstMinuteOfDay = 60 * first.getHour() + first.getMinute();
    int minutes = (int) (lastMinute - firstMinute) + 1;
    int[] cellOf = cells(hops);
    double[] usualMps = new double[SIDE * SIDE];
    double[] usualS = new double[SIDE * SIDE];
    double[][] metres = new double[minutes][SIDE * SIDE];
    double[][] seconds = new double[minutes][SIDE * SIDE];
    double[][] count = new double[minutes][SIDE * SIDE];
    for (int i = 0; i < cellOf.length; i++) {
      Hop hop = hops.get(i);
      int at = (int) (minute(hop) - firstMinute);
      metres[at][cellOf[i]] += hop.metres();
      seconds[at][cellOf[i]] += hop.seconds();
      count[at][cellOf[i]]++;
      int hour = (firstMinuteOfDay + at) % DAY_MIN / 60;
      if (hour >= USUAL_FROM_H && hour < USUAL_TO_H) {
        usualMps[cellOf[i]] += hop.metres();
        usualS[cellOf[i]] += hop.seconds();
      }
    }
    Arrays.setAll(usualMps, c -> usualMps[c] / usualS[c]);
    if (Arrays.stream(usualMps).anyMatch(mps -> !(mps > 0))) {
      throw new IllegalArgumentException(
          "Between %d and %d h no cab drove in some of the %d cells, so no usual speed is known there; give whole days of a fleet"
              .formatted(USUAL_FROM_H, USUAL_TO_H, SIDE * SIDE));
    }
    double[][] cells = new double[minutes][SIDE * SIDE];
    for (int c = 0; c < SIDE * SIDE; c++) {
      for (int m = 0; m < minutes; m++) {
        double ofMetres = 0;
        double ofSeconds = 0;
        double of = 0;
        for (int k = Math.max(0, m - REACH_MIN); k <= Math.min(minutes - 1, m + REACH_MIN); k++) {
          ofMetres += metres[k][c];
          ofSeconds += seconds[k][c];
          of += count[k][c];
        }
        cells[m][c] =
            ofMetres == 0
                ? 0
                : Math.log(ofMetres / ofSeconds / usualMps[c]) * of / (of + KNOWN_HOPS);
      }
    }
    float[][] stretches = stretches(hops, cellOf, firstMinute, cells, usualMps);
    return new RecordedSpeeds(firstMinuteOfDay, cells, alike(cells), stretches);
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
      List<Hop> hops, int[] cellOf, long firstMinute, double[][] cells, double[] usualMps) {
    List<float[]> all = new ArrayList<>();
    Map<String, Open> open = new HashMap<>();
    for (int i = 0; i < cellOf.length; i++) {
      Hop hop = hops.get(i);
      double mps = Math.max(SLOWEST_MPS, hop.metres() / hop.seconds());
      double differs =
          Math.log(mps / usualMps[cellOf[i]]) - cells[(int) (minute(hop) - firstMinute)][cellOf[i]];
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
      double[] at = cells[m];
      int firstDay = Math.floorMod(m, DAY_MIN);
      List<Integer> others = new ArrayList<>();
      for (int same = firstDay - DAY_MIN; same < cells.length + SAME_TIME_MIN; same += DAY_MIN) {
        for (int other = same - SAME_TIME_MIN; other <= same + SAME_TIME_MIN; other++) {
          if (other >= 0 && other < cells.length && Math.abs(other - m) >= APART_MIN) {
            others.add(other);
          }
        }
      }
      alike[m] =
          others.stream()
              .sorted(Comparator.comparingDouble(other -> squares(at, cells[other])))
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

  /** How many minutes were recorded. */
  int minutes() {
    return cells.length;
  }

  /** The recorded minutes at a local time of day. */
  int[] at(int minuteOfDay) {
    return IntStream.range(0, cells.length)
        .filter(m -> (firstMinuteOfDay + m) % DAY_MIN == minuteOfDay)
        .toArray();
  }

  /** Log speed over the usual one by cell, south to north, west to east; not to be changed. */
  double[] cells(int minute) {
    return cells[minute];
  }

  /** The minutes that are most like one, on other days or at another time; not to be changed. */
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
