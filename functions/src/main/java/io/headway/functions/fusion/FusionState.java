// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.fusion;

/**
 * What {@link FuseVehicle} keeps of a vehicle: one value, for with every backend an access costs
 * more than what it carries.
 */
final class FusionState {
  /** Records that wait for their turn. */
  final ReorderBuffer waiting;

  /** As {@link Motion#write} gives it, never written to; null before a record was fused. */
  byte[] motion;

  FusionState(ReorderBuffer waiting, byte[] motion) {
    this.waiting = waiting;
    this.motion = motion;
  }

  /** One that changes apart from this one. */
  FusionState copy() {
    return new FusionState(waiting.copy(), motion);
  }
}
