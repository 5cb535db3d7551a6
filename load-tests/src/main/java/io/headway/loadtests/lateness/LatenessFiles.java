// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.functions.decision.ScenarioFeatures;
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
 * The files of a data set: a line a leg, a line a stop with what the baseline of lateness is told
 * of it, a line a service, and of a sample a line a leg with the scores of the ideal forecast. A
 * time that the run did not last to see is empty, so that who reads them can count it; other legs
 * that were not observed are left out and counted.
 *
 * <p>{@code left_min} is how much of the run followed the request. To choose rows by what was
 * observed would favour short times; to choose them by this does not, as it was known before.
 */
final class LatenessFiles implements AutoCloseable {
  private final Writer legs;
  private final Writer stops;
  private final Writer services;
  private final Writer ideal;

  /**
   * @throws IOException when the folder cannot be written
   */
  LatenessFiles(Path folder) throws IOException {
    Files.createDirectories(folder);
    legs = open(folder.resolve("requests.csv.gz"));
    legs.write(
        "city,request,leg,left_min,horizon_min"
            + names("f", ScenarioFeatures.OF_LEG)
            + ",usual_s,live_s,realised_s\n");
    stops = open(folder.resolve("stops.csv.gz"));
    stops.write("city,request,stop,left_min,arrive_min,slack_min,stops_before,live_ratio,late\n");
    services = open(folder.resolve("services.csv.gz"));
    services.write(
        "city,request,stop,left_min,horizon_min"
            + names("f", ScenarioFeatures.OF_STOP)
            + ",expected_s,realised_s\n");
    ideal = open(folder.resolve("ideal.csv.gz"));
    ideal.write("city,request,leg,left_min,horizon_min,leg_crps_s,prefix_crps_s\n");
  }

  private static String names(String prefix, int count) {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < count; i++) {
      names.append(',').append(prefix).append(i);
    }
    return names.toString();
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
      Prefix prefix = new Prefix();
      for (int p = 0; p < plan.stops().size(); p++) {
        KeptStop stop = plan.stops().get(p);
        LegFate fate = realised.fates()[p];
        String head = city + "," + plan.requestId() + "," + p + "," + leftMin;
        if (fate != LegFate.PLAN_CHANGED) {
          String servedS = orEmpty(realised.servedS(p));
          write(services, head, stop, stop.serviceFeatures(), rounded(stop.serviceS()), servedS);
        }
        if (fate == null) {
          continue;
        }
        counts.merge(fate, 1L, Long::sum);
        if (fate == LegFate.OBSERVED || fate == LegFate.UNFINISHED) {
          String drivenS = fate == LegFate.OBSERVED ? rounded(realised.realisedS(p)) : "";
          String usualS = rounded(stop.usualS());
          write(legs, head, stop, stop.features(), usualS, rounded(stop.liveS()), drivenS);
          if (plan.forecastS() != null && fate == LegFate.OBSERVED) {
            writeIdeal(head, stop, plan.forecastS()[p], realised.realisedS(p), prefix);
          }
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

  /** The observed legs of a plan up to one, together. */
  private static final class Prefix {
    final float[] expectedS = new float[IdealForecast.SCENARIOS];
    double drivenS;
  }

  private void writeIdeal(
      String head, KeptStop stop, float[] expectedS, double drivenS, Prefix prefix)
      throws IOException {
    for (int s = 0; s < expectedS.length; s++) {
      prefix.expectedS[s] += expectedS[s];
    }
    prefix.drivenS += drivenS;
    ideal.write(
        String.join(
                ",",
                head,
                rounded(stop.beginMin()),
                rounded(IdealForecast.crps(expectedS, drivenS)),
                rounded(IdealForecast.crps(prefix.expectedS, prefix.drivenS)))
            + "\n");
  }

  private static void write(
      Writer into, String head, KeptStop stop, float[] features, String... seconds)
      throws IOException {
    into.write(
        String.join(",", head, rounded(stop.beginMin()), numbers(features))
            + ","
            + String.join(",", seconds)
            + "\n");
  }

  private static String numbers(float[] values) {
    StringBuilder numbers = new StringBuilder();
    for (int i = 0; i < values.length; i++) {
      numbers.append(i == 0 ? "" : ",").append(values[i]);
    }
    return numbers.toString();
  }

  private static String orEmpty(double seconds) {
    return Double.isNaN(seconds) ? "" : rounded(seconds);
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
        stops;
        services;
        ideal) {
      legs.flush();
      stops.flush();
      services.flush();
      ideal.flush();
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
