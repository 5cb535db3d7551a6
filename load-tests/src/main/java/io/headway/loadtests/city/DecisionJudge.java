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
  private final Race race;

  /**
   * @param city whose routes and places are used, and nothing that is hidden
   * @param last how many futures are drawn at most
   */
  DecisionJudge(City city, Bounds bounds, int last) {
    this.city = city;
    this.bounds = bounds;
    race = new Race(bounds, last);
  }

  /**
   * Judges a moment.
   *
   * @param known the vehicle at the moment
   * @param actions what the bounds allow, KEEP first
   * @param before what was done with the vehicle until now
   * @param seed of the futures
   */
  Race.Judged judge(
      Futures futures,
      Vehicle known,
      long ms,
      List<Action> actions,
      List<ActionLog.Action> before,
      long seed) {
    PlanCost cost = new PlanCost(bounds, new LaterLooks(bounds, city, before));
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
