// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.decision.CostModel;
import io.headway.schemas.Bounds;
import java.util.Arrays;

/**
 * Finds the action of least J over futures, as few of them as will do.
 *
 * <p>J = (1−β)·E[c] + β·CVaR_α[c] is the mean over futures of (1−β)·c + β·(q + (c − q)⁺ / (1−α)),
 * with q the α-quantile of c (Rockafellar and Uryasev 2000), so the difference of two actions has
 * the standard error of a mean of paired differences. {@code minimum_gain_eur} is what doing
 * anything has to be worth: it is charged to all but KEEP, so that what the bounds forbid is
 * nobody's error.
 *
 * <p>It begins with {@value #FIRST} futures and doubles them until each rival of the best is
 * separated from it or within the tolerance, by {@value #SEPARATED} standard errors, and it is as
 * sure whether the rival's {@link #worthEur regret} is over the tolerance; {@value #LAST} are
 * enough. A moment is unresolved if a rival is then neither separated nor within the tolerance.
 * Stateless.
 */
final class Race {
  /** Of 256, one batch in thirteen would miss what happens in a hundredth of the futures. */
  static final int FIRST = 1_024;

  static final int LAST = 32_768;

  private static final double SEPARATED = 3;
  private static final double TOLERANCE_EUR = 0.25;
  private static final double TOLERANCE_SHARE = 0.01;

  private final Bounds bounds;
  private final CostModel costs;
  private final double tailShare;
  private final int last;

  /**
   * @param last how many futures are drawn at most
   */
  Race(Bounds bounds, int last) {
    this.bounds = bounds;
    this.last = last;
    costs = new CostModel(bounds.getWeights());
    tailShare = 1 - bounds.getWeights().getRiskLevel();
  }

  /** A future in which actions are tried. */
  @FunctionalInterface
  interface Trial {
    /**
     * Tries the actions that are still racing.
     *
     * @param future number of the future, counted from 0
     * @param racing which actions to try
     * @param eur gets c of each of them; NaN where it does not apply
     */
    void run(int future, boolean[] racing, double[] eur);
  }

  /**
   * What was found of one moment.
   *
   * @param objectiveEur J of each action; NaN for an action that does not apply
   * @param best the action of least J; KEEP when no other saves the minimum gain
   * @param toleranceEur how much dearer than the best is as good
   * @param futures how many were drawn
   * @param resolved whether it is sure which is best, or that it does not matter
   * @param sure of each action, whether it is sure whether its regret is over the tolerance
   */
  record Judged(
      double[] objectiveEur,
      int best,
      double toleranceEur,
      int futures,
      boolean resolved,
      boolean[] sure) {}

  /**
   * What something is worth that saves so much against KEEP: what is beyond the minimum gain. What
   * saves less than that is worth as much as KEEP, nothing, and what is dearer costs what it is
   * dearer. Regret is the worth of the best less one's own.
   */
  static double worthEur(double savedEur, double minimumGainEur) {
    return Math.max(0, savedEur - minimumGainEur) + Math.min(0, savedEur);
  }

  /**
   * Runs until it is told which is best.
   *
   * @param count of actions, of which the first is KEEP
   */
  Judged run(int count, Trial trial) {
    double[][] eur = new double[count][0];
    double[][] parts = new double[count][];
    boolean[] racing = new boolean[count];
    Arrays.fill(racing, true);
    boolean[] sure = new boolean[count];
    double[] overKeep = new double[count];
    double[] one = new double[count];
    for (int drawn = 0, until = Math.min(FIRST, last);
        ;
        drawn = until, until = Math.min(2 * until, last)) {
      for (int a = 0; a < count; a++) {
        eur[a] = racing[a] ? Arrays.copyOf(eur[a], until) : eur[a];
      }
      for (int n = drawn; n < until; n++) {
        trial.run(n, racing, one);
        for (int a = 0; a < count; a++) {
          if (racing[a]) {
            eur[a][n] = one[a];
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
      race(parts, best, racing, sure, tolerance);
      if ((resolved && areSure(racing, sure)) || until == last) {
        double[] objective = new double[count];
        for (int a = 0; a < count; a++) {
          // Over the futures that it was tried in.
          objective[a] =
              Double.isNaN(overKeep[a])
                  ? Double.NaN
                  : keepEur + overKeep[best] + overBest(eur, a, best) - toBeWorthEur(a);
        }
        return new Judged(objective, best, tolerance, until, resolved, sure);
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

  private static boolean areSure(boolean[] racing, boolean[] sure) {
    for (int a = 0; a < racing.length; a++) {
      if (racing[a] && !sure[a]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Lets those out who are sure to have a regret over the tolerance; KEEP, whom all are compared
   * with, never.
   *
   * @param sure of those who are left, whether it is sure whether they have
   */
  private void race(
      double[][] parts, int best, boolean[] racing, boolean[] sure, double tolerance) {
    double[] most = saved(parts, best);
    for (int a = 0; a < parts.length; a++) {
      if (!racing[a] || a == best) {
        sure[a] |= a == best;
        continue;
      }
      double[] own = saved(parts, a);
      double regret =
          worthEur(most[0], bounds.getMinimumGainEur())
              - worthEur(own[0], bounds.getMinimumGainEur());
      // Where worth is flat only one of the two can err.
      double error = SEPARATED * Math.max(most[1], difference(parts[a], parts[best])[1]);
      boolean isWorse = regret - error > tolerance;
      racing[a] = a == 0 || !isWorse;
      sure[a] = isWorse || regret + error <= tolerance;
    }
  }

  /** What an action saves against KEEP, and the standard error. */
  private double[] saved(double[][] parts, int action) {
    double[] difference = difference(parts[0], parts[action]);
    return new double[] {difference[0] + toBeWorthEur(action), difference[1]};
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
