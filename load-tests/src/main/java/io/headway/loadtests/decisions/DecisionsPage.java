// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import static io.headway.loadtests.decisions.DrivenDays.error;
import static io.headway.loadtests.decisions.DrivenDays.gain;
import static io.headway.loadtests.decisions.DrivenDays.regret;
import static io.headway.loadtests.decisions.Statistics.deviation;
import static io.headway.loadtests.decisions.Statistics.holm;
import static io.headway.loadtests.decisions.Statistics.interval;
import static io.headway.loadtests.decisions.Statistics.mean;
import static io.headway.loadtests.decisions.Statistics.minus;

import io.headway.loadtests.city.BoundsPrice;
import io.headway.loadtests.city.CityJudge;
import io.headway.loadtests.city.Moment;
import io.headway.loadtests.city.Verdict;
import io.headway.loadtests.decisions.DayRun.JudgedMoment;
import io.headway.loadtests.decisions.DayRun.Outcome;
import io.headway.loadtests.decisions.DecisionsReport.Settings;
import io.headway.loadtests.decisions.Statistics.Interval;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.TriggerKind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.commons.statistics.inference.TTest;

/** What stands below the figures of a {@link DecisionsReport}, in Markdown. */
final class DecisionsPage {
  private static final int BAR = 50;

  private final Settings settings;
  private final DrivenDays days;

