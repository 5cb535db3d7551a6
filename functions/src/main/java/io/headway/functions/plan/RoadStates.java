// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.traffic.AreaSpeeds;
import io.headway.functions.traffic.LiveWeights;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.schemas.RoadState;

/** Tells what is known of the roads of a leg, edge by edge as {@link RoadState} says. */
final class RoadStates {
  private final Ways ways;
  private final LiveWeights weights;
  private final AreaSpeeds areas;

  RoadStates(Ways ways, LiveWeights weights) {
    this.ways = ways;
    this.weights = weights;
    areas = new AreaSpeeds(ways.network(), weights);
  }

  /**
   * @param edges of the leg, at least one; each counts whole
   * @param seconds time of each edge of the network now, road events included
   * @param nowMs the moment to tell it for, milliseconds since the epoch
   */
  RoadState of(int[] edges, float[] seconds, long nowMs) {
    areas.look();
    RoadNetwork network = ways.network();
    double usualS = 0;
    double observedUsualS = 0;
    double observedS = 0;
    double ageS = 0;
    double observations = 0;
    double areaLog = 0;
    double areaWeight = 0;
    double eventS = 0;
    double mainS = 0;
    double collectorS = 0;
    for (int edge : edges) {
      double usual = ways.usualS()[edge];
      double lengthM = network.edgeLengthM(edge);
      usualS += usual;
      if (weights.isObserved(edge)) {
        observedUsualS += usual;
        observedS += lengthM / weights.observedSpeedMps(edge);
        ageS += usual * weights.observationAgeS(edge, nowMs);
        observations += usual * weights.observations(edge);
      }
      areaLog += usual * areas.areaLogRatio(edge);
      areaWeight += usual * areas.areaWeight(edge);
      if (seconds[edge] < Float.POSITIVE_INFINITY) {
        double withoutS = lengthM / Math.max(LiveWeights.MIN_SPEED_MPS, weights.liveSpeedMps(edge));
        eventS += Math.max(0, seconds[edge] - withoutS);
      }
      switch (network.edgeClass(edge)) {
        case MOTORWAY, TRUNK, PRIMARY -> mainS += usual;
        case SECONDARY, TERTIARY -> collectorS += usual;
        case RESIDENTIAL, SERVICE -> {}
      }
    }
    return new RoadState(
        share(observedUsualS, usualS),
        observedUsualS > 0 ? (float) (observedS / observedUsualS) : 1,
        share(ageS, observedUsualS),
        share(observations, observedUsualS),
        (float) Math.exp(share(areaLog, usualS)),
        share(areaWeight, usualS),
        (float) Math.exp(areas.networkLogRatio()),
        (float) areas.networkWeight(),
        (float) eventS,
        share(mainS, usualS),
        share(collectorS, usualS),
        edges.length);
  }

  private static float share(double part, double whole) {
    return whole > 0 ? (float) (part / whole) : 0;
  }
}
