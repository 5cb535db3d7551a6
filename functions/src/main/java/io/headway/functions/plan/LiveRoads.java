// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.fusion.FusedFix;
import io.headway.functions.traffic.LiveWeights;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.routing.Route;
import io.headway.schemas.RoadState;
import java.util.Arrays;
import java.util.List;

/**
 * The travel times that hold for one vehicle now: the live weights, limited by the road events that
 * touch it (which may be newer than the weights), and with the edges open that it stands on or has
 * a stop on. Use: {@link #look}, ask, {@link #look} at the next. For one thread.
 *
 * <p>A way that a driver would take runs into a closure when an edge of it is closed. He is then
 * forced, at the last node before it, to take the fastest way around on usual speeds.
 */
final class LiveRoads {
  /** Off the network an event's tile is not driven slower than this share of the speed. */
  private static final double LEAST_FACTOR_OFF_NETWORK = 0.25;

  private final Ways ways;
  private final LiveWeights weights;
  private final PlanSettings settings;
  private final float[] seconds;
  private final float[] usualAroundClosures;
  private final RoadStates states;
  private long epoch = -1;
  private int[] limited = {};
  private int limitedCount;
  private boolean aroundClosuresMade;

  private List<RoadEventAhead> events = List.of();
  private double pace;
  private long nowMs;

  LiveRoads(Ways ways, LiveWeights weights, PlanSettings settings) {
    this.ways = ways;
    this.weights = weights;
    this.settings = settings;
    seconds = new float[ways.usualS().length];
    usualAroundClosures = new float[seconds.length];
    states = new RoadStates(ways, weights);
  }

  /** Looks at the roads for a vehicle. */
  void look(Situation situation) {
    if (epoch != weights.epoch()) {
      System.arraycopy(weights.seconds(), 0, seconds, 0, seconds.length);
      epoch = weights.epoch();
    } else {
      for (int i = 0; i < limitedCount; i++) {
        seconds[limited[i]] = weights.seconds()[limited[i]];
      }
    }
    limitedCount = 0;
    aroundClosuresMade = false;
    events = RoadEventAhead.of(situation, ways);
    pace = situation.pace();
    nowMs = situation.nowMs();
    RoadNetwork network = ways.network();
    if (network == null) {
      return;
    }
    for (TileEvent event : situation.events()) {
      if (event.networkId.equals(ways.networkId())) {
        for (int edge : event.edges) {
          set(edge, Math.max(seconds[edge], limit(edge, event.speedFactor)));
        }
      }
    }
    FusedFix fix = situation.progress().fix;
    int start = ways.startEdge(fix.latDeg, fix.lonDeg, fix.edge);
    if (start >= 0) {
      open(start);
    }
    for (int k = 0; k < situation.stops(); k++) {
      PlannedLeg leg = situation.plan().legs.get(k);
      if (leg.onNetwork()) {
        open(leg.edges[k == 0 ? situation.progress().routeIndex : 0]);
        open(leg.edges[leg.edges.length - 1]);
      }
      int edge = situation.stop(k).edge;
      if (edge >= 0) {
        open(edge);
        if (network.reverseEdge(edge) >= 0) {
          open(network.reverseEdge(edge));
        }
      }
    }
  }

  private float limit(int edge, float factor) {
    return factor <= 0
        ? Float.POSITIVE_INFINITY
        : Math.min(
            ways.usualS()[edge] / factor,
            ways.network().edgeLengthM(edge) / LiveWeights.MIN_SPEED_MPS);
  }

  private void open(int edge) {
    if (seconds[edge] == Float.POSITIVE_INFINITY) {
      set(edge, ways.usualS()[edge]);
    }
  }

  private void set(int edge, float value) {
    if (limitedCount == limited.length) {
      limited = Arrays.copyOf(limited, Math.max(64, 2 * limitedCount));
    }
    limited[limitedCount++] = edge;
    seconds[edge] = value;
  }

  /** What is known of the roads of a leg; null where it follows none. */
  RoadState state(DrivenLeg leg) {
    return leg.edges().length == 0 ? null : states.of(leg.edges(), seconds, nowMs);
  }

  /** Travel time of each edge, infinite where closed. Live until the next look. */
  float[] seconds() {
    return seconds;
  }

  /** The road events on what remains of the route, nearest first. */
  List<RoadEventAhead> events() {
    return events;
  }

