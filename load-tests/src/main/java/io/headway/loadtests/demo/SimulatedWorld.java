// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.Action;
import io.headway.loadtests.city.CityFeed;
import io.headway.loadtests.city.CityJudge;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.HindsightReport;
import io.headway.loadtests.city.Judgement;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.city.Moment;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.feed.Feed;
import io.headway.schemas.Alternative;
import io.headway.schemas.Bounds;
import io.headway.schemas.Decision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A simulated city, on made-up roads or real ones. */
final class SimulatedWorld implements World {
  private static final int JUNCTIONS = 4_000;
  private static final int SAMPLED = 2_000;
  private static final double DAYS_7_H = 168;

  /** A demonstration is minutes long: its day is rough, so that there is something to decide. */
  private static final double ROUGH_DAY_INCIDENTS = 2;

  private static final double ROUGH_DAY_TIGHT_SHARE = 0.3;

  /** Decisions that are judged at the end, and on how many futures at most: some seconds' work. */
  private static final int JUDGED = 50;

  private static final int JUDGED_FUTURES = 1_024;

  private final CityFeed feed;
  private final DecisionSample sample = new DecisionSample(SAMPLED);
  private final Path roads;
  private final int vehicles;
  private final double speedUp;
  private final boolean madeUp;

  private SimulatedWorld(CityFeed feed, Path roads, int vehicles, double speedUp, boolean madeUp) {
    this.feed = feed;
    this.roads = roads;
    this.vehicles = vehicles;
    this.speedUp = speedUp;
    this.madeUp = madeUp;
  }

