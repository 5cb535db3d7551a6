// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.decision.CostModel;
import io.headway.schemas.Bounds;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.ShipmentStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a city's day costs as it comes about, by the {@link CostModel}: hours on rounds, kilometres,
 * actions, lateness, and what second vehicles come to; and what was done in vain. Not thread-safe.
 */
public final class DayCost {
  private final CostModel costs;
  private final PlanCost second;
  private final double endMs;
  private final Map<Integer, Double> lastMs = new HashMap<>();
  private final Flips flips = new Flips();
  private double eur;
  private double workedMs;
  private int stops;
  private int reached;
  private int lateStops;
  private int told;
  private int toldInVain;

  /**
   * @param endMs end of the day: rounds go on after it, but nothing is decided
   */
  DayCost(Bounds bounds, double endMs) {
    this.endMs = endMs;
    costs = new CostModel(bounds.getWeights());
    second = new PlanCost(bounds, null);
  }

  /** EUR so far, but for the kilometres, which the city knows. */
  double eur() {
    return eur;
  }

  /** Of kilometres driven. */
  double kmEur(double km) {
    return costs.drivingEur(0, km);
  }

  /** Stops that were served, or handed over. */
  public int stops() {
    return stops;
  }

  /** Stops that the vehicles themselves arrived at, second vehicles' left out. */
  public int reached() {
    return reached;
  }

  /** Of those that were reached, the ones that were after the end of their window. */
  public int lateStops() {
    return lateStops;
  }

  /** Vehicle-hours on rounds in the day, from loading to the last stop that was left. */
  public double workedHours() {
    return workedMs / 3_600_000;
  }

  /**
   * Actions that change again what an action of the same kind had changed less than half an hour
   * before: the way to the same stop, or the place of a stop in the order.
   */
  public int flips() {
    return flips.count();
  }

  /**
   * Receivers who were told that they would be late, and whose stop was arrived at, second
   * vehicles' left out.
   */
  public int told() {
    return told;
  }

  /** Of those who were told, whose stop was arrived at before the end of its window. */
  public int toldInVain() {
    return toldInVain;
  }

  void changed(Vehicle vehicle, Stop stop, ShipmentStatus status, double ms) {
    switch (status) {
      case PLANNED -> lastMs.putIfAbsent(vehicle.id(), ms);
      case ARRIVED -> {
        double lateMin = Math.max(0, (ms - stop.windowEndMs()) / 60_000);
        boolean isTold = stop.notifiedMs() > 0;
        boolean inTime = isTold && costs.toldInTime(stop.notifiedMs() / 1000.0, ms / 1000);
        eur += costs.latenessEur(lateMin, inTime);
        reached++;
        lateStops += lateMin > 0 ? 1 : 0;
        told += isTold ? 1 : 0;
        toldInVain += isTold && lateMin == 0 ? 1 : 0;
      }
      case DELIVERED -> {
        stops++;
        work(vehicle, ms);
      }
      case CANCELLED -> {
        if (vehicle.stops().isEmpty()) {
          work(vehicle, ms);
        }
      }
      default -> {}
    }
  }

  /** Charges the hours since the last stop, or since the round was loaded. */
  private void work(Vehicle vehicle, double ms) {
    double sinceMs = lastMs.getOrDefault(vehicle.id(), ms);
    workedMs += Math.min(ms, endMs) - Math.min(sinceMs, endMs);
    eur += costs.drivingEur((ms - sinceMs) / 3_600_000, 0);
    if (vehicle.stops().isEmpty()) {
      lastMs.remove(vehicle.id());
    } else {
      lastMs.put(vehicle.id(), ms);
    }
  }

  /**
   * @param before the vehicle's stops before it was told
   */
  void acted(Vehicle vehicle, DecisionKind kind, List<Stop> before, double ms) {
    eur += costs.actionEur(kind, PlanCost.moved(before, vehicle.stops()));
    flips.acted(vehicle.id(), kind, before, vehicle.stops(), ms);
    if (kind == DecisionKind.DISPATCH_BACKUP) {
      List<Stop> handedOver =
          before.stream()
              .filter(stop -> vehicle.stops().stream().noneMatch(k -> k.number() == stop.number()))
              .toList();
      stops += handedOver.size();
      eur += second.handedOverEur(vehicle, handedOver, ms);
    }
  }
}
