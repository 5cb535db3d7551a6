// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.functions.roads.RoadMap;
import io.headway.loadtests.city.CityJudge;
import io.headway.loadtests.city.Moment;
import io.headway.loadtests.city.RecordedSpeeds;
import io.headway.loadtests.city.Verdict;
import io.headway.loadtests.decisions.DayRun.JudgedMoment;
import io.headway.loadtests.decisions.DayRun.Outcome;
import io.headway.loadtests.results.Figure;
import io.headway.loadtests.results.Results;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.TriggerKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.commons.statistics.inference.AlternativeHypothesis;
import org.apache.commons.statistics.inference.TTest;
import org.apache.commons.statistics.inference.WilcoxonSignedRankTest;

/**
 * How well policies decide: {@code ./headway evaluate decisions}. Each policy drives the same days;
 * moments of all days are judged, and at each every policy is asked. Units are seeds.
 */
public final class DecisionsReport {
  private static final int RESAMPLES = 2_000;
  private static final Policy BESIDE = Policy.BASELINE;

  private final Settings settings;
  private final RoadMap roads;

  /** By seed, then by the policy that drove. */
  private final List<Map<Policy, Outcome>> days = new ArrayList<>();

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
   * Measures and writes the result {@code decisions-KIND}.
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
        report.text());
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
    days.addAll(all);
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

  private List<JudgedMoment> moments() {
    return days.stream()
        .flatMap(day -> day.values().stream())
        .flatMap(outcome -> outcome.moments().stream())
        .toList();
  }

  private List<Figure> figures() {
    List<JudgedMoment> moments = moments();
    double judgedS = 0;
    for (Map<Policy, Outcome> day : days) {
      judgedS += day.values().stream().mapToDouble(Outcome::judgedS).sum();
    }
    long unresolved = moments.stream().filter(one -> !one.moment().resolved()).count();
    List<Figure> figures = new ArrayList<>();
    figures.add(Figure.of("judge_version", CityJudge.VERSION, ""));
    figures.add(Figure.of("seeds", days.size(), ""));
    figures.add(Figure.of("moments", moments.size(), ""));
    figures.add(Figure.of("unresolved", (double) unresolved / moments.size(), "").below(0.02));
    figures.add(
        Figure.of("moments_an_hour_on_two_cores", 2 * 3600 * moments.size() / judgedS, "")
            .atLeast(1_000));
    List<JudgedMoment> twice =
        moments.stream()
            .filter(one -> one.again() != null)
            .filter(one -> one.moment().resolved() && one.again().resolved())
            .toList();
    figures.add(Figure.of("judged_twice", twice.size(), ""));
    figures.add(
        Figure.of(
                "two_runs_agree",
                mean(twice.stream().mapToDouble(one -> agree(one) ? 1 : 0).toArray()),
                "")
            .atLeast(0.98));
    for (Policy policy : settings.asked) {
      String name = policy.name().toLowerCase(Locale.ROOT);
      figures.add(Figure.mean(name + "_regret_eur", perSeed(regret(policy)), "EUR"));
      figures.add(Figure.mean(name + "_error", perSeed(error(policy, 1)), ""));
    }
    return figures;
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        """
        %s Cities are %d (seeds from %d on), each with %d vehicles for %.1f hours from 7 h on. %s each drive every day through the job's own operators; of the moments of decision in all these days a share (by the hash of their id) is judged, and at each of them every policy is asked. Judge version %d, at most %,d futures a moment.

        Regret: how much dearer what the policy would have decided is than the best inside the bounds, given what could be known. The minimum gain is nobody's error: KEEP is charged with what would have been saved beyond it, and what saves less with nothing. Saves: J of KEEP less that of the decision. Error: regret over τ = max(EUR 0.25, 1 %% of J(KEEP)), over τ/2, and over 0. Intervals are of 95 %%, by bootstrap over seeds.

        """
            .formatted(
                settings.kind.says(),
                settings.seeds,
                settings.firstSeed,
                settings.vehicles,
                settings.hours,
                settings.drivers,
                CityJudge.VERSION,
                settings.futuresMax));
    regrets(text);
    beside(text);
    days(text);
    byGroup(text);
    return text.toString();
  }

  private void regrets(StringBuilder text) {
    text.append("| policy | regret, EUR | of J(KEEP) | saves, EUR | error, τ | τ/2 | 0 | acts |\n");
    text.append("|---|---|---|---|---|---|---|---|\n");
    for (Policy policy : settings.asked) {
      text.append(
          "| %s | %s | %s | %s | %s | %s | %s | %s |%n"
              .formatted(
                  policy,
                  interval(perSeed(regret(policy)), 1, "%.3f"),
                  interval(
                      perSeed(
                          one ->
                              one.moment().regretEur(one.choices().get(policy))
                                  / one.moment().objectiveEur().get(0)),
                      100,
                      "%.2f %%"),
                  interval(perSeed(gain(policy)), 1, "%.3f"),
                  interval(perSeed(error(policy, 1)), 100, "%.2f %%"),
                  interval(perSeed(error(policy, 0.5)), 100, "%.2f %%"),
                  interval(perSeed(error(policy, 0)), 100, "%.2f %%"),
                  interval(
                      perSeed(one -> one.choices().get(policy) == 0 ? 0 : 1), 100, "%.2f %%")));
    }
  }

  /** Against the baseline, seed by seed. */
  private void beside(StringBuilder text) {
    if (!settings.asked.contains(BESIDE) || days.size() < 6) {
      return;
    }
    text.append(
        "%nRegret less that of %s, seed by seed; p of the paired t-test and of Wilcoxon's signed ranks, both after Holm for %d policies; d: mean over standard deviation.%n%n"
            .formatted(BESIDE, settings.asked.size() - 1));
    text.append("| policy | EUR a moment | p (t) | p (Wilcoxon) | d |\n|---|---|---|---|---|\n");
    List<Policy> others = settings.asked.stream().filter(policy -> policy != BESIDE).toList();
    double[][] differences = new double[others.size()][];
    double[] t = new double[others.size()];
    double[] wilcoxon = new double[others.size()];
    for (int i = 0; i < others.size(); i++) {
      double[] own = perSeed(regret(others.get(i)));
      double[] its = perSeed(regret(BESIDE));
      differences[i] = minus(own, its);
      t[i] = TTest.withDefaults().pairedTest(own, its).getPValue();
      wilcoxon[i] =
          Arrays.stream(differences[i]).allMatch(d -> d == 0)
              ? 1
              : WilcoxonSignedRankTest.withDefaults()
                  .with(AlternativeHypothesis.TWO_SIDED)
                  .test(differences[i])
                  .getPValue();
    }
    double[] tHolm = holm(t);
    double[] wilcoxonHolm = holm(wilcoxon);
    for (int i = 0; i < others.size(); i++) {
      text.append(
          "| %s | %s | %.2g | %.2g | %.2f |%n"
              .formatted(
                  others.get(i),
                  interval(differences[i], 1, "%.3f"),
                  tHolm[i],
                  wilcoxonHolm[i],
                  mean(differences[i]) / deviation(differences[i])));
    }
  }

  private void days(StringBuilder text) {
    text.append(
        "%nWhat the days cost that each policy drove, in EUR a stop (hours, kilometres, actions, lateness, second vehicles), and less than under %s on the same days.%n%n"
            .formatted(BESIDE));
    text.append(
        "| policy | EUR a stop | less the baseline's | late stops | actions by kind | hindsight confirms |\n|---|---|---|---|---|---|\n");
    for (Policy driver : settings.drivers) {
      double[] own = ofDays(driver, o -> o.costEur() / o.stops());
      double[] its =
          settings.drivers.contains(BESIDE) ? ofDays(BESIDE, o -> o.costEur() / o.stops()) : own;
      Map<DecisionKind, Integer> kinds = new EnumMap<>(DecisionKind.class);
      List<Verdict> verdicts = new ArrayList<>();
      for (Map<Policy, Outcome> day : days) {
        day.get(driver).decided().forEach((kind, n) -> kinds.merge(kind, n, Integer::sum));
        verdicts.addAll(day.get(driver).hindsights());
      }
      text.append(
          "| %s | %s | %s | %s | %s | %s |%n"
              .formatted(
                  driver,
                  interval(own, 1, "%.3f"),
                  interval(minus(own, its), 1, "%.4f"),
                  interval(ofDays(driver, o -> (double) o.lateStops() / o.stops()), 100, "%.2f %%"),
                  kinds,
                  verdicts.isEmpty()
                      ? ""
                      : "%.1f %%"
                          .formatted(
                              100.0
                                  * verdicts.stream().filter(Verdict::confirmed).count()
                                  / verdicts.size())));
    }
  }

  private void byGroup(StringBuilder text) {
    Set<TriggerKind> triggers = new TreeSet<>();
    Map<DecisionKind, Integer> bests = new TreeMap<>();
    for (JudgedMoment one : moments()) {
      triggers.add(one.moment().trigger());
      bests.merge(best(one.moment()), 1, Integer::sum);
    }
    text.append("\nError (τ) by what the judge would do:\n\n| policy |");
    bests.forEach((kind, n) -> text.append(" %s (%,d) |".formatted(kind, n)));
    text.append("\n|---|").append("---|".repeat(bests.size())).append('\n');
    for (Policy policy : settings.asked) {
      text.append("| ").append(policy).append(" |");
      for (DecisionKind kind : bests.keySet()) {
        text.append(share(policy, one -> best(one.moment()) == kind));
      }
      text.append('\n');
    }
    text.append("\nError (τ) by trigger:\n\n| policy |");
    triggers.forEach(trigger -> text.append(" %s |".formatted(trigger)));
    text.append("\n|---|").append("---|".repeat(triggers.size())).append('\n');
    for (Policy policy : settings.asked) {
      text.append("| ").append(policy).append(" |");
      for (TriggerKind trigger : triggers) {
        text.append(share(policy, one -> one.moment().trigger() == trigger));
      }
      text.append('\n');
    }
  }

  private String share(Policy policy, Predicate<JudgedMoment> of) {
    double[] errors = moments().stream().filter(of).mapToDouble(error(policy, 1)).toArray();
    return errors.length == 0 ? "  |" : " %.1f %% |".formatted(100 * mean(errors));
  }

  /** Whether both runs have the same best action, or say of both actions that they are as good. */
  private static boolean agree(JudgedMoment one) {
    int first = one.moment().best();
    int second = one.again().best();
    return first == second || !(one.moment().isError(second, 1) || one.again().isError(first, 1));
  }

  private static DecisionKind best(Moment moment) {
    return moment.actions().get(moment.best()).kind();
  }

  private static ToDoubleFunction<JudgedMoment> regret(Policy policy) {
    return one -> one.moment().regretEur(one.choices().get(policy));
  }

  private static ToDoubleFunction<JudgedMoment> gain(Policy policy) {
    return one -> one.moment().gainEur(one.choices().get(policy));
  }

  private static ToDoubleFunction<JudgedMoment> error(Policy policy, double share) {
    return one -> one.moment().isError(one.choices().get(policy), share) ? 1 : 0;
  }

  /** Means over the moments of each seed; seeds without any are left out of all. */
  private double[] perSeed(ToDoubleFunction<JudgedMoment> value) {
    return days.stream()
        .filter(day -> day.values().stream().anyMatch(outcome -> !outcome.moments().isEmpty()))
        .mapToDouble(
            day ->
                day.values().stream()
                    .flatMap(outcome -> outcome.moments().stream())
                    .mapToDouble(value)
                    .average()
                    .orElseThrow())
        .toArray();
  }

  private double[] ofDays(Policy driver, ToDoubleFunction<Outcome> value) {
    return days.stream().mapToDouble(day -> value.applyAsDouble(day.get(driver))).toArray();
  }

  private static double[] minus(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] - b[i]).toArray();
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  private static double deviation(double[] values) {
    double mean = mean(values);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return Math.sqrt(squares / (values.length - 1));
  }

  /** Holm's step-down: the k-th least p times how many are left. */
  private static double[] holm(double[] p) {
    Integer[] order = IntStream.range(0, p.length).boxed().toArray(Integer[]::new);
    Arrays.sort(order, (a, b) -> Double.compare(p[a], p[b]));
    double[] adjusted = new double[p.length];
    double least = 0;
    for (int k = 0; k < p.length; k++) {
      least = Math.max(least, Math.min(1, (p.length - k) * p[order[k]]));
      adjusted[order[k]] = least;
    }
    return adjusted;
  }

  private static String interval(double[] values, double times, String format) {
    double[] means = new double[RESAMPLES];
    SplittableRandom random = new SplittableRandom(1);
    for (int r = 0; r < RESAMPLES; r++) {
      double sum = 0;
      for (int i = 0; i < values.length; i++) {
        sum += values[random.nextInt(values.length)];
      }
      means[r] = sum / values.length;
    }
    Arrays.sort(means);
    return (format + " (" + format + " to " + format + ")")
        .formatted(
            times * mean(values),
            times * means[(int) (0.025 * RESAMPLES)],
            times * means[(int) (0.975 * RESAMPLES)]);
  }
}
