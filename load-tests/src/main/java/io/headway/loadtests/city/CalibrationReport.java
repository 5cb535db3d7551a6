// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.roads.RoadMap;
import io.headway.loadtests.city.BeliefCalibration.Ranked;
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
   * Of a belief that is right, one of the 25 variables, ten in each kind of simulated city and five
   * in those of recorded speeds, has a p below it in 5 % at most.
   */
  private static final double LEAST_P = 0.05 / 25;

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
        Each of %d cities (seeds from %d on, an hour of the morning, %d vehicles) makes its records; from these alone the judge's belief is formed, and the truth at the end is ranked among %d draws from it. If the belief is right, every rank is equally likely (simulation-based calibration, Talts et al. 2018): `p` is of a chi-square test of that, over %d bins. `planted` are the same for beliefs with an error in them, which have to be caught. A belief that ignored the records would have such ranks too: `told` is how much of the variance of the truth over cities it tells, the squared correlation of the mean draw with the truth.

        """
            .formatted(cities, firstSeed, VEHICLES, BeliefCalibration.DRAWS, BINS));
    UnaryOperator<CityParameters> asItIs = city -> city;
    figures.add(Figure.of("judge_version", CityJudge.VERSION, ""));
    calibrated("", ranked(roads, firstSeed, cities, asItIs, asItIs), figures, text);
    progress.accept("the belief: done");
    for (Planted planted : PLANTED) {
      caught(
          planted.name,
          ranked(roads, firstSeed, cities, asItIs, city -> city.with(planted.knob, planted.value))
              .get(planted.shows),
          figures,
          text);
      progress.accept(planted.name + ": done");
    }
    text.append(
        "Cities outside the usual range: twice the incidents, Student's t of 2 degrees of freedom for 4, half the correlation of the speed field in space and time.%n%n"
            .formatted());
    calibrated(
        "shifted_",
        ranked(roads, firstSeed, cities, CityParameters::shifted, asItIs),
        figures,
        text);
    progress.accept("shifted cities: done");
    if (recorded != null) {
      text.append(
          "Cities of recorded speeds, without incidents and breakdowns; planted, that they were simulated.%n%n"
              .formatted());
      UnaryOperator<CityParameters> byRecorded = city -> city.withRecorded(recorded);
      calibrated("recorded_", ranked(roads, firstSeed, cities, byRecorded, asItIs), figures, text);
      progress.accept("recorded speeds: done");
      caught(
          "recorded_by_formulas",
          ranked(roads, firstSeed, cities, byRecorded, city -> city.withRecorded(null))
              .get(Variable.EDGE_SPEED),
          figures,
          text);
      progress.accept("recorded speeds taken for simulated ones: done");
    }
    results.write(
        "judge", command, "Whether the judge's belief is right", figures, text.toString());
  }

  private static void calibrated(
      String prefix, Map<Variable, List<Ranked>> ranked, List<Figure> figures, StringBuilder text) {
    ranked.forEach(
        (variable, ofCities) -> {
          String name = prefix + variable.name().toLowerCase(Locale.ROOT);
          long[] counts = counts(ofCities);
          figures.add(Figure.of(name + "_p", p(counts), "").atLeast(LEAST_P));
          // Much of what a plan costs is told by what has to be done.
          if (variable != Variable.PLAN) {
            figures.add(Figure.of(name + "_told", told(ofCities), ""));
          }
          text.append("Ranks of ").append(name).append(":\n\n").append(plot(counts)).append('\n');
        });
  }

  private static void caught(
      String planted, List<Ranked> ofCities, List<Figure> figures, StringBuilder text) {
    long[] counts = counts(ofCities);
    figures.add(Figure.of("planted_" + planted + "_p", p(counts), "").below(CAUGHT_P));
    text.append("Planted, %s:%n%n".formatted(planted.replace('_', ' ')));
    text.append(plot(counts)).append('\n');
  }

  /**
   * What was found in each city, by variable; without those that there is no truth of.
   *
   * @param kind what the cities are like
   * @param believed what they are taken to be like, from what they are like
   */
  private static Map<Variable, List<Ranked>> ranked(
      RoadMap roads,
      long firstSeed,
      int cities,
      UnaryOperator<CityParameters> kind,
      UnaryOperator<CityParameters> believed) {
    Map<Variable, List<Ranked>> ranked = new EnumMap<>(Variable.class);
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
            ofCity ->
                ofCity.forEach(
                    (variable, one) ->
                        ranked.computeIfAbsent(variable, first -> new ArrayList<>()).add(one)));
    return ranked;
  }

  private static long[] counts(List<Ranked> ofCities) {
    long[] counts = new long[BINS];
    ofCities.forEach(one -> counts[one.rank() * BINS / (BeliefCalibration.DRAWS + 1)]++);
    return counts;
  }

  /** Squared correlation of the truth with the mean of the draws. */
  static double told(List<Ranked> ofCities) {
    double truth = ofCities.stream().mapToDouble(Ranked::truth).average().orElseThrow();
    double drawn = ofCities.stream().mapToDouble(Ranked::drawn).average().orElseThrow();
    double both = 0;
    double ofTruth = 0;
    double ofDrawn = 0;
    for (Ranked one : ofCities) {
      both += (one.truth() - truth) * (one.drawn() - drawn);
      ofTruth += (one.truth() - truth) * (one.truth() - truth);
      ofDrawn += (one.drawn() - drawn) * (one.drawn() - drawn);
    }
    return both * both / (ofTruth * ofDrawn);
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
