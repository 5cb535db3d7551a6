// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.SpeedWitness.Driven;
import io.headway.loadtests.feed.FeedRecord;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * Simulation-based calibration of {@link TrafficBelief} (Talts et al. 2018): the truth of a city is
 * one draw from its law, so among draws from the right belief it has any rank as likely as any
 * other. One city gives one rank of each variable.
 */
final class BeliefCalibration {
  /** Draws that the truth is ranked among: ranks are 0 to this. */
  static final int DRAWS = 31;

  private BeliefCalibration() {}

  /** What is ranked. */
  enum Variable {
    /** Log speed of one component of the field. */
    FIELD,
    /** Mean of the field over all its components. */
    MEAN_FIELD,
    /** Log pace of one driver. */
    PACE,
    /** State of the weather. */
    WEATHER,
    /** Log speed of one component of the field and the weather together. */
    SPEED
  }

  /**
   * Ranks of the truth of a city at its end.
   *
   * @param city what it is like
   * @param believed what the belief takes it to be like; the same, but to plant an error
   */
  static Map<Variable, Integer> ranks(CityParameters city, CityParameters believed, RoadMap roads) {
    RoadNetwork network = roads.network();
    SpeedWitness witness = new SpeedWitness(roads);
    try (CityFeed feed = new CityFeed(city, network)) {
      for (FeedRecord record = feed.next(); record != null; record = feed.next()) {
        witness.add(record);
      }
    }
    long lastSlot = HiddenWorld.slotOf(city.startMs() + city.durationMs()) - 1;
    TrafficBelief belief = belief(believed, network, witness.driven(), lastSlot);

    SplittableRandom random = new SplittableRandom(city.seed());
    HiddenWorld truth = new City(city, network).world;
    int component = random.nextInt(truth.field().size());
    int driver = random.nextInt(city.count(Knob.VEHICLES));
    double[] field = truth.fieldAt(lastSlot);
    int weather = truth.weatherAt(lastSlot);
    TrafficBelief.Drawn truly =
        new TrafficBelief.Drawn(weather, field, logPaces(truth, city.count(Knob.VEHICLES)));
    TrafficBelief.Drawn[] drawn = belief.draw(DRAWS, random.nextLong());
    Map<Variable, Integer> ranks = new EnumMap<>(Variable.class);
    for (Variable variable : Variable.values()) {
      ToDoubleFunction<TrafficBelief.Drawn> value =
          switch (variable) {
            case FIELD -> state -> state.field()[component];
            case MEAN_FIELD -> state -> mean(state.field());
            case PACE -> state -> state.logPace()[driver];
            case WEATHER -> state -> Weather.LOG_SPEED[state.weather()];
            case SPEED -> state -> state.field()[component] + Weather.LOG_SPEED[state.weather()];
          };
      ranks.put(variable, rank(truly, drawn, value, random));
    }
    return ranks;
  }

  /**
   * What the stretches tell of a city up to and including a slot. Its laws are taken from a world
   * of another seed, so that nothing of the truth can be in it.
   */
  static TrafficBelief belief(
      CityParameters parameters, RoadNetwork network, List<Driven> driven, long lastSlot) {
    HiddenWorld law = new HiddenWorld(parameters.withSeed(~parameters.seed()), network);
    TrafficBelief belief =
        new TrafficBelief(parameters, law.field(), law.weather(), parameters.count(Knob.VEHICLES));
    int next = 0;
    long firstSlot = HiddenWorld.slotOf(parameters.startMs());
    for (long slot = firstSlot; slot <= lastSlot; slot++) {
      if (slot > firstSlot) {
        belief.advance();
      }
      for (; next < driven.size() && HiddenWorld.slotOf(driven.get(next).ms()) <= slot; next++) {
        Driven stretch = driven.get(next);
        int edge = stretch.edge();
        double y =
            Math.log(stretch.speedMps() / network.edgeFreeSpeedMps(edge))
                - law.profile(HiddenWorld.group(network.edgeClass(edge)), slot);
        belief.observe(
            law.component(edge),
            Vehicle.numberOf(stretch.vehicleId(), parameters.count(Knob.VEHICLES)),
            y,
            stretch.errorSpread());
      }
    }
    return belief;
  }

  private static double[] logPaces(HiddenWorld world, int drivers) {
    double[] logPaces = new double[drivers];
    for (int d = 0; d < drivers; d++) {
      logPaces[d] = world.logPace(d);
    }
    return logPaces;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** How many draws are less than the truth; of those that are equal any number. */
  private static int rank(
      TrafficBelief.Drawn truth,
      TrafficBelief.Drawn[] drawn,
      ToDoubleFunction<TrafficBelief.Drawn> value,
      SplittableRandom random) {
    double of = value.applyAsDouble(truth);
    int less = 0;
    int equal = 0;
    for (TrafficBelief.Drawn draw : drawn) {
      double other = value.applyAsDouble(draw);
      less += other < of ? 1 : 0;
      equal += other == of ? 1 : 0;
    }
    return less + random.nextInt(equal + 1);
  }
}
