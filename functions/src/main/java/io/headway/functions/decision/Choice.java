// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.AppliedBound;
import io.headway.schemas.Appraisal;
import io.headway.schemas.Bounds;
import io.headway.schemas.Candidate;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which candidate is taken, and what the bounds had to do with it: a pure function of the costs,
 * the bounds of the request and the vehicle's ledger.
 *
 * <p>Where a model costed, and would take another candidate than the baseline, it must be sure of
 * it ({@link Certainty}, under the same bounds and ledger); otherwise it abstains, and the choice
 * is the baseline's by the baseline's costs.
 *
 * <p>a* = argmin J over the candidates that no bound forbids as the counters stand at {@code
 * requested_at}; ties go to acting now, and among equals to the earlier candidate. It is taken if
 * its gain (J(KEEP) less J) is at least {@code minimum_gain_eur}, otherwise KEEP.
 *
 * <p>WAIT is no action, so counters do not forbid it. But it lives from what is done afterwards:
 * where the cheapest candidate besides it will still be forbidden when the wait is over, WAIT is
 * held back by the same bound.
 *
 * @param candidate index of the candidate that is taken
 * @param cheapestFirst the indices of all candidates in the order of the choice
 * @param heldBack for each candidate the bound that forbade it, {@code minimum_gain_eur} where it
 *     saves something but too little; null where it was free
 * @param applied the bounds without which another candidate would have been taken, each with the
 *     cheapest candidate of the kind that it held back, cheapest first
 * @param baseline index of the candidate that the baseline would have taken
 * @param abstention why this is the baseline's choice and not the model's; null where it is not so
 */
public record Choice(
    int candidate,
    List<Integer> cheapestFirst,
    List<AppliedBound> heldBack,
    List<AppliedBound> applied,
    int baseline,
    Abstention abstention) {

  /**
   * A model was not sure.
   *
   * @param candidate the candidate that it would have taken
   * @param certainty its gain over the baseline's choice
   */
  record Abstention(int candidate, Certainty certainty) {}

  static final String MINIMUM_GAIN = "minimum_gain_eur";

  /**
   * Chooses.
   *
   * @param ledger what was decided for the vehicle before
   */
  public static Choice of(Appraisal appraisal, ActionLedger ledger) {
    DecisionRequest request = appraisal.getRequest();
    Choice choice = of(request, objectives(appraisal.getCosts()), ledger);
    if (appraisal.getBaselineCosts().isEmpty()) {
      return choice;
    }
    Choice baseline = of(request, objectives(appraisal.getBaselineCosts()), ledger);
    Choice beside = choice.beside(baseline.candidate);
    if (appraisal.getHalves().isEmpty() || choice.candidate == baseline.candidate) {
      return beside;
    }
    Certainty certainty =
        Certainty.of(
            appraisal.getHalves(),
            baseline.candidate,
            half -> of(request, half.getObjectiveEur(), ledger).candidate);
    return certainty.isSure()
        ? beside
        : new Choice(
            baseline.candidate,
            baseline.cheapestFirst,
            baseline.heldBack,
            baseline.applied,
            baseline.candidate,
            new Abstention(choice.candidate, certainty));
  }

  private Choice beside(int ofBaseline) {
    return new Choice(candidate, cheapestFirst, heldBack, applied, ofBaseline, abstention);
  }

  /** The costs that it was made by. */
  List<CandidateCost> costs(Appraisal appraisal) {
    return abstention == null ? appraisal.getCosts() : appraisal.getBaselineCosts();
  }

  private static List<Double> objectives(List<CandidateCost> costs) {
    return costs.stream().map(CandidateCost::getObjectiveEur).toList();
  }

  private static Choice of(
      DecisionRequest request, List<Double> objectiveEur, ActionLedger ledger) {
    List<Candidate> candidates = request.getCandidates();
    Bounds bounds = request.getBounds();
    long nowMs = request.getRequestedAt().toEpochMilli();
    double[] gainEur = new double[candidates.size()];
    Arrays.setAll(gainEur, c -> objectiveEur.get(0) - objectiveEur.get(c));

    List<Integer> cheapestFirst =
        IntStream.range(0, candidates.size())
            .boxed()
            .sorted(
                Comparator.<Integer>comparingDouble(objectiveEur::get)
                    .thenComparing(c -> candidates.get(c).getKind() == DecisionKind.WAIT))
            .toList();

    AppliedBound[] heldBack = new AppliedBound[candidates.size()];
    int bestNow = -1;
    for (int c : cheapestFirst) {
      Candidate candidate = candidates.get(c);
      heldBack[c] = StaticBounds.forbidding(bounds, candidate);
      if (heldBack[c] == null && bestNow < 0 && candidate.getKind() != DecisionKind.WAIT) {
        bestNow = c;
      }
      if (heldBack[c] == null) {
        heldBack[c] = ledger.forbidding(bounds, candidate.getKind(), nowMs);
      }
    }
    AppliedBound afterWait =
        ledger.forbidding(
            bounds, candidates.get(bestNow).getKind(), nowMs + 1000L * bounds.getWaitS());

    List<AppliedBound> applied = new ArrayList<>();
    int taken = -1;
    for (int c : cheapestFirst) {
      DecisionKind kind = candidates.get(c).getKind();
      if (kind == DecisionKind.WAIT && heldBack[c] == null && afterWait != null) {
        heldBack[c] =
            new AppliedBound(
                afterWait.getBound(), afterWait.getLimit(), afterWait.getValue(), kind);
      }
      if (kind != DecisionKind.KEEP
          && heldBack[c] == null
          && gainEur[c] > 0
          && gainEur[c] < bounds.getMinimumGainEur()) {
        heldBack[c] = new AppliedBound(MINIMUM_GAIN, bounds.getMinimumGainEur(), gainEur[c], kind);
      }
      if (taken < 0 && heldBack[c] == null) {
        taken = c;
      }
    }
    for (int c : cheapestFirst) {
      if (c == taken) {
        break;
      }
      // What saves too little would not have been taken without its other bound either.
      AppliedBound bound = heldBack[c];
      if (bound != null
          && (bound.getBound().equals(MINIMUM_GAIN) || gainEur[c] >= bounds.getMinimumGainEur())
          && applied.stream().noneMatch(b -> isCoveredBy(b, bound))) {
        applied.add(bound);
      }
    }
    return new Choice(taken, cheapestFirst, Arrays.asList(heldBack), applied, taken, null);
  }

  private static boolean isCoveredBy(AppliedBound a, AppliedBound b) {
    return a.getBound().equals(b.getBound())
        && (a.getBound().equals(MINIMUM_GAIN) || a.getHeldBack() == b.getHeldBack());
  }
}
