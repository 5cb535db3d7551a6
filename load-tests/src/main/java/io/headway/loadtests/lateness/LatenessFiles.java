// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.functions.decision.LegFeatures;
import io.headway.functions.decision.StopFeatures;
import io.headway.loadtests.lateness.KeptPlan.KeptStop;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * The two files of a data set, a line a leg and a line a stop. A time that the run did not last to
 * see is empty, so that who reads them can count it; other legs that were not observed are left out
 * and counted.
 *
 * <p>{@code left_min} is how much of the run followed the request. To choose rows by what was
 * observed would favour short times; to choose them by this does not, as it was known before.
 */
final class LatenessFiles implements AutoCloseable {
  private final Writer legs;
  private final Writer stops;

  /**
   * @throws IOException when the folder cannot be written
   */
  LatenessFiles(Path folder) throws IOException {
    Files.createDirectories(folder);
    legs = open(folder.resolve("requests.csv.gz"));
    StringBuilder header = new StringBuilder("city,request,leg,left_min,horizon_min");
    for (int f = 0; f < LegFeatures.FEATURES; f++) {
      header.append(",f").append(f);
    }
    legs.write(header.append(",usual_s,live_s,realised_s\n").toString());
    stops = open(folder.resolve("stops.csv.gz"));
    stops.write("city,request,stop,left_min,arrive_min,slack_min,stops_before,live_ratio,late\n");
  }

  /**
   * Writes what became of a plan.
   *
   * @param endMs end of the city's run, milliseconds since the epoch
   * @return legs by fate
   */
  Map<LegFate, Long> write(long city, RealisedPlan realised, long endMs) {
    Map<LegFate, Long> counts = new EnumMap<>(LegFate.class);
    try {
      KeptPlan plan = realised.plan();
      String leftMin = rounded((endMs - plan.requestedAtMs()) / 6e4);
      for (int p = 0; p < plan.stops().size(); p++) {
        KeptStop stop = plan.stops().get(p);
        LegFate fate = realised.fates()[p];
        if (fate == null) {
          continue;
        }
        counts.merge(fate, 1L, Long::sum);
        String head = city + "," + plan.requestId() + "," + p + "," + leftMin;
        if (fate == LegFate.OBSERVED || fate == LegFate.UNFINISHED) {
          writeLeg(head, stop, fate == LegFate.OBSERVED ? realised.realisedS(p) : Double.NaN);
        }
        boolean unseen =
            fate == LegFate.NOTHING_TO_DRIVE && realised.arrivedMs()[p] == RealisedPlan.NEVER;
        if (realised.keptUpTo(p) && !unseen) {
          writeStop(head, realised, p);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The data set cannot be written: " + e.getMessage(), e);
    }
    return counts;
  }

  private void writeLeg(String head, KeptStop stop, double realisedS) throws IOException {
    StringBuilder line = new StringBuilder(head).append(',').append(rounded(stop.beginMin()));
    for (float feature : stop.features()) {
      line.append(',').append(feature);
    }
    line.append(',').append(rounded(stop.usualS())).append(',').append(rounded(stop.liveS()));
    line.append(',').append(Double.isNaN(realisedS) ? "" : rounded(realisedS)).append('\n');
    legs.write(line.toString());
  }

  private void writeStop(String head, RealisedPlan realised, int position) throws IOException {
    KeptStop stop = realised.plan().stops().get(position);
    StopFeatures features = stop.stopFeatures();
    long arrivedMs = realised.arrivedMs()[position];
    String late = arrivedMs == RealisedPlan.NEVER ? "" : arrivedMs > stop.windowEndMs() ? "1" : "0";
    stops.write(
        String.join(
                ",",
                head,
                rounded(features.arriveMin()),
                rounded(features.slackMin()),
                Integer.toString(features.stopsBefore()),
                String.format(Locale.ROOT, "%.4f", features.liveRatio()),
                late)
            + "\n");
  }

  @Override
  public void close() throws IOException {
    try (legs;
        stops) {
      legs.flush();
      stops.flush();
    }
  }

  private static String rounded(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  private static Writer open(Path file) throws IOException {
    return new BufferedWriter(
        new OutputStreamWriter(
            new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.UTF_8));
  }
}
