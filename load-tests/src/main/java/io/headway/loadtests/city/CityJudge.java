// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.roads.RoadMap;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Bounds;
import io.headway.schemas.Decision;
import java.util.List;

/**
 * Judges the decisions for a simulated city by what could be known when they were made: it reads
 * the records that the job reads, and nothing else of the city is known to its belief. Where a
 * vehicle is and what it has to do it sees exactly. Not thread-safe.
 */
public final class CityJudge {
  private final Hindsight hindsight;
  private final CityBelief belief;
  private final DecisionJudge judge;
  private final long seed;

  /**
   * @param city what it is like
   * @param believed what it is taken to be like, but for the seed
   * @param hindsight of the same city
   * @param bounds under which decisions are made
   * @param last how many futures of a moment are drawn at most
   * @param seed of the futures
   */
  public CityJudge(
      CityParameters city,
      CityParameters believed,
      RoadMap roads,
      Hindsight hindsight,
      Bounds bounds,
      int last,
      long seed) {
    this.hindsight = hindsight;
    this.seed = seed;
    City map = new City(city, roads.network());
    belief = new CityBelief(believed, roads, map.places);
    judge = new DecisionJudge(map, bounds, last);
  }

  /** Takes a record in, in the order of sending. */
  public void add(FeedRecord record) {
    belief.add(record);
  }

  /**
   * Judges a decision that was made just now, before it is carried out.
   *
   * @return a {@link Regret}, or why it cannot be told
   */
  public Judgement of(Decision decision) {
    Options options = Options.of(decision);
    Judgement untold = hindsight.untold(decision, options);
    if (untold != null) {
      return untold;
    }
    int vehicle = hindsight.number(decision);
    long ms = decision.getDecidedAt().toEpochMilli();
    List<Integer> free = options.free();
    DecisionJudge.Judged judged =
        judge.judge(
            belief.futures(vehicle, ms),
            hindsight.at(vehicle, ms),
            ms,
            free.stream().map(options.actions()::get).toList(),
            hindsight.actedBefore(vehicle, ms),
            Draws.bits(seed, Draws.Stream.FUTURE, vehicle, ms));
    int chosen = free.indexOf(options.chosen());
    if (Double.isNaN(judged.objectiveEur()[chosen])) {
      return Judgement.Untold.STALE;
    }
    return new Regret(
        decision.getDecisionId(),
        decision.getTrigger().getKind(),
        decision.getKind(),
        options.actions().get(free.get(judged.best())).kind(),
        judged.objectiveEur()[0],
        judged.regretEur(chosen),
        judged.toleranceEur(),
        judged.futures(),
        judged.resolved());
  }
}
