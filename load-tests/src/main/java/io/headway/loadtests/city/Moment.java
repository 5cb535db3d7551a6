// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.schemas.TriggerKind;
import java.util.List;

/**
 * A moment of decision, judged by what could be known then.
 *
 * @param decisionId the decision that was made then
 * @param trigger what it was made for
 * @param actions what the bounds allowed, KEEP first
 * @param objectiveEur J of each; NaN for one that did not apply to where the vehicle was
 * @param minimumGainEur what doing anything has to save
 * @param best the action of least J; KEEP when no other saves the minimum gain
 * @param chosen what was decided; −1 when it did not apply
 * @param toleranceEur regret up to which an action is as good as the best
 * @param futures how many were drawn
 * @param resolved whether they were enough to be sure which is best, or that it does not matter
 * @param sure of each action, whether they were enough to be sure whether its regret is over the
 *     tolerance
 */
public record Moment(
    String decisionId,
    TriggerKind trigger,
    List<Action> actions,
    List<Double> objectiveEur,
    double minimumGainEur,
    int best,
    int chosen,
    double toleranceEur,
    int futures,
    boolean resolved,
    List<Boolean> sure)
    implements Judgement {

  /**
   * How much less an action is worth than the best, EUR. The minimum gain is nobody's error: an
   * action is worth what it saves beyond it, and what saves less is worth as much as KEEP, nothing.
   */
  public double regretEur(int action) {
    double bestEur = Race.worthEur(gainEur(best), minimumGainEur);
    return Math.max(0, bestEur - Race.worthEur(gainEur(action), minimumGainEur));
  }

  /** How much an action saves against KEEP, EUR. */
  public double gainEur(int action) {
    return objectiveEur.get(0) - objectiveEur.get(action);
  }

  /** Whether the regret of an action is over a share of the tolerance. */
  public boolean isError(int action, double share) {
    return regretEur(action) > share * toleranceEur;
  }
}
