// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.schemas.Bounds;
import java.util.List;

/**
 * Tells which of several things would have been best to do with a vehicle, given what could be
 * known: J of each over futures that are drawn from a belief, the same futures for all, with the
 * baseline deciding afterwards ({@link LaterLooks}). How many are drawn is told by {@link Race}.
 * Not thread-safe.
 */
final class DecisionJudge {
  private final City city;
  private final Bounds bounds;
  private final float[] edgeS;
  private final Race race;

  /**
   * @param city whose routes and places are used, and nothing that is hidden
   * @param edgeS seconds that the dispatcher of the futures takes each edge to last, as they are
   *     when a moment is judged
   * @param last how many futures are drawn at most
   */
  DecisionJudge(City city, Bounds bounds, float[] edgeS, int last) {
    this.city = city;
    this.bounds = bounds;
    this.edgeS = edgeS;
    race = new Race(bounds, last);
  }

  /**
   * Judges a moment.
   *
   * @param known the vehicle at the moment
   * @param actions what the bounds allow, KEEP first
   * @param nextLookMs how long after the moment the job looks again
   * @param before what was done with the vehicle until now
   * @param seed of the futures
   */
  Race.Judged judge(
      Futures futures,
      Vehicle known,
      long ms,
      List<Action> actions,
      double nextLookMs,
      List<ActionLog.Action> before,
      long seed) {
    PlanCost cost = new PlanCost(bounds, new LaterLooks(bounds, city, edgeS, nextLookMs, before));
    return race.run(
        actions.size(),
        (n, racing, eur) -> {
          Vehicle vehicle = futures.draw(known, seed, n);
          for (int a = 0; a < eur.length; a++) {
            if (racing[a]) {
              eur[a] = cost.eur(vehicle.branch(vehicle.world()), ms, actions.get(a));
            }
          }
        });
  }
}
