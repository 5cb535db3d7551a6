// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

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

  /** What a candidate of a request comes to. */
  public static Action of(DecisionRequest request, Candidate candidate) {
    List<Integer> order = candidate.getOrder();
    List<Integer> stops =
        switch (candidate.getKind()) {
          case NOTIFY_LATE -> List.of(candidate.getStop());
          case DISPATCH_BACKUP -> order.subList(order.indexOf(candidate.getStop()), order.size());
          case RESEQUENCE -> order;
          default -> List.of();
        };
    return new Action(
        candidate.getKind(),
        stops.stream().map(stop -> request.getStops().get(stop).getShipmentId()).toList(),
        candidate.getRoute());
  }
}
