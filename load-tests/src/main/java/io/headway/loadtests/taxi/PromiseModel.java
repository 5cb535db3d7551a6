// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import java.io.IOException;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Promises travel times from trips of earlier days: the promised time is a quantile of the travel
 * times of past trips of the same distance class that began in the same hour of the same kind of
 * day (Monday to Friday, or the weekend). Where fewer than {@link #CELL_TRIPS_MIN} such trips are
 * known, the trips of the distance class at any hour answer; where these are too few as well, the
 * same quantile of the seconds per metre of all trips times the distance.
 *
 * <p>Distances are great circles from pick-up to drop-off in metres; distance classes grow by a
 * quarter each ({@code 300 m * 1.25^k}). Immutable.
 */
public final class PromiseModel {
  static final int CELL_TRIPS_MIN = 30;

  private static final double FIRST_CLASS_M = TripCutter.TRIP_M_MIN;
  private static final double CLASS_RATIO = 1.25;
  static final int CLASSES = 24;
  private static final int HOURS = 24;
  private static final int HOUR_CLASSES = 2 * HOURS;

  private final ZoneId zone;
  private final double quantile;
  private final double[][] secondsByClassAndHour;
  private final double[] secondsByClass;
  private final double secondsPerM;
  private final int trips;
  private final double lateShare;

  private PromiseModel(List<Trip> past, double quantile, ZoneId zone) {
    this.zone = zone;
    this.quantile = quantile;
    trips = past.size();
    secondsByClassAndHour = new double[CLASSES][HOUR_CLASSES];
    secondsByClass = new double[CLASSES];
    Samples[] byClass = Samples.array(CLASSES);
    Samples[] byClassAndHour = Samples.array(CLASSES * HOUR_CLASSES);
    Samples paces = new Samples();
    for (Trip trip : past) {
      int distanceClass = distanceClass(trip.distanceM());
      int hourClass = hourClass(trip.pickUp().timeMs());
      byClass[distanceClass].add(trip.travelS());
      byClassAndHour[distanceClass * HOUR_CLASSES + hourClass].add(trip.travelS());
      paces.add(trip.travelS() / trip.distanceM());
    }
    secondsPerM = paces.quantile(quantile, 1);
    for (int c = 0; c < CLASSES; c++) {
      secondsByClass[c] = byClass[c].quantile(quantile, CELL_TRIPS_MIN);
      for (int h = 0; h < HOUR_CLASSES; h++) {
        secondsByClassAndHour[c][h] =
            byClassAndHour[c * HOUR_CLASSES + h].quantile(quantile, CELL_TRIPS_MIN);
      }
    }
    long late = past.stream().filter(trip -> trip.travelS() > secondsFor(trip)).count();
    lateShare = (double) late / trips;
  }

  /**
   * Learns from day files, two or more at a time.
   *
   * @param dayFiles files of days before the one that promises are wanted for
   * @param quantile share of past trips of a kind that would have kept the promise, above 0 and
   *     below 1
   * @param zone where hours of the day count
   * @throws IOException when a file cannot be read, or none of them has a trip
   */
  static PromiseModel learn(List<Path> dayFiles, double quantile, ZoneId zone) throws IOException {
    List<Trip> past = tripsOf(dayFiles);
    if (past.isEmpty()) {
      throw new IOException(
          "No trip was found in "
              + dayFiles
              + ", so no arrival can be promised; give earlier days that have occupied stretches.");
    }
    return new PromiseModel(past, quantile, zone);
  }

  /** Learns from trips that are at hand; there must be at least one. */
  static PromiseModel of(List<Trip> past, double quantile, ZoneId zone) {
    return new PromiseModel(past, quantile, zone);
  }

  /**
   * The promised travel time.
   *
   * @param distanceM great circle from pick-up to destination, metres
   * @param pickUpMs when the trip begins, milliseconds since the epoch
   * @return seconds, above 0
   */
  public double travelS(double distanceM, long pickUpMs) {
    int distanceClass = distanceClass(distanceM);
    double seconds = secondsByClassAndHour[distanceClass][hourClass(pickUpMs)];
    if (Double.isNaN(seconds)) {
      seconds = secondsByClass[distanceClass];
    }
    return Double.isNaN(seconds) ? secondsPerM * distanceM : seconds;
  }

  /** The share of past trips of a kind that would have kept their promise. */
  public double quantile() {
    return quantile;
  }

  /** How many past trips it was learned from. */
  public int trips() {
    return trips;
  }

  /** Share of the past trips that would have been late under their own promise, 0 to 1. */
  public double lateShare() {
    return lateShare;
  }

  private double secondsFor(Trip trip) {
    return travelS(trip.distanceM(), trip.pickUp().timeMs());
  }

  static int distanceClass(double distanceM) {
    double steps = Math.log(distanceM / FIRST_CLASS_M) / Math.log(CLASS_RATIO);
    return (int) Math.max(0, Math.min(CLASSES - 1, steps));
  }

  private int hourClass(long timeMs) {
    ZonedDateTime local = Instant.ofEpochMilli(timeMs).atZone(zone);
    DayOfWeek day = local.getDayOfWeek();
    boolean weekend = day == DayOfWeek.SATURDAY || day == DayOfWeek.SUNDAY;
    return local.getHour() + (weekend ? HOURS : 0);
  }

  private static List<Trip> tripsOf(List<Path> dayFiles) throws IOException {
    int threads =
        Math.max(1, Math.min(dayFiles.size(), Runtime.getRuntime().availableProcessors()));
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<List<Trip>>> days = new ArrayList<>();
      dayFiles.forEach(file -> days.add(() -> tripsOf(file)));
      List<Trip> all = new ArrayList<>();
      for (Future<List<Trip>> day : pool.invokeAll(days)) {
        all.addAll(day.get());
      }
      return all;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while learning promises from " + dayFiles + ".", e);
    } finally {
      pool.shutdownNow();
    }
  }

  private static List<Trip> tripsOf(Path dayFile) throws IOException {
    List<Trip> trips = new ArrayList<>();
    TripCutter cutter =
        new TripCutter(
            moment -> {
              if (moment.ends() != null) {
                trips.add(moment.ends());
              }
            });
    try (DayReader reader = new DayReader(dayFile)) {
      for (Fix fix = reader.next(); fix != null; fix = reader.next()) {
        cutter.accept(fix);
      }
    }
    return trips;
  }

  private static final class Samples {
    private double[] values = new double[8];
    private int size;

    private static Samples[] array(int length) {
      Samples[] all = new Samples[length];
      Arrays.setAll(all, i -> new Samples());
      return all;
    }

    private void add(double value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = value;
    }

    /**
     * The smallest value that at least that share of the values do not exceed; NaN when too few.
     */
    private double quantile(double share, int sizeMin) {
      if (size < sizeMin) {
        return Double.NaN;
      }
      double[] sorted = Arrays.copyOf(values, size);
      Arrays.sort(sorted);
      return sorted[Math.max(0, (int) Math.ceil(share * size) - 1)];
    }
  }
}
