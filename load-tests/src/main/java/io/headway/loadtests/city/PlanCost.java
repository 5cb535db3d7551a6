// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.decision.CostModel;
import io.headway.schemas.Bounds;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.ShipmentStatus;
import java.util.ArrayList;
import java.util.List;

/**
 * What it costs to do something with a vehicle and let it live on: hours and kilometres from the
 * moment to the end of its last stop, actions, lateness of stops that were not arrived at, by the
 * {@link CostModel} on what comes about. DISPATCH_BACKUP: the second vehicle, with a driver of pace
 * 1, reaches the first stop {@code backup_response_s} after the decision; its hours count from the
 * decision, its kilometres from that stop. Shipments that come or go later are left out.
 *
 * <p>Not thread-safe.
 */
final class PlanCost {
  private static final double LONGEST_MS = 10 * 3_600_000.0;

  private final Bounds bounds;
  private final CostModel costs;
  private final LaterLooks later;

  private long fromMs;
  private double eur;
  private int late;
  private double endMs;

  /**
   * @param later what the dispatcher does afterwards; null for nothing
   */
  PlanCost(Bounds bounds, LaterLooks later) {
    this.bounds = bounds;
    this.later = later;
    costs = new CostModel(bounds.getWeights());
  }

  /**
   * EUR of an action and what follows; NaN when it does not apply.
   *
   * @param vehicle at the moment; lives on
   */
  double eur(Vehicle vehicle, long ms, Action action) {
    fromMs = ms;
    eur = 0;
    late = 0;
    endMs = ms;
    double metres = -vehicle.drivenM((double) ms);
    if (!act(vehicle, action, (double) ms)) {
      return Double.NaN;
    }
    if (vehicle.stops().isEmpty()) {
      return eur; // all is handed over; the way home is not charged
    }
    if (later != null) {
      later.begin(action, ms);
      double atMs = later.nextMs();
      while (!vehicle.stops().isEmpty() && atMs - ms <= LONGEST_MS) {
        live(vehicle, atMs);
        Action next = vehicle.stops().isEmpty() ? null : later.look(vehicle, atMs);
        if (next != null && act(vehicle, next, atMs)) {
          endMs = Math.max(endMs, next.kind() == DecisionKind.DISPATCH_BACKUP ? atMs : 0);
        }
        atMs = later.nextMs();
      }
    }
    live(vehicle, ms + LONGEST_MS);
    giveUp(vehicle);
    metres += vehicle.drivenM();
    return eur + costs.drivingEur((endMs - ms) / 3_600_000, metres / 1000);
  }

  /** Stops that were late in what was told last. */
  int late() {
    return late;
  }

  private boolean act(Vehicle vehicle, Action action, double ms) {
    List<Stop> before = List.copyOf(vehicle.stops());
    Vehicle.Effect effect =
        vehicle.act(action.kind(), action.shipmentIds(), action.route(), ms, Vehicle.NOBODY);
    if (effect == Vehicle.Effect.STALE) {
      return false;
    }
    List<Stop> kept = vehicle.stops();
    eur += costs.actionEur(action.kind(), moved(before, kept));
    if (action.kind() == DecisionKind.DISPATCH_BACKUP) {
      List<Stop> handedOver = new ArrayList<>(before);
      handedOver.removeIf(stop -> kept.stream().anyMatch(k -> k.number() == stop.number()));
      drive(vehicle, handedOver, ms);
    }
    return true;
  }

  /** EUR of what a second vehicle takes over of another, lateness included. */
  double handedOverEur(Vehicle from, List<Stop> stops, double ms) {
    fromMs = (long) ms;
    eur = 0;
    drive(from, stops, ms);
    return eur;
  }

  private void drive(Vehicle from, List<Stop> handedOver, double ms) {
    Vehicle second = from.backup(handedOver, ms + 1000.0 * bounds.getBackupResponseS());
    double ownEndMs = endMs;
    endMs = ms;
    live(second, fromMs + LONGEST_MS);
    giveUp(second);
    eur += costs.drivingEur((endMs - ms) / 3_600_000, second.drivenM() / 1000);
    endMs = ownEndMs;
  }

  /** Lets a vehicle make its stops until a moment, and charges their lateness. */
  private void live(Vehicle vehicle, double untilMs) {
    while (!vehicle.stops().isEmpty() && vehicle.toMs() <= untilMs) {
      vehicle.step(this::charge);
    }
  }

  /** What was not done in ten hours is as late as can be. */
  private void giveUp(Vehicle vehicle) {
    for (Stop stop : vehicle.stops()) {
      if (stop.arrivedMs() == 0) {
        charge(vehicle, stop, ShipmentStatus.ARRIVED, fromMs + LONGEST_MS);
      }
      endMs = fromMs + LONGEST_MS;
    }
  }

  private void charge(Vehicle vehicle, Stop stop, ShipmentStatus status, double ms) {
    if (status == ShipmentStatus.DELIVERED) {
      endMs = ms;
    } else if (status == ShipmentStatus.ARRIVED) {
      double lateMin = Math.max(0, (ms - stop.windowEndMs()) / 60_000);
      boolean told =
          stop.notifiedMs() > 0
              && costs.toldInTime((stop.notifiedMs() - fromMs) / 1000.0, (ms - fromMs) / 1000);
      late += lateMin > 0 ? 1 : 0;
      eur += costs.latenessEur(lateMin, told);
    }
  }

  /** Stops whose place in the order changed. */
  static int moved(List<Stop> before, List<Stop> after) {
    int moved = 0;
    for (int i = 0; i < after.size(); i++) {
      moved += after.get(i).number() == before.get(i).number() ? 0 : 1;
    }
    return moved;
  }
}
