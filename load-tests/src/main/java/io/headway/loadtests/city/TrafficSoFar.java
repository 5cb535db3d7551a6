// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.loadtests.city.TrafficBelief.Observation;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives a {@link TrafficBelief} what was driven slot by slot, although it is told of some minutes
 * later: the belief stays so far behind, and goes on to the present whenever that is asked for. Not
 * thread-safe.
 */
final class TrafficSoFar {
  /** What is told of more slots later is left out. */
  private static final int LAG_SLOTS = 5;

  /** As it stands in the first slot that is still told of, before what was driven in it. */
  private final TrafficBelief settled;

  /** What was driven, by slot from that one to the present. */
  private final List<List<Observation>> open = new ArrayList<>();

  private long slot;
  private TrafficBelief now;

  /**
   * @param belief of a slot, before anything was observed
   */
  TrafficSoFar(TrafficBelief belief, long slot) {
    settled = belief;
    this.slot = slot;
    open.add(new ArrayList<>());
  }

  /** Lets a slot pass. */
  void advance() {
    slot++;
    open.add(new ArrayList<>());
    if (open.size() > LAG_SLOTS + 1) {
      open.remove(0).forEach(settled::observe);
      settled.advance();
    }
    now = null;
  }

  /** Takes in a speed of a slot. */
  void observe(long ofSlot, Observation observation) {
    int at = (int) (ofSlot - slot) + open.size() - 1;
    if (at >= 0 && at < open.size()) {
      open.get(at).add(observation);
      now = null;
    }
  }

  /** How many times as often as in dry weather incidents begin, as it was known some slots ago. */
  double incidentRatio() {
    return settled.incidentRatio();
  }

  /** What is known in the present slot of it; see {@link TrafficBelief#law}. */
  TrafficBelief.Law law(int driver) {
    if (now == null) {
      now = settled.copy();
      for (int i = 0; i < open.size(); i++) {
        open.get(i).forEach(now::observe);
        if (i < open.size() - 1) {
          now.advance();
        }
      }
    }
    return now.law(driver);
  }
}
