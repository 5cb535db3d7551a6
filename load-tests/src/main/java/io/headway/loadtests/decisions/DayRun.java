// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.functions.roads.RoadMap;
import io.headway.loadtests.city.CityFeed;
import io.headway.loadtests.city.CityJudge;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Hindsight;
import io.headway.loadtests.city.Judgement;
import io.headway.loadtests.city.Regret;
import io.headway.loadtests.city.Verdict;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Bounds;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A day of a city that a policy drives through the job's own operators, with a sample of its
 * decisions judged. Equal seeds give equal days.
 */
final class DayRun {
  private static final int FUTURES_SEED = 1;

  private final List<Regret> regrets = new ArrayList<>();
  private final List<Verdict> hindsights = new ArrayList<>();
  private final Map<DecisionKind, Integer> decided = new EnumMap<>(DecisionKind.class);
  private final Map<Judgement.Untold, Integer> untold = new EnumMap<>(Judgement.Untold.class);
  private double costEur;
  private int stops;
  private int lateStops;
  private double judgedS;

  /** What is run. */
  record Settings(
      CityParameters city, CityParameters believed, Path file, double sampled, int futuresMax) {}

  static DayRun of(Policy policy, Settings settings, RoadMap roads) throws Exception {
    DayRun run = new DayRun();
    try (SteppedJob job = new SteppedJob(settings.file, policy.costing(), request -> {});
        CityFeed feed = new CityFeed(settings.city, roads.network())) {
      run.drive(job, feed, settings, roads);
    }
    return run;
  }

  private void drive(SteppedJob job, CityFeed feed, Settings settings, RoadMap roads)
      throws IOException {
    Bounds bounds = Bounds.newBuilder().build();
    Hindsight hindsight = feed.hindsight(bounds);
    CityJudge judge =
        new CityJudge(
            settings.city,
            settings.believed,
            roads,
            hindsight,
            bounds,
            settings.futuresMax,
            FUTURES_SEED);
    List<Decision> sampled = new ArrayList<>();
    long second = 0;
    for (FeedRecord record = feed.next(); record != null; record = feed.next()) {
      if (settings.sampled > 0) {
        judge.add(record);
      }
      job.send(record);
      if (record.sendAtMs() / 1000 > second) {
        second = record.sendAtMs() / 1000;
        job.advance(record.sendAtMs());
      }
      for (Decision decision = job.poll(); decision != null; decision = job.poll()) {
        decided.merge(decision.getKind(), 1, Integer::sum);
        if (isSampled(decision, settings.sampled)) {
          sampled.add(decision);
          judge(judge, decision);
        }
        feed.act(decision, record.sendAtMs());
      }
    }
    costEur = feed.costEur();
    stops = feed.dayCost().stops();
    lateStops = feed.dayCost().lateStops();
    for (Decision decision : sampled) {
      hindsight.of(decision).verdict().ifPresent(hindsights::add);
    }
  }

  private void judge(CityJudge judge, Decision decision) {
    long beganNs = System.nanoTime();
    Judgement judgement = judge.of(decision);
    judgedS += (System.nanoTime() - beganNs) / 1e9;
    if (judgement instanceof Regret regret) {
      regrets.add(regret);
    } else if (judgement instanceof Judgement.Untold why) {
      untold.merge(why, 1, Integer::sum);
    }
  }

  /** Chosen by the id, which says nothing of what was decided. */
  private static boolean isSampled(Decision decision, double share) {
    return new SplittableRandom(decision.getDecisionId().hashCode()).nextDouble() < share;
  }

  List<Regret> regrets() {
    return regrets;
  }

  List<Verdict> hindsights() {
    return hindsights;
  }

  Map<DecisionKind, Integer> decided() {
    return decided;
  }

  Map<Judgement.Untold, Integer> untold() {
    return untold;
  }

  double costEur() {
    return costEur;
  }

  int stops() {
    return stops;
  }

  int lateStops() {
    return lateStops;
  }

  /** Seconds that judging took. */
  double judgedS() {
    return judgedS;
  }
}