  /**
   * Lays out a city.
   *
   * @param roads a road network file; null to make one up in {@code folder}
   * @throws StartProblem when the file is no road network, or no deliveries can be driven on it
   */
  static SimulatedWorld open(Path roads, Path folder, long seed, Pace pace)
      throws IOException, StartProblem {
    Path file = roads;
    if (roads == null) {
      file = folder.resolve("city.roads");
      SyntheticNetwork.build(seed, JUNCTIONS, file);
    }
    CityParameters parameters =
        CityParameters.defaults()
            .withSeed(seed)
            .with(Knob.VEHICLES, pace.vehicles())
            .with(Knob.DURATION_H, DAYS_7_H)
            .with(Knob.INCIDENTS, ROUGH_DAY_INCIDENTS)
            .with(Knob.TIGHT_SHARE, ROUGH_DAY_TIGHT_SHARE);
    try {
      CityFeed feed = new CityFeed(parameters, RoadNetwork.open(file));
      return new SimulatedWorld(feed, file, pace.vehicles(), pace.speedUp(), roads == null);
    } catch (IOException | IllegalArgumentException e) {
      throw new StartProblem("No city can be driven on " + file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public String title() {
    return String.format(
        Locale.ROOT,
        "simulated city on %s, %,d vehicles, clock ×%s",
        madeUp ? "made-up roads" : roads.getFileName(),
        vehicles,
        Text.number(speedUp));
  }

  @Override
  public Feed feed() {
    return feed;
  }

  @Override
  public Path roads() {
    return roads;
  }

  @Override
  public double speedUp() {
    return speedUp;
  }

  @Override
  public void decided(Decision decision) {
    sample.add(decision);
  }

  /** {@inheritDoc} Hindsight looks at a sample of moments with the future that the city had. */
  @Override
  public List<String> tellTruth(ObjectNode json) {
    HindsightReport report =
        HindsightReport.of(feed.hindsight(Bounds.newBuilder().build()), sample.decisionsByTime());
    if (report.moments() == 0) {
      json.putNull("judge");
      return List.of("no sampled decision could be told in hindsight");
    }
    ObjectNode judge = json.putObject("judge");
    List<String> lines = judged(judge);
    judge.put("hindsight_moments", report.moments());
    judge.put("hindsight_accuracy", report.confirmedShare());
    judge.put("hindsight_regret_eur_mean", report.regretEurMean());
    judge.put("hindsight_gain_eur_mean", report.gainEurMean());
    judge.put("hindsight_keep_estimated_eur_mean", report.keepEstimatedEurMean());
    judge.put("hindsight_keep_realised_eur_mean", report.keepRealisedEurMean());
    ObjectNode untold = judge.putObject("hindsight_untold");
    report.untold().forEach((why, count) -> untold.put(why.name(), count));
    ObjectNode kinds = judge.putObject("hindsight_by_kind");
    lines.add(
        String.format(
            Locale.ROOT,
            "%.1f %% of %,d sampled decisions were the best to take, knowing what came",
            100 * report.confirmedShare(),
            report.moments()));
    report
        .untold()
        .forEach(
            (why, count) ->
                lines.add(
                    String.format(Locale.ROOT, "%,d more are not told: %s", count, said(why))));
    lines.add(
        String.format(
            Locale.ROOT,
            "they saved EUR %.2f each against KEEP; perfect foresight would have saved %.2f more",
            report.gainEurMean(),
            report.regretEurMean()));
    lines.add(
        String.format(
            Locale.ROOT,
            "KEEP was estimated at EUR %.2f and would have come to %.2f",
            report.keepEstimatedEurMean(),
            report.keepRealisedEurMean()));
    report
        .byKind()
        .forEach(
            (kind, of) -> {
              ObjectNode figures = kinds.putObject(kind.name());
              figures.put("moments", of.moments());
              figures.put("confirmed", of.confirmed());
              figures.put("best", of.best());
              figures.put("gain_eur", of.gainEur());
              lines.add(
                  String.format(
                      Locale.ROOT,
                      "%-15s %,5d decided, %,5d of them confirmed, saved EUR %,.2f; would have been best %,d times",
                      kind,
                      of.moments(),
                      of.confirmed(),
                      of.gainEur(),
                      of.best()));
            });
    return lines;
  }

  /** A few decisions, judged by what could be known when they were made. */
  private List<String> judged(ObjectNode json) {
    List<Decision> decisions = sample.decisionsByTime();
    Map<String, Decision> byId =
        decisions.stream().collect(Collectors.toMap(Decision::getDecisionId, Function.identity()));
    List<Moment> moments = new ArrayList<>();
    List<Double> baselineRegretEur = new ArrayList<>();
    for (Judgement judgement :
        feed.judge(decisions, JUDGED, Bounds.newBuilder().build(), JUDGED_FUTURES)) {
      if (judgement instanceof Moment moment && moment.chosen() >= 0) {
        int baseline = baseline(moment, byId.get(moment.decisionId()));
        if (baseline >= 0) {
          moments.add(moment);
          baselineRegretEur.add(moment.regretEur(baseline));
        }
      }
    }
    json.put("version", CityJudge.VERSION);
    json.put("moments", moments.size());
    if (moments.isEmpty()) {
      return new ArrayList<>(List.of("no sampled decision could be judged by what was known"));
    }
    long unresolved = moments.stream().filter(moment -> !moment.resolved()).count();
    double errors = share(moments, moment -> moment.isError(moment.chosen(), 1) ? 1 : 0);
    double regretEur = share(moments, moment -> moment.regretEur(moment.chosen()));
    double baselineEur =
        baselineRegretEur.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    json.put("unresolved", unresolved);
    json.put("error_rate", errors);
    json.put("regret_eur_mean", regretEur);
    json.put("baseline_regret_eur_mean", baselineEur);
    return new ArrayList<>(
        List.of(
            String.format(
                Locale.ROOT,
                "%.1f %% of %,d judged decisions were as good as the best, given what was known; regret EUR %.2f each, of the baseline's EUR %.2f",
                100 * (1 - errors),
                moments.size(),
                regretEur,
                baselineEur)));
  }

  /** What the baseline would have done; -1 where that no longer applied to the vehicle. */
  private static int baseline(Moment moment, Decision decision) {
    List<Action> actions = moment.actions();
    return decision.getAlternatives().stream()
        .filter(Alternative::getBaselineChoice)
        .mapToInt(
            alternative ->
                IntStream.range(0, actions.size())
                    .filter(
                        i ->
                            actions.get(i).is(alternative)
                                && !Double.isNaN(moment.objectiveEur().get(i)))
                    .findAny()
                    .orElse(-1))
        .findAny()
        .orElse(-1);
  }

  private static double share(List<Moment> moments, ToDoubleFunction<Moment> value) {
    return moments.stream().mapToDouble(value).average().orElseThrow();
  }

  private static String said(Judgement.Untold why) {
    return switch (why) {
      case UNKNOWN_VEHICLE -> "of no vehicle of this city";
      case NOTHING_LEFT -> "everything was delivered by then";
      case ONE_CANDIDATE -> "there was nothing to choose from";
      case STALE -> "what was decided no longer applied";
      case INCOMPLETE -> "the decision does not say what was weighed";
    };
  }

  @Override
  public void close() {
    feed.close();
  }
}
