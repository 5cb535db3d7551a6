// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.roads;

import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;

/**
 * A road network with the index that finds edges near a place. Shared by all subtasks of a
 * TaskManager; thread-safe.
 *
 * @param network the network
 * @param index its index
 */
public record RoadMap(RoadNetwork network, RoadIndex index) {}
