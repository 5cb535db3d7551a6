// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.kernels.roads.RoadNetwork;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A road event on what remains of a vehicle's route, put together from the tiles that told of it.
 *
 * @param event its newest state, of one of the tiles
 * @param edges its edges in all these tiles, ascending
 * @param tiles the tiles
 * @param aheadM metres along the route until it begins; off the network those to the tile
 */
record RoadEventAhead(TileEvent event, int[] edges, Set<Integer> tiles, double aheadM) {

  /** The events that the remaining route meets, nearest first, then by id. */
  static List<RoadEventAhead> of(Situation situation, Ways ways) {
    Map<String, List<TileEvent>> byId = new TreeMap<>();
    for (TileEvent event : situation.events()) {
      byId.computeIfAbsent(event.eventId, id -> new ArrayList<>()).add(event);
    }
    List<RoadEventAhead> ahead = new ArrayList<>();
    for (List<TileEvent> ofOne : byId.values()) {
      RoadEventAhead event = joined(ofOne, ways);
      double aheadM = event.aheadM(situation, ways);
      if (aheadM >= 0) {
        ahead.add(new RoadEventAhead(event.event, event.edges, event.tiles, aheadM));
      }
    }
    ahead.sort(Comparator.comparingDouble(RoadEventAhead::aheadM));
    return ahead;
  }

  private static RoadEventAhead joined(List<TileEvent> ofOne, Ways ways) {
    TileEvent newest = ofOne.get(0);
    Set<Integer> tiles = new HashSet<>();
    for (TileEvent event : ofOne) {
      newest = event.eventTimeMs > newest.eventTimeMs ? event : newest;
      tiles.add(event.tile);
    }
    int[] edges =
        ofOne.stream()
            .filter(event -> event.networkId.equals(ways.networkId()))
            .flatMapToInt(event -> Arrays.stream(event.edges))
            .sorted()
            .toArray();
    return new RoadEventAhead(newest, edges, tiles, 0);
  }

  /** Place of the first of some edges that the event is on; -1 when it is on none. */
  int firstOn(int[] edgesDriven, int from) {
    for (int i = from; i < edgesDriven.length; i++) {
      if (Arrays.binarySearch(edges, edgesDriven[i]) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** Metres until the route meets it; -1 when it does not. */
  private double aheadM(Situation situation, Ways ways) {
    RoadNetwork network = ways.network();
    double sum = 0;
    double latDeg = situation.progress().fix.latDeg;
    double lonDeg = situation.progress().fix.lonDeg;
    for (int k = 0; k < situation.stops(); k++) {
      PlannedLeg leg = situation.plan().legs.get(k);
      PlanStop stop = situation.stop(k);
      if (leg.onNetwork()) {
        int index = k == 0 ? situation.progress().routeIndex : 0;
        double offsetM = k == 0 ? situation.progress().routeOffsetM : leg.startOffsetM;
        int met = firstOn(leg.edges, index);
        if (met >= 0) {
          for (int i = index; i < met; i++) {
            sum += network.edgeLengthM(leg.edges[i]) - (i == index ? offsetM : 0);
          }
          return sum;
        }
        sum += LegTimes.metres(network, leg, index, offsetM);
      } else {
        double wholeM = ways.straightM(latDeg, lonDeg, stop.latDeg, stop.lonDeg);
        int[] entered = new int[1];
        boolean met =
            !MapTile.along(
                latDeg,
                lonDeg,
                stop.latDeg,
                stop.lonDeg,
                tile -> {
                  entered[0]++;
                  return !tiles.contains(tile);
                });
        if (met) {
          return sum + Math.min(wholeM, (entered[0] - 1) * MapTile.widthM(latDeg));
        }
        sum += wholeM;
      }
      latDeg = stop.latDeg;
      lonDeg = stop.lonDeg;
    }
    return -1;
  }
}
