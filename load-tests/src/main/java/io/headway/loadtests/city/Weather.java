// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.loadtests.city.Draws.Stream;

/**
 * The city's weather: a Markov chain over slots of a minute with three states. Immutable and
 * thread-safe.
 */
final class Weather {
  static final int DRY = 0;
  static final int RAIN = 1;
  static final int STORM = 2;
  static final int STATES = 3;

  /** Log of the share of the speed that is left, by state. */
  static final double[] LOG_SPEED = {0, -0.09, -0.25};

  /** How much more often incidents begin, by state. */
  static final double[] INCIDENT_RATIO = {1, 1.5, 2.5};

  private final double[][] perSlot;

  Weather(CityParameters parameters) {
    double worse = parameters.get(Knob.WEATHER);
    double hours = HiddenWorld.SLOT_MS / 3_600_000.0;
    double[][] perHour = {
      {0, 0.12 * worse, 0.005 * worse}, {0.8, 0, 0.15 * worse}, {0.4, 1.5, 0},
    };
    perSlot = new double[STATES][STATES];
    for (int from = 0; from < STATES; from++) {
      double leave = 0;
      for (int to = 0; to < STATES; to++) {
        perSlot[from][to] = perHour[from][to] * hours;
        leave += perSlot[from][to];
      }
      perSlot[from][from] = 1 - leave;
    }
  }

  /** Probability of a state one slot after another. */
  double transition(int from, int to) {
    return perSlot[from][to];
  }

  /** The state after another. */
  int step(int before, long seed, long slot) {
    double u = Draws.uniform(seed, Stream.WEATHER, slot, 0);
    for (int to = 0; to < STATES - 1; to++) {
      u -= perSlot[before][to];
      if (u < 0) {
        return to;
      }
    }
    return STATES - 1;
  }
}
