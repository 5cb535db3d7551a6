// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import static io.headway.loadtests.decisions.DrivenDays.error;
import static io.headway.loadtests.decisions.DrivenDays.gain;
import static io.headway.loadtests.decisions.DrivenDays.regret;

import io.headway.functions.roads.RoadMap;
import io.headway.loadtests.city.BoundsPrice;
import io.headway.loadtests.city.CityJudge;
import io.headway.loadtests.city.DayCost;
import io.headway.loadtests.city.RecordedSpeeds;
import io.headway.loadtests.decisions.DayRun.JudgedMoment;
import io.headway.loadtests.decisions.DayRun.Outcome;
import io.headway.loadtests.results.Figure;
import io.headway.loadtests.results.Results;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * How well policies decide: {@code ./headway evaluate decisions}. Each policy drives the same days;
 * moments of all days are judged, and at each every policy is asked. Units are seeds.
 */
public final class DecisionsReport {
  /** Whom the others are compared with. */
  static final Policy BESIDE = Policy.BASELINE;

  /** Of the first city at least: smaller ones are those of models and of calibration. */
  public static final long SEED_LEAST = 100_000;

  private final Settings settings;
  private final RoadMap roads;

  private DrivenDays days;

  /**
   * What is measured.
   *
   * @param kind of city
   * @param recorded speeds that recorded cities go by; null for others
   * @param firstSeed of the first city; the others follow
   * @param seeds how many cities
   * @param hours of each day
   * @param vehicles of each city
   * @param drivers that drive days
   * @param asked at each judged moment
   * @param share of the decisions of a day that is judged, over all drivers
   * @param futuresMax how many futures of a moment are drawn at most
   */
  public record Settings(
      CityKind kind,
      RecordedSpeeds recorded,
      long firstSeed,
      int seeds,
      double hours,
      int vehicles,
      List<Policy> drivers,
      List<Policy> asked,
      double share,
      int futuresMax) {}

  private DecisionsReport(Settings settings, RoadMap roads) {
    this.settings = settings;
    this.roads = roads;
  }

  /**
   * Measures and writes the result {@code decisions-KIND}, and what it is of each seed as rows
   * beside it.
   *
   * @param file of the road network
   * @param roads the same, open
   */
  public static void write(
      Results results,
      String command,
      Settings settings,
      Path file,
      RoadMap roads,
      Consumer<String> progress)
      throws IOException {
    DecisionsReport report = new DecisionsReport(settings, roads);
    report.run(file, progress);
    results.write(
        "decisions-" + settings.kind,
        command,
        "How well policies decide: " + settings.kind.title(),
        report.figures(),
        new DecisionsPage(settings, roads.network(), report.days).text());
    results.writeRows("decisions-" + settings.kind, report.rows());
  }

  private void run(Path file, Consumer<String> progress) {
    List<Map<Policy, Outcome>> all =
        IntStream.range(0, settings.seeds)
            .parallel()
            .mapToObj(
                i -> {
                  Map<Policy, Outcome> day = day(file, settings.firstSeed + i);
                  progress.accept("seed " + (settings.firstSeed + i) + ": done");
                  return day;
                })
            .toList();
    days = new DrivenDays(all);
  }

  private Map<Policy, Outcome> day(Path file, long seed) {
    Map<Policy, Outcome> outcomes = new EnumMap<>(Policy.class);
    for (Policy driver : settings.drivers) {
      try {
        outcomes.put(
            driver,
            DayRun.of(
                new DayRun.Settings(
                    driver,
                    settings.kind.city(seed, settings.vehicles, settings.hours, settings.recorded),
                    file,
                    roads,
                    settings.share / settings.drivers.size(),
                    settings.asked,
                    settings.futuresMax)));
      } catch (Exception e) {
        throw new IllegalStateException(
            "The day of seed %d that %s drove failed: %s".formatted(seed, driver, e), e);
      }
    }
    return outcomes;
  }

