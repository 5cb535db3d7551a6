// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.roads.RoadMap;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Bounds;
import io.headway.schemas.DecisionKind;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Simulation-based calibration of {@link CityBelief} (Talts et al. 2018): the truth of a city is
 * one draw from its law, so among draws from the right belief it has any rank as likely as any
 * other. One city gives one rank of each variable.
 */
final class BeliefCalibration {
  /** Draws that the truth is ranked among: ranks are 0 to this. */
  static final int DRAWS = 31;

  private static final Action KEEP = new Action(DecisionKind.KEEP, List.of(), List.of());

  private BeliefCalibration() {}

  /**
   * The truth of a variable in one city.
   *
   * @param rank among the draws, 0 to {@link #DRAWS}
   * @param drawn mean of the draws
   */
  record Ranked(int rank, double truth, double drawn) {}

  /** What is ranked. */
  enum Variable {
    /** Log speed of one component of the field; in recorded cities of one cell. */
    FIELD,
    /** Mean of the field over all its components. */
    MEAN_FIELD,
    /** Log pace of one driver. */
    PACE,
    /** State of the weather. */
    WEATHER,
    /** Log speed of one component of the field and the weather together. */
    SPEED,
    /** Slots until a reported incident that is not over ends; of several the first. */
    INCIDENT_END,
    /** How many incidents hold, reported or not. */
    INCIDENTS,
    /** Log factor of the service time of a customer who was visited. */
    SERVICE,
    /** Speed of an edge ten minutes on, over its usual one. */
    EDGE_SPEED,
    /** What the plan of a vehicle costs if nothing is done. */
    PLAN
  }

  /**
   * Ranks of the truth of a city at its end; without those that there is no truth of.
   *
   * @param city what it is like
   * @param believed what the belief takes it to be like; the same, but to plant an error
   */
  static Map<Variable, Ranked> ranks(CityParameters city, CityParameters believed, RoadMap roads) {
    long ms = city.startMs() + city.durationMs();
    long slot = HiddenWorld.slotOf(ms);
    City truth = new City(city, roads.network());
    CityBelief belief =
        new CityBelief(
            believed, roads, truth.places, IntStream.range(0, city.count(Knob.VEHICLES)));
    Hindsight hindsight;
    try (CityFeed feed = new CityFeed(city, roads.network())) {
      for (FeedRecord record = feed.next(); record != null; record = feed.next()) {
        belief.add(record);
      }
      hindsight = feed.hindsight(Bounds.newBuilder().build());
    }
    SplittableRandom random = new SplittableRandom(city.seed());
    int vehicle = busy(hindsight, city, ms, random);
    Futures futures = belief.futures(vehicle, ms);
    long seed = random.nextLong();
    TrafficBelief.Drawn[] traffic = new TrafficBelief.Drawn[DRAWS];
    Vehicle[] drawn = new Vehicle[DRAWS];
    Vehicle known = hindsight.at(vehicle, ms);
    for (int d = 0; d < DRAWS; d++) {
      traffic[d] = futures.traffic(seed, d);
      drawn[d] = futures.draw(known, seed, d);
    }
    Ranks ranks = new Ranks(random);
    HiddenWorld world = truth.world;
    double[] field = world.trafficAt(slot).field();
    int c = random.nextInt(field.length);
    if ((city.recorded() == null) == (believed.recorded() == null)) {
      ranks.add(Variable.FIELD, field[c], d -> traffic[d].traffic().field()[c]);
      ranks.add(Variable.MEAN_FIELD, mean(field), d -> mean(traffic[d].traffic().field()));
    }
    if (city.recorded() == null) {
      double weather = logSpeed(world.trafficAt(slot));
      ranks.add(Variable.WEATHER, weather, d -> logSpeed(traffic[d].traffic()));
      ranks.add(
          Variable.SPEED,
          field[c] + weather,
          d -> traffic[d].traffic().field()[c] + logSpeed(traffic[d].traffic()));
      ranks.add(Variable.PACE, world.logPace(vehicle), d -> traffic[d].logPace());
      ranks.add(Variable.INCIDENTS, active(world, slot), d -> active(drawn[d].world(), slot));
    }
    int edge = random.nextInt(roads.network().edgeCount());
    double usualMps = roads.network().edgeFreeSpeedMps(edge);
    ranks.add(
        Variable.EDGE_SPEED,
        world.speedMps(edge, slot + 10) / usualMps,
        d -> drawn[d].world().speedMps(edge, slot + 10) / usualMps);
    belief
        .incidents()
        .firstOpen()
        .ifPresent(
            open ->
                ranks.add(
                    Variable.INCIDENT_END,
                    end(world, slot, open[0], open[1]),
                    d -> end(drawn[d].world(), slot, open[0], open[1])));
    Futures near = belief.futuresNear(known, Stream.empty(), ms);
    PlanCost cost = new PlanCost(Bounds.newBuilder().build(), null);
    ranks.add(
        Variable.PLAN,
        cost.eur(known.branch(hindsight.world()), ms, KEEP),
        d -> cost.eur(near.draw(known, seed, d), ms, KEEP));
    int place = known.stops().get(random.nextInt(known.stops().size())).place();
    ranks.add(
        Variable.SERVICE, truth.world.logFactor(place), d -> drawn[d].world().logFactor(place));
    return ranks.of;
  }

  /** A vehicle that has something to do. */
  private static int busy(
      Hindsight hindsight, CityParameters city, long ms, SplittableRandom random) {
    int vehicles = city.count(Knob.VEHICLES);
    int first = random.nextInt(vehicles);
    return IntStream.range(0, vehicles)
        .map(i -> (first + i) % vehicles)
        .filter(v -> !hindsight.at(v, ms).stops().isEmpty())
        .findFirst()
        .orElseThrow();
  }

  private static double active(HiddenWorld world, long slot) {
    return world.incidents(slot).all().stream()
        .filter(incident -> incident.bornSlot() <= slot && incident.endSlot() > slot)
        .count();
  }

  private static double end(HiddenWorld world, long slot, long edge, long bornSlot) {
    return world.incidents(slot).all().stream()
        .filter(incident -> incident.edge() == edge && incident.bornSlot() == bornSlot)
        .mapToDouble(incident -> incident.endSlot() - slot)
        .findFirst()
        .orElseThrow();
  }

  /** Of the weather in a state of {@link SimulatedTraffic}. */
  private static double logSpeed(Traffic.State state) {
    return Weather.LOG_SPEED[state.mode()];
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  /** The ranks of one city. */
  private static final class Ranks {
    private final Map<Variable, Ranked> of = new EnumMap<>(Variable.class);
    private final SplittableRandom random;

    Ranks(SplittableRandom random) {
      this.random = random;
    }

    /** How many draws are less than the truth; of those that are equal any number. */
    void add(Variable variable, double truth, IntToDoubleFunction drawn) {
      int less = 0;
      int equal = 0;
      double sum = 0;
      for (int d = 0; d < DRAWS; d++) {
        double other = drawn.applyAsDouble(d);
        sum += other;
        less += other < truth ? 1 : 0;
        equal += other == truth ? 1 : 0;
      }
      of.put(variable, new Ranked(less + random.nextInt(equal + 1), truth, sum / DRAWS));
    }
  }
}
