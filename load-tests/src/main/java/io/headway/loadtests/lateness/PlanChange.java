// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;

/**
 * A change of a stop of a vehicle, as the topic of shipments tells it.
 *
 * @param timeMs event time, milliseconds since the epoch
 * @param stopIndex place in the order, ascending
 */
record PlanChange(long timeMs, String shipmentId, ShipmentStatus status, int stopIndex) {

  /** The same of another status. */
  PlanChange as(ShipmentStatus other) {
    return new PlanChange(timeMs, shipmentId, other, stopIndex);
  }

  static PlanChange of(Shipment shipment) {
    return new PlanChange(
        shipment.getEventTime().toEpochMilli(),
        shipment.getShipmentId(),
        shipment.getStatus(),
        shipment.getStopIndex());
  }
}
