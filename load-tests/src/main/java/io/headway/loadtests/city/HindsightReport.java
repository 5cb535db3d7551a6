// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;

/**
 * How decisions look in hindsight, over many moments.
 *
 * @param moments decisions that could be told
 * @param untold those that could not, see {@link Hindsight#of}
 * @param confirmedShare share of the moments whose decision hindsight confirms; NaN without any
 * @param regretEurMean mean cost above the best, clairvoyant choice; NaN without any
 * @param gainEurMean mean saving against KEEP; NaN without any
 * @param byKind the same by kind of decision
 */
public record HindsightReport(
    int moments,
    int untold,
    double confirmedShare,
    double regretEurMean,
    double gainEurMean,
    Map<DecisionKind, OfKind> byKind) {

  /**
   * @param moments decisions of the kind
   * @param confirmed how many hindsight confirms
   * @param best at how many moments the kind would have been best
   */
  public record OfKind(int moments, int confirmed, int best) {
    private static final OfKind NONE = new OfKind(0, 0, 0);

    private OfKind plus(int more, int moreConfirmed, int moreBest) {
      return new OfKind(moments + more, confirmed + moreConfirmed, best + moreBest);
    }
  }

  /** Judges decisions. */
  public static HindsightReport of(Hindsight hindsight, Collection<Decision> decisions) {
    int moments = 0;
    int confirmed = 0;
    double regretEur = 0;
    double gainEur = 0;
    Map<DecisionKind, OfKind> byKind = new EnumMap<>(DecisionKind.class);
    for (Decision decision : decisions) {
      Verdict verdict = hindsight.of(decision).orElse(null);
      if (verdict == null) {
        continue;
      }
      moments++;
      int right = verdict.confirmed() ? 1 : 0;
      confirmed += right;
      regretEur += verdict.regretEur();
      gainEur += verdict.gainEur();
      byKind.compute(
          decision.getKind(), (kind, sum) -> (sum == null ? OfKind.NONE : sum).plus(1, right, 0));
      byKind.compute(
          verdict.outcomes().get(verdict.best()).kind(),
          (kind, sum) -> (sum == null ? OfKind.NONE : sum).plus(0, 0, 1));
    }
    return new HindsightReport(
        moments,
        decisions.size() - moments,
        confirmed / (double) moments,
        regretEur / moments,
        gainEur / moments,
        byKind);
  }
}
