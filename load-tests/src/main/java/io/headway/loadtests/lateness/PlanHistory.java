// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.loadtests.lateness.KeptPlan.KeptStop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.function.Consumer;

/**
 * Joins the requests of one vehicle with what the topics say of it later. The leg to a stop begins
 * with the departure from the stop before (DELIVERED), or with the request if that is later, and
 * ends with its ARRIVED: waiting for a window is at the stop, not in the leg. Not thread-safe.
 */
final class PlanHistory {
  private final boolean setsOutAtOnce;
  private final List<PlanChange> changes = new ArrayList<>();
  private final List<KeptPlan> plans = new ArrayList<>();

  /**
   * @param setsOutAtOnce whether the vehicle is on its way as soon as it has a stop; others may
   *     stand before their round, and no topic says until when
   */
  PlanHistory(boolean setsOutAtOnce) {
    this.setsOutAtOnce = setsOutAtOnce;
  }

  /** Takes note of a change; those of one moment in the order of their topic. */
  void add(PlanChange change) {
    changes.add(change);
  }

  void add(KeptPlan plan) {
    plans.add(plan);
  }

  /** Tells what became of every plan, in the order of the requests. */
  void realise(Consumer<RealisedPlan> into) {
    changes.sort(Comparator.comparingLong(PlanChange::timeMs));
    plans.sort(Comparator.comparingLong(KeptPlan::requestedAtMs));
    Open open = new Open();
    int next = 0;
    for (KeptPlan plan : plans) {
      while (next < changes.size() && changes.get(next).timeMs() <= plan.requestedAtMs()) {
        open.apply(changes.get(next++));
      }
      into.accept(new Follower(plan, open).follow(next));
    }
  }

  /** The stops that a vehicle has still to make, as the topic says. */
  private static final class Open {
    private final Map<String, Integer> indices;
    private String standsAt = "";
    private boolean onItsRound;

    Open() {
      indices = new HashMap<>();
    }

    Open(Open other) {
      indices = new HashMap<>(other.indices);
    }

    void apply(PlanChange change) {
      switch (change.status()) {
        case PLANNED -> indices.put(change.shipmentId(), change.stopIndex());
        case ARRIVED -> {
          standsAt = change.shipmentId();
          onItsRound = true;
        }
        case DELIVERED, CANCELLED -> {
          indices.remove(change.shipmentId());
          onItsRound = onItsRound && !indices.isEmpty();
        }
        case NOTIFIED, UNKNOWN -> {}
      }
    }

    /** How many stops from a position on are the next ones, in this order. */
    int inOrder(List<KeptStop> stops, int from) {
      List<String> order =
          indices.entrySet().stream()
              .sorted(Entry.<String, Integer>comparingByValue().thenComparing(Entry::getKey))
              .map(Entry::getKey)
              .toList();
      int count = 0;
      while (count < order.size()
          && from + count < stops.size()
          && order.get(count).equals(stops.get(from + count).shipmentId())) {
        count++;
      }
      return count;
    }
  }

  /** Follows one plan for as long as it stands. */
  private final class Follower {
    private final KeptPlan plan;
    private final List<KeptStop> stops;
    private final Open open;
    private final boolean atFirst;
    private final boolean notSetOut;
    private final long[] arrivedMs;
    private final long[] departedMs;

    /** Stops before this one were served in order. */
    private int done;

    /** The plan stands as requested for stops before this one. */
    private int firm;

    Follower(KeptPlan plan, Open now) {
      this.plan = plan;
      stops = plan.stops();
      open = new Open(now);
      atFirst = now.standsAt.equals(stops.get(0).shipmentId());
      notSetOut = !setsOutAtOnce && plan.stands() && !now.onItsRound;
      arrivedMs = new long[stops.size()];
      departedMs = new long[stops.size()];
      Arrays.fill(arrivedMs, RealisedPlan.NEVER);
      Arrays.fill(departedMs, RealisedPlan.NEVER);
      firm = open.inOrder(stops, 0);
    }

    RealisedPlan follow(int from) {
      int i = from;
      while (i < changes.size() && done < firm) {
        // A new order is published as several records of one moment.
        long momentMs = changes.get(i).timeMs();
        for (; i < changes.size() && changes.get(i).timeMs() == momentMs; i++) {
          take(changes.get(i));
        }
        firm = Math.min(firm, done + open.inOrder(stops, done));
      }
      LegFate[] fates = new LegFate[stops.size()];
      long[] beganMs = new long[stops.size()];
      for (int p = 0; p < fates.length; p++) {
        beganMs[p] = p == 0 ? plan.requestedAtMs() : departedMs[p - 1];
        fates[p] = fate(p);
      }
      return new RealisedPlan(plan, fates, beganMs, arrivedMs, departedMs);
    }

    private void take(PlanChange change) {
      open.apply(change);
      if (done < firm && change.shipmentId().equals(stops.get(done).shipmentId())) {
        switch (change.status()) {
          case ARRIVED -> arrivedMs[done] = change.timeMs();
          case DELIVERED -> departedMs[done++] = change.timeMs();
          default -> {}
        }
      }
    }

    private LegFate fate(int p) {
      KeptStop stop = stops.get(p);
      if (stop.arrived()) {
        return null;
      }
      boolean arrived = arrivedMs[p] != RealisedPlan.NEVER;
      if (!arrived && p >= firm) {
        return LegFate.PLAN_CHANGED;
      }
      if (stop.liveS() == 0 || (p == 0 && atFirst)) {
        return LegFate.NOTHING_TO_DRIVE;
      }
      if (p == 0 && notSetOut) {
        return LegFate.NOT_SET_OUT;
      }
      return arrived ? LegFate.OBSERVED : LegFate.UNFINISHED;
    }
  }
}
