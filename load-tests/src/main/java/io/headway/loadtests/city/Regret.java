// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.schemas.DecisionKind;
import io.headway.schemas.TriggerKind;

/**
 * How a decision compares with the best that could have been made with what was known.
 *
 * @param decisionId the decision
 * @param trigger what it was made for
 * @param chosen what was decided
 * @param best what would have been best inside the bounds
 * @param keepEur J of KEEP
 * @param regretEur how much dearer the decision is than the best; what doing anything has to be
 *     worth counts
 * @param toleranceEur regret up to which it is as good as the best
 * @param futures how many were drawn
 * @param resolved whether they were enough to be sure
 */
public record Regret(
    String decisionId,
    TriggerKind trigger,
    DecisionKind chosen,
    DecisionKind best,
    double keepEur,
    double regretEur,
    double toleranceEur,
    int futures,
    boolean resolved)
    implements Judgement {

  /** Whether the regret is over a share of the tolerance. */
  public boolean isError(double share) {
    return regretEur > share * toleranceEur;
  }
}
