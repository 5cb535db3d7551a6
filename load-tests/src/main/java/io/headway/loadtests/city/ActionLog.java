// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.schemas.DecisionKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the dispatcher did: together with the seed, all that a vehicle's life follows from.
 * Thread-safe.
 */
final class ActionLog {
  /** Most actions that are kept. */
  static final int MAX_ACTIONS = 2_000_000;

  /** A decision that was carried out. */
  record Action(long ms, DecisionKind kind, List<String> shipmentIds, List<Integer> route) {}

  private final Map<Integer, List<Action>> byVehicle = new HashMap<>();
  private int size;

  synchronized void add(int vehicle, Action action) {
    if (size == MAX_ACTIONS) {
      throw new IllegalStateException(
          "The city has carried out %d decisions, so its past can no longer be told; let it end earlier"
              .formatted(size));
    }
    byVehicle.computeIfAbsent(vehicle, v -> new ArrayList<>()).add(action);
    size++;
  }

  /** What was done with a vehicle, in order of time. */
  synchronized List<Action> of(int vehicle) {
    return List.copyOf(byVehicle.getOrDefault(vehicle, List.of()));
  }

  /** What was done with a vehicle. */
  record Done(int vehicle, Action action) {}

  /** Everything that was done, in order of time. */
  synchronized List<Done> inOrder() {
    List<Done> all = new ArrayList<>();
    byVehicle.forEach((vehicle, of) -> of.forEach(action -> all.add(new Done(vehicle, action))));
    all.sort(Comparator.comparingLong(done -> done.action.ms));
    return all;
  }
}
