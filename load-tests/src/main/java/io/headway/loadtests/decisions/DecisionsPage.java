// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import static io.headway.loadtests.decisions.DrivenDays.error;
import static io.headway.loadtests.decisions.DrivenDays.gain;
import static io.headway.loadtests.decisions.DrivenDays.regret;
import static io.headway.loadtests.decisions.Statistics.interval;
import static io.headway.loadtests.decisions.Statistics.minus;

import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.BoundsPrice;
import io.headway.loadtests.city.CityJudge;
import io.headway.loadtests.city.Judgement;
import io.headway.loadtests.city.Moment;
import io.headway.loadtests.decisions.DayRun.JudgedMoment;
import io.headway.loadtests.decisions.DayRun.Outcome;
import io.headway.loadtests.decisions.DecisionsReport.Settings;
import io.headway.loadtests.decisions.Statistics.Interval;
import io.headway.loadtests.decisions.Statistics.Paired;
import io.headway.schemas.DecisionKind;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What stands below the figures of a {@link DecisionsReport}, in Markdown. */
final class DecisionsPage {
  private static final int BAR = 50;

  /** Of fewer seeds Wilcoxon's test has no p below 0.05. */
  private static final int SEEDS_LEAST = 6;

  private final Settings settings;
  private final RoadNetwork roads;
  private final DrivenDays days;

