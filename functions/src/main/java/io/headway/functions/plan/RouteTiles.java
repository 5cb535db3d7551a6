// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Lays what remains of a route on the map tiles. */
final class RouteTiles {
  /** Most tiles that a route subscribes to; those further along follow as it is driven. */
  static final int MAX_TILES = 512;

  private final String vehicleId;
  private final Ways ways;
  private final Map<Integer, RouteTile> tiles = new TreeMap<>();
  private final Map<Integer, Integer> edgeCounts = new HashMap<>();

  private RouteTiles(String vehicleId, Ways ways) {
    this.vehicleId = vehicleId;
    this.ways = ways;
  }

  /** The tiles of the remaining route, by their key, ascending. */
  static Map<Integer, RouteTile> of(
      String vehicleId, VehiclePlan plan, VehicleProgress progress, Ways ways) {
    RouteTiles result = new RouteTiles(vehicleId, ways);
    double latDeg = progress.fix.latDeg;
    double lonDeg = progress.fix.lonDeg;
    boolean room = true;
    for (int k = 0; k < plan.legs.size() && room; k++) {
      PlannedLeg leg = plan.legs.get(k);
      PlanStop stop = plan.stops.get(k);
      room =
          leg.onNetwork()
              ? result.addRoads(leg, k == 0 ? progress.routeIndex : 0)
              : MapTile.along(latDeg, lonDeg, stop.latDeg, stop.lonDeg, result::addStraight);
      latDeg = stop.latDeg;
      lonDeg = stop.lonDeg;
    }
    result.finish(progress.fix.eventTimeMs);
    return result.tiles;
  }

  private boolean addRoads(PlannedLeg leg, int from) {
    for (int i = from; i < leg.edges.length; i++) {
      RouteTile tile = tile(ways.tileOf(leg.edges[i]));
      if (tile == null) {
        return false;
      }
      int count = edgeCounts.merge(tile.tile, 1, Integer::sum);
      if (count > tile.edges.length) {
        tile.edges = Arrays.copyOf(tile.edges, Math.max(8, 2 * tile.edges.length));
      }
      tile.edges[count - 1] = leg.edges[i];
    }
    return true;
  }

  private boolean addStraight(int key) {
    RouteTile tile = tile(key);
    if (tile == null) {
      return false;
    }
    tile.offNetwork = true;
    return true;
  }

  private RouteTile tile(int key) {
    RouteTile tile = tiles.get(key);
    if (tile == null && tiles.size() < MAX_TILES) {
      tile = new RouteTile();
      tile.tile = key;
      tile.vehicleId = vehicleId;
      tile.subscribed = true;
      tile.networkId = ways.networkId();
      tiles.put(key, tile);
    }
    return tile;
  }

  private void finish(long sinceMs) {
    for (RouteTile tile : tiles.values()) {
      tile.sinceMs = sinceMs;
      int count = edgeCounts.getOrDefault(tile.tile, 0);
      tile.edges = Arrays.stream(tile.edges, 0, count).sorted().distinct().toArray();
    }
  }
}
