// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What a record of a shipment does to the stops of a vehicle. */
final class Stops {
  /** Those arrived at come first, in the order of arrival; the others as their places say. */
  private static final Comparator<PlanStop> DRIVING_ORDER =
      Comparator.<PlanStop>comparingLong(
              stop -> stop.arrivedAtMs == PlanStop.NEVER ? Long.MAX_VALUE : stop.arrivedAtMs)
          .thenComparingInt(stop -> stop.stopIndex)
          .thenComparing(stop -> stop.shipmentId);

  private Stops() {}

  /**
   * The stops after a record.
   *
   * @param stops in driving order
   * @param change what the record did to them
   */
  record Outcome(List<PlanStop> stops, Change change) {}

  /** What a record did to the stops. */
  enum Change {
    /** The stops are what they were. */
    NOTHING,
    /** It says nothing newer than what is held. */
    OUTDATED,
    /** It would have added a stop to a full plan. */
    FULL,
    /** They changed as the plan foresaw, or as the dispatcher decided. */
    FORESEEN,
    /** A stop was added, cancelled or promised anew: the vehicle's task is another one. */
    ANOTHER_TASK
  }

  /**
   * Applies a record. The stops given are left as they are.
   *
   * <p>A record carries the whole state, so NOTIFIED and ARRIVED add a stop that is not known yet.
   * When a receiver was told and when the vehicle arrived is kept while place and window stay the
   * same; another place or window is a new promise.
   *
   * @param ways finds the roads that stops are reached by
   */
  static Outcome after(List<PlanStop> stops, Shipment record, Ways ways) {
    int held = find(stops, record.getShipmentId());
    if (held >= 0 && record.getEventTime().toEpochMilli() <= stops.get(held).eventTimeMs) {
      return new Outcome(stops, Change.OUTDATED);
    }
    List<PlanStop> next = new ArrayList<>(stops);
    if (closes(record)) {
      if (held < 0) {
        return new Outcome(stops, Change.NOTHING);
      }
      next.remove(held);
      return new Outcome(
          next,
          record.getStatus() == ShipmentStatus.CANCELLED ? Change.ANOTHER_TASK : Change.FORESEEN);
    }
    if (held < 0 && stops.size() == VehiclePlan.MAX_STOPS) {
      return new Outcome(stops, Change.FULL);
    }
    PlanStop before = held < 0 ? null : next.remove(held);
    PlanStop stop = stopOf(record, before, ways);
    next.add(stop);
    next.sort(DRIVING_ORDER);
    boolean promisedAnew = before == null || !samePromise(before, stop);
    return new Outcome(
        next,
        promisedAnew && stop.arrivedAtMs == PlanStop.NEVER ? Change.ANOTHER_TASK : Change.FORESEEN);
  }

  /** Whether the record takes its stop off the plan. */
  static boolean closes(Shipment record) {
    return record.getStatus() == ShipmentStatus.DELIVERED
        || record.getStatus() == ShipmentStatus.CANCELLED;
  }

  /** Whether both are the same place. */
  static boolean samePlace(PlanStop a, PlanStop b) {
    return a.latDeg == b.latDeg && a.lonDeg == b.lonDeg;
  }

  private static PlanStop stopOf(Shipment record, PlanStop before, Ways ways) {
    PlanStop stop = new PlanStop();
    stop.shipmentId = record.getShipmentId();
    stop.eventTimeMs = record.getEventTime().toEpochMilli();
    stop.stopIndex = record.getStopIndex();
    stop.latDeg = record.getLatDeg();
    stop.lonDeg = record.getLonDeg();
    stop.windowStartMs = record.getWindowStart().toEpochMilli();
    stop.windowEndMs = record.getWindowEnd().toEpochMilli();
    stop.serviceS = record.getServiceS();
    if (before != null && samePlace(before, stop)) {
      stop.edge = before.edge;
      stop.offsetM = before.offsetM;
    } else {
      ways.reach(stop);
    }
    if (before != null && samePromise(before, stop)) {
      stop.notifiedAtMs = before.notifiedAtMs;
      stop.arrivedAtMs = before.arrivedAtMs;
    }
    if (record.getStatus() == ShipmentStatus.NOTIFIED && stop.notifiedAtMs == PlanStop.NEVER) {
      stop.notifiedAtMs = stop.eventTimeMs;
    }
    if (record.getStatus() == ShipmentStatus.ARRIVED && stop.arrivedAtMs == PlanStop.NEVER) {
      stop.arrivedAtMs = stop.eventTimeMs;
    }
    return stop;
  }

  private static boolean samePromise(PlanStop a, PlanStop b) {
    return samePlace(a, b) && a.windowStartMs == b.windowStartMs && a.windowEndMs == b.windowEndMs;
  }

  private static int find(List<PlanStop> stops, String shipmentId) {
    for (int i = 0; i < stops.size(); i++) {
      if (stops.get(i).shipmentId.equals(shipmentId)) {
        return i;
      }
    }
    return -1;
  }
}
