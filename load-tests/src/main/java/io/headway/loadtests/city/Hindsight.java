// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.decision.CostModel;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.schemas.Alternative;
import io.headway.schemas.Bounds;
import io.headway.schemas.Candidate;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.ShipmentStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells which decision would have been best, knowing the truth: brings a vehicle back to a moment,
 * branches it under each candidate and lets it live on with the city's real future.
 *
 * <p>All branches share every random number, since those are drawn by counters. Each is charged by
 * the {@link CostModel} on what it realises: hours and kilometres from the moment to the end of its
 * last stop, actions, lateness of stops that were not arrived at. After the candidate nothing more
 * is decided, shipments that come or go later are left out, and vehicles change no traffic; so
 * WAIT, which only puts a decision off, costs what KEEP costs. DISPATCH_BACKUP: the second vehicle,
 * with a driver of pace 1, reaches the first stop {@code backup_response_s} after the decision; its
 * hours count from the decision, its kilometres from that stop.
 *
 * <p>The vehicle's past follows from the seed and the log of what its dispatcher did, so moments
 * can be asked for after the run as well, in any order; ascending moments are fastest. Works on a
 * city of its own: independent of the feed's thread. Not thread-safe.
 */
public final class Hindsight {
  private static final double LONGEST_MS = 10 * 3_600_000.0;
  private static final int MAX_REPLICAS = 4_096;
  private static final String MINIMUM_GAIN = "minimum_gain_eur";

