// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.decision.Scenarios;
import io.headway.functions.roads.RoadMap;
import io.headway.loadtests.city.Draws.Stream;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Bounds;
import io.headway.schemas.Candidate;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Judges the decisions for a simulated city by what could be known when they were made: it reads
 * the records that the job reads, and nothing else of the city is known to its belief. Where a
 * vehicle is and what it has to do it sees exactly. Not thread-safe.
 */
public final class CityJudge {
  /** Of the judge and the simulator: results of different versions are not to be compared. */
  public static final int VERSION = 6;

  /** So many futures of a moment have to be allowed at least. */
  public static final int FUTURES_MIN = 256;

  /** Most futures of a moment, if nothing else is said. */
  public static final int FUTURES_MAX = Race.LAST;

  /** Runs in which bounds are priced: what would have been best, and how much better it is. */
  private static final int CHOSEN = -1;

  private static final int PRICED = -2;

  private final Hindsight hindsight;
  private final CityBelief belief;
  private final DecisionJudge judge;
  private final City map;
  private final float[] edgeS;
  private final Bounds bounds;
  private final long seed;

  /**
   * @param city what it is like; its seed is not looked at but for its map
   * @param hindsight of the same city
   * @param followed vehicles whose decisions are judged
   * @param edgeS seconds that the job takes each edge to last, infinite where closed, as they are
   *     when a moment is judged: the dispatcher of the futures goes by them
   * @param bounds under which decisions are made
   * @param last how many futures of a moment are drawn at most
   * @param seed of the futures
   */
  public CityJudge(
      CityParameters city,
      RoadMap roads,
      Hindsight hindsight,
      IntStream followed,
      float[] edgeS,
      Bounds bounds,
      int last,
      long seed) {
    this.hindsight = hindsight;
    this.seed = seed;
    map = new City(city, roads.network());
    belief = new CityBelief(city, roads, map.places, followed);
    judge = new DecisionJudge(map, bounds, edgeS, last);
    this.edgeS = edgeS;
    this.bounds = bounds;
  }

  /** Takes a record in, in the order of sending. */
  public void add(FeedRecord record) {
    belief.add(record);
  }

  /**
   * Judges a decision that was made just now, before it is carried out.
   *
   * @param request which it answers; null where it is not at hand
   * @param run which of several independent runs of the judge this is
   * @return a {@link Moment}, or why it cannot be told
   */
  public Judgement of(Decision decision, DecisionRequest request, int run) {
    Options options = options(decision, request);
    Judgement untold = hindsight.untold(decision, options);
    if (untold != null) {
      return untold;
    }
    int vehicle = hindsight.number(decision);
    long ms = decision.getDecidedAt().toEpochMilli();
    List<Integer> free = options.free();
    List<Action> actions = free.stream().map(options.actions()::get).toList();
    Race.Judged judged = judge(vehicle, ms, actions, request, run);
    if (Arrays.stream(judged.objectiveEur()).filter(eur -> !Double.isNaN(eur)).count() < 2) {
      return Judgement.Untold.ONE_CANDIDATE;
    }
    int chosen = free.indexOf(options.chosen());
    return new Moment(
        decision.getDecisionId(),
        decision.getTrigger().getKind(),
        actions,
        Arrays.stream(judged.objectiveEur()).boxed().toList(),
        bounds.getMinimumGainEur(),
        judged.best(),
        Double.isNaN(judged.objectiveEur()[chosen]) ? -1 : chosen,
        judged.toleranceEur(),
        judged.futures(),
        judged.resolved(),
        IntStream.range(0, actions.size()).mapToObj(a -> judged.sure()[a]).toList());
  }

