// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import java.util.Arrays;

/** What a vehicle's remaining route has to do with one map tile. A Flink POJO. */
public class RouteTile {
  /** The tile, see {@link MapTile}. */
  public int tile;

  /** The vehicle. */
  public String vehicleId;

  /** False when the remaining route no longer meets the tile. */
  public boolean subscribed;

  /** Event time since when the route lies in the tile as it does, milliseconds since the epoch. */
  public long sinceMs;

  /** Identity of the road network that the edges belong to; empty without one. */
  public String networkId = "";

  /** Directed edges of the route that are at home in the tile, ascending. */
  public int[] edges = {};

  /** Whether a leg off the network crosses the tile, so that any event in it concerns the route. */
  public boolean offNetwork;

  /** What tells the tile that the route no longer meets it. */
  RouteTile left() {
    RouteTile left = new RouteTile();
    left.tile = tile;
    left.vehicleId = vehicleId;
    left.networkId = networkId;
    return left;
  }

  /** Whether the event meets the route in this tile, where the route's edges are at home. */
  boolean meets(TileEvent event) {
    if (offNetwork) {
      return true;
    }
    if (!networkId.equals(event.networkId)) {
      return false;
    }
    int[] theirs = event.edges;
    for (int i = 0, j = 0; i < edges.length && j < theirs.length; ) {
      if (edges[i] == theirs[j]) {
        return true;
      }
      if (edges[i] < theirs[j]) {
        i++;
      } else {
        j++;
      }
    }
    return false;
  }

  /** Whether everything that meets the other would meet this one. */
  boolean covers(RouteTile other) {
    if (!networkId.equals(other.networkId) || (other.offNetwork && !offNetwork)) {
      return false;
    }
    for (int edge : other.edges) {
      if (Arrays.binarySearch(edges, edge) < 0) {
        return false;
      }
    }
    return true;
  }
}
