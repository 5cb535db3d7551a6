// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.schemas.Alternative;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What could have been decided, as a decision lists it.
 *
 * @param actions everything that was weighed
 * @param heldBackBy the bound that forbade each; null where it was free, as what saves too little
 *     is
 * @param chosen index of what was decided; −1 when it is not listed
 * @param keep index of KEEP; −1 when it is not listed
 */
record Options(List<Action> actions, List<String> heldBackBy, int chosen, int keep) {
  private static final String MINIMUM_GAIN = "minimum_gain_eur";

  /**
   * @param waitRoute the route that WAIT puts off, which a decision does not tell
   */
  static Options of(Decision decision, List<Integer> waitRoute) {
    Action decided = new Action(decision.getKind(), decision.getShipmentIds(), decision.getRoute());
    List<Action> actions = new ArrayList<>();
    List<String> heldBackBy = new ArrayList<>();
    int chosen = -1;
    int keep = -1;
    for (Alternative alternative : decision.getAlternatives()) {
      if (alternative.getKind() == DecisionKind.UNKNOWN) {
        continue;
      }
      if (chosen < 0 && decided.is(alternative)) {
        chosen = actions.size();
      }
      if (alternative.getKind() == DecisionKind.KEEP) {
        keep = actions.size();
      }
      String bound = alternative.getHeldBackBy();
      actions.add(
          new Action(
              alternative.getKind(),
              alternative.getShipmentIds(),
              alternative.getKind() == DecisionKind.WAIT ? waitRoute : alternative.getRoute()));
      heldBackBy.add(MINIMUM_GAIN.equals(bound) ? null : bound);
    }
    return new Options(actions, heldBackBy, chosen, keep);
  }

  /** As a decision tells it alone: WAIT is taken to put its cheapest REROUTE off. */
  static Options of(Decision decision) {
    return of(
        decision,
        decision.getAlternatives().stream()
            .filter(alternative -> alternative.getKind() == DecisionKind.REROUTE)
            .findFirst()
            .map(Alternative::getRoute)
            .orElse(List.of()));
  }

  /** The same if there were no bounds but {@code minimum_gain_eur}. */
  Options unbounded() {
    return new Options(actions, Collections.nCopies(actions.size(), null), chosen, keep);
  }

  boolean isFree(int action) {
    return heldBackBy.get(action) == null;
  }

  /** Whether it says what was decided, and whether something else could have been. */
  boolean isChoice() {
    return chosen >= 0 && keep >= 0 && free().size() > 1;
  }

  /** Indices of what the bounds allowed, KEEP first. */
  List<Integer> free() {
    List<Integer> free = new ArrayList<>();
    free.add(keep);
    IntStream.range(0, actions.size()).filter(i -> i != keep && isFree(i)).forEach(free::add);
    return free;
  }

  /** Indices of what the bounds forbade. */
  List<Integer> heldBack() {
    return IntStream.range(0, actions.size()).filter(i -> !isFree(i)).boxed().toList();
  }
}
