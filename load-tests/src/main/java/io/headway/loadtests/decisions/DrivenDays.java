// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.loadtests.city.BoundsPrice;
import io.headway.loadtests.city.Judgement;
import io.headway.loadtests.city.Verdict;
import io.headway.loadtests.decisions.DayRun.JudgedMoment;
import io.headway.loadtests.decisions.DayRun.Outcome;
import io.headway.loadtests.decisions.Statistics.Interval;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * The days that were driven, by seed, then by the policy that drove.
 *
 * @param bySeed in the order of seeds
 */
record DrivenDays(List<Map<Policy, Outcome>> bySeed) {

  int seeds() {
    return bySeed.size();
  }

  List<JudgedMoment> moments() {
    return bySeed.stream().flatMap(DrivenDays::moments).toList();
  }

  private static Stream<JudgedMoment> moments(Map<Policy, Outcome> days) {
    return days.values().stream().flatMap(day -> day.moments().stream());
  }

  List<BoundsPrice> prices(Collection<Policy> drivers) {
    return of(drivers).flatMap(day -> day.prices().stream()).toList();
  }

  /** The days that some policies drove. */
  Stream<Outcome> of(Collection<Policy> drivers) {
    return bySeed.stream().flatMap(days -> drivers.stream().map(days::get));
  }

  /** Means over the moments of each seed; seeds without any are left out of all. */
  double[] perSeed(ToDoubleFunction<JudgedMoment> value) {
    return bySeed.stream()
        .filter(days -> moments(days).findAny().isPresent())
        .mapToDouble(days -> mean(days, value))
        .toArray();
  }

  /** The mean over the moments of a seed; NaN without any. */
  static double mean(Map<Policy, Outcome> days, ToDoubleFunction<JudgedMoment> value) {
    return moments(days).mapToDouble(value).average().orElse(Double.NaN);
  }

  /** The mean over some of the moments, all seeds pooled. */
  Interval ofMoments(Predicate<JudgedMoment> which, ToDoubleFunction<JudgedMoment> value) {
    return Statistics.ratio(
        bySeed.stream()
            .mapToDouble(days -> moments(days).filter(which).mapToDouble(value).sum())
            .toArray(),
        count(which));
  }

  /** The share of some of the moments that have something, all seeds pooled. */
  Interval shareOfMoments(Predicate<JudgedMoment> which, Predicate<JudgedMoment> has) {
    return Statistics.share(count(which.and(has)), count(which));
  }

  private double[] count(Predicate<JudgedMoment> which) {
    return bySeed.stream().mapToDouble(days -> moments(days).filter(which).count()).toArray();
  }

  /** How many sampled decisions were not judged, by why. */
  Map<Judgement.Untold, Integer> untold() {
    Map<Judgement.Untold, Integer> counts = new EnumMap<>(Judgement.Untold.class);
    bySeed.stream()
        .flatMap(days -> days.values().stream())
        .forEach(day -> day.untold().forEach((why, n) -> counts.merge(why, n, Integer::sum)));
    return counts;
  }

  /** EUR a stop by policy that drove, of the seeds in which all of them came to one. */
  Map<Policy, double[]> eurAStop(Collection<Policy> drivers) {
    List<Map<Policy, Outcome>> told =
        bySeed.stream()
            .filter(days -> drivers.stream().allMatch(driver -> days.get(driver).day().stops() > 0))
            .toList();
    Map<Policy, double[]> values = new EnumMap<>(Policy.class);
    for (Policy driver : drivers) {
      values.put(driver, told.stream().mapToDouble(days -> days.get(driver).eurAStop()).toArray());
    }
    return values;
  }

  /** One number over another, of the days of one policy, all seeds pooled. */
  Interval ratio(Policy driver, ToDoubleFunction<Outcome> of, ToDoubleFunction<Outcome> to) {
    return Statistics.ratio(sums(List.of(driver), of), sums(List.of(driver), to));
  }

  /** The mean over the moments at which bounds were priced, all seeds pooled. */
  Interval ofPrices(Collection<Policy> drivers, ToDoubleFunction<BoundsPrice> value) {
    return Statistics.ratio(
        sums(drivers, day -> day.prices().stream().mapToDouble(value).sum()),
        sums(drivers, day -> day.prices().size()));
  }

  private double[] sums(Collection<Policy> drivers, ToDoubleFunction<Outcome> value) {
    return bySeed.stream()
        .mapToDouble(days -> drivers.stream().map(days::get).mapToDouble(value).sum())
        .toArray();
  }

  /**
   * What the best of one run of the judge is charged with by a second, at the moments judged twice:
   * so much of regret comes from which was found best, for it is found in the futures that it is
   * measured in.
   */
  Interval regretByChance() {
    return ofMoments(one -> one.again() != null, one -> one.again().regretEur(one.moment().best()));
  }

  static ToDoubleFunction<JudgedMoment> regret(Policy policy) {
    return one -> one.moment().regretEur(one.choices().get(policy));
  }

  static ToDoubleFunction<JudgedMoment> gain(Policy policy) {
    return one -> one.moment().gainEur(one.choices().get(policy));
  }

  static ToDoubleFunction<JudgedMoment> error(Policy policy, double share) {
    return one -> one.moment().isError(one.choices().get(policy), share) ? 1 : 0;
  }

  /** Moments at which it is not sure whether what the policy decided is an error. */
  Interval notSure(Policy policy) {
    return shareOfMoments(one -> true, one -> !one.moment().sure().get(one.choices().get(policy)));
  }

  /** Actions that change again what was changed just before, a vehicle-hour on rounds. */
  Interval flips(Policy driver) {
    return ratio(driver, day -> day.day().flips(), day -> day.day().workedHours());
  }

  /** Of the stops that vehicles themselves reached, those that were late. */
  Interval late(Policy driver) {
    return ratio(driver, day -> day.day().lateStops(), day -> day.day().reached());
  }

  /** Of the sampled decisions, those that hindsight confirms. */
  Interval confirmed(Policy driver) {
    return ratio(
        driver,
        day -> day.hindsights().stream().filter(Verdict::confirmed).count(),
        day -> day.hindsights().size());
  }

  /** Of the receivers who were told, and whose stop was reached, those who were not late. */
  Interval falseNotices(Policy driver) {
    return ratio(driver, day -> day.day().toldInVain(), day -> day.day().told());
  }

  /** Of the second vehicles, those that hindsight finds dearer than to have kept the plan. */
  Interval falseBackups(Policy driver) {
    return ratio(driver, Outcome::backupsInVain, day -> day.backups().size());
  }
}
