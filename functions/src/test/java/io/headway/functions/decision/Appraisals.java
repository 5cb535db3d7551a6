// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Appraisal;
import io.headway.schemas.Candidate;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DecisionSource;
import java.util.ArrayList;
import java.util.List;

/** Appraisals with costs that a test names: one stop, one way, KEEP and what is added to it. */
final class Appraisals {
  private Appraisals() {}

  static Appraisal keepAt(double keepEur) {
    DecisionRequest request = Requests.empty();
    request.getStops().add(Requests.stop("s-0", 0, 3600, 60));
    request.getLegs().add(Requests.leg(-1, 0, 5000, 600));
    Appraisal appraisal =
        new Appraisal(request, new ArrayList<>(), DecisionSource.BASELINE, null, null, null);
    return with(appraisal, DecisionKind.KEEP, keepEur);
  }

  static Appraisal with(Appraisal appraisal, DecisionKind kind, double eur) {
    DecisionRequest request = appraisal.getRequest();
    int stop = kind == DecisionKind.NOTIFY_LATE || kind == DecisionKind.DISPATCH_BACKUP ? 0 : -1;
    Candidate candidate = Requests.candidate(kind, stop, List.of(0), List.of(0), List.of(3, 4));
    appraisal
        .getCosts()
        .add(new CandidateCost(request.getCandidates().size(), eur, eur, eur, 0f, 0f));
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
}