  /**
   * What the bounds cost at a moment that was just judged. Judges it anew with what they held back,
   * which changes nothing about its judgement.
   *
   * @param judged what {@link #of} said of it
   * @return empty where there would be nothing to choose from without bounds either
   */
  public Optional<BoundsPrice> price(Decision decision, DecisionRequest request, Judgement judged) {
    Options options = options(decision, request);
    if (hindsight.untold(decision, options.unbounded()) != null) {
      return Optional.empty();
    }
    List<Action> inside = new ArrayList<>(List.of(options.actions().get(options.keep())));
    if (judged instanceof Moment moment && moment.best() != 0) {
      inside.add(moment.actions().get(moment.best()));
    }
    List<Integer> heldBack = options.heldBack();
    List<Action> all = new ArrayList<>(inside);
    heldBack.forEach(i -> all.add(options.actions().get(i)));
    int vehicle = hindsight.number(decision);
    long ms = decision.getDecidedAt().toEpochMilli();
    Set<String> byBound = new TreeSet<>();
    int best = 0;
    double toleranceEur = 0;
    if (!heldBack.isEmpty()) {
      Race.Judged chosen = judge(vehicle, ms, all, request, CHOSEN);
      for (int i = inside.size(); i < all.size(); i++) {
        if (!Double.isNaN(chosen.objectiveEur()[i])) {
          byBound.add(options.heldBackBy().get(heldBack.get(i - inside.size())));
        }
      }
      best = chosen.best();
      toleranceEur = chosen.toleranceEur();
    }
    if (byBound.isEmpty() && !(judged instanceof Moment)) {
      return Optional.empty();
    }
    if (best < inside.size()) {
      return Optional.of(new BoundsPrice(byBound, null, 0, toleranceEur));
    }
    String by = options.heldBackBy().get(heldBack.get(best - inside.size()));
    inside.add(all.get(best));
    double[] eur = judge(vehicle, ms, inside, request, PRICED).objectiveEur();
    int last = eur.length - 1;
    return Optional.of(new BoundsPrice(byBound, by, eur[last - 1] - eur[last], toleranceEur));
  }

  /** What the baseline of the futures would do where a decision was made; KEEP for nothing. */
  public DecisionKind later(Decision decision) {
    int vehicle = hindsight.number(decision);
    long ms = decision.getDecidedAt().toEpochMilli();
    LaterLooks looks =
        new LaterLooks(
            bounds, map, edgeS, LaterLooks.INTERVAL_MS, hindsight.actedBefore(vehicle, ms));
    looks.begin(new Action(DecisionKind.KEEP, List.of(), List.of()), ms);
    Action action = looks.look(hindsight.at(vehicle, ms), (double) ms);
    return action == null ? DecisionKind.KEEP : action.kind();
  }

  private static Options options(Decision decision, DecisionRequest request) {
    return request == null ? Options.of(decision) : Options.of(decision, waitRoute(request));
  }

  private Race.Judged judge(
      int vehicle, long ms, List<Action> actions, DecisionRequest request, int run) {
    Vehicle known = hindsight.at(vehicle, ms);
    double nextLookMs = request == null ? LaterLooks.INTERVAL_MS : 1000.0 * request.getNextLookS();
    return judge.judge(
        belief.futuresNear(known, actions.stream().map(Action::route), ms),
        known,
        ms,
        actions,
        nextLookMs,
        hindsight.actedBefore(vehicle, ms),
        Draws.bits(seed, Stream.FUTURE, vehicle, ms, run));
  }

  private static List<Integer> waitRoute(DecisionRequest request) {
    return request.getCandidates().stream()
        .filter(candidate -> candidate.getKind() == DecisionKind.WAIT)
        .findFirst()
        .map(Candidate::getRoute)
        .orElse(List.of());
  }

  /**
   * Draws scenarios of a request that was made just now from the belief itself: what a perfect
   * model would draw, but that a leg is driven from when it begins at live speeds. They are not
   * those that the judge draws.
   *
   * @param count how many, 1 to {@link Scenarios#COUNT_MAX}
   */
  public void drawInto(DecisionRequest request, int count, Scenarios scenarios) {
    int vehicle = hindsight.number(request.getVehicleId());
    long ms = request.getRequestedAt().toEpochMilli();
    Vehicle known = hindsight.at(vehicle, ms);
    Futures futures =
        belief.futuresNear(known, request.getCandidates().stream().map(Candidate::getRoute), ms);
    new BeliefScenarios(map, futures, known, ms)
        .drawInto(request, count, Draws.bits(~seed, Stream.FUTURE, vehicle, ms), scenarios);
  }
}
