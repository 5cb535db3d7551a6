// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.CostParts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a gain is made of, largest first: the parts add up to it, in euros and in the cents that
 * people are told.
 */
final class GainParts {
  /** Less is what adding up in another order leaves of nothing. */
  private static final double NOTHING_EUR = 1e-6;

  private final List<Part> parts = new ArrayList<>();

  /** What is saved. */
  enum What {
    DRIVING,
    ACTIONS,
    LATENESS
  }

  /**
   * One of them.
   *
   * @param stop whose lateness it is; −1 for others
   * @param eur what is saved; negative for what costs more
   * @param cents the same, so rounded that those of all parts add up
   */
  record Part(What what, int stop, double eur, long cents) {}

  private GainParts() {}

  /**
   * The parts that there are: what is saved nothing of is none.
   *
   * @param from what the gain is measured by
   * @param to what was chosen
   */
  static List<Part> of(CostParts from, CostParts to) {
    GainParts gain = new GainParts();
    gain.add(
        What.DRIVING,
        -1,
        from.getHoursEur() + from.getDistanceEur() - to.getHoursEur() - to.getDistanceEur());
    gain.add(What.ACTIONS, -1, from.getActionsEur() - to.getActionsEur());
    Map<Integer, Double> late = new HashMap<>();
    from.getStops().forEach(stop -> late.merge(stop.getStop(), stop.getEur(), Double::sum));
    to.getStops().forEach(stop -> late.merge(stop.getStop(), -stop.getEur(), Double::sum));
    late.forEach((stop, eur) -> gain.add(What.LATENESS, stop, eur));
    return gain.inCents();
  }

  private void add(What what, int stop, double eur) {
    if (Math.abs(eur) > NOTHING_EUR) {
      parts.add(new Part(what, stop, eur, Math.round(100 * eur)));
    }
  }

  /** What rounding left goes to the largest, of which it is the least share. */
  private List<Part> inCents() {
    if (parts.isEmpty()) {
      return List.of();
    }
    parts.sort(
        Comparator.comparingDouble((Part part) -> -Math.abs(part.eur))
            .thenComparing(Part::what)
            .thenComparing(Part::stop));
    long all = Math.round(100 * parts.stream().mapToDouble(Part::eur).sum());
    long told = parts.stream().mapToLong(Part::cents).sum();
    Part largest = parts.get(0);
    parts.set(0, new Part(largest.what, largest.stop, largest.eur, largest.cents + all - told));
    return List.copyOf(parts);
  }
}
