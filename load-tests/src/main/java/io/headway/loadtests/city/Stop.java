// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

/**
 * A stop that a vehicle has still to make, or makes now. Times in milliseconds since the epoch, 0
 * for what has not happened.
 *
 * @param number of the shipment among those of its vehicle
 * @param place where it is
 * @param index its place in the order, as published
 * @param windowStartMs opening of the promised window
 * @param windowEndMs its end
 * @param serviceS expected seconds at the stop
 * @param notifiedMs when the receiver was told of a delay
 * @param arrivedMs when the vehicle arrived
 */
record Stop(
    int number,
    int place,
    int index,
    long windowStartMs,
    long windowEndMs,
    float serviceS,
    long notifiedMs,
    long arrivedMs) {

  Stop withIndex(int newIndex) {
    return new Stop(
        number, place, newIndex, windowStartMs, windowEndMs, serviceS, notifiedMs, arrivedMs);
  }

  Stop notified(long ms) {
    return new Stop(number, place, index, windowStartMs, windowEndMs, serviceS, ms, arrivedMs);
  }

  Stop arrived(long ms) {
    return new Stop(number, place, index, windowStartMs, windowEndMs, serviceS, notifiedMs, ms);
  }
}
