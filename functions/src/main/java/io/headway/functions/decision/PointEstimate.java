// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Leg;

/**
 * The deterministic baseline's view of the future: one scenario, in which every leg takes as long
 * as the live speeds say and every service as long as expected.
 */
public final class PointEstimate {
  private PointEstimate() {}

  /**
   * @throws IllegalArgumentException when a leg's live time is negative or not finite
   */
  public static void drawInto(DecisionRequest request, Scenarios scenarios) {
    scenarios.reset(request, 1);
    for (int l = 0; l < request.getLegs().size(); l++) {
      Leg leg = request.getLegs().get(l);
      double liveS = leg.getLiveS();
      if (!(liveS >= 0 && liveS < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "Request %s: leg %d has live_s %s, so no candidate that uses it can be costed; a request must leave out ways that are closed"
                .formatted(request.getDecisionId(), l, liveS));
      }
      scenarios.travelS()[l] = liveS;
    }
    scenarios.serveAsExpected(request);
  }
}
