// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

/**
 * An occupied stretch that can serve as a shipment.
 *
 * @param pickUp its first occupied fix
 * @param dropOff its last occupied fix
 */
record Trip(Fix pickUp, Fix dropOff) {

  double distanceM() {
    return pickUp.distanceM(dropOff);
  }

  double travelS() {
    return (dropOff.timeMs() - pickUp.timeMs()) / 1000.0;
  }
}
