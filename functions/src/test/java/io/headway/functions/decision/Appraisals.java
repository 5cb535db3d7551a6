// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Appraisal;
import io.headway.schemas.Candidate;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.HalfCosts;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Appraisals with costs that a test names: one stop, one way, KEEP and what is added to it. */
final class Appraisals {
  private Appraisals() {}

  static Appraisal keepAt(double keepEur) {
    DecisionRequest request = Requests.empty();
    request.getStops().add(Requests.stop("s-0", 0, 3600, 60));
    request.getLegs().add(Requests.leg(-1, 0, 5000, 600));
    Appraisal appraisal =
        new Appraisal(
            request,
            new ArrayList<>(),
            List.of(),
            List.of(),
            DecisionSource.BASELINE,
            null,
            null,
            null,
            null);
    return with(appraisal, DecisionKind.KEEP, keepEur);
  }

  static Appraisal with(Appraisal appraisal, DecisionKind kind, double eur) {
    DecisionRequest request = appraisal.getRequest();
    int stop = kind == DecisionKind.NOTIFY_LATE || kind == DecisionKind.DISPATCH_BACKUP ? 0 : -1;
    Candidate candidate = Requests.candidate(kind, stop, List.of(0), List.of(0), List.of(3, 4));
    appraisal.getCosts().add(cost(request.getCandidates().size(), eur));
    request.getCandidates().add(candidate);
    return appraisal;
  }

  /** The same appraisal as the {@code sequence}-th of its vehicle, some seconds later. */
  static Appraisal asked(Appraisal appraisal, long sequence, double afterS) {
    DecisionRequest request = appraisal.getRequest();
    request.setDecisionId("d-" + sequence);
    request.setSequence(sequence);
    request.setRequestedAt(Requests.after(afterS));
    return appraisal;
  }

  /**
   * A model's appraisal over 64 scenarios, the baseline of which sees no difference: in both halves
   * the last candidate gains so much on average, with such a standard deviation.
   */
  static Appraisal imagined(Appraisal appraisal, double gainEur, double deviationEur) {
    int n = appraisal.getCosts().size();
    List<Double> objectiveEur =
        appraisal.getCosts().stream().map(CandidateCost::getObjectiveEur).toList();
    List<Double> meanEur = new ArrayList<>(Collections.nCopies(n, 20.0));
    meanEur.set(n - 1, 20 - gainEur);
    List<Double> covarianceEur2 = new ArrayList<>(Collections.nCopies(n * (n + 1) / 2, 0.0));
    covarianceEur2.set(n * (n + 1) / 2 - 1, deviationEur * deviationEur);
    HalfCosts half = new HalfCosts(32, objectiveEur, meanEur, covarianceEur2);
    appraisal.setHalves(List.of(half, half));
    if (appraisal.getBaselineCosts().isEmpty()) {
      List<CandidateCost> baseline = new ArrayList<>();
      for (int c = 0; c < n; c++) {
        baseline.add(cost(c, 20));
      }
      appraisal.setBaselineCosts(baseline);
    }
    return appraisal;
  }

  static CandidateCost cost(int candidate, double eur) {
    return new CandidateCost(candidate, eur, eur, eur, 0f, 0f, null, List.of(), List.of());
  }
}
