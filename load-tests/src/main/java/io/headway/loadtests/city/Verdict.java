// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.schemas.DecisionKind;
import java.util.List;

/**
 * What became of a moment under each thing that could have been decided, with the future that the
 * city really had.
 *
 * @param decisionId the decision
 * @param outcomes of everything that was weighed and can be told, in the decision's order
 * @param chosen index of what was decided
 * @param best index of what would have been best inside the bounds; KEEP where nothing beats it by
 *     the minimum gain
 * @param keep index of KEEP
 */
public record Verdict(String decisionId, List<Outcome> outcomes, int chosen, int best, int keep)
    implements Judgement {
  /**
   * Regret up to which a decision counts as confirmed: at least this, or a share of KEEP's cost.
   */
  private static final double TOLERANCE_EUR = 0.25;

  private static final double TOLERANCE_SHARE = 0.01;

  /**
   * @param kind what could have been done
   * @param costEur what it would have cost, by the cost model on what really happens
   * @param lateStops stops that would have been late
   * @param free whether the bounds allowed it
   */
  public record Outcome(DecisionKind kind, double costEur, int lateStops, boolean free) {}

  /** Copies the list. */
  public Verdict {
    outcomes = List.copyOf(outcomes);
  }

  /** How much more was spent than under the best. */
  public double regretEur() {
    return Math.max(0, outcomes.get(chosen).costEur() - outcomes.get(best).costEur());
  }

  /** How much the decision saved against KEEP; below 0 where it did harm. */
  public double gainEur() {
    return outcomes.get(keep).costEur() - outcomes.get(chosen).costEur();
  }

  /** Whether the regret is at most EUR 0.25 or 1 % of the cost of KEEP, whichever is more. */
  public boolean confirmed() {
    double tolerance = Math.max(TOLERANCE_EUR, TOLERANCE_SHARE * outcomes.get(keep).costEur());
    return regretEur() <= tolerance;
  }
}
