// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

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

  private record Observation(int component, int driver, double logRatio, double errorSpread) {
    void tell(TrafficBelief belief) {
      belief.observe(component, driver, logRatio, errorSpread);
    }
  }

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
      open.remove(0).forEach(one -> one.tell(settled));
      settled.advance();
    }
    now = null;
  }

  /** Takes in a speed of a slot; see {@link TrafficBelief#observe}. */
  void observe(long ofSlot, int component, int driver, double logRatio, double errorSpread) {
    int at = (int) (ofSlot - slot) + open.size() - 1;
    if (at >= 0 && at < open.size()) {
      open.get(at).add(new Observation(component, driver, logRatio, errorSpread));
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
        open.get(i).forEach(one -> one.tell(now));
        if (i < open.size() - 1) {
          now.advance();
        }
      }
    }
    return now.law(driver);
  }
}
