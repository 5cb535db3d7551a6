// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.decision.DecisionWriter;
import io.headway.schemas.Alternative;
import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import java.util.List;

/**
 * One thing that a dispatcher can do, in the words of a {@code Decision}.
 *
 * @param kind what is done
 * @param shipmentIds with which stops
 * @param route on which edges
 */
public record Action(DecisionKind kind, List<String> shipmentIds, List<Integer> route) {

  /** Whether an alternative that a decision weighed is this; what WAIT puts off none tells. */
  public boolean is(Alternative alternative) {
    return alternative.getKind() == kind
        && alternative.getShipmentIds().equals(shipmentIds)
        && (kind != DecisionKind.REROUTE || alternative.getRoute().equals(route));
  }

  /** What a candidate of a request comes to. */
  public static Action of(DecisionRequest request, Candidate candidate) {
    return new Action(
        candidate.getKind(), DecisionWriter.shipmentIds(request, candidate), candidate.getRoute());
  }
}