  private final City city;
  private final ActionLog actions;
  private final Bounds bounds;
  private final CostModel costs;
  private final int vehicles;
  private final Map<Integer, Replica> replicas =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Replica> eldest) {
          return size() > MAX_REPLICAS;
        }
      };

  /** A vehicle that lives again. */
  private static final class Replica {
    private final Vehicle vehicle;
    private int acted;
    private long ms;

    private Replica(Vehicle vehicle, long ms) {
      this.vehicle = vehicle;
      this.ms = ms;
    }
  }

  /** One thing to do. */
  private record Option(
      DecisionKind kind, List<String> shipmentIds, List<Integer> route, boolean free) {}

  /**
   * @param actions what the dispatcher does; may grow
   * @param bounds weights, minimum gain and response time of a second vehicle
   */
  Hindsight(CityParameters parameters, RoadNetwork network, ActionLog actions, Bounds bounds) {
    city = new City(parameters, network);
    this.actions = actions;
    this.bounds = bounds;
    costs = new CostModel(bounds.getWeights());
    vehicles = parameters.count(Knob.VEHICLES);
  }

  /**
   * How a decision turned out beside its alternatives, at {@code decided_at}: a moment that the
   * city has passed.
   *
   * @return a {@link Verdict}, or why it cannot be told
   */
  public Judgement of(Decision decision) {
    List<Option> options = new ArrayList<>();
    int chosen = -1;
    for (Alternative alternative : decision.getAlternatives()) {
      if (alternative.getKind() == DecisionKind.UNKNOWN) {
        continue;
      }
      if (chosen < 0
          && alternative.getKind() == decision.getKind()
          && alternative.getShipmentIds().equals(decision.getShipmentIds())
          && (alternative.getKind() != DecisionKind.REROUTE
              || alternative.getRoute().equals(decision.getRoute()))) {
        chosen = options.size();
      }
      String bound = alternative.getHeldBackBy();
      options.add(
          new Option(
              alternative.getKind(),
              alternative.getShipmentIds(),
              alternative.getRoute(),
              bound == null || bound.equals(MINIMUM_GAIN)));
    }
    if (chosen < 0) {
      return Judgement.Untold.INCOMPLETE;
    }
    if (options.stream().filter(Option::free).count() < 2) {
      return Judgement.Untold.ONE_CANDIDATE;
    }
    long ms = decision.getDecidedAt().toEpochMilli();
    if (!isKnown(decision.getVehicleId(), ms)) {
      return Judgement.Untold.UNKNOWN_VEHICLE;
    }
    List<Verdict.Outcome> outcomes = outcomes(decision.getVehicleId(), ms, options);
    return outcomes.isEmpty()
        ? Judgement.Untold.NOTHING_LEFT
        : verdict(decision.getDecisionId(), outcomes, chosen);
  }

  private boolean isKnown(String vehicleId, long ms) {
    return Vehicle.numberOf(vehicleId, vehicles) >= 0 && ms >= city.parameters.startMs();
  }

  /**
   * What each candidate of a request would really have cost, in their order; NaN for one that did
   * not apply, all NaN when the vehicle cannot be told.
   */
  public double[] costsEur(DecisionRequest request) {
    List<Option> options = new ArrayList<>();
    for (Candidate candidate : request.getCandidates()) {
      options.add(
          new Option(
              candidate.getKind(), shipmentIds(request, candidate), candidate.getRoute(), true));
    }
    List<Verdict.Outcome> outcomes =
        outcomes(request.getVehicleId(), request.getRequestedAt().toEpochMilli(), options);
    double[] eur = new double[options.size()];
    for (int i = 0; i < eur.length; i++) {
      eur[i] = outcomes.isEmpty() ? Double.NaN : outcomes.get(i).costEur();
    }
    return eur;
  }

  private Judgement verdict(String decisionId, List<Verdict.Outcome> outcomes, int chosen) {
    List<Verdict.Outcome> told = new ArrayList<>();
    int keep = -1;
    int chosenTold = -1;
    for (int i = 0; i < outcomes.size(); i++) {
      Verdict.Outcome outcome = outcomes.get(i);
      if (Double.isNaN(outcome.costEur())) {
        continue;
      }
      if (i == chosen) {
        chosenTold = told.size();
      }
      if (outcome.kind() == DecisionKind.KEEP) {
        keep = told.size();
      }
      told.add(outcome);
    }
    if (keep < 0) {
      return Judgement.Untold.INCOMPLETE;
    }
    if (chosenTold < 0) {
      return Judgement.Untold.STALE;
    }
    if (told.stream().filter(Verdict.Outcome::free).count() < 2) {
      return Judgement.Untold.ONE_CANDIDATE;
    }
    int best = keep;
    double toBeat = told.get(keep).costEur() - bounds.getMinimumGainEur();
    for (int i = 0; i < told.size(); i++) {
      double eur = told.get(i).costEur();
      if (told.get(i).free() && eur <= toBeat && (best == keep || eur < told.get(best).costEur())) {
        best = i;
      }
    }
    return new Verdict(decisionId, told, chosenTold, best, keep);
  }

  /** One outcome an option; empty when the vehicle had nothing to do. */
  private List<Verdict.Outcome> outcomes(String vehicleId, long ms, List<Option> options) {
    if (!isKnown(vehicleId, ms)) {
      return List.of();
    }
    Vehicle vehicle = at(Vehicle.numberOf(vehicleId, vehicles), ms);
    if (vehicle.stops().isEmpty()) {
      return List.of();
    }
    List<Verdict.Outcome> outcomes = new ArrayList<>();
    for (Option option : options) {
      outcomes.add(outcome(vehicle, ms, option));
    }
    return outcomes;
  }

  /** The vehicle as it truly was at a moment; not to be changed. */
  Vehicle at(int number, long ms) {
    Replica replica = replicas.get(number);
    if (replica == null || replica.ms > ms) {
      replica = new Replica(new Vehicle(city, number), city.parameters.startMs());
      replicas.put(number, replica);
    }
    List<ActionLog.Action> log = actions.of(number);
    while (replica.acted < log.size() && log.get(replica.acted).ms() <= ms) {
      ActionLog.Action action = log.get(replica.acted++);
      replica.vehicle.advanceTo((double) action.ms(), Vehicle.NOBODY);
      replica.vehicle.act(
          action.kind(),
          action.shipmentIds(),
          action.route(),
          (double) action.ms(),
          Vehicle.NOBODY);
    }
    replica.vehicle.advanceTo((double) ms, Vehicle.NOBODY);
    replica.ms = ms;
    return replica.vehicle;
  }

  private Verdict.Outcome outcome(Vehicle vehicle, long ms, Option option) {
    Vehicle branch = vehicle.branch(city.world);
    List<Stop> before = List.copyOf(branch.stops());
    double metres = -branch.drivenM((double) ms);
    Vehicle.Effect effect =
        branch.act(
            option.kind(), option.shipmentIds(), option.route(), (double) ms, Vehicle.NOBODY);
    if (effect == Vehicle.Effect.STALE) {
      return new Verdict.Outcome(option.kind(), Double.NaN, 0, option.free());
    }
    List<Stop> kept = List.copyOf(branch.stops());
    List<Stop> handedOver = new ArrayList<>(before);
    handedOver.removeIf(stop -> kept.stream().anyMatch(k -> k.number() == stop.number()));

    Map<Integer, Double> arrivals = new HashMap<>();
    boolean done = true;
    double hours = 0;
    if (!kept.isEmpty()) {
      double endMs = live(branch, ms, arrivals);
      done = !Double.isNaN(endMs);
      hours += (endMs - ms) / 3_600_000;
      metres += branch.drivenM();
    } else {
      metres = 0;
    }
    if (!handedOver.isEmpty()) {
      Vehicle second = vehicle.backup(handedOver, ms + 1000.0 * bounds.getBackupResponseS());
      double endMs = live(second, ms, arrivals);
      done &= !Double.isNaN(endMs);
      hours += (endMs - ms) / 3_600_000;
      metres += second.drivenM();
    }
    if (!done) {
      return new Verdict.Outcome(option.kind(), Double.NaN, 0, option.free());
    }
    double eur =
        costs.drivingEur(hours, metres / 1000)
            + costs.actionEur(option.kind(), moved(before, kept));
    int late = 0;
    for (Stop stop : before) {
      Double arrivedMs = arrivals.get(stop.number());
      if (arrivedMs == null) {
        continue; // the vehicle stands there already
      }
      double lateMin = Math.max(0, (arrivedMs - stop.windowEndMs()) / 60_000);
      late += lateMin > 0 ? 1 : 0;
      eur += costs.latenessEur(lateMin, told(stop, kept, ms, arrivedMs));
    }
    return new Verdict.Outcome(option.kind(), eur, late, option.free());
  }

  /**
   * Lets a vehicle make its stops.
   *
   * @param arrivals shipment number to arrival, added to
   * @return when the last one is done; NaN when that is too far off
   */
  private static double live(Vehicle vehicle, long fromMs, Map<Integer, Double> arrivals) {
    double[] endMs = {fromMs};
    Vehicle.Listener listener =
        (v, stop, status, atMs) -> {
          if (status == ShipmentStatus.ARRIVED) {
            arrivals.put(stop.number(), atMs);
          } else if (status == ShipmentStatus.DELIVERED) {
            endMs[0] = atMs;
          }
        };
    while (!vehicle.stops().isEmpty()) {
      if (vehicle.toMs() - fromMs > LONGEST_MS) {
        return Double.NaN;
      }
      vehicle.step(listener);
    }
    return endMs[0];
  }

  private boolean told(Stop stop, List<Stop> kept, long ms, double arrivedMs) {
    long toldMs = stop.notifiedMs();
    for (Stop other : kept) {
      if (other.number() == stop.number()) {
        toldMs = other.notifiedMs();
      }
    }
    return toldMs > 0 && costs.toldInTime((toldMs - ms) / 1000.0, (arrivedMs - ms) / 1000);
  }

  /** Stops whose place in the order changed. */
  private static int moved(List<Stop> before, List<Stop> after) {
    int moved = 0;
    for (int i = 0; i < after.size(); i++) {
      moved += after.get(i).number() == before.get(i).number() ? 0 : 1;
    }
    return moved;
  }

  private static List<String> shipmentIds(DecisionRequest request, Candidate candidate) {
    List<Integer> order = candidate.getOrder();
    List<Integer> stops =
        switch (candidate.getKind()) {
          case NOTIFY_LATE -> List.of(candidate.getStop());
          case DISPATCH_BACKUP -> order.subList(order.indexOf(candidate.getStop()), order.size());
          case RESEQUENCE -> order;
          default -> List.of();
        };
    return stops.stream().map(stop -> request.getStops().get(stop).getShipmentId()).toList();
  }
}
