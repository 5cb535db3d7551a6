// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * How a fleet moves, in a few figures that a simulated fleet can be measured by as well: its {@link
 * Collector} takes the fixes of any fleet. Immutable.
 *
 * @param fixes how many fixes were measured
 * @param trips how many occupied stretches were trips (see {@link StretchFate})
 * @param outlierShare share of fixes that a vehicle would have had to drive to at more than 160
 *     km/h from its last good one, 0 to 1
 * @param updateIntervalS seconds between two fixes of a vehicle, up to an hour
 * @param tripTimeRatio a trip's time over the median of trips of about its distance (great circle,
 *     classes that grow by a quarter, with at least 30 trips); NaN without any
 * @param speedMpsByHour for each local hour of the day 0 to 23, the metres driven with a passenger
 *     over the seconds taken, standing included; metres are great circles between fixes about a
 *     minute apart; NaN for an hour without any
 */
public record TaxiMarginals(
    long fixes,
    long trips,
    double outlierShare,
    Quantiles updateIntervalS,
    Quantiles tripTimeRatio,
    List<Double> speedMpsByHour) {

  /**
   * Quantiles of a figure.
   *
   * @param p10 a tenth lies below
   * @param p50 the median
   * @param p90 nine tenths lie below
   * @param p99 99 of 100 lie below
   */
  public record Quantiles(double p10, double p50, double p90, double p99) {
    private static final Quantiles NONE =
        new Quantiles(Double.NaN, Double.NaN, Double.NaN, Double.NaN);

    private static Quantiles of(Histogram histogram, double unit) {
      if (histogram.getTotalCount() == 0) {
        return NONE;
      }
      return new Quantiles(
          histogram.getValueAtPercentile(10) / unit,
          histogram.getValueAtPercentile(50) / unit,
          histogram.getValueAtPercentile(90) / unit,
          histogram.getValueAtPercentile(99) / unit);
    }
  }

  /** Keeps the list as it is now. */
  public TaxiMarginals {
    speedMpsByHour = List.copyOf(speedMpsByHour);
  }

  /**
   * Measures a recording.
   *
   * @param folder of day files, see {@link TaxiFeed#open}
   * @param daysMax so many of its first days are read
   * @param zone where the fleet is
   * @throws IOException when there is no day file, or one cannot be read
   */
  public static TaxiMarginals read(Path folder, int daysMax, ZoneId zone) throws IOException {
    Collector collector = new Collector(zone);
    for (Path file : DayFiles.in(folder).first(daysMax)) {
      try (DayReader reader = new DayReader(file)) {
        for (Fix fix = reader.next(); fix != null; fix = reader.next()) {
          collector.cutter.accept(fix);
        }
      }
    }
    return collector.marginals();
  }

  /**
   * Measures fixes as they come. Memory grows with the number of vehicles only. Not thread-safe.
   */
  public static final class Collector {
    private static final int HOURS = 24;
    private static final long INTERVAL_MS_MAX = 3_600_000;
    private static final double RATIO_UNIT = 1000;
    private static final int DIGITS = 3;

    private final ZoneId zone;
    private final TripCutter cutter = new TripCutter(this::measure);
    private final Hops hops = new Hops(this::addHop);
    private final Map<String, Long> lastMs = new HashMap<>();
    private final Histogram intervalsMs = new Histogram(DIGITS);
    private final Histogram[] tripMsByClass = new Histogram[PromiseModel.CLASSES];
    private final double[] metresByHour = new double[HOURS];
    private final double[] secondsByHour = new double[HOURS];
    private long fixes;
    private long outliers;
    private long trips;

    /**
     * @param zone whose hours of the day count
     */
    public Collector(ZoneId zone) {
      this.zone = zone;
      Arrays.setAll(tripMsByClass, i -> new Histogram(DIGITS));
    }

    /**
     * Takes a fix; fixes come in order of time.
     *
     * @param vehicleId identity of the vehicle
     * @param eventTimeMs when it was measured, milliseconds since the epoch
     * @param latDeg WGS84 latitude
     * @param lonDeg WGS84 longitude
     * @param occupied whether it is on a trip: with a passenger, or on its way to a stop
     */
    public void fix(
        String vehicleId, long eventTimeMs, double latDeg, double lonDeg, boolean occupied) {
      cutter.accept(new Fix(vehicleId, eventTimeMs, latDeg, lonDeg, occupied));
    }

    /** What was measured; no fix may follow. */
    public TaxiMarginals marginals() {
      cutter.end();
      Histogram ratios = new Histogram(DIGITS);
      Stream.of(tripMsByClass)
          .filter(times -> times.getTotalCount() >= PromiseModel.CELL_TRIPS_MIN)
          .forEach(times -> addRatios(times, ratios));
      List<Double> speeds =
          IntStream.range(0, HOURS)
              .mapToObj(
                  hour ->
                      secondsByHour[hour] == 0
                          ? Double.NaN
                          : metresByHour[hour] / secondsByHour[hour])
              .toList();
      return new TaxiMarginals(
          fixes,
          trips,
          fixes == 0 ? 0 : (double) outliers / fixes,
          Quantiles.of(intervalsMs, 1000),
          Quantiles.of(ratios, RATIO_UNIT),
          speeds);
    }

    private void measure(TripCutter.Moment moment) {
      Fix fix = moment.fix();
      Long before = lastMs.put(fix.cab(), fix.timeMs());
      fixes++;
      if (before != null && fix.timeMs() - before <= INTERVAL_MS_MAX) {
        intervalsMs.recordValue(fix.timeMs() - before);
      }
      outliers += moment.outlier() ? 1 : 0;
      hops.accept(moment);
      if (moment.ends() != null) {
        Trip trip = moment.ends();
        trips++;
        tripMsByClass[PromiseModel.distanceClass(trip.distanceM())].recordValue(
            trip.dropOff().timeMs() - trip.pickUp().timeMs());
      }
    }

    private void addHop(Hops.Hop hop) {
      int hour = Instant.ofEpochMilli(hop.fromMs()).atZone(zone).getHour();
      metresByHour[hour] += hop.metres();
      secondsByHour[hour] += hop.seconds();
    }

    private static void addRatios(Histogram times, Histogram ratios) {
      double median = times.getValueAtPercentile(50);
      times
          .recordedValues()
          .forEach(
              value ->
                  ratios.recordValueWithCount(
                      Math.round(RATIO_UNIT * value.getValueIteratedTo() / median),
                      value.getCountAtValueIteratedTo()));
    }
  }
}
