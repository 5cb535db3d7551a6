// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.functions.decision.ActionLedger;
import io.headway.functions.decision.Choice;
import io.headway.functions.roads.RoadMap;
import io.headway.functions.traffic.LiveWeights;
import io.headway.loadtests.city.Action;
import io.headway.loadtests.city.BoundsPrice;
import io.headway.loadtests.city.CityFeed;
import io.headway.loadtests.city.CityJudge;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.DayCost;
import io.headway.loadtests.city.Hindsight;
import io.headway.loadtests.city.Judgement;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.city.Moment;
import io.headway.loadtests.city.Verdict;
import io.headway.schemas.Bounds;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A day of a city that one policy drives through the job's own operators. A sample of its moments
 * of decision is judged, and at each of them every policy is asked what it would decide. Equal
 * settings give equal days.
 */
final class DayRun {
  /** Of the judged moments, for a second run of the judge. */
  private static final double JUDGED_TWICE = 0.25;

  private final Settings settings;
  private final Bounds bounds = Bounds.newBuilder().build();
  private final CityFeed feed;
  private final Hindsight hindsight;
  private final LiveWeights weights;
  private final CityJudge judge;
  private final SteppedJob job;
  private final Costing driver;
  private final Map<Policy, Costing> asked = new EnumMap<>(Policy.class);
  private final Map<String, DecisionRequest> requests = new HashMap<>();
  private final Map<String, ActionLedger> ledgers = new HashMap<>();
  private final List<Decision> sampled = new ArrayList<>();
  private final List<Decision> backups = new ArrayList<>();
  private final List<JudgedMoment> moments = new ArrayList<>();
  private final List<BoundsPrice> prices = new ArrayList<>();
  private final Map<DecisionKind, Integer> decided = new EnumMap<>(DecisionKind.class);
  private final Map<Judgement.Untold, Integer> untold = new EnumMap<>(Judgement.Untold.class);
  private double judgedS;

  /**
   * What is run.
   *
   * @param driver the policy that decides
   * @param city what it is like
   * @param file of its road network
   * @param roads the same, open
   * @param share of decisions that are judged
   * @param policies that are asked at each judged moment
   * @param futuresMax how many futures a moment is judged on at most
   */
  record Settings(
      Policy driver,
      CityParameters city,
      Path file,
      RoadMap roads,
      double share,
      List<Policy> policies,
      int futuresMax) {}

  /**
   * A moment and what each policy would have decided then.
   *
   * @param again what a second, independent run of the judge says; null where there was none
   * @param choices index of the moment's action by policy; KEEP, which it comes to, for one that
   *     did not apply
   * @param later what the baseline of the futures would have done
   */
  record JudgedMoment(
      Moment moment, Moment again, Map<Policy, Integer> choices, DecisionKind later) {}

  /**
   * What came of the day.
   *
   * @param moments that were judged
   * @param prices of the bounds, at these moments and at those where they left nothing to choose
   * @param untold why others were not judged
   * @param decided decisions by kind
   * @param hindsights what hindsight says of the judged decisions
   * @param backups what hindsight says of every second vehicle
   * @param costEur what the day cost, to the end of its rounds
   * @param day what else it came to
   * @param judgedS seconds that judging took, pricing left out
   */
  record Outcome(
      List<JudgedMoment> moments,
      List<BoundsPrice> prices,
      Map<Judgement.Untold, Integer> untold,
      Map<DecisionKind, Integer> decided,
      List<Verdict> hindsights,
      List<Verdict> backups,
      double costEur,
      DayCost day,
      double judgedS) {
    double eurAStop() {
      return costEur / day.stops();
    }

    /** Second vehicles that hindsight finds dearer than to have kept the plan. */
    long backupsInVain() {
      return backups.stream().filter(verdict -> verdict.gainEur() < 0).count();
    }
  }

  private DayRun(Settings settings) {
    this.settings = settings;
    feed = new CityFeed(settings.city, settings.roads.network(), bounds);
    hindsight = feed.hindsight(bounds);
    weights = SteppedJob.weights(settings.roads);
    judge =
        new CityJudge(
            settings.city,
            settings.roads,
            hindsight,
            IntStream.range(0, (int) settings.city.get(Knob.VEHICLES)),
            weights.seconds(),
            bounds,
            settings.futuresMax,
            settings.city.seed());
    settings.policies.forEach(policy -> asked.put(policy, policy.costing(judge)));
    driver = settings.driver.costing(judge);
    job =
        new SteppedJob(
            settings.file, driver::cost, request -> requests.put(request.getDecisionId(), request));
    job.watchWeights(weights::apply);
  }

  static Outcome of(Settings settings) throws Exception {
    DayRun run = new DayRun(settings);
    try (CityFeed feed = run.feed;
        SteppedJob job = run.job) {
      return run.drive(feed, job);
    } finally {
      run.driver.close();
      run.asked.values().forEach(Costing::close);
    }
  }

  private Outcome drive(CityFeed city, SteppedJob stepped) throws IOException {
    stepped.drive(city, judge::add, this::take);
    city.finish();
    return new Outcome(
        moments,
        prices,
        untold,
        decided,
        inHindsight(sampled),
        inHindsight(backups),
        city.costEur(),
        city.dayCost(),
        judgedS);
  }

  private List<Verdict> inHindsight(List<Decision> decisions) {
    return decisions.stream()
        .flatMap(decision -> hindsight.of(decision).verdict().stream())
        .toList();
  }

  private void take(Decision decision) {
    DecisionRequest request = requests.remove(decision.getDecisionId());
    if (request == null) {
      return; // given again
    }
    ActionLedger ledger =
        ledgers.computeIfAbsent(decision.getVehicleId(), first -> new ActionLedger());
    // By the id, which says nothing of what was decided; of periodic looks it is that of all
    // cities.
    long key = 31L * decision.getDecisionId().hashCode() + settings.driver.toString().hashCode();
    double drawn = new SplittableRandom(key ^ (settings.city.seed() << 32)).nextDouble();
    if (drawn < settings.share) {
      long beganNs = System.nanoTime();
      Judgement judgement = judge.of(decision, request, 0);
      judgedS += (System.nanoTime() - beganNs) / 1e9;
      if (judgement instanceof Moment moment) {
        Moment again =
            drawn < JUDGED_TWICE * settings.share ? (Moment) judge.of(decision, request, 1) : null;
        sampled.add(decision);
        moments.add(
            new JudgedMoment(
                moment, again, choices(moment, request, ledger), judge.later(decision)));
      } else if (judgement instanceof Judgement.Untold why) {
        untold.merge(why, 1, Integer::sum);
      }
      judge.price(decision, request, judgement).ifPresent(prices::add);
    }
    if (decision.getKind() == DecisionKind.DISPATCH_BACKUP) {
      backups.add(decision);
    }
    decided.merge(decision.getKind(), 1, Integer::sum);
    ledger.count(decision.getKind(), request.getRequestedAt().toEpochMilli(), bounds);
  }

  /** What each policy would decide, by the job's own choice. */
  private Map<Policy, Integer> choices(
      Moment moment, DecisionRequest request, ActionLedger ledger) {
    Map<Policy, Integer> choices = new EnumMap<>(Policy.class);
    asked.forEach(
        (policy, costing) -> {
          int candidate = Choice.of(costing.cost(request), ledger).candidate();
          Action action = Action.of(request, request.getCandidates().get(candidate));
          int index = moment.actions().indexOf(action);
          boolean applies = index >= 0 && !moment.objectiveEur().get(index).isNaN();
          choices.put(policy, applies ? index : 0);
        });
    return choices;
  }
}
