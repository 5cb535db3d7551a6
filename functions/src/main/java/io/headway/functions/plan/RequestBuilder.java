// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.fusion.FusedFix;
import io.headway.functions.traffic.LiveWeights;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.routing.Route;
import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DeliveredStop;
import io.headway.schemas.Leg;
import io.headway.schemas.PlannedStop;
import io.headway.schemas.RoadEventOnRoute;
import io.headway.schemas.Trigger;
import io.headway.schemas.VehiclePosition;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * Writes all that a decision depends on into a request. Two requests made from equal situations and
 * equal weights are equal, but for {@code planned_ms}.
 *
 * <ul>
 *   <li>{@code decision_id}: the name-based UUID of {@code vehicle|kind|reference|event time in ms}
 *       of the trigger; {@code noise_seed} its two halves, exclusive-ored.
 *   <li>{@code requested_at}: the later of the vehicle's newest fix and the trigger.
 *   <li>{@code legs}: the ways that drivers take unless told otherwise are the fastest at usual
 *       speeds; {@code usual_s} and {@code live_s} are the times of the same edges at usual and at
 *       live speeds, road events that touch the vehicle included, {@link LiveRoads}. A way that
 *       meets a closure includes the detour around it. Off the network {@code distance_m} is the
 *       great circle times the detour factor, {@code usual_s} takes the configured speed, and
 *       {@code live_s} the learned one times the vehicle's pace. A leg to a stop at which the
 *       vehicle stands takes nothing.
 *   <li>{@code road_events}: those that meet the remaining route, nearest first.
 *   <li>{@code candidates}, in this order: KEEP. Up to {@value #MAX_REROUTES} REROUTE to the next
 *       stop, looked for when something is at stake: a road event on the remaining route, a stop
 *       that will be late, or a faster way than the kept one; fastest at live speeds first: routes
 *       that share at most {@value #MAX_SHARED} of their length with the kept one or are faster; of
 *       those longer than the bound allows only the fastest of all, so that the bound can be named.
 *       Up to {@value Resequencing#MAX_ORDERS} RESEQUENCE, {@link Resequencing}. NOTIFY_LATE for
 *       the first {@value #MAX_NOTIFIED} stops that will be late and whose receiver was not told.
 *       DISPATCH_BACKUP for the tails that begin at the first {@value #MAX_TAILS} stops that will
 *       be late. WAIT, when the node at which a REROUTE leaves the kept route is further ahead than
 *       {@code wait_s} of driving; its {@code route} is that of the best such REROUTE. Kinds that
 *       the bounds forbid are offered all the same: ApplyBounds says what it held back.
 * </ul>
 *
 * For one thread.
 */
final class RequestBuilder {
  static final int MAX_REROUTES = 3;
  static final int MAX_NOTIFIED = 8;
  static final int MAX_TAILS = 4;
  static final double MAX_SHARED = 0.8;

  /** Nearer to the next stop than this there is no other way worth looking for, metres. */
  private static final double LEAST_REROUTE_M = 200;

  /** A route that is faster than the kept one by less is not another one, seconds. */
  private static final double LEAST_GAIN_S = 1;

  private final Ways ways;
  private final LiveWeights weights;
  private final LiveRoads roads;
  private final PlanSettings settings;

  RequestBuilder(Ways ways, LiveWeights weights, PlanSettings settings) {
    this.ways = ways;
    this.weights = weights;
    this.settings = settings;
    roads = new LiveRoads(ways, weights, settings);
  }

  /** Arrival at each stop of the plan at live speeds, seconds after now. */
  double[] arrivalsS(Situation situation) {
    roads.look(situation);
    return Arrivals.of(situation, kept(situation));
  }

  /** The road events that the remaining route meets. */
  List<RoadEventAhead> eventsAhead(Situation situation) {
    return RoadEventAhead.of(situation, ways);
  }

  /** The request of a vehicle in a situation, without the model to ask and the next look. */
  DecisionRequest build(Situation situation, Cause cause, long sequence) {
    long startNs = System.nanoTime();
    roads.look(situation);
    Draft draft = new Draft(situation, kept(situation));
    draft.keep();
    draft.reroute();
    draft.resequence();
    draft.notifyLate();
    draft.dispatchBackup();
    draft.waitFor();
    DecisionRequest request = head(situation, cause, sequence);
    request.setLegs(draft.legs);
    request.setCandidates(draft.candidates);
    request.setPlannedMs((System.nanoTime() - startNs) / 1e6f);
    return request;
  }

  private DecisionRequest head(Situation situation, Cause cause, long sequence) {
    UUID id =
        UUID.nameUUIDFromBytes(
            String.join(
                    "|",
                    situation.vehicleId(),
                    cause.kind.name(),
                    cause.reference,
                    Long.toString(cause.eventTimeMs))
                .getBytes(StandardCharsets.UTF_8));
    DecisionRequest request = new DecisionRequest();
    request.setDecisionId(id.toString());
    request.setVehicleId(situation.vehicleId());
    request.setSequence(sequence);
    request.setTrigger(
        new Trigger(
            cause.kind,
            cause.reference,
            Instant.ofEpochMilli(cause.eventTimeMs),
            cause.appendTimeMs == Cause.NO_RECORD
                ? null
                : Instant.ofEpochMilli(cause.appendTimeMs)));
    request.setRequestedAt(Instant.ofEpochMilli(situation.nowMs()));
    request.setPlanVersion(situation.plan().version);
    request.setWeightsEpoch(weights.epoch());
    request.setNetworkId(ways.network() == null ? null : ways.networkId());
    request.setPosition(position(situation.progress().fix));
    request.setStops(situation.plan().stops.stream().map(RequestBuilder::stop).toList());
    request.setDelivered(delivered(situation.plan().delivered));
    request.setRoadEvents(
        roads.events().stream()
            .map(
                ahead ->
                    new RoadEventOnRoute(
                        ahead.event().eventId,
                        ahead.event().kind,
                        ahead.event().speedFactor,
                        ahead.aheadM(),
                        minutes(ahead.event().validFromMs, situation.nowMs()),
                        minutes(situation.nowMs(), ahead.event().validUntilMs)))
            .toList());
    request.setBounds(situation.bounds());
    request.setDistanceSinceStartM(situation.progress().drivenM);
    request.setPace(situation.pace());
    request.setNoiseSeed(id.getMostSignificantBits() ^ id.getLeastSignificantBits());
    return request;
  }

  private static float minutes(long fromMs, long toMs) {
    return (toMs - fromMs) / 6e4f;
  }

  private static VehiclePosition position(FusedFix fix) {
    return new VehiclePosition(
        Instant.ofEpochMilli(fix.eventTimeMs),
        fix.latDeg,
        fix.lonDeg,
        fix.speedMps,
        fix.edge,
        fix.offsetM);
  }

  private static PlannedStop stop(PlanStop stop) {
    return new PlannedStop(
        stop.shipmentId,
        stop.latDeg,
        stop.lonDeg,
        Instant.ofEpochMilli(stop.windowStartMs),
        Instant.ofEpochMilli(stop.windowEndMs),
        stop.serviceS,
        moment(stop.notifiedAtMs),
        moment(stop.arrivedAtMs));
  }

  private static DeliveredStop delivered(PlanStop stop) {
    return stop == null ? null : new DeliveredStop(stop.shipmentId, moment(stop.arrivedAtMs));
  }

  private static Instant moment(long ms) {
    return ms == PlanStop.NEVER ? null : Instant.ofEpochMilli(ms);
  }

  /** The plan's legs as they would be driven now. */
  private List<DrivenLeg> kept(Situation situation) {
    List<DrivenLeg> kept = new ArrayList<>(situation.stops());
    for (int k = 0; k < situation.stops(); k++) {
      PlannedLeg leg = situation.plan().legs.get(k);
      VehicleProgress progress = situation.progress();
      kept.add(
          roads.drive(
              leg,
              k == 0 ? progress.routeIndex : 0,
              k == 0 ? progress.routeOffsetM : leg.startOffsetM,
              k - 1,
              k,
              place(situation, k - 1),
              situation.stop(k)));
    }
    return kept;
  }

  private static double[] place(Situation situation, int stop) {
    return stop < 0
        ? new double[] {situation.progress().fix.latDeg, situation.progress().fix.lonDeg}
        : new double[] {situation.stop(stop).latDeg, situation.stop(stop).lonDeg};
  }

  /** One request in the making. */
  private final class Draft {
    final List<Leg> legs = new ArrayList<>();
    final List<Candidate> candidates = new ArrayList<>();

    private final Situation situation;
    private final List<DrivenLeg> kept;
    private final double[] arriveS;
    private final List<Integer> planOrder;
    private final List<Integer> planLegs = new ArrayList<>();
    private final Map<List<Integer>, Integer> otherLegs = new HashMap<>();
    private final List<Reroute> reroutes = new ArrayList<>();

    /** A REROUTE that was offered. */
    private record Reroute(List<Integer> route, double divergesS) {}

    Draft(Situation situation, List<DrivenLeg> kept) {
      this.situation = situation;
      this.kept = kept;
      arriveS = Arrivals.of(situation, kept);
      planOrder = IntStream.range(0, situation.stops()).boxed().toList();
    }

    void keep() {
      for (DrivenLeg leg : kept) {
        planLegs.add(add(leg));
      }
      offer(DecisionKind.KEEP, -1, planOrder, planLegs, 0, List.of(), 1);
    }

    void reroute() {
      DrivenLeg first = kept.get(0);
      PlannedLeg planned = situation.plan().legs.get(0);
      if (situation.arrived(0) || !first.onNetwork() || first.distanceM() < LEAST_REROUTE_M) {
        return;
      }
      double fromM = situation.progress().routeOffsetM;
      int last = first.edges().length - 1;
      if (!atStake(first, fromM, planned.endOffsetM)) {
        return;
      }
      double maximumM = situation.bounds().getMaximumDetourRatio() * first.distanceM();
      boolean fastest = true;
      for (Route route :
          ways.router()
              .alternatives(
                  first.edges()[0],
                  fromM,
                  first.edges()[last],
                  planned.endOffsetM,
                  roads.seconds(),
                  MAX_REROUTES + 2,
                  settings.alternativeStretch())) {
        boolean allowed = route.distanceM() <= maximumM;
        if (reroutes.size() < MAX_REROUTES && (allowed || fastest) && differs(route, first)) {
          offerReroute(route, first, fromM, planned.endOffsetM);
        }
        fastest = false;
      }
    }

    /** Whether another way to the next stop may be worth what looking for it takes. */
    private boolean atStake(DrivenLeg first, double fromM, double toM) {
      if (!roads.events().isEmpty() || isAnyLate()) {
        return true;
      }
      int[] edges = first.edges();
      Route fastest =
          ways.router().route(edges[0], fromM, edges[edges.length - 1], toM, roads.seconds());
      return fastest != null && isFaster(fastest, first);
    }

    private boolean isAnyLate() {
      for (int i = 0; i < arriveS.length; i++) {
        if (isLate(i, 0)) {
          return true;
        }
      }
      return false;
    }

    private static boolean isFaster(Route route, DrivenLeg first) {
      return route.seconds() < first.liveS() - LEAST_GAIN_S;
    }

    private boolean differs(Route route, DrivenLeg first) {
      if (Arrays.equals(route.edges(), first.edges())) {
        return false;
      }
      Set<Integer> others = new HashSet<>();
      Arrays.stream(first.edges()).forEach(others::add);
      RoadNetwork network = ways.network();
      double sharedM = 0;
      double wholeM = 0;
      for (int edge : route.edges()) {
        wholeM += network.edgeLengthM(edge);
        sharedM += others.contains(edge) ? network.edgeLengthM(edge) : 0;
      }
      return sharedM <= MAX_SHARED * wholeM || isFaster(route, first);
    }

    private void offerReroute(Route route, DrivenLeg first, double fromM, float toM) {
      PlannedLeg leg = new PlannedLeg();
      leg.edges = route.edges();
      leg.endOffsetM = toM;
      DrivenLeg driven = roads.driven(leg, 0, fromM, -1, 0, roads.eventsOn(leg.edges, 0));
      List<Integer> legIndices = new ArrayList<>(planLegs);
      legIndices.set(0, add(driven));
      List<Integer> edges = Arrays.stream(leg.edges).boxed().toList();
      double ratio = driven.distanceM() / first.distanceM();
      offer(DecisionKind.REROUTE, -1, planOrder, legIndices, 0, edges, ratio);
      reroutes.add(new Reroute(edges, divergesS(first, leg.edges, fromM)));
    }

    /** Seconds of driving on the kept route to the node where another one leaves it. */
    private double divergesS(DrivenLeg first, int[] other, double fromM) {
      double seconds = 0;
      for (int i = 0; i < other.length && first.edges()[i] == other[i]; i++) {
        int edge = other[i];
        double share = i == 0 ? 1 - fromM / ways.network().edgeLengthM(edge) : 1;
        seconds += share * roads.seconds()[edge];
        if (i + 1 == first.edges().length) {
          break;
        }
      }
      return seconds;
    }

    void resequence() {
      boolean[] late = new boolean[situation.stops()];
      for (int i = 0; i < late.length; i++) {
        late[i] = isLate(i, 0);
      }
      for (int[] order : Resequencing.of(situation, kept, late)) {
        List<Integer> legIndices = new ArrayList<>(order.length);
        int at = -1;
        for (int next : order) {
          legIndices.add(next == at + 1 ? planLegs.get(next) : leg(at, next));
          at = next;
        }
        offer(
            DecisionKind.RESEQUENCE,
            -1,
            Arrays.stream(order).boxed().toList(),
            legIndices,
            Resequencing.moved(order),
            List.of(),
            1);
      }
    }

    /** The leg between two places that the plan does not drive one after the other. */
    private int leg(int from, int to) {
      return otherLegs.computeIfAbsent(
          List.of(from, to),
          key -> {
            PlanStop stop = situation.stop(to);
            PlannedLeg leg =
                from < 0 ? fromVehicle(stop) : ways.between(situation.stop(from), stop);
            return add(
                roads.drive(leg, 0, leg.startOffsetM, from, to, place(situation, from), stop));
          });
    }

    private PlannedLeg fromVehicle(PlanStop to) {
      FusedFix fix = situation.progress().fix;
      PlannedLeg first = situation.plan().legs.get(0);
      return first.onNetwork()
          ? ways.from(
              fix.latDeg,
              fix.lonDeg,
              first.edges[situation.progress().routeIndex],
              situation.progress().routeOffsetM,
              to)
          : ways.from(fix.latDeg, fix.lonDeg, fix.edge, fix.offsetM, to);
    }

    void notifyLate() {
      int offered = 0;
      for (int i = 0; i < arriveS.length && offered < MAX_NOTIFIED; i++) {
        if (situation.stop(i).notifiedAtMs == PlanStop.NEVER && isLate(i, slackS())) {
          offer(DecisionKind.NOTIFY_LATE, i, planOrder, planLegs, 0, List.of(), 1);
          offered++;
        }
      }
    }

    void dispatchBackup() {
      int offered = 0;
      for (int i = 0; i < arriveS.length && offered < MAX_TAILS; i++) {
        if (isLate(i, 0)) {
          offer(DecisionKind.DISPATCH_BACKUP, i, planOrder, planLegs, 0, List.of(), 1);
          offered++;
        }
      }
    }

    void waitFor() {
      for (Reroute reroute : reroutes) {
        if (reroute.divergesS > situation.bounds().getWaitS()) {
          offer(DecisionKind.WAIT, -1, planOrder, planLegs, 0, reroute.route, 1);
          return;
        }
      }
    }

    private double slackS() {
      return settings.riskSlack().toMillis() / 1e3;
    }

    private boolean isLate(int i, double slackS) {
      return !situation.arrived(i)
          && Arrivals.isLate(situation.stop(i), arriveS[i], situation.nowMs(), slackS);
    }

    private int add(DrivenLeg leg) {
      legs.add(
          new Leg(
              leg.fromStop(),
              leg.toStop(),
              leg.distanceM(),
              leg.usualS(),
              leg.liveS(),
              leg.usualS() > 0 ? (float) (leg.liveS() / leg.usualS()) : 1f,
              leg.onNetwork(),
              Arrays.stream(leg.events()).boxed().toList(),
              roads.state(leg)));
      return legs.size() - 1;
    }

    private void offer(
        DecisionKind kind,
        int stop,
        List<Integer> order,
        List<Integer> legIndices,
        int movedStops,
        List<Integer> route,
        double detourRatio) {
      candidates.add(
          new Candidate(
              kind, stop, order, List.copyOf(legIndices), movedStops, route, (float) detourRatio));
    }
  }
}
