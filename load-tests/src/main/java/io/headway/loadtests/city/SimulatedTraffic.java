// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.loadtests.city.Draws.Stream;
import java.util.SplittableRandom;

/**
 * Traffic by formulas: rush hours, weather, a {@link SpeedField}, and Student's t for single roads.
 * A state's mode is the weather.
 */
final class SimulatedTraffic implements Traffic {
  private final RushHour rushHour;
  private final SpeedField field;
  private final Weather weather;
  private final double noiseSpread;
  private final double noiseFreedom;

  SimulatedTraffic(CityParameters parameters, RushHour rushHour, SpeedField field) {
    this.rushHour = rushHour;
    this.field = field;
    weather = new Weather(parameters);
    noiseSpread = parameters.get(Knob.NOISE_SPREAD);
    noiseFreedom = 4 / parameters.get(Knob.TAILS);
  }

  RushHour rushHour() {
    return rushHour;
  }

  SpeedField field() {
    return field;
  }

  Weather weather() {
    return weather;
  }

  @Override
  public int components() {
    return field.size();
  }

  @Override
  public State first(long seed, long slot) {
    return new State(Weather.DRY, field.first(seed, slot));
  }

  @Override
  public State next(State before, long seed, long slot) {
    return new State(
        weather.step(before.mode(), seed, slot), field.step(before.field(), seed, slot));
  }

  @Override
  public State imagined(State before, long seed, long slot) {
    SplittableRandom random = new SplittableRandom(Draws.bits(seed, Stream.FIELD, slot, -1));
    return new State(weather.step(before.mode(), seed, slot), field.step(before.field(), random));
  }

  @Override
  public void logSpeeds(State state, long slot, float[] into) {
    int classes = HiddenWorld.CLASSES;
    for (int group = 0; group < classes; group++) {
      double common = rushHour.logSpeed(group, slot) + Weather.LOG_SPEED[state.mode()];
      for (int c = group; c < into.length; c += classes) {
        into[c] = (float) (common + state.field()[c]);
      }
    }
  }

  @Override
  public double roadNoise(long seed, int edge, long slot) {
    long noiseSlot = Math.floorDiv(slot, NOISE_SLOTS);
    return noiseSpread
        * Draws.studentT(Draws.bits(seed, Stream.ROAD_NOISE, edge, noiseSlot), noiseFreedom);
  }

  @Override
  public int weather(State state) {
    return state.mode();
  }
}
