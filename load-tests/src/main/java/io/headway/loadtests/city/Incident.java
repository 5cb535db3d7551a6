// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.schemas.RoadEventKind;

/**
 * A disturbance of one edge. It holds in the slots [bornSlot, endSlot); its queue grows upstream
 * from its birth and dissolves after its end.
 *
 * @param id number of the incident in its world, ascending with birth
 * @param edge the directed edge it blocks
 * @param kind INCIDENT, CLOSURE or ROADWORKS
 * @param bornSlot first slot in which it holds
 * @param endSlot first slot in which it no longer does
 * @param speedFactor share of the edge's speed that remains, 0 for a closure
 */
record Incident(
    int id, int edge, RoadEventKind kind, long bornSlot, long endSlot, double speedFactor) {

  /** Metres of queue in front of the edge, during a slot. */
  double queueM(long slot, double growthMps) {
    if (kind == RoadEventKind.CLOSURE || slot < bornSlot) {
      return 0; // traffic turns off before a closure
    }
    double slotS = HiddenWorld.SLOT_MS / 1000.0;
    double grownM = Math.min(MAX_QUEUE_M, growthMps * slotS * (Math.min(slot, endSlot) - bornSlot));
    if (slot < endSlot) {
      return grownM;
    }
    return Math.max(0, grownM - DISSOLVE_RATIO * growthMps * slotS * (slot + 1 - endSlot));
  }

  /** How long a queue gets. */
  static final double MAX_QUEUE_M = 1_200;

  /** How much faster a queue dissolves than it grew. */
  static final double DISSOLVE_RATIO = 1.5;
}
