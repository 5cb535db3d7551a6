// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.loadtests.results.Figure;
import io.headway.loadtests.results.Results;
import io.headway.loadtests.taxi.TaxiMarginals;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Telemetry;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * The marginals of a simulated city, and of one that goes by a recorded fleet's speeds, beside
 * those of that fleet, all by the same estimator ({@link TaxiMarginals}). A trip of the city is the
 * way from one stop to the next.
 */
public final class MarginalsReport {
  private static final long SETTLED_MS = 400_000;

  private MarginalsReport() {}

  /** Drives a city to its end and measures what its topics show. */
  public static TaxiMarginals measure(CityParameters parameters, RoadNetwork network)
      throws IOException {
    TaxiMarginals.Collector collector = new TaxiMarginals.Collector(ZoneOffset.UTC);
    Map<String, Track> tracks = new HashMap<>();
    PriorityQueue<Telemetry> settling =
        new PriorityQueue<>(
            Comparator.comparing(Telemetry::getEventTime).thenComparing(Telemetry::getVehicleId));
    CityParameters clean = parameters.with(Knob.BAD_INPUTS_PER_MILLION, 0);
    try (CityFeed feed = new CityFeed(clean, network)) {
      for (FeedRecord record = feed.next(); record != null; record = feed.next()) {
        if (record.topic().equals(Topics.SHIPMENTS.name())) {
          Shipment shipment = Shipment.fromByteBuffer(ByteBuffer.wrap(record.value()));
          tracks.computeIfAbsent(shipment.getVehicleId(), id -> new Track()).see(shipment);
        } else if (record.topic().equals(Topics.TELEMETRY.name())) {
          settling.add(Telemetry.fromByteBuffer(ByteBuffer.wrap(record.value())));
        }
        long settledMs = record.sendAtMs() - SETTLED_MS;
        while (!settling.isEmpty() && settling.peek().getEventTime().toEpochMilli() <= settledMs) {
          hand(settling.poll(), tracks, collector);
        }
      }
    }
    while (!settling.isEmpty()) {
      hand(settling.poll(), tracks, collector);
    }
    return collector.marginals();
  }

  private static void hand(
      Telemetry fix, Map<String, Track> tracks, TaxiMarginals.Collector collector) {
    long ms = fix.getEventTime().toEpochMilli();
    Track track = tracks.computeIfAbsent(fix.getVehicleId(), id -> new Track());
    if (ms > track.lastFixMs) {
      track.lastFixMs = ms;
      collector.fix(
          fix.getVehicleId(), ms, fix.getLatDeg(), fix.getLonDeg(), track.betweenStops(ms));
    }
  }

  /** When a vehicle was on its way from one stop to the next. */
  private static final class Track {
    private final ArrayDeque<long[]> turns = new ArrayDeque<>();
    private int open;
    private boolean between;
    private long lastFixMs = Long.MIN_VALUE;

    private final Map<String, Boolean> planned = new HashMap<>();

    void see(Shipment shipment) {
      long ms = shipment.getEventTime().toEpochMilli();
      String id = shipment.getShipmentId();
      if (shipment.getStatus() == ShipmentStatus.PLANNED) {
        open += planned.put(id, true) == null ? 1 : 0;
      } else if (shipment.getStatus() == ShipmentStatus.ARRIVED) {
        turns.add(new long[] {ms, 0});
      } else if (shipment.getStatus() == ShipmentStatus.DELIVERED
          || shipment.getStatus() == ShipmentStatus.CANCELLED) {
        open -= planned.remove(id) == null ? 0 : 1;
        if (shipment.getStatus() == ShipmentStatus.DELIVERED && open > 0) {
          turns.add(new long[] {ms, 1});
        } else if (open == 0) {
          turns.add(new long[] {ms, 0});
        }
      }
    }

    boolean betweenStops(long ms) {
      while (!turns.isEmpty() && turns.peek()[0] <= ms) {
        between = turns.poll()[1] == 1;
      }
      return between;
    }
  }

  /** Writes {@code city-marginals.json} and {@code city-marginals.md}. */
  public static void write(
      Results results,
      String command,
      TaxiMarginals city,
      TaxiMarginals byRecorded,
      TaxiMarginals recorded)
      throws IOException {
    List<Figure> figures = new ArrayList<>();
    add(figures, "city", city);
    add(figures, "city_of_recorded_speeds", byRecorded);
    add(figures, "recorded", recorded);
    results.write(
        "city-marginals",
        command,
        "The simulated city beside recorded taxis",
        figures,
        text(city, byRecorded, recorded));
  }