  private List<Figure> figures() {
    List<JudgedMoment> moments = days.moments();
    double judgedS = days.of(settings.drivers).mapToDouble(Outcome::judgedS).sum();
    List<Figure> figures = new ArrayList<>();
    figures.add(Figure.of("judge_version", CityJudge.VERSION, ""));
    figures.add(Figure.of("seeds", days.seeds(), ""));
    figures.add(Figure.of("moments", moments.size(), ""));
    figures.add(
        days.shareOfMoments(one -> true, one -> !one.moment().resolved())
            .figure("unresolved", "")
            .below(0.02));
    figures.add(
        Figure.of("moments_an_hour_on_two_cores", 2 * 3600.0 * moments.size() / judgedS, "")
            .atLeast(1_000));
    figures.add(
        Figure.of(
            "judged_twice",
            (double) moments.stream().filter(DecisionsReport::isResolvedTwice).count(),
            ""));
    figures.add(
        days.shareOfMoments(DecisionsReport::isResolvedTwice, DecisionsReport::agree)
            .figure("two_runs_agree", "")
            .atLeast(0.98));
    figures.add(
        days.shareOfMoments(
                DecisionsReport::isResolvedTwice, one -> one.moment().best() == one.again().best())
            .figure("two_runs_find_the_same", ""));
    figures.add(days.regretByChance().figure("regret_by_chance_eur", "EUR"));
    for (Policy policy : settings.asked) {
      String name = policy.name().toLowerCase(Locale.ROOT);
      figures.add(
          Statistics.interval(days.perSeed(regret(policy))).figure(name + "_regret_eur", "EUR"));
      figures.add(Statistics.interval(days.perSeed(error(policy, 1))).figure(name + "_error", ""));
      figures.add(days.notSure(policy).figure(name + "_error_not_sure", ""));
    }
    for (Policy driver : settings.drivers) {
      String name = driver.name().toLowerCase(Locale.ROOT);
      figures.add(days.flips(driver).figure(name + "_flips_a_vehicle_hour", ""));
      figures.add(days.falseNotices(driver).figure(name + "_false_notify", ""));
      figures.add(days.falseBackups(driver).figure(name + "_false_backup", ""));
      figures.add(
          days.ofPrices(List.of(driver), BoundsPrice::eur).figure(name + "_bounds_eur", "EUR"));
    }
    return figures;
  }

  private static boolean isResolvedTwice(JudgedMoment one) {
    return one.again() != null && one.moment().resolved() && one.again().resolved();
  }

  /** Whether both runs have the same best action, or say of both actions that they are as good. */
  private static boolean agree(JudgedMoment one) {
    int first = one.moment().best();
    int second = one.again().best();
    return first == second || !(one.moment().isError(second, 1) || one.again().isError(first, 1));
  }

  /** One row a seed and policy; empty where it did not drive, or nothing can be told. */
  private List<List<Object>> rows() {
    List<List<Object>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "seed",
            "policy",
            "moments",
            "regret_eur",
            "error",
            "gain_eur",
            "eur_a_stop",
            "reached_stops",
            "late_stops",
            "flips_a_vehicle_hour",
            "told",
            "told_in_vain",
            "backups",
            "backups_in_vain"));
    Set<Policy> policies = EnumSet.copyOf(settings.asked);
    policies.addAll(settings.drivers);
    for (int i = 0; i < days.seeds(); i++) {
      Map<Policy, Outcome> ofSeed = days.bySeed().get(i);
      for (Policy policy : policies) {
        List<Object> row = new ArrayList<>(List.of(settings.firstSeed + i, policy));
        row.addAll(
            settings.asked.contains(policy) ? judged(ofSeed, policy) : Collections.nCopies(4, ""));
        row.addAll(
            ofSeed.containsKey(policy) ? driven(ofSeed.get(policy)) : Collections.nCopies(8, ""));
        rows.add(row);
      }
    }
    return rows;
  }

  private static List<Object> judged(Map<Policy, Outcome> ofSeed, Policy policy) {
    long moments = ofSeed.values().stream().mapToLong(day -> day.moments().size()).sum();
    return moments == 0
        ? List.of(0, "", "", "")
        : List.of(
            moments,
            DrivenDays.mean(ofSeed, regret(policy)),
            DrivenDays.mean(ofSeed, error(policy, 1)),
            DrivenDays.mean(ofSeed, gain(policy)));
  }

  private static List<Object> driven(Outcome outcome) {
    DayCost day = outcome.day();
    return List.of(
        day.stops() == 0 ? "" : outcome.eurAStop(),
        day.reached(),
        day.lateStops(),
        day.workedHours() == 0 ? "" : day.flips() / day.workedHours(),
        day.told(),
        day.toldInVain(),
        outcome.backups().size(),
        outcome.backupsInVain());
  }
}
