// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.schemas.DecisionKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Counts actions that change again what an action of the same kind had changed for the same vehicle
 * less than {@link #WITHIN_MIN} minutes before: a REROUTE to a stop to which the way was changed
 * already, or a RESEQUENCE that moves a stop that was moved already. What was decided but not
 * carried out changes nothing. Not thread-safe.
 */
final class Flips {
  static final int WITHIN_MIN = 30;

  private record Changed(int vehicle, DecisionKind kind, int stop) {}

  private final Map<Changed, Double> lastMs = new HashMap<>();
  private int count;

  /**
   * Takes an action in, in order of time.
   *
   * @param before the vehicle's stops before it was told
   * @param after the same after it was told
   */
  void acted(int vehicle, DecisionKind kind, List<Stop> before, List<Stop> after, double ms) {
    boolean again = false;
    for (int stop : changed(kind, before, after)) {
      Double last = lastMs.put(new Changed(vehicle, kind, stop), ms);
      again |= last != null && ms - last < WITHIN_MIN * 60_000;
    }
    count += again ? 1 : 0;
  }

  /** Numbers of the stops that an action changed something about. */
  private static List<Integer> changed(DecisionKind kind, List<Stop> before, List<Stop> after) {
    return switch (kind) {
      // The way to the stop that is next, or to the one behind it while that is being served.
      case REROUTE -> List.of(before.get(before.get(0).arrivedMs() == 0 ? 0 : 1).number());
      case RESEQUENCE ->
          IntStream.range(0, after.size())
              .filter(i -> after.get(i).number() != before.get(i).number())
              .mapToObj(i -> after.get(i).number())
              .toList();
      default -> List.of();
    };
  }

  int count() {
    return count;
  }
}