  DecisionsPage(Settings settings, RoadNetwork roads, DrivenDays days) {
    this.settings = settings;
    this.roads = roads;
    this.days = days;
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        """
        %s%s Cities are %d (seeds from %d on), each with %d vehicles for %.1f hours from 7 h on, all on one road network (%s). %s each drive every day through the job's own operators; of the moments of decision in all these days a share (by the hash of their id) is judged, and at each of them every policy is asked. Judge version %d, at most %,d futures a moment. `moments_an_hour_on_two_cores` is of judging alone: forming the belief from the records, asking the policies, second runs and pricing the bounds are left out.

        `unresolved`: moments at which some rival of the best was neither separated from it, by 3 standard errors, nor within τ = max(EUR 0.25, 1 %% of J(KEEP)), when no more futures were to be drawn. `_error_not_sure`: at which it was then not as sure of what the policy decided whether its regret is over τ. `two_runs_agree`: of the moments that were judged twice and resolved both times (`judged_twice`), those at which both runs find the same best, or the best of each is no error to the other; `two_runs_find_the_same`: the former alone.

        Regret: how much less what the policy would have decided is worth than the best inside the bounds, given what could be known. What saves more than the minimum gain is worth what is beyond it, what saves less is worth as much as KEEP, nothing, and what is dearer than KEEP costs what it is dearer: the minimum gain is nobody's error. Saves: J of KEEP less that of the decision. Acts: not KEEP. Error: regret over τ, over τ/2, and over 0; the judge goes on until it is sure at τ, so at τ/2 and 0 chance decides near ties. Intervals are of 95 %%, by bootstrap over seeds; one of 0 to 0 only says that none was seen. What cannot be told is –.

        Policies are set beside %s seed by seed, where there are %d seeds or more: p of the paired t-test and of Wilcoxon's signed ranks (without seeds that do not differ), both after Holm for the policies of the table; d: mean over standard deviation. Whether differences are normal, as the t-test takes them to be, `normality.py` says.

        """
            .formatted(
                settings.kind().says(),
                recording(),
                settings.seeds(),
                settings.firstSeed(),
                settings.vehicles(),
                settings.hours(),
                network(),
                settings.drivers(),
                CityJudge.VERSION,
                settings.futuresMax(),
                DecisionsReport.BESIDE,
                SEEDS_LEAST));
    untold(text);
    bars(text);
    regrets(text);
    byChance(text);
    later(text);
    Map<Policy, double[]> regrets = new EnumMap<>(Policy.class);
    settings.asked().forEach(policy -> regrets.put(policy, days.perSeed(regret(policy))));
    beside(text, "Regret, EUR a moment,", regrets);
    days(text);
    beside(text, "What the days cost, EUR a stop,", days.eurAStop(settings.drivers()));
    inVain(text);
    bounds(text);
    byGroup(text, "what the judge would do", DecisionsPage::best);
    byGroup(text, "trigger", Moment::trigger);
    return text.toString();
  }

  private String recording() {
    return settings.recorded() == null
        ? ""
        : " The recording is of %d days without a gap.".formatted(settings.recorded().days());
  }

  private String network() {
    double metres =
        IntStream.range(0, roads.edgeCount()).mapToDouble(e -> roads.edgeLengthM(e)).sum();
    return "%,d nodes, %,d directed edges of %,.0f km, id %s"
        .formatted(roads.nodeCount(), roads.edgeCount(), metres / 1000, roads.id());
  }

  /** What was sampled and not judged. */
  private void untold(StringBuilder text) {
    Map<Judgement.Untold, Integer> untold = days.untold();
    int judged = days.moments().size();
    int not = untold.values().stream().mapToInt(Integer::intValue).sum();
    text.append(
        "Of %,d decisions that were sampled %,d were judged and %,d were not%s.%s%n%n"
            .formatted(
                judged + not,
                judged,
                not,
                untold.entrySet().stream()
                    .map(one -> "%s %,d".formatted(words(one.getKey()), one.getValue()))
                    .collect(Collectors.joining(", ", not == 0 ? "" : ": ", "")),
                judged == 0
                    ? " Of regret and error nothing can be told; more seeds, longer days or a greater share give moments."
                    : ""));
  }

  private static String words(Enum<?> name) {
    return name.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** Regret at a glance. */
  private void bars(StringBuilder text) {
    List<Interval> intervals =
        settings.asked().stream().map(policy -> interval(days.perSeed(regret(policy)))).toList();
    double most = intervals.stream().mapToDouble(Interval::high).max().orElseThrow();
    if (!(most > 0)) {
      return;
    }
    text.append(
        "Regret, EUR a moment (`|` the mean, `=` its interval; shorter is better):\n\n```\n");
    for (int i = 0; i < intervals.size(); i++) {
      text.append(
          "%-12s %8.3f %s%n"
              .formatted(
                  settings.asked().get(i),
                  intervals.get(i).value(),
                  intervals.get(i).bar(most, BAR)));
    }
    text.append("```\n\n");
  }

  private void regrets(StringBuilder text) {
    text.append(
        "| policy | regret, EUR | of J(KEEP) | saves, EUR | error, τ | not sure | τ/2 | 0 | acts |\n");
    text.append("|---|---|---|---|---|---|---|---|---|\n");
    for (Policy policy : settings.asked()) {
      text.append(
          "| %s | %s | %s | %s | %s | %s | %s | %s | %s |%n"
              .formatted(
                  policy,
                  interval(days.perSeed(regret(policy))).text(1, "%.3f"),
                  interval(
                          days.perSeed(
                              one ->
                                  one.moment().regretEur(one.choices().get(policy))
                                      / one.moment().objectiveEur().get(0)))
                      .text(100, "%.2f %%"),
                  interval(days.perSeed(gain(policy))).text(1, "%.3f"),
                  interval(days.perSeed(error(policy, 1))).text(100, "%.2f %%"),
                  days.notSure(policy).text(100, "%.2f %%"),
                  interval(days.perSeed(error(policy, 0.5))).text(100, "%.2f %%"),
                  interval(days.perSeed(error(policy, 0))).text(100, "%.2f %%"),
                  interval(days.perSeed(one -> one.choices().get(policy) == 0 ? 0 : 1))
                      .text(100, "%.2f %%")));
    }
  }

  /** By how much chance lifts regret. */
  private void byChance(StringBuilder text) {
    long twice = days.moments().stream().filter(one -> one.again() != null).count();
    if (twice == 0) {
      return;
    }
    text.append(
        "%nRegret is measured in the same futures in which the best was found, so chance lifts it. What one run of the judge finds best is charged with EUR %s by a second run in other futures, on average over %,d moments that were judged twice: so much comes from which was found best. Besides, what is as good as the best is by chance a little dearer or, which counts as nothing, cheaper: that lifts its regret by 0.4 standard errors of the difference, of which three are less than what it lacks to τ.%n"
            .formatted(days.regretByChance().text(1, "%.4f"), twice));
  }

  /** How alike the baseline is that decides in the futures. */
  private void later(StringBuilder text) {
    if (!settings.asked().contains(Policy.BASELINE)) {
      return;
    }
    int same = 0;
    int either = 0;
    int sameOfEither = 0;
    for (JudgedMoment one : days.moments()) {
      DecisionKind job = one.moment().actions().get(one.choices().get(Policy.BASELINE)).kind();
      boolean acts = job != DecisionKind.KEEP || one.later() != DecisionKind.KEEP;
      same += job == one.later() ? 1 : 0;
      either += acts ? 1 : 0;
      sameOfEither += acts && job == one.later() ? 1 : 0;
    }
    text.append(
        "%nThe baseline that decides in the futures (LaterLooks) would do an action of the same kind as the job's baseline at %,d of the %,d judged moments; of %,d at which either acts, at %,d.%n"
            .formatted(same, days.moments().size(), either, sameOfEither));
  }

  /**
   * Against the baseline, seed by seed.
   *
   * @param values one a seed, by policy
   */
  private static void beside(StringBuilder text, String what, Map<Policy, double[]> values) {
    Map<Policy, double[]> others = new EnumMap<>(values);
    double[] its = others.remove(DecisionsReport.BESIDE);
    if (its == null || its.length < SEEDS_LEAST || others.isEmpty()) {
      return;
    }
    text.append(
        """

        %s less that of %s, over %d seeds:

        | policy | less | p (t) | p (Wilcoxon) | d |
        |---|---|---|---|---|
        """
            .formatted(what, DecisionsReport.BESIDE, its.length));
    Iterator<Paired> paired = Statistics.beside(its, List.copyOf(others.values())).iterator();
    for (Policy policy : others.keySet()) {
      Paired one = paired.next();
      text.append(
          "| %s | %s | %s | %.2g | %s |%n"
              .formatted(
                  policy,
                  one.less().text(1, "%.4f"),
                  told("%.2g", one.t()),
                  one.wilcoxon(),
                  told("%.2f", one.d())));
    }
  }

  /** Without any difference there is neither a t nor a d. */
  private static String told(String format, double value) {
    return Double.isNaN(value) ? "–" : format.formatted(value);
  }

  private void days(StringBuilder text) {
    text.append(
        """

        What the days cost that each policy drove, in EUR a stop (hours, kilometres, actions, lateness, second vehicles; over stops that were served or handed over), and less than under %s on the same days. Late: of the stops that the vehicles themselves reached; those of second vehicles are in neither number. Hindsight confirms: of the sampled decisions, those that in what truly came about were at most EUR 0.25 or 1 %% of KEEP's cost dearer than the cheapest inside the bounds, if nothing more is decided after either.

        | policy | EUR a stop | less the baseline's | late of those reached | actions by kind | hindsight confirms |
        |---|---|---|---|---|---|
        """
            .formatted(DecisionsReport.BESIDE));
    Map<Policy, double[]> eurAStop = days.eurAStop(settings.drivers());
    double[] its = eurAStop.get(DecisionsReport.BESIDE);
    for (Policy driver : settings.drivers()) {
      double[] own = eurAStop.get(driver);
      Map<DecisionKind, Integer> kinds = new EnumMap<>(DecisionKind.class);
      for (Outcome day : days.of(List.of(driver)).toList()) {
        day.decided().forEach((kind, n) -> kinds.merge(kind, n, Integer::sum));
      }
      text.append(
          "| %s | %s | %s | %s | %s | %s |%n"
              .formatted(
                  driver,
                  interval(own).text(1, "%.3f"),
                  its == null ? "–" : interval(minus(own, its)).text(1, "%.4f"),
                  days.late(driver).text(100, "%.2f %%"),
                  kinds,
                  days.confirmed(driver).text(100, "%.1f %%")));
    }
  }

  private void inVain(StringBuilder text) {
    text.append(
        """

        What was done in vain on the days that each policy drove, seeds pooled. Flips: actions carried out that change again what one of the same kind had changed less than 30 minutes before, the way to the same stop (REROUTE) or the place of a stop in the order (RESEQUENCE), over hours that vehicles were on rounds. False NOTIFY_LATE: of the receivers who were told that they would be late and whose stop was reached (not by a second vehicle), those whose stop was reached before its window ended. False DISPATCH_BACKUP: of the second vehicles, those dearer than KEEP in what truly came about, if nothing more is decided after either.

        | policy | flips | a vehicle-hour | false NOTIFY_LATE | false DISPATCH_BACKUP |
        |---|---|---|---|---|
        """);
    for (Policy driver : settings.drivers()) {
      List<Outcome> driven = days.of(List.of(driver)).toList();
      text.append(
          "| %s | %,d | %s | %,d of %,d: %s | %,d of %,d: %s |%n"
              .formatted(
                  driver,
                  driven.stream().mapToInt(day -> day.day().flips()).sum(),
                  days.flips(driver).text(1, "%.4f"),
                  driven.stream().mapToInt(day -> day.day().toldInVain()).sum(),
                  driven.stream().mapToInt(day -> day.day().told()).sum(),
                  days.falseNotices(driver).text(100, "%.1f %%"),
                  driven.stream().mapToLong(Outcome::backupsInVain).sum(),
                  driven.stream().mapToInt(day -> day.backups().size()).sum(),
                  days.falseBackups(driver).text(100, "%.1f %%")));
    }
  }

  private void bounds(StringBuilder text) {
    text.append(
        """

        What the bounds cost, all but minimum_gain_eur: J of the best inside them less J of the best if what they held back were allowed too, in the same futures, at the judged moments of the days that each policy drove and at those where the bounds left nothing but KEEP (which are judged nowhere else). Held back: moments at which they held anything back; the best held back: at which that was better than all inside them by more than τ.

        | policy | moments | held back | the best held back | EUR a moment |
        |---|---|---|---|---|
        """);
    for (Policy driver : settings.drivers()) {
      price(text, driver.toString(), List.of(driver));
    }
    price(text, "all", settings.drivers());
    Map<String, int[]> counts = new TreeMap<>();
    Map<String, Double> eur = new TreeMap<>();
    for (BoundsPrice price : days.prices(settings.drivers())) {
      price.heldBack().forEach(bound -> counts.computeIfAbsent(bound, b -> new int[2])[0]++);
      if (price.by() != null) {
        counts.get(price.by())[1] += price.matters() ? 1 : 0;
        eur.merge(price.by(), price.eur(), Double::sum);
      }
    }
    text.append("\n| bound | held back | the best held back | EUR in all |\n|---|---|---|---|\n");
    counts.forEach(
        (bound, n) ->
            text.append(
                "| %s | %,d | %,d | %.2f |%n"
                    .formatted(bound, n[0], n[1], eur.getOrDefault(bound, 0.0))));
  }

  private void price(StringBuilder text, String name, Collection<Policy> drivers) {
    text.append(
        "| %s | %,d | %s | %s | %s |%n"
            .formatted(
                name,
                days.prices(drivers).size(),
                days.ofPrices(drivers, price -> price.heldBack().isEmpty() ? 0 : 1)
                    .text(100, "%.1f %%"),
                days.ofPrices(drivers, price -> price.matters() ? 1 : 0).text(100, "%.2f %%"),
                days.ofPrices(drivers, BoundsPrice::eur).text(1, "%.4f")));
  }

  private <G extends Comparable<G>> void byGroup(
      StringBuilder text, String by, Function<Moment, G> group) {
    Map<G, Integer> groups = new TreeMap<>();
    days.moments().forEach(one -> groups.merge(group.apply(one.moment()), 1, Integer::sum));
    if (groups.isEmpty()) {
      return;
    }
    text.append("%nError (τ) by %s, seeds pooled (moments):%n%n| policy |".formatted(by));
    groups.forEach((name, n) -> text.append(" %s (%,d) |".formatted(name, n)));
    text.append("\n|---|").append("---|".repeat(groups.size())).append('\n');
    for (Policy policy : settings.asked()) {
      text.append("| ").append(policy).append(" |");
      for (G name : groups.keySet()) {
        Interval share =
            days.ofMoments(one -> group.apply(one.moment()).equals(name), error(policy, 1));
        text.append(" %s |".formatted(share.text(100, "%.1f %%")));
      }
      text.append('\n');
    }
  }

  private static DecisionKind best(Moment moment) {
    return moment.actions().get(moment.best()).kind();
  }
}
