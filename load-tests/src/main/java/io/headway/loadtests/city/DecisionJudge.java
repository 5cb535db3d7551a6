// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.decision.CostModel;
import io.headway.schemas.Bounds;
import java.util.Arrays;
import java.util.List;

/**
 * Tells which of several things would have been best to do with a vehicle, given what could be
 * known: J of each over futures that are drawn from a belief, the same futures for all, with the
 * baseline deciding afterwards ({@link LaterLooks}).
 *
 * <p>J = (1−β)·E[c] + β·CVaR_α[c] is the mean over futures of (1−β)·c + β·(q + (c − q)⁺ / (1−α)),
 * with q the α-quantile of c (Rockafellar and Uryasev 2000), so the difference of two actions has
 * the standard error of a mean of paired differences. {@code minimum_gain_eur} is what doing
 * anything has to be worth: it is charged to all but KEEP, so that what the bounds forbid is
 * nobody's error.
 *
 * <p>It begins with {@value #FIRST} futures and doubles them until they are {@value #LEAST}, each
 * rival of the best is separated from it or within the tolerance, by {@value #SEPARATED} standard
 * errors, and it is as sure whether the rival's regret is over the tolerance; {@value #LAST} are
 * enough. A moment is unresolved if a rival is then neither separated nor within the tolerance. Not
 * thread-safe.
 */
final class DecisionJudge {
  static final int FIRST = 256;
  static final int LAST = 32_768;
  static final double SEPARATED = 3;

  /** What happens in a hundredth of the futures shows in a thousand of them, if at all. */
  private static final int LEAST = 1_024;

  private static final double TOLERANCE_EUR = 0.25;
  private static final double TOLERANCE_SHARE = 0.01;

  private final City city;
  private final Bounds bounds;
  private final CostModel costs;
  private final double tailShare;
  private final int last;

  /**
   * @param city whose routes and places are used, and nothing that is hidden
   * @param last how many futures are drawn at most
   */
  DecisionJudge(City city, Bounds bounds, int last) {
    this.city = city;
    this.bounds = bounds;
    this.last = last;
    costs = new CostModel(bounds.getWeights());
    tailShare = 1 - bounds.getWeights().getRiskLevel();
  }

  /**
   * What was found of one moment.
   *
   * @param objectiveEur J of each action; NaN for an action that does not apply
   * @param best the action of least J; KEEP when no other saves the minimum gain
   * @param toleranceEur how much dearer than the best is as good
   * @param futures how many were drawn
   * @param resolved whether it is sure which is best, or that it does not matter
   */
  record Judged(
      double[] objectiveEur, int best, double toleranceEur, int futures, boolean resolved) {}

  /**
   * Judges a moment.
   *
   * @param known the vehicle at the moment
   * @param actions what the bounds allow, KEEP first
   * @param before what was done with the vehicle until now
   * @param seed of the futures
   */
  Judged judge(
      Futures futures,
      Vehicle known,
      long ms,
      List<Action> actions,
      List<ActionLog.Action> before,
      long seed) {
    PlanCost cost = new PlanCost(bounds, new LaterLooks(bounds, city, before));
    int count = actions.size();
    double[][] eur = new double[count][0];
    double[][] parts = new double[count][];
    boolean[] racing = new boolean[count];
    Arrays.fill(racing, true);
    double[] overKeep = new double[count];
    for (int drawn = 0, until = FIRST; ; drawn = until, until *= 2) {
      for (int a = 0; a < count; a++) {
        eur[a] = racing[a] ? Arrays.copyOf(eur[a], until) : eur[a];
      }
      for (int n = drawn; n < until; n++) {
        Vehicle vehicle = futures.draw(known, seed, n);
        for (int a = 0; a < count; a++) {
          if (racing[a]) {
            eur[a][n] = cost.eur(vehicle.branch(vehicle.world()), ms, actions.get(a));
          }
        }
      }
      for (int a = 0; a < count; a++) {
        if (racing[a]) {
          parts[a] = parts(eur[a], toBeWorthEur(a));
          racing[a] = !Double.isNaN(parts[a][0]);
          overKeep[a] = racing[a] ? difference(parts[a], parts[0])[0] : Double.NaN;
        }
      }
      double keepEur = Arrays.stream(parts[0]).average().orElseThrow();
      double tolerance = Math.max(TOLERANCE_EUR, TOLERANCE_SHARE * keepEur);
      int best = best(overKeep, racing);
      boolean resolved = isResolved(parts, best, racing, tolerance);
      boolean sure = race(parts, best, racing, tolerance);
      if ((sure && resolved && until >= LEAST) || until >= last) {
        double[] objective = new double[count];
        for (int a = 0; a < count; a++) {
          // Over the futures that it was tried in.
          objective[a] =
              Double.isNaN(overKeep[a])
                  ? Double.NaN
                  : keepEur + overKeep[best] + overBest(eur, a, best) - toBeWorthEur(a);
        }
        return new Judged(objective, best, tolerance, until, resolved);
      }
    }
  }

