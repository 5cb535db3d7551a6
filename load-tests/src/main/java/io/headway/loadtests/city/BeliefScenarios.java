// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.decision.LegFeatures;
import io.headway.functions.decision.Scenarios;
import io.headway.kernels.routing.Route;
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

  /** After so long in front of closures a vehicle goes on at a crawl: futures are not endless. */
  private static final int BLOCKED_SLOTS_MOST = 180;

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

  /** As {@link Vehicle} drives: around closures, and where there is no way around, after them. */
  private double seconds(Way way, int fromStop, Futures.Drawn future, double fromMs) {
    HiddenWorld world = future.world();
    int[] edges = way.edges;
    int at = way.at;
    double beginM = way.fromM;
    double clockMs = fromMs;
    if (fromStop < 0) {
      clockMs +=
          known.brokenDownMs((double) ms, Draws.uniform(future.bits(), Stream.SERVICE, -1, -1));
    }
    long slot = HiddenWorld.slotOf((long) clockMs);
    long patience = slot + BLOCKED_SLOTS_MOST;
    while (true) {
      int edge = edges[at];
      boolean isLast = at == edges.length - 1;
      double endM = isLast ? way.toM : city.network.edgeLengthM(edge);
      for (; slot < HiddenWorld.slotOf((long) clockMs); slot++) {
        clockMs += 60_000 * world.breakdownMin(known.id(), slot + 1);
      }
      double mps = world.speedMps(edge, HiddenWorld.slotOf((long) clockMs)) * future.pace();
      clockMs += 1000 * Math.max(0, endM - beginM) / (mps > 0 ? mps : CRAWL_MPS);
      if (isLast) {
        return (clockMs - fromMs) / 1000;
      }
      long now = HiddenWorld.slotOf((long) clockMs);
      if (now < patience && isClosedAhead(world, edges, at, now)) {
        Route around = city.routes.around(edge, edges[edges.length - 1], way.toM, world, now);
        if (around != null) {
          edges = around.edges();
          at = 0;
        }
        if (around == null || isClosedAhead(world, edges, at, now)) {
          clockMs = (now + 1) * HiddenWorld.SLOT_MS;
          beginM = endM;
          continue;
        }
      }
      at++;
      beginM = 0;
    }
  }

  /** Whether the next edge is closed; the last one may always be entered, at a crawl. */
  private static boolean isClosedAhead(HiddenWorld world, int[] edges, int at, long slot) {
    return at + 1 < edges.length - 1 && world.closed(edges[at + 1], slot);
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
