// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.loadtests.lateness.ScenarioScores.Trip;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Draws trips as fans: how far the scenarios of each stop's travel time spread, and what came. */
final class FanPlot {
  private static final int WIDTH = 300;
  private static final int HEIGHT = 200;
  private static final int MARGIN = 42;
  private static final double[][] BANDS = {{0.025, 0.975}, {0.1, 0.9}, {0.25, 0.75}};

  private FanPlot() {}

  /** An SVG image, a panel a trip; minutes after the live estimate of the way up to each stop. */
  static String svg(List<Trip> trips) {
    StringBuilder svg = new StringBuilder();
    svg.append(
        format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">%n",
            trips.size() * (WIDTH + MARGIN) + MARGIN, HEIGHT + 2 * MARGIN));
    svg.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
    for (int i = 0; i < trips.size(); i++) {
      svg.append(
          format("<g transform=\"translate(%d %d)\">%n", MARGIN + i * (WIDTH + MARGIN), MARGIN));
      panel(trips.get(i), svg);
      svg.append("</g>\n");
    }
    return svg.append("</svg>\n").toString();
  }

  private static void panel(Trip trip, StringBuilder svg) {
    int stops = trip.cameS().length;
    double low = 0;
    double high = 0;
    for (int p = 0; p < stops; p++) {
      float[] sorted = trip.sortedS().get(p);
      double liveS = trip.liveS()[p];
      low = Math.min(low, Math.min(trip.cameS()[p], quantile(sorted, BANDS[0][0])) - liveS);
      high = Math.max(high, Math.max(trip.cameS()[p], quantile(sorted, BANDS[0][1])) - liveS);
    }
    Scale scale = new Scale(stops, low, high);
    svg.append(format("<text y=\"-12\">city %d, %d legs</text>%n", trip.city(), stops));
    for (double[] band : BANDS) {
      String points =
          IntStream.rangeClosed(0, stops)
              .mapToObj(p -> scale.point(p, offS(trip, p, band[1])))
              .collect(Collectors.joining(" "));
      String back =
          IntStream.rangeClosed(0, stops)
              .map(p -> stops - p)
              .mapToObj(p -> scale.point(p, offS(trip, p, band[0])))
              .collect(Collectors.joining(" "));
      svg.append(
          format(
              "<polygon points=\"%s %s\" fill=\"#1f77b4\" fill-opacity=\"0.2\"/>%n", points, back));
    }
    svg.append(line(scale, stops, p -> offS(trip, p, 0.5), "#1f77b4"));
    svg.append(line(scale, stops, p -> 0, "#999999"));
    svg.append(
        line(scale, stops, p -> p == 0 ? 0 : trip.cameS()[p - 1] - trip.liveS()[p - 1], "#d62728"));
    for (double off : new double[] {low, 0, high}) {
      svg.append(
          format(
              "<text x=\"-6\" y=\"%.1f\" text-anchor=\"end\">%+.0f</text>%n",
              scale.y(off) + 4, off / 60));
    }
    svg.append(
        format(
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">stop</text>%n",
            WIDTH / 2, HEIGHT + 30));
    svg.append(
        format(
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%d</text>%n", WIDTH, HEIGHT + 16, stops));
  }

  private static String line(Scale scale, int stops, ToDoubleFunction<Integer> offS, String color) {
    return format(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\"/>%n",
        IntStream.rangeClosed(0, stops)
            .mapToObj(p -> scale.point(p, offS.applyAsDouble(p)))
            .collect(Collectors.joining(" ")),
        color);
  }

  private record Scale(int stops, double low, double high) {
    double y(double offS) {
      return HEIGHT * (high - offS) / (high - low);
    }

    String point(int stop, double offS) {
      return format("%.1f,%.1f", (double) WIDTH * stop / stops, y(offS));
    }
  }

  /** Nothing is driven yet at the first point. */
  private static double offS(Trip trip, int point, double level) {
    return point == 0
        ? 0
        : quantile(trip.sortedS().get(point - 1), level) - trip.liveS()[point - 1];
  }

  private static double quantile(float[] sorted, double level) {
    return ScenarioScores.quantile(sorted, level);
  }

  private static String format(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }
}
