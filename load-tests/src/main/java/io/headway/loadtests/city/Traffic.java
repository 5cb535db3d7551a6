// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

/**
 * How fast traffic goes, apart from single incidents: a Markov chain over slots, and the noise of
 * single roads beside it. Components are zones × classes of roads. Immutable and thread-safe.
 */
interface Traffic {
  /** Slots in which the noise of a road goes together. */
  int NOISE_SLOTS = 5;

  /**
   * Where it stands.
   *
   * @param mode which of several states that are counted
   * @param field numbers by which it goes on; not to be changed
   */
  record State(int mode, double[] field) {}

  int components();

  /** A first state. */
  State first(long seed, long slot);

  /** The state in a slot, after that in the slot before it; drawn by counters. */
  State next(State before, long seed, long slot);

  /** The same law, drawn as fast as can be: of this futures are made by the hundred thousand. */
  State imagined(State before, long seed, long slot);

  /**
   * Log speed over the usual one.
   *
   * @param into receives it by component
   */
  void logSpeeds(State state, long slot, float[] into);

  /** Log of what a single road differs by. */
  double roadNoise(long seed, int edge, long slot);

  /** Of {@link Weather}. */
  int weather(State state);
}
