// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.decision.LegFeatures;
import io.headway.functions.decision.Scenarios;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.Draws.Stream;
import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Leg;
import io.headway.schemas.PlannedStop;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Scenarios of a request, drawn from a belief. Not thread-safe. */
final class BeliefScenarios {
  private static final double CRAWL_MPS = 1.5;

  private final City city;
  private final Futures futures;
  private final Vehicle known;
  private final long ms;
  private final Map<String, Stop> stops = new HashMap<>();

  /**
   * @param known the vehicle at the moment of the request
   */
  BeliefScenarios(City city, Futures futures, Vehicle known, long ms) {
    this.city = city;
    this.futures = futures;
    this.known = known;
    this.ms = ms;
    known.stops().forEach(stop -> stops.put(known.shipmentId(stop), stop));
  }

  /** A way that a leg takes. */
  private record Way(int[] edges, int at, double fromM, double toM) {}

  void drawInto(DecisionRequest request, int count, long seed, Scenarios scenarios) {
    scenarios.reset(request, count);
    List<Leg> legs = request.getLegs();
    Way[] ways = new Way[legs.size()];
    for (int l = 0; l < ways.length; l++) {
      ways[l] = way(request, legs.get(l));
    }
    for (Candidate candidate : request.getCandidates()) {
      if (candidate.getKind() == DecisionKind.REROUTE) {
        int l = candidate.getLegs().get(0);
        ways[l] = rerouted(request, candidate, ways[l]);
      }
    }
    float[] beginMin = LegFeatures.beginMin(request);
    for (int s = 0; s < count; s++) {
      Futures.Drawn future = futures.drawn(known, seed, s);
      for (int l = 0; l < ways.length; l++) {
        scenarios.travelS()[l * count + s] =
            ways[l] == null
                ? legs.get(l).getLiveS()
                : seconds(ways[l], legs.get(l).getFromStop(), future, ms + 60_000.0 * beginMin[l]);
      }
      for (int i = 0; i < request.getStops().size(); i++) {
        scenarios.serviceS()[i * count + s] = serviceS(request.getStops().get(i), future);
      }
    }
  }

  /** Where KEEP and RESEQUENCE go; null where the vehicle does not stand as the request has it. */
  private Way way(DecisionRequest request, Leg leg) {
    Stop to = stops.get(request.getStops().get(leg.getToStop()).getShipmentId());
    if (to == null || leg.getDistanceM() == 0) {
      return null;
    }
    if (leg.getFromStop() >= 0) {
      Stop from = stops.get(request.getStops().get(leg.getFromStop()).getShipmentId());
      return from == null ? null : between(from.place(), to.place());
    }
    if (known.place() >= 0) {
      return between(known.place(), to.place());
    }
    int[] edges =
        known.isUnderWayTo(known.stops().indexOf(to))
            ? known.way()
            : city.routes.from(known.edge(), known.offsetM((double) ms), to.place());
    int at = known.isUnderWayTo(known.stops().indexOf(to)) ? known.at() : 0;
    double toM = city.routes.offsetM(to.place(), edges[edges.length - 1]);
    return new Way(edges, at, known.offsetM((double) ms), toM);
  }

  private Way between(int from, int to) {
    int[] edges = city.routes.between(from, to).edges();
    return new Way(
        edges,
        0,
        city.routes.offsetM(from, edges[0]),
        city.routes.offsetM(to, edges[edges.length - 1]));
  }

  private Way rerouted(DecisionRequest request, Candidate candidate, Way kept) {
    Leg leg = request.getLegs().get(candidate.getLegs().get(0));
    if (kept == null || leg.getFromStop() >= 0) {
      return kept;
    }
    if (known.place() >= 0) {
      int[] way = known.wayAtDeparture(candidate.getRoute());
      return way == null
          ? kept
          : new Way(way, 0, city.routes.offsetM(known.place(), way[0]), known.targetM(way));
    }
    int[] way = known.wayBy(candidate.getRoute());
    return way == null ? kept : new Way(way, 0, known.offsetM((double) ms), known.targetM(way));
  }

  private double seconds(Way way, int fromStop, Futures.Drawn future, double fromMs) {
    RoadNetwork network = city.network;
    double clockMs = fromMs;
    if (fromStop < 0) {
      clockMs +=
          known.brokenDownMs((double) ms, Draws.uniform(future.bits(), Stream.SERVICE, -1, -1));
    }
    long slot = HiddenWorld.slotOf((long) clockMs);
    for (int i = way.at; i < way.edges.length; i++) {
      int edge = way.edges[i];
      double begin = i == way.at ? way.fromM : 0;
      double end = i == way.edges.length - 1 ? way.toM : network.edgeLengthM(edge);
      for (; slot < HiddenWorld.slotOf((long) clockMs); slot++) {
        clockMs += 60_000 * future.world().breakdownMin(known.id(), slot + 1);
      }
      double mps =
          future.world().speedMps(edge, HiddenWorld.slotOf((long) clockMs)) * future.pace();
      clockMs += 1000 * Math.max(0, end - begin) / (mps > 0 ? mps : CRAWL_MPS);
    }
    return (clockMs - fromMs) / 1000;
  }

  private double serviceS(PlannedStop planned, Futures.Drawn future) {
    Stop stop = stops.get(planned.getShipmentId());
    if (stop == null) {
      return planned.getServiceS();
    }
    if (stop.arrivedMs() == 0) {
      return future
          .world()
          .serviceS(
              stop.place(), known.id(), stop.number(), stop.serviceS(), HiddenWorld.slotOf(ms));
    }
    double beganMs = Math.max(stop.arrivedMs(), stop.windowStartMs());
    double u = Draws.uniform(future.bits(), Stream.SERVICE, -1, -1);
    return futures.services().serviceS(stop, Math.max(0, ms - beganMs) / 1000, u);
  }
}
