// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.RoadNetwork;
import io.headway.schemas.Bounds;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionRequest;
import java.util.ArrayList;
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
  private static final int MAX_REPLICAS = 4_096;

  private final City city;
  private final ActionLog actions;
  private final Bounds bounds;
  private final PlanCost cost;
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

  /**
   * @param actions what the dispatcher does; may grow
   * @param bounds weights, minimum gain and response time of a second vehicle
   */
  Hindsight(CityParameters parameters, RoadNetwork network, ActionLog actions, Bounds bounds) {
    city = new City(parameters, network);
    this.actions = actions;
    this.bounds = bounds;
    cost = new PlanCost(bounds, null);
    vehicles = parameters.count(Knob.VEHICLES);
  }

  /**
   * How a decision turned out beside its alternatives, at {@code decided_at}: a moment that the
   * city has passed.
   *
   * @return a {@link Verdict}, or why it cannot be told
   */
  public Judgement of(Decision decision) {
    Options options = Options.of(decision);
    Judgement untold = untold(decision, options);
    if (untold != null) {
      return untold;
    }
    List<Verdict.Outcome> outcomes =
        outcomes(
            decision.getVehicleId(), decision.getDecidedAt().toEpochMilli(), options.actions());
    return verdict(decision.getDecisionId(), outcomes, options);
  }

  /** Why a decision cannot be told, as far as it can be said before it is tried; null when not. */
  Judgement untold(Decision decision, Options options) {
    if (options.chosen() < 0 || options.keep() < 0) {
      return Judgement.Untold.INCOMPLETE;
    }
    if (options.free().size() < 2) {
      return Judgement.Untold.ONE_CANDIDATE;
    }
    long ms = decision.getDecidedAt().toEpochMilli();
    if (!isKnown(decision.getVehicleId(), ms)) {
      return Judgement.Untold.UNKNOWN_VEHICLE;
    }
    return at(number(decision), ms).stops().isEmpty() ? Judgement.Untold.NOTHING_LEFT : null;
  }

  /** The vehicle that a decision is for. */
  int number(Decision decision) {
    return number(decision.getVehicleId());
  }

  int number(String vehicleId) {
    return Vehicle.numberOf(vehicleId, vehicles);
  }

  /** What was done with a vehicle before a moment. */
  List<ActionLog.Action> actedBefore(int vehicle, long ms) {
    return actions.of(vehicle).stream().filter(action -> action.ms() < ms).toList();
  }

  private boolean isKnown(String vehicleId, long ms) {
    return Vehicle.numberOf(vehicleId, vehicles) >= 0 && ms >= city.parameters.startMs();
  }

  /**
   * What each candidate of a request would really have cost, in their order; NaN for one that did
   * not apply, all NaN when the vehicle cannot be told.
   */
  public double[] costsEur(DecisionRequest request) {
    List<Action> actions =
        request.getCandidates().stream().map(candidate -> Action.of(request, candidate)).toList();
    List<Verdict.Outcome> outcomes =
        outcomes(request.getVehicleId(), request.getRequestedAt().toEpochMilli(), actions);
    double[] eur = new double[actions.size()];
    for (int i = 0; i < eur.length; i++) {
      eur[i] = outcomes.isEmpty() ? Double.NaN : outcomes.get(i).costEur();
    }
    return eur;
  }

  private Judgement verdict(String decisionId, List<Verdict.Outcome> outcomes, Options options) {
    List<Verdict.Outcome> told = new ArrayList<>();
    int keep = -1;
    int chosen = -1;
    for (int i = 0; i < outcomes.size(); i++) {
      Verdict.Outcome outcome = outcomes.get(i);
      if (Double.isNaN(outcome.costEur())) {
        continue;
      }
      if (i == options.chosen()) {
        chosen = told.size();
      }
      if (i == options.keep()) {
        keep = told.size();
      }
      told.add(
          new Verdict.Outcome(
              outcome.kind(), outcome.costEur(), outcome.lateStops(), options.isFree(i)));
    }
    if (keep < 0) {
      return Judgement.Untold.INCOMPLETE;
    }
    if (chosen < 0) {
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
    return new Verdict(decisionId, told, chosen, best, keep);
  }

  /** One outcome an action; empty when the vehicle had nothing to do. */
  private List<Verdict.Outcome> outcomes(String vehicleId, long ms, List<Action> actions) {
    if (!isKnown(vehicleId, ms)) {
      return List.of();
    }
    Vehicle vehicle = at(Vehicle.numberOf(vehicleId, vehicles), ms);
    if (vehicle.stops().isEmpty()) {
      return List.of();
    }
    List<Verdict.Outcome> outcomes = new ArrayList<>();
    for (Action action : actions) {
      double eur = cost.eur(vehicle.branch(city.world), ms, action);
      outcomes.add(
          new Verdict.Outcome(action.kind(), eur, Double.isNaN(eur) ? 0 : cost.late(), true));
    }
    return outcomes;
  }

  /** The world as it truly is. */
  HiddenWorld world() {
    return city.world;
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
}
