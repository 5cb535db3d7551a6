// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.functions.decision.DrawnTimes;
import io.headway.loadtests.lateness.KeptPlan.KeptStop;
import io.headway.loadtests.results.Figure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How scenarios of plans come out beside what came: of single legs, of the legs of a request up to
 * each stop, and of all of them together where there are two or more. A leg counts if {@value
 * #LEFT_MIN} minutes of the run were left when it was to begin, which was known before, so that
 * short ones are not favoured. Not thread-safe.
 */
final class ScenarioScores {
  static final int LEFT_MIN = 30;
  static final int RANK_BINS = 16;

  /** Ends of the classes of legs by how far ahead they begin, minutes. */
  private static final int[] HORIZONS_MIN = {10, 30, 60, Integer.MAX_VALUE};

  private static final int[] LEVELS = {50, 80, 95};

  private final Map<Long, City> cities = new TreeMap<>();
  private final long[] legRanks = new long[RANK_BINS];
  private final long[] planRanks = new long[RANK_BINS];
  private final List<Trip> trips = new ArrayList<>();

  /** Sums over the requests of a city, which are not independent of each other. */
  private static final class City {
    final Score leg = new Score();
    final Score sum = new Score();
    final Score plan = new Score();
    final Score[] horizons = new Score[HORIZONS_MIN.length];

    City() {
      Arrays.setAll(horizons, i -> new Score());
    }
  }

  /** Sums over forecasts. */
  private static final class Score {
    double count;
    double crpsS;
    double liveErrorS;
    final double[] covered = new double[LEVELS.length];
    final double[] widthS = new double[LEVELS.length];

    void add(float[] sorted, double liveS, double cameS) {
      count++;
      crpsS += IdealForecast.crps(sorted, cameS);
      liveErrorS += Math.abs(liveS - cameS);
      for (int i = 0; i < LEVELS.length; i++) {
        double low = quantile(sorted, 0.5 - LEVELS[i] / 200.0);
        double high = quantile(sorted, 0.5 + LEVELS[i] / 200.0);
        covered[i] += low <= cameS && cameS <= high ? 1 : 0;
        widthS[i] += high - low;
      }
    }
  }

  /**
   * One plan's legs up to each stop: what came and what was expected, seconds.
   *
   * @param sortedS scenarios of the sum up to each stop, ascending
   */
  record Trip(long city, String requestId, double[] liveS, double[] cameS, List<float[]> sortedS) {}

  /**
   * Takes in what became of a plan; one without a forecast is passed over.
   *
   * @param endMs end of the city's run, milliseconds since the epoch
   */
  void add(long seed, RealisedPlan realised, long endMs) {
    KeptPlan plan = realised.plan();
    if (plan.forecastS() == null) {
      return;
    }
    double leftMin = (endMs - plan.requestedAtMs()) / 6e4;
    City city = cities.computeIfAbsent(seed, key -> new City());
    float[] sumS = new float[DrawnTimes.COUNT];
    double liveSumS = 0;
    List<Double> liveS = new ArrayList<>();
    List<Double> cameS = new ArrayList<>();
    List<float[]> sortedS = new ArrayList<>();
    for (int p = 0; p < plan.stops().size(); p++) {
      KeptStop stop = plan.stops().get(p);
      if (realised.fates()[p] != LegFate.OBSERVED || leftMin < stop.beginMin() + LEFT_MIN) {
        continue;
      }
      float[] leg = plan.forecastS()[p];
      double came = realised.realisedS(p);
      float[] sorted = sorted(leg);
      city.leg.add(sorted, stop.liveS(), came);
      city.horizons[horizon(stop.beginMin())].add(sorted, stop.liveS(), came);
      legRanks[rank(sorted, came)]++;
      for (int s = 0; s < sumS.length; s++) {
        sumS[s] += leg[s];
      }
      liveSumS += stop.liveS();
      came += cameS.isEmpty() ? 0 : cameS.get(cameS.size() - 1);
      liveS.add(liveSumS);
      cameS.add(came);
      sortedS.add(sorted(sumS));
      city.sum.add(sortedS.get(sortedS.size() - 1), liveSumS, came);
    }
    int last = cameS.size() - 1;
    if (last < 1) {
      return;
    }
    city.plan.add(sortedS.get(last), liveSumS, cameS.get(last));
    planRanks[rank(sortedS.get(last), cameS.get(last))]++;
    keep(new Trip(seed, plan.requestId(), doubles(liveS), doubles(cameS), sortedS));
  }

  /** Of each city the first of its longest trips, so that nobody picks which are shown. */
  private void keep(Trip trip) {
    int last = trips.size() - 1;
    if (last < 0 || trips.get(last).city != trip.city) {
      trips.add(trip);
    } else if (trip.cameS.length > trips.get(last).cameS.length) {
      trips.set(last, trip);
    }
  }

  private static int horizon(double beginMin) {
    int i = 0;
    while (beginMin >= HORIZONS_MIN[i]) {
      i++;
    }
    return i;
  }

  private static float[] sorted(float[] values) {
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted;
  }

  /** Linear between values, as NumPy's by default. */
  static double quantile(float[] sorted, double level) {
    double at = level * (sorted.length - 1);
    int low = (int) at;
    int high = Math.min(low + 1, sorted.length - 1);
    return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
  }

  private static int rank(float[] sorted, double came) {
    int below = 0;
    while (below < sorted.length && sorted[below] < came) {
      below++;
    }
    return Math.min(RANK_BINS - 1, below * RANK_BINS / sorted.length);
  }

  private static double[] doubles(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Everything, with intervals over cities. */
  List<Figure> figures() {
    List<Figure> figures = new ArrayList<>();
    add("leg", cities.values().stream().map(city -> city.leg).toList(), true, figures);
    add("sum_up_to_a_leg", cities.values().stream().map(city -> city.sum).toList(), true, figures);
    add("plan", cities.values().stream().map(city -> city.plan).toList(), true, figures);
    int fromMin = 0;
    for (int i = 0; i < HORIZONS_MIN.length; i++) {
      int horizon = i;
      boolean open = HORIZONS_MIN[i] == Integer.MAX_VALUE;
      String name =
          open ? "leg_from_%d_min".formatted(fromMin) : "leg_to_%d_min".formatted(HORIZONS_MIN[i]);
      add(
          name,
          cities.values().stream().map(city -> city.horizons[horizon]).toList(),
          false,
          figures);
      fromMin = HORIZONS_MIN[i];
    }
    return figures;
  }

  private static void add(String of, List<Score> cities, boolean whole, List<Figure> figures) {
    double[] counts = cities.stream().mapToDouble(city -> city.count).toArray();
    double[] crpsS = cities.stream().mapToDouble(city -> city.crpsS).toArray();
    double[] liveErrorS = cities.stream().mapToDouble(city -> city.liveErrorS).toArray();
    figures.add(Figure.of(of + "_count", Arrays.stream(counts).sum(), ""));
    figures.add(Figure.ofSums(of + "_crps_s", crpsS, counts, "s"));
    figures.add(Figure.ofSums(of + "_crps_over_live_estimate", crpsS, liveErrorS, ""));
    for (int i = 0; i < LEVELS.length; i++) {
      if (!whole && LEVELS[i] != 80) {
        continue;
      }
      int level = i;
      figures.add(
          Figure.ofSums(
              of + "_covered_by_%d".formatted(LEVELS[i]),
              cities.stream().mapToDouble(city -> city.covered[level]).toArray(),
              counts,
              ""));
      figures.add(
          Figure.ofSums(
              of + "_width_of_%d_s".formatted(LEVELS[i]),
              cities.stream().mapToDouble(city -> city.widthS[level]).toArray(),
              counts,
              "s"));
    }
  }

  /** How often what came had each rank among the scenarios, by equal parts; single legs. */
  long[] legRanks() {
    return legRanks.clone();
  }

  /** The same of all legs of a request together. */
  long[] planRanks() {
    return planRanks.clone();
  }

  /** One long trip of each city. */
  List<Trip> trips() {
    return List.copyOf(trips);
  }
}
