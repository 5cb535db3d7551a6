// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

/**
 * A leg as it would be driven now.
 *
 * @param fromStop index of the stop it starts from; -1 for the vehicle
 * @param toStop index of the stop it ends at
 * @param edges the edges driven; empty off the network
 * @param distanceM length
 * @param usualS travel time at usual speeds
 * @param liveS travel time at the speeds that hold now; finite
 * @param onNetwork whether it follows roads to its end
 * @param events indices of the road events on it, ascending
 */
record DrivenLeg(
    int fromStop,
    int toStop,
    int[] edges,
    double distanceM,
    double usualS,
    double liveS,
    boolean onNetwork,
    int[] events) {}