  /** How a planned leg is driven, from a place on it. */
  DrivenLeg drive(
      PlannedLeg leg,
      int index,
      double offsetM,
      int fromStop,
      int toStop,
      double[] from,
      PlanStop to) {
    if (!leg.onNetwork()) {
      return leg.distanceM == 0
          ? new DrivenLeg(fromStop, toStop, leg.edges, 0, 0, 0, false, new int[0])
          : straight(fromStop, toStop, from, to);
    }
    int[] events = eventsOn(leg.edges, index);
    int closed = closedAt(leg, index);
    if (closed < 0) {
      return driven(leg, index, offsetM, fromStop, toStop, events);
    }
    RoadNetwork network = ways.network();
    int before = leg.edges[closed - 1];
    int last = leg.edges[leg.edges.length - 1];
    Route around =
        ways.router()
            .route(before, network.edgeLengthM(before), last, leg.endOffsetM, aroundClosures());
    if (around != null) {
      PlannedLeg detour = new PlannedLeg();
      detour.edges = joined(leg.edges, index, closed, around.edges());
      detour.endOffsetM = leg.endOffsetM;
      return driven(detour, 0, offsetM, fromStop, toStop, events);
    }
    PlannedLeg part = new PlannedLeg();
    part.edges = Arrays.copyOfRange(leg.edges, index, closed);
    part.endOffsetM = network.edgeLengthM(before);
    DrivenLeg up = driven(part, 0, offsetM, fromStop, toStop, events);
    int node = network.edgeTo(before);
    double restM =
        ways.straightM(network.nodeLatDeg(node), network.nodeLonDeg(node), to.latDeg, to.lonDeg);
    return new DrivenLeg(
        fromStop,
        toStop,
        part.edges,
        up.distanceM() + restM,
        up.usualS() + restM / settings.offNetworkSpeedMps(),
        up.liveS() + offNetworkS(restM),
        false,
        events);
  }

  /** How a route on roads is driven from its beginning. */
  DrivenLeg driven(
      PlannedLeg leg, int index, double offsetM, int fromStop, int toStop, int[] events) {
    RoadNetwork network = ways.network();
    return new DrivenLeg(
        fromStop,
        toStop,
        index == 0 ? leg.edges : Arrays.copyOfRange(leg.edges, index, leg.edges.length),
        LegTimes.metres(network, leg, index, offsetM),
        LegTimes.seconds(network, leg, index, offsetM, ways.usualS()),
        LegTimes.seconds(network, leg, index, offsetM, seconds),
        true,
        events);
  }

  /** Seconds for a way off the network, given as metres with the detour factor. */
  private double offNetworkS(double distanceM) {
    double straightM = distanceM / settings.offNetworkDetourFactor();
    return straightM / (weights.offNetworkSpeedMps(straightM) * pace);
  }

  private DrivenLeg straight(int fromStop, int toStop, double[] from, PlanStop to) {
    double distanceM = ways.straightM(from[0], from[1], to.latDeg, to.lonDeg);
    boolean[] met = new boolean[events.size()];
    double slowed = met.length == 0 ? 1 : slowed(from, to, met);
    return new DrivenLeg(
        fromStop,
        toStop,
        new int[0],
        distanceM,
        distanceM / settings.offNetworkSpeedMps(),
        offNetworkS(distanceM) * slowed,
        false,
        indices(met));
  }

  /** By what road events make a straight way longer in time: the mean over its tiles. */
  private double slowed(double[] from, PlanStop to, boolean[] met) {
    double[] more = new double[1];
    MapTile.along(
        from[0],
        from[1],
        to.latDeg,
        to.lonDeg,
        tile -> {
          double factor = 1;
          for (int i = 0; i < met.length; i++) {
            if (events.get(i).tiles().contains(tile)) {
              met[i] = true;
              factor = Math.min(factor, events.get(i).event().speedFactor);
            }
          }
          more[0] += 1 / Math.max(LEAST_FACTOR_OFF_NETWORK, factor) - 1;
          return true;
        });
    return 1 + more[0] / MapTile.count(from[0], from[1], to.latDeg, to.lonDeg);
  }

  /** Indices of the road events that lie on edges, ascending. */
  int[] eventsOn(int[] edges, int from) {
    boolean[] met = new boolean[events.size()];
    for (int i = 0; i < met.length; i++) {
      met[i] = events.get(i).firstOn(edges, from) >= 0;
    }
    return indices(met);
  }

  private static int[] indices(boolean[] met) {
    int[] result = new int[met.length];
    int count = 0;
    for (int i = 0; i < met.length; i++) {
      if (met[i]) {
        result[count++] = i;
      }
    }
    return Arrays.copyOf(result, count);
  }

  private int closedAt(PlannedLeg leg, int index) {
    for (int i = index + 1; i < leg.edges.length; i++) {
      if (seconds[leg.edges[i]] == Float.POSITIVE_INFINITY) {
        return i;
      }
    }
    return -1;
  }

  private float[] aroundClosures() {
    if (!aroundClosuresMade) {
      for (int e = 0; e < seconds.length; e++) {
        usualAroundClosures[e] =
            seconds[e] == Float.POSITIVE_INFINITY ? seconds[e] : ways.usualS()[e];
      }
      aroundClosuresMade = true;
    }
    return usualAroundClosures;
  }

  /** The edges from index to before closed, then those of a route that begins on the last. */
  private static int[] joined(int[] edges, int index, int closed, int[] around) {
    int[] result = Arrays.copyOfRange(edges, index, closed + around.length - 1);
    System.arraycopy(around, 1, result, closed - index, around.length - 1);
    return result;
  }
}