  DecisionsPage(Settings settings, DrivenDays days) {
    this.settings = settings;
    this.days = days;
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        """
        %s Cities are %d (seeds from %d on), each with %d vehicles for %.1f hours from 7 h on. %s each drive every day through the job's own operators; of the moments of decision in all these days a share (by the hash of their id) is judged, and at each of them every policy is asked. Judge version %d, at most %,d futures a moment.

        Regret: how much dearer what the policy would have decided is than the best inside the bounds, given what could be known. The minimum gain is nobody's error: KEEP is charged with what would have been saved beyond it, and what saves less with nothing. Saves: J of KEEP less that of the decision. Error: regret over τ = max(EUR 0.25, 1 %% of J(KEEP)), over τ/2, and over 0. Intervals are of 95 %%, by bootstrap over seeds.

        """
            .formatted(
                settings.kind().says(),
                settings.seeds(),
                settings.firstSeed(),
                settings.vehicles(),
                settings.hours(),
                settings.drivers(),
                CityJudge.VERSION,
                settings.futuresMax()));
    bars(text);
    regrets(text);
    beside(text);
    days(text);
    inVain(text);
    bounds(text);
    byGroup(text);
    return text.toString();
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
    text.append("| policy | regret, EUR | of J(KEEP) | saves, EUR | error, τ | τ/2 | 0 | acts |\n");
    text.append("|---|---|---|---|---|---|---|---|\n");
    for (Policy policy : settings.asked()) {
      text.append(
          "| %s | %s | %s | %s | %s | %s | %s | %s |%n"
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
                  interval(days.perSeed(error(policy, 0.5))).text(100, "%.2f %%"),
                  interval(days.perSeed(error(policy, 0))).text(100, "%.2f %%"),
                  interval(days.perSeed(one -> one.choices().get(policy) == 0 ? 0 : 1))
                      .text(100, "%.2f %%")));
    }
  }

  /** Against the baseline, seed by seed. */
  private void beside(StringBuilder text) {
    if (!settings.asked().contains(DecisionsReport.BESIDE) || days.seeds() < 6) {
      return;
    }
    text.append(
        "%nRegret less that of %s, seed by seed; p of the paired t-test and of Wilcoxon's signed ranks (without seeds that do not differ), both after Holm for %d policies; d: mean over standard deviation. Whether they are normal, as the t-test takes them to be, `normality.py` says.%n%n"
            .formatted(DecisionsReport.BESIDE, settings.asked().size() - 1));
    text.append("| policy | EUR a moment | p (t) | p (Wilcoxon) | d |\n|---|---|---|---|---|\n");
    List<Policy> others =
        settings.asked().stream().filter(policy -> policy != DecisionsReport.BESIDE).toList();
    double[][] differences = new double[others.size()][];
    double[] t = new double[others.size()];
    double[] wilcoxon = new double[others.size()];
    for (int i = 0; i < others.size(); i++) {
      double[] own = days.perSeed(regret(others.get(i)));
      double[] its = days.perSeed(regret(DecisionsReport.BESIDE));
      differences[i] = minus(own, its);
      t[i] = TTest.withDefaults().pairedTest(own, its).getPValue();
      wilcoxon[i] = Statistics.wilcoxon(differences[i]);
    }
    double[] tHolm = holm(t);
    double[] wilcoxonHolm = holm(wilcoxon);
    for (int i = 0; i < others.size(); i++) {
      text.append(
          "| %s | %s | %s | %.2g | %s |%n"
              .formatted(
                  others.get(i),
                  interval(differences[i]).text(1, "%.3f"),
                  told("%.2g", tHolm[i]),
                  wilcoxonHolm[i],
                  told("%.2f", mean(differences[i]) / deviation(differences[i]))));
    }
  }

  /** Without any difference there is neither a t nor a d. */
  private static String told(String format, double value) {
    return Double.isNaN(value) ? "–" : format.formatted(value);
  }

  private void days(StringBuilder text) {
    text.append(
        "%nWhat the days cost that each policy drove, in EUR a stop (hours, kilometres, actions, lateness, second vehicles), and less than under %s on the same days.%n%n"
            .formatted(DecisionsReport.BESIDE));
    text.append(
        "| policy | EUR a stop | less the baseline's | late stops | actions by kind | hindsight confirms |\n|---|---|---|---|---|---|\n");
    for (Policy driver : settings.drivers()) {
      double[] own = days.ofDays(driver, Outcome::eurAStop);
      double[] its =
          settings.drivers().contains(DecisionsReport.BESIDE)
              ? days.ofDays(DecisionsReport.BESIDE, Outcome::eurAStop)
              : own;
      Map<DecisionKind, Integer> kinds = new EnumMap<>(DecisionKind.class);
      List<Verdict> verdicts = new ArrayList<>();
      for (Outcome day : days.of(List.of(driver)).toList()) {
        day.decided().forEach((kind, n) -> kinds.merge(kind, n, Integer::sum));
        verdicts.addAll(day.hindsights());
      }
      text.append(
          "| %s | %s | %s | %s | %s | %s |%n"
              .formatted(
                  driver,
                  interval(own).text(1, "%.3f"),
                  interval(minus(own, its)).text(1, "%.4f"),
                  interval(days.ofDays(driver, o -> (double) o.day().lateStops() / o.day().stops()))
                      .text(100, "%.2f %%"),
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

  private void inVain(StringBuilder text) {
    text.append(
        """

        What was done in vain on the days that each policy drove, seeds pooled. Flips: actions carried out that change again what one of the same kind had changed less than 30 minutes before, the way to the same stop (REROUTE) or the place of a stop in the order (RESEQUENCE), over hours that vehicles were on rounds. False NOTIFY_LATE: of the receivers who were told that they would be late and whose stop was reached (not by a second vehicle), those whose stop was reached before its window ended. False DISPATCH_BACKUP: of the second vehicles, those dearer than KEEP in what truly came about, if nothing more is decided after either.

        | policy | flips | a vehicle-hour | told, reached | false NOTIFY_LATE | second vehicles | false DISPATCH_BACKUP |
        |---|---|---|---|---|---|---|
        """);
    for (Policy driver : settings.drivers()) {
      text.append(
          "| %s | %,d | %s | %,d | %s | %,d | %s |%n"
              .formatted(
                  driver,
                  days.of(List.of(driver)).mapToInt(day -> day.day().flips()).sum(),
                  days.flips(driver).text(1, "%.4f"),
                  days.of(List.of(driver)).mapToInt(day -> day.day().told()).sum(),
                  days.falseNotices(driver).text(100, "%.1f %%"),
                  days.of(List.of(driver)).mapToInt(day -> day.backups().size()).sum(),
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

  private void byGroup(StringBuilder text) {
    Set<TriggerKind> triggers = new TreeSet<>();
    Map<DecisionKind, Integer> bests = new TreeMap<>();
    for (JudgedMoment one : days.moments()) {
      triggers.add(one.moment().trigger());
      bests.merge(best(one.moment()), 1, Integer::sum);
    }
    text.append("\nError (τ) by what the judge would do:\n\n| policy |");
    bests.forEach((kind, n) -> text.append(" %s (%,d) |".formatted(kind, n)));
    text.append("\n|---|").append("---|".repeat(bests.size())).append('\n');
    for (Policy policy : settings.asked()) {
      text.append("| ").append(policy).append(" |");
      for (DecisionKind kind : bests.keySet()) {
        text.append(share(policy, one -> best(one.moment()) == kind));
      }
      text.append('\n');
    }
    text.append("\nError (τ) by trigger:\n\n| policy |");
    triggers.forEach(trigger -> text.append(" %s |".formatted(trigger)));
    text.append("\n|---|").append("---|".repeat(triggers.size())).append('\n');
    for (Policy policy : settings.asked()) {
      text.append("| ").append(policy).append(" |");
      for (TriggerKind trigger : triggers) {
        text.append(share(policy, one -> one.moment().trigger() == trigger));
      }
      text.append('\n');
    }
  }

  private String share(Policy policy, Predicate<JudgedMoment> of) {
    double[] errors = days.moments().stream().filter(of).mapToDouble(error(policy, 1)).toArray();
    return errors.length == 0 ? "  |" : " %.1f %% |".formatted(100 * mean(errors));
  }

  private static DecisionKind best(Moment moment) {
    return moment.actions().get(moment.best()).kind();
  }
}