  private double toBeWorthEur(int action) {
    return action == 0 ? 0 : bounds.getMinimumGainEur();
  }

  /** Whose mean is J, with what doing it has to be worth; NaN when it does not always apply. */
  private double[] parts(double[] eur, double toBeWorthEur) {
    double[] sorted = eur.clone();
    Arrays.sort(sorted);
    // The least cost of the tail, which NaNs stand behind.
    double q = sorted[(int) Math.max(0, Math.ceil((1 - tailShare) * eur.length) - 1)];
    boolean applies = !Double.isNaN(sorted[eur.length - 1]);
    double[] parts = new double[eur.length];
    for (int n = 0; n < eur.length; n++) {
      double tail = q + Math.max(0, eur[n] - q) / tailShare;
      parts[n] = applies ? costs.objectiveEur(eur[n], tail) + toBeWorthEur : Double.NaN;
    }
    return parts;
  }

  private double overBest(double[][] eur, int action, int best) {
    int count = Math.min(eur[action].length, eur[best].length);
    return difference(
        parts(Arrays.copyOf(eur[action], count), toBeWorthEur(action)),
        parts(Arrays.copyOf(eur[best], count), toBeWorthEur(best)))[0];
  }

  private static int best(double[] overKeep, boolean[] racing) {
    int best = 0;
    for (int a = 1; a < overKeep.length; a++) {
      if (racing[a] && overKeep[a] < overKeep[best]) {
        best = a;
      }
    }
    return best;
  }

  /** Whether each rival of the best is separated from it, or within the tolerance. */
  private static boolean isResolved(
      double[][] parts, int best, boolean[] racing, double tolerance) {
    for (int a = 0; a < parts.length; a++) {
      if (racing[a] && a != best) {
        double[] difference = difference(parts[a], parts[best]);
        double error = SEPARATED * difference[1];
        if (difference[0] - error <= 0 && difference[0] + error > tolerance) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Lets those out who are sure to be dearer than the best by more than the tolerance; KEEP, whom
   * all are compared with, never. Where KEEP is the best, a rival's regret is without what doing it
   * has to be worth.
   *
   * @return whether it is sure of all who are left whether they are
   */
  private boolean race(double[][] parts, int best, boolean[] racing, double tolerance) {
    boolean sure = true;
    for (int a = 0; a < parts.length; a++) {
      if (!racing[a] || a == best) {
        continue;
      }
      double[] difference = difference(parts[a], parts[best]);
      double regret = difference[0] - (best == 0 ? toBeWorthEur(a) : 0);
      double error = SEPARATED * difference[1];
      boolean isWorse = regret - error > tolerance;
      racing[a] = a == 0 || !isWorse || parts[a].length < LEAST;
      sure &= isWorse || regret + error <= tolerance;
    }
    return sure;
  }

  /** Mean of the paired differences, and its standard error. */
  private static double[] difference(double[] a, double[] b) {
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      double d = a[i] - b[i];
      sum += d;
      squares += d * d;
    }
    double mean = sum / a.length;
    double variance = Math.max(0, squares / a.length - mean * mean);
    return new double[] {mean, Math.sqrt(variance / a.length)};
  }
}
