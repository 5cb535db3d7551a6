// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.fusion.FusedFix;
import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.Candidates;
import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.routing.Route;
import io.headway.kernels.routing.Router;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The ways that drivers take when nobody tells them otherwise: the fastest on usual speeds, and
 * great circles where there are no roads. What it answers depends on the network and the settings
 * alone; ways between stops are remembered up to a limit. For one thread.
 */
final class Ways {
  private static final int REMEMBERED_MAX = 4096;

  /** Below this speed a heading means nothing, and a vehicle may set out in either direction. */
  private static final double STANDING_MPS = 2;

  /** Satellite positions in cities do not tell roads apart that lie nearer to each other. */
  private static final double BESIDE_M = 25;

  /** Roads whose directions differ by less than this are driven along each other. */
  private static final double ALONG_DEG = 45;

  private final RoadNetwork network;
  private final RoadIndex index;
  private final Router router;
  private final float[] usualS;
  private final Candidates nearest = new Candidates(1);
  private final Candidates beside = new Candidates(16);
  private final PlanSettings settings;
  private final Map<Between, PlannedLeg> remembered =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Between, PlannedLeg> eldest) {
          return size() > REMEMBERED_MAX;
        }
      };

  private record Between(int fromEdge, float fromOffsetM, int toEdge, float toOffsetM) {}

  /**
   * @param roads the roads, or null
   */
  Ways(RoadMap roads, PlanSettings settings) {
    network = roads == null ? null : roads.network();
    index = roads == null ? null : roads.index();
    this.settings = settings;
    router = network == null ? null : new Router(network);
    usualS = network == null ? new float[0] : Router.freeSeconds(network);
  }

  /** The roads, or null. */
  RoadNetwork network() {
    return network;
  }

  Router router() {
    return router;
  }

  /** Usual travel time of each edge; not to be changed. */
  float[] usualS() {
    return usualS;
  }

  String networkId() {
    return network == null ? "" : network.id();
  }

  /** Finds the road that a stop is reached by. */
  void reach(PlanStop stop) {
    stop.edge = -1;
    stop.offsetM = 0;
    if (network != null && find(stop.latDeg, stop.lonDeg)) {
      stop.edge = nearest.edge(0);
      stop.offsetM = (float) nearest.offsetM(0);
    }
  }

  /**
   * The way from a vehicle to a stop. A vehicle that is not matched to a road sets out from the
   * nearest one within reach.
   *
   * @param edge the road it is on, or -1
   */
  PlannedLeg from(double latDeg, double lonDeg, int edge, float offsetM, PlanStop to) {
    return from(latDeg, lonDeg, edge, offsetM, false, to);
  }

  /**
   * The way from a vehicle to a stop; a vehicle that stands sets out in whichever direction is
   * faster, because the one that it was matched to says nothing.
   */
  PlannedLeg from(FusedFix fix, PlanStop to) {
    return from(fix.latDeg, fix.lonDeg, fix.edge, fix.offsetM, fix.speedMps < STANDING_MPS, to);
  }

  private PlannedLeg from(
      double latDeg, double lonDeg, int edge, float offsetM, boolean either, PlanStop to) {
    int start = startEdge(latDeg, lonDeg, edge);
    float startM = start == edge ? offsetM : (float) nearest.offsetM(0);
    PlannedLeg leg = search(start, startM, either, to);
    return leg == null ? straight(latDeg, lonDeg, to.latDeg, to.lonDeg) : leg;
  }

  /** A place on a way: an edge of it by its place in the way, and metres from its start. */
  record OnWay(int index, float offsetM) {}

  /**
   * The first place on a way, from an edge of it on, at which a vehicle may be that was matched to
   * another road: one beside it that runs in the same direction. Null when there is none.
   */
  OnWay alongside(PlannedLeg leg, int from, FusedFix fix) {
    index.nearest(fix.latDeg, fix.lonDeg, BESIDE_M, beside);
    OnWay first = null;
    for (int c = 0; c < beside.size(); c++) {
      int edge = beside.edge(c);
      int at = leg.indexOf(edge, from);
      if (at >= 0
          && (first == null || at < first.index)
          && (fix.speedMps < STANDING_MPS
              || GeoMath.headingDifferenceDeg(
                      fix.headingDeg, network.headingDeg(edge, beside.offsetM(c)))
                  < ALONG_DEG)) {
        first = new OnWay(at, (float) beside.offsetM(c));
      }
    }
    return first;
  }

  /**
   * The road from which a vehicle sets out: the one that it is on, or the nearest; -1 when none is
   * within reach.
   *
   * @param edge the road that it is on, or -1
   */
  int startEdge(double latDeg, double lonDeg, int edge) {
    return edge < 0 && network != null && find(latDeg, lonDeg) ? nearest.edge(0) : edge;
  }

  /** The way from one stop to another. */
  PlannedLeg between(PlanStop from, PlanStop to) {
    if (from.edge < 0) {
      return straight(from.latDeg, from.lonDeg, to.latDeg, to.lonDeg);
    }
    Between key = new Between(from.edge, from.offsetM, to.edge, to.offsetM);
    PlannedLeg leg = remembered.get(key);
    if (leg == null) {
      leg = search(from.edge, from.offsetM, true, to);
      leg = leg == null ? straight(from.latDeg, from.lonDeg, to.latDeg, to.lonDeg) : leg;
      remembered.put(key, leg);
    }
    return leg;
  }

  /** A leg that is already driven: the vehicle stands at the stop. */
  PlannedLeg none(PlanStop at) {
    PlannedLeg leg = new PlannedLeg();
    if (at.edge >= 0) {
      leg.edges = new int[] {at.edge};
      leg.startOffsetM = at.offsetM;
      leg.endOffsetM = at.offsetM;
    }
    return leg;
  }

  /** Great-circle distance times the detour factor, metres. */
  double straightM(double latDeg, double lonDeg, double toLatDeg, double toLonDeg) {
    return settings.offNetworkDetourFactor()
        * GeoMath.distanceM(latDeg, lonDeg, toLatDeg, toLonDeg);
  }

  /** The tile in which an edge is at home. */
  int tileOf(int edge) {
    return MapTile.home(network, edge);
  }

  private PlannedLeg straight(double latDeg, double lonDeg, double toLatDeg, double toLonDeg) {
    PlannedLeg leg = new PlannedLeg();
    leg.distanceM = straightM(latDeg, lonDeg, toLatDeg, toLonDeg);
    leg.usualS = leg.distanceM / settings.offNetworkSpeedMps();
    return leg;
  }

  /**
   * The fastest way, which may drive up to the stop from either end of its road; null when there is
   * none.
   *
   * @param either whether it may also leave in the other direction of the road
   */
  private PlannedLeg search(int edge, float offsetM, boolean either, PlanStop to) {
    Route route =
        edge < 0 || to.edge < 0
            ? null
            : router.route(edge, offsetM, either, to.edge, to.offsetM, true, usualS);
    if (route == null) {
      return null;
    }
    int first = route.edges()[0];
    return leg(route, first == edge ? offsetM : mirrored(first, offsetM), to.edge, to.offsetM);
  }

  private PlannedLeg leg(Route route, float startM, int toEdge, float toOffsetM) {
    PlannedLeg leg = new PlannedLeg();
    leg.edges = route.edges();
    leg.startOffsetM = startM;
    int last = leg.edges[leg.edges.length - 1];
    leg.endOffsetM = last == toEdge ? toOffsetM : mirrored(last, toOffsetM);
    leg.distanceM = route.distanceM();
    leg.usualS = LegTimes.seconds(network, leg, 0, startM, usualS);
    return leg;
  }

  /** The same place on the reverse edge. */
  float mirrored(int edge, double offsetM) {
    return (float) Math.max(0, network.edgeLengthM(edge) - offsetM);
  }

  private boolean find(double latDeg, double lonDeg) {
    return index.nearest(latDeg, lonDeg, settings.stopReachM(), nearest) > 0;
  }
}