  private static void add(List<Figure> figures, String whose, TaxiMarginals marginals) {
    figures.add(Figure.of(whose + "_fixes", (double) marginals.fixes(), "fixes"));
    figures.add(Figure.of(whose + "_trips", (double) marginals.trips(), "trips"));
    figures.add(Figure.of(whose + "_outlier_share", marginals.outlierShare(), ""));
    addQuantiles(figures, whose + "_update_interval", marginals.updateIntervalS(), "s");
    addQuantiles(figures, whose + "_trip_time_ratio", marginals.tripTimeRatio(), "");
    for (int hour = 0; hour < marginals.speedMpsByHour().size(); hour++) {
      figures.add(
          Figure.of(
              String.format(Locale.ROOT, "%s_speed_hour_%02d", whose, hour),
              marginals.speedMpsByHour().get(hour),
              "m/s"));
    }
  }

  private static void addQuantiles(
      List<Figure> figures, String name, TaxiMarginals.Quantiles quantiles, String unit) {
    figures.add(Figure.of(name + "_p10", quantiles.p10(), unit));
    figures.add(Figure.of(name + "_p50", quantiles.p50(), unit));
    figures.add(Figure.of(name + "_p90", quantiles.p90(), unit));
    figures.add(Figure.of(name + "_p99", quantiles.p99(), unit));
  }

  private static String text(TaxiMarginals city, TaxiMarginals byRecorded, TaxiMarginals recorded) {
    StringBuilder text = new StringBuilder("## Side by side\n\n");
    text.append(
        "| | simulated city | city of recorded speeds | recorded taxis | simulated / recorded |\n|---|---:|---:|---:|---:|\n");
    row(
        text,
        "share of outliers",
        city.outlierShare(),
        byRecorded.outlierShare(),
        recorded.outlierShare());
    row(
        text,
        "update interval, median (s)",
        city.updateIntervalS().p50(),
        byRecorded.updateIntervalS().p50(),
        recorded.updateIntervalS().p50());
    row(
        text,
        "update interval, 99 % (s)",
        city.updateIntervalS().p99(),
        byRecorded.updateIntervalS().p99(),
        recorded.updateIntervalS().p99());
    row(
        text,
        "trip time at equal distance over its median, 10 %",
        city.tripTimeRatio().p10(),
        byRecorded.tripTimeRatio().p10(),
        recorded.tripTimeRatio().p10());
    row(
        text,
        "… 90 %",
        city.tripTimeRatio().p90(),
        byRecorded.tripTimeRatio().p90(),
        recorded.tripTimeRatio().p90());
    row(
        text,
        "… 99 %",
        city.tripTimeRatio().p99(),
        byRecorded.tripTimeRatio().p99(),
        recorded.tripTimeRatio().p99());
    text.append("\n## Speed by local hour\n\n");
    text.append(
        "Great circles between fixes a minute apart over the time taken, on trips, m/s.\n\n");
    text.append(
        "| hour | simulated city | city of recorded speeds | recorded taxis | simulated / recorded |\n|---|---:|---:|---:|---:|\n");
    for (int hour = 0; hour < city.speedMpsByHour().size(); hour++) {
      row(
          text,
          String.format(Locale.ROOT, "%02d", hour),
          city.speedMpsByHour().get(hour),
          byRecorded.speedMpsByHour().get(hour),
          recorded.speedMpsByHour().get(hour));
    }
    text.append(
        """

        ## How to read it

        All columns come from one estimator: outliers are fixes that would need more than 160 km/h \
        from the last good one; trips are grouped by great-circle distance in classes that grow by \
        a quarter, and the ratio is a trip's time over its class's median, so it mixes what traffic \
        does with how far roads wind. The city is not fitted to the recording: a trip of the city is \
        a van's short way from one stop to the next on usual routes, one of the taxis a passenger's \
        ride, with pick-up and payment in it, through hills, freeways and signals that the city \
        does not have. The city of recorded speeds (`evaluate decisions --cities recorded`) has the \
        same vans and roads, and traffic made of the taxis' residuals. The city's vans send more often than the taxis did. Where a ratio is far from \
        1, do not carry a conclusion about that property over from the city to a real fleet; knobs \
        (`tails`, `correlation`, `incidents`, `rush_hour`, `fix_interval_s`, `outlier_share`) move it.
        """);
    return text.toString();
  }

  private static void row(
      StringBuilder text, String what, double city, double byRecorded, double recorded) {
    text.append(
        "| %s | %s | %s | %s | %s |\n"
            .formatted(
                what,
                Results.number(city),
                Results.number(byRecorded),
                Results.number(recorded),
                Results.number(city / recorded)));
  }
}
