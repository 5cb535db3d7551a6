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
 * @param untold how many could not, by why
 * @param confirmedShare share of the moments whose decision hindsight confirms; NaN without any
 * @param regretEurMean mean cost above the best, clairvoyant choice; NaN without any
 * @param gainEurMean mean saving against KEEP; NaN without any
 * @param keepEstimatedEurMean mean cost of KEEP as the decisions estimated it; NaN without any
 * @param keepRealisedEurMean mean cost of KEEP as it would have come; NaN without any
 * @param byKind the same by kind of decision
 */
public record HindsightReport(
    int moments,
    Map<Judgement.Untold, Integer> untold,
    double confirmedShare,
    double regretEurMean,
    double gainEurMean,
    double keepEstimatedEurMean,
    double keepRealisedEurMean,
    Map<DecisionKind, OfKind> byKind) {

  /**
   * @param moments decisions of the kind
   * @param confirmed how many hindsight confirms
   * @param best at how many moments the kind would have been best
   * @param gainEur what they saved against KEEP in all; below 0 where they did harm
   */
  public record OfKind(int moments, int confirmed, int best, double gainEur) {
    private static final OfKind NONE = new OfKind(0, 0, 0, 0);

    private OfKind decided(Verdict verdict) {
      int right = verdict.confirmed() ? 1 : 0;
      return new OfKind(moments + 1, confirmed + right, best, gainEur + verdict.gainEur());
    }

    private OfKind wouldHaveBeenBest() {
      return new OfKind(moments, confirmed, best + 1, gainEur);
    }
  }

  /** Judges decisions. */
  public static HindsightReport of(Hindsight hindsight, Collection<Decision> decisions) {
    int moments = 0;
    int confirmed = 0;
    double regretEur = 0;
    double gainEur = 0;
    double estimatedEur = 0;
    double realisedEur = 0;
    Map<Judgement.Untold, Integer> untold = new EnumMap<>(Judgement.Untold.class);
    Map<DecisionKind, OfKind> byKind = new EnumMap<>(DecisionKind.class);
    for (Decision decision : decisions) {
      Judgement judgement = hindsight.of(decision);
      if (judgement instanceof Judgement.Untold why) {
        untold.merge(why, 1, Integer::sum);
        continue;
      }
      Verdict verdict = (Verdict) judgement;
      estimatedEur += keepEur(decision);
      realisedEur += verdict.outcomes().get(verdict.keep()).costEur();
      moments++;
      confirmed += verdict.confirmed() ? 1 : 0;
      regretEur += verdict.regretEur();
      gainEur += verdict.gainEur();
      DecisionKind best = verdict.outcomes().get(verdict.best()).kind();
      byKind.put(
          decision.getKind(),
          byKind.getOrDefault(decision.getKind(), OfKind.NONE).decided(verdict));
      byKind.put(best, byKind.getOrDefault(best, OfKind.NONE).wouldHaveBeenBest());
    }
    return new HindsightReport(
        moments,
        untold,
        confirmed / (double) moments,
        regretEur / moments,
        gainEur / moments,
        estimatedEur / moments,
        realisedEur / moments,
        byKind);
  }

  private static double keepEur(Decision decision) {
    return decision.getAlternatives().stream()
        .filter(alternative -> alternative.getKind() == DecisionKind.KEEP)
        .findFirst()
        .orElseThrow()
        .getCostEur();
  }
}
