// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.roads.RoadMap;
import io.headway.loadtests.city.BeliefCalibration.Variable;
import io.headway.loadtests.results.Figure;
import io.headway.loadtests.results.Results;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.commons.statistics.inference.ChiSquareTest;

/**
 * Whether what the judge believes of a city is right, over many cities: {@code ./headway evaluate
 * judge}.
 */
public final class CalibrationReport {
  private static final int BINS = 16;
  private static final int VEHICLES = 100;

  /**
   * Of a belief that is right, one of the fifteen variables, five of them in cities of recorded
   * speeds, has a p below it in 5 % at most.
   */
  private static final double LEAST_P = 0.05 / 15;

  private static final double CAUGHT_P = 1e-4;
  private static final int BAR = 40;

  /** An error that is planted in what is believed, and where it has to show. */
  private record Planted(String name, Knob knob, double value, Variable shows) {}

  private static final List<Planted> PLANTED =
      List.of(
          new Planted("field_too_steady", Knob.FIELD_SPREAD, 0.08, Variable.FIELD),
          new Planted("field_too_wild", Knob.FIELD_SPREAD, 0.5, Variable.FIELD),
          new Planted("drivers_alike", Knob.PACE_SPREAD, 0.02, Variable.PACE),
          new Planted("roads_alike", Knob.NOISE_SPREAD, 0.05, Variable.EDGE_SPEED),
          new Planted("incidents_short", Knob.INCIDENT_LIFE, 0.4, Variable.INCIDENT_END),
          new Planted("incidents_rare", Knob.INCIDENTS, 0.5, Variable.INCIDENTS),
          new Planted("customers_alike", Knob.CUSTOMER_SPREAD, 0.05, Variable.SERVICE),
          new Planted("services_steady", Knob.SERVICE_SPREAD, 0.05, Variable.PLAN));

  private CalibrationReport() {}

  /**
   * Measures and writes the result {@code judge}.
   *
   * @param roads on which every city is driven
   * @param recorded speeds that further cities go by; null for none
   * @param firstSeed of the first city; the others follow
   */
  public static void write(
      Results results,
      String command,
      RoadMap roads,
      RecordedSpeeds recorded,
      long firstSeed,
      int cities,
      Consumer<String> progress)
      throws IOException {
    List<Figure> figures = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    text.append(
        """
        Each of %d cities (seeds from %d on, an hour of the morning, %d vehicles) makes its records; from these alone the judge's belief is formed, and the truth at the end is ranked among %d draws from it. If the belief is right, every rank is equally likely (simulation-based calibration, Talts et al. 2018): `p` is of a chi-square test of that, over %d bins. `planted` are the same for beliefs with an error in them, which have to be caught.

        """
            .formatted(cities, firstSeed, VEHICLES, BeliefCalibration.DRAWS, BINS));
    UnaryOperator<CityParameters> asItIs = city -> city;
    calibrated("", ranks(roads, firstSeed, cities, asItIs, asItIs), figures, text);
    progress.accept("the belief: done");
    for (Planted planted : PLANTED) {
      caught(
          planted.name,
          ranks(roads, firstSeed, cities, asItIs, city -> city.with(planted.knob, planted.value))
              .get(planted.shows),
          figures,
          text);
      progress.accept(planted.name + ": done");
    }
    if (recorded != null) {
      text.append(
          "Cities of recorded speeds, without incidents and breakdowns; planted, that they were simulated.%n%n"
              .formatted());
      UnaryOperator<CityParameters> byRecorded = city -> city.withRecorded(recorded);
      calibrated("recorded_", ranks(roads, firstSeed, cities, byRecorded, asItIs), figures, text);
      progress.accept("recorded speeds: done");
      caught(
          "recorded_by_formulas",
          ranks(roads, firstSeed, cities, byRecorded, city -> city.withRecorded(null))
              .get(Variable.EDGE_SPEED),
          figures,
          text);
      progress.accept("recorded speeds taken for simulated ones: done");
    }
    results.write(
        "judge", command, "Whether the judge's belief is right", figures, text.toString());
  }

  private static void calibrated(
      String prefix, Map<Variable, long[]> ranks, List<Figure> figures, StringBuilder text) {
    ranks.forEach(
        (variable, counts) -> {
          if (Arrays.stream(counts).sum() > 0) {
            String name = prefix + variable.name().toLowerCase(Locale.ROOT);
            figures.add(Figure.of(name + "_p", p(counts), "").atLeast(LEAST_P));
            text.append("Ranks of ").append(name).append(":\n\n").append(plot(counts)).append('\n');
          }
        });
  }

  private static void caught(
      String planted, long[] counts, List<Figure> figures, StringBuilder text) {
    figures.add(Figure.of("planted_" + planted + "_p", p(counts), "").below(CAUGHT_P));
    text.append("Planted, %s:%n%n".formatted(planted.replace('_', ' ')));
    text.append(plot(counts)).append('\n');
  }

  /**
   * Counts of the ranks, by variable.
   *
   * @param kind what the cities are like
   * @param believed what they are taken to be like, from what they are like
   */
  private static Map<Variable, long[]> ranks(
      RoadMap roads,
      long firstSeed,
      int cities,
      UnaryOperator<CityParameters> kind,
      UnaryOperator<CityParameters> believed) {
    Map<Variable, long[]> counts = new EnumMap<>(Variable.class);
    for (Variable variable : Variable.values()) {
      counts.put(variable, new long[BINS]);
    }
    IntStream.range(0, cities)
        .parallel()
        .mapToObj(
            i -> {
              CityParameters city =
                  kind.apply(
                      CityParameters.defaults()
                          .withSeed(firstSeed + i)
                          .with(Knob.VEHICLES, VEHICLES)
                          .with(Knob.DURATION_H, 1));
              return BeliefCalibration.ranks(city, believed.apply(city), roads);
            })
        .forEachOrdered(
            ranks ->
                ranks.forEach(
                    (variable, rank) ->
                        counts.get(variable)[rank * BINS / (BeliefCalibration.DRAWS + 1)]++));
    return counts;
  }

  private static double p(long[] counts) {
    return ChiSquareTest.withDefaults().test(counts).getPValue();
  }

  private static String plot(long[] counts) {
    long most = Math.max(1, Arrays.stream(counts).max().orElseThrow());
    StringBuilder plot = new StringBuilder("```\n");
    for (int i = 0; i < counts.length; i++) {
      plot.append(
          "%4d %s %d%n"
              .formatted(
                  i * (BeliefCalibration.DRAWS + 1) / counts.length,
                  "#".repeat((int) (BAR * counts[i] / most)),
                  counts[i]));
    }
    return plot.append("```\n").toString();
  }
}
