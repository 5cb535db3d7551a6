// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.decision.ActionLedger;
import io.headway.functions.decision.CostModel;
import io.headway.schemas.Bounds;
import io.headway.schemas.DecisionKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The dispatcher of a future: looks at a vehicle again and again, and does what the job's baseline
 * would, inside the same bounds. It sees where the vehicle is, and takes every edge to last as long
 * as the job did at the moment of decision, and services as long as expected: as for the baseline,
 * there is one number for each. What the job would learn of traffic later it does not. It offers
 * KEEP, every exchange of neighbours, every other place for a stop that will be late, NOTIFY_LATE
 * and DISPATCH_BACKUP; after WAIT, once, the REROUTE that was waited with. Other routes are not
 * looked for, which would take longer than all the rest.
 *
 * <p>Not thread-safe.
 */
final class LaterLooks {
  /** The job's periodic look. */
  static final double INTERVAL_MS = 300_000;

  private static final int LATE_MAX = 8;
  private static final int TAILS_MAX = 4;
  private static final double SLOWEST_MPS = 0.5;

  private final Bounds bounds;
  private final City city;
  private final float[] edgeS;
  private final double firstLookMs;
  private final CostModel costs;
  private final List<ActionLog.Action> before;
  private final List<Double> actedMs = new ArrayList<>();
  private final List<DecisionKind> acted = new ArrayList<>();
  private Action waited;
  private double lookMs;
  private double nextPeriodicMs;

  // One look.
  private Vehicle vehicle;
  private double nowMs;
  private List<Stop> stops;
  private int first;
  private double[][] legS = {};
  private double[][] legM = {};

  /** From one place to another, and from an edge's end to a place: the same at every look. */
  private final Map<Long, Leg> between = new HashMap<>();

  private final Map<Long, Leg> beyond = new HashMap<>();

  private record Leg(double seconds, double metres) {}

  /**
   * @param edgeS seconds that each edge is taken to last; infinite where it is closed
   * @param firstLookMs how long after a decision the next look comes; the others follow each other
   *     by {@link #INTERVAL_MS}
   * @param before what was done with the vehicle until now
   */
  LaterLooks(
      Bounds bounds, City city, float[] edgeS, double firstLookMs, List<ActionLog.Action> before) {
    this.bounds = bounds;
    this.city = city;
    this.edgeS = edgeS;
    this.firstLookMs = firstLookMs;
    this.before = before;
    costs = new CostModel(bounds.getWeights());
  }

  /** A new future, which begins with an action. */
  void begin(Action action, long ms) {
    acted.clear();
    actedMs.clear();
    before.forEach(done -> count(done.kind(), (double) done.ms()));
    waited = action.kind() == DecisionKind.WAIT ? action : null;
    count(action.kind(), (double) ms);
    nextPeriodicMs = ms + firstLookMs;
    lookMs = ms;
  }

  private void count(DecisionKind kind, double ms) {
    if (kind != DecisionKind.KEEP && kind != DecisionKind.WAIT) {
      acted.add(kind);
      actedMs.add(ms);
    }
  }

  /** When to look next: after WAIT when it is over, otherwise when the job would. */
  double nextMs() {
    if (waited != null) {
      lookMs += 1000.0 * bounds.getWaitS();
    } else {
      lookMs = nextPeriodicMs;
    }
    while (nextPeriodicMs <= lookMs) {
      nextPeriodicMs += INTERVAL_MS;
    }
    return lookMs;
  }

  /** What is done now; null for nothing. */
  Action look(Vehicle of, double ms) {
    vehicle = of;
    nowMs = ms;
    stops = of.stops();
    first = stops.get(0).arrivedMs() != 0 ? 1 : 0;
    forget(stops.size());
    int[] order = new int[stops.size()];
    Arrays.setAll(order, i -> i);
    double keepEur = eur(order, -1, -1);
    double toBeat = keepEur - bounds.getMinimumGainEur();
    Action best = null;
    boolean[] late = late(order);

    if (waited != null) {
      Action reroute = new Action(DecisionKind.REROUTE, List.of(), waited.route());
      waited = null;
      int[] way = vehicle.wayBy(reroute.route());
      if (way != null && isFree(DecisionKind.REROUTE)) {
        double eur = keepEur + costs.actionEur(DecisionKind.REROUTE, 0) + changeEur(order, way);
        if (eur <= toBeat) {
          toBeat = eur;
          best = reroute;
        }
      }
    }
    if (isFree(DecisionKind.RESEQUENCE)) {
      for (int[] other : otherOrders(order, late)) {
        double eur = eur(other, -1, -1);
        if (eur <= toBeat) {
          toBeat = eur;
          best = new Action(DecisionKind.RESEQUENCE, ids(other, first), List.of());
        }
      }
    }
    int seen = 0;
    for (int i = first; i < order.length && seen < LATE_MAX; i++) {
      if (!late[i]) {
        continue;
      }
      seen++;
      if (stops.get(i).notifiedMs() == 0 && isFree(DecisionKind.NOTIFY_LATE)) {
        double eur = eur(order, i, -1);
        if (eur <= toBeat) {
          toBeat = eur;
          best =
              new Action(
                  DecisionKind.NOTIFY_LATE, List.of(vehicle.shipmentId(stops.get(i))), List.of());
        }
      }
      if (seen <= TAILS_MAX && isFree(DecisionKind.DISPATCH_BACKUP)) {
        double eur = eur(order, -1, i);
        if (eur <= toBeat) {
          toBeat = eur;
          best = new Action(DecisionKind.DISPATCH_BACKUP, ids(order, i), List.of());
        }
      }
    }
    if (best != null) {
      count(best.kind(), ms);
    }
    return best;
  }

  private boolean isFree(DecisionKind kind) {
    if (!bounds.getAllowedKinds().contains(kind)) {
      return false;
    }
    int inHour = 0;
    for (int i = 0; i < acted.size(); i++) {
      inHour += actedMs.get(i) > nowMs - 3_600_000 ? 1 : 0;
      if (acted.get(i) == kind && nowMs - actedMs.get(i) < 1000.0 * bounds.getCooldownS()) {
        return false;
      }
    }
    return inHour < Math.min(bounds.getActionsPerVehicleHour(), ActionLedger.ACTIONS_MAX);
  }

  private List<String> ids(int[] order, int from) {
    List<String> ids = new ArrayList<>();
    for (int i = from; i < order.length; i++) {
      ids.add(vehicle.shipmentId(stops.get(order[i])));
    }
    return ids;
  }

  private List<int[]> otherOrders(int[] order, boolean[] late) {
    List<int[]> orders = new ArrayList<>();
    int seen = 0;
    for (int i = first; i < order.length; i++) {
      if (i + 1 < order.length) {
        orders.add(moved(order, i, i + 1));
      }
      if (late[i] && seen++ < LATE_MAX) {
        for (int p = first; p < order.length; p++) {
          if (Math.abs(p - i) > 1) {
            orders.add(moved(order, i, p));
          }
        }
      }
    }
    return orders;
  }

  private static int[] moved(int[] order, int from, int to) {
    int[] other = order.clone();
    int step = from < to ? 1 : -1;
    for (int p = from; p != to; p += step) {
      other[p] = other[p + step];
    }
    other[to] = order[from];
    return other;
  }

  private boolean[] late(int[] order) {
    boolean[] late = new boolean[order.length];
    double clockS = 0;
    for (int p = 0; p < order.length; p++) {
      Stop stop = stops.get(p);
      double arriveS = p < first ? (stop.arrivedMs() - nowMs) / 1000 : clockS + legS(p - 1, p);
      late[p] = p >= first && arriveS > (stop.windowEndMs() - nowMs) / 1000;
      clockS = departS(stop, arriveS);
    }
    return late;
  }

  private double departS(Stop stop, double arriveS) {
    return Math.max(0, Math.max(arriveS, (stop.windowStartMs() - nowMs) / 1000) + stop.serviceS());
  }

  /** What the rest of the plan would cost with another way to the first stop, less the kept one. */
  private double changeEur(int[] order, int[] way) {
    double keptEur = eur(order, -1, -1);
    double keptS = legS(-1, 0);
    double keptM = legM[0][0];
    put(along(way, 0, vehicle.offsetM(nowMs), vehicle.targetM(way)), 0, 0);
    double eur = eur(order, -1, -1) - keptEur;
    legS[0][0] = keptS;
    legM[0][0] = keptM;
    return eur;
  }

  /**
   * What the rest would cost, by one number for everything.
   *
   * @param notified a stop whose receiver is told now; −1 for none
   * @param handover the place in the order from which a second vehicle takes over; −1 for none
   */
  private double eur(int[] order, int notified, int handover) {
    double clockS = 0;
    double workedS = 0;
    double metres = 0;
    double eur = 0;
    int moved = 0;
    int at = -1;
    for (int p = 0; p < order.length; p++) {
      int i = order[p];
      Stop stop = stops.get(i);
      moved += i == p ? 0 : 1;
      double arriveS;
      if (p < first) {
        arriveS = (stop.arrivedMs() - nowMs) / 1000;
      } else if (p == handover) {
        workedS = clockS;
        arriveS = bounds.getBackupResponseS();
      } else {
        arriveS = clockS + legS(at, i);
        metres += legM[at + 1][i];
      }
      if (p >= first) {
        double lateMin = Math.max(0, arriveS - (stop.windowEndMs() - nowMs) / 1000) / 60;
        double toldS =
            i == notified
                ? 0
                : stop.notifiedMs() == 0
                    ? Double.POSITIVE_INFINITY
                    : (stop.notifiedMs() - nowMs) / 1000;
        eur += costs.latenessEur(lateMin, costs.toldInTime(toldS, arriveS));
      }
      clockS = departS(stop, arriveS);
      at = i;
    }
    DecisionKind kind =
        handover >= 0
            ? DecisionKind.DISPATCH_BACKUP
            : notified >= 0
                ? DecisionKind.NOTIFY_LATE
                : moved > 0 ? DecisionKind.RESEQUENCE : DecisionKind.KEEP;
    return eur
        + costs.actionEur(kind, moved)
        + costs.drivingEur((workedS + clockS) / 3600, metres / 1000);
  }

  private void forget(int count) {
    if (legS.length < count + 1) {
      legS = new double[count + 1][count + 1];
      legM = new double[count + 1][count + 1];
    }
    for (int i = 0; i <= count; i++) {
      Arrays.fill(legS[i], Double.NaN);
    }
  }

  /** Seconds from a stop, or from where the vehicle is (−1), to another. */
  private double legS(int from, int to) {
    if (Double.isNaN(legS[from + 1][to])) {
      int target = stops.get(to).place();
      if (from >= 0) {
        put(between(stops.get(from).place(), target), from + 1, to);
      } else if (vehicle.isUnderWayTo(to)) {
        int[] way = vehicle.way();
        put(along(way, vehicle.at(), vehicle.offsetM(nowMs), vehicle.targetM(way)), 0, to);
      } else if (vehicle.place() >= 0) {
        put(between(vehicle.place(), target), 0, to);
      } else {
        put(from(vehicle.edge(), vehicle.offsetM(nowMs), target), 0, to);
      }
    }
    return legS[from + 1][to];
  }

  private void put(Leg leg, int row, int column) {
    legS[row][column] = leg.seconds;
    legM[row][column] = leg.metres;
  }

  private Leg between(int start, int target) {
    return between.computeIfAbsent(
        pair(start, target),
        first -> {
          int[] way = city.routes.between(start, target).edges();
          return along(way, 0, city.routes.offsetM(start, way[0]), endM(way, target));
        });
  }

  private Leg from(int edge, double offsetM, int target) {
    int[] way = city.routes.from(edge, offsetM, target);
    if (way.length == 1) {
      return along(way, 0, offsetM, endM(way, target));
    }
    // From every point of the edge it goes on the same way, unless the target is on the edge.
    Leg rest =
        way[way.length - 1] == edge
            ? along(way, 1, 0, endM(way, target))
            : beyond.computeIfAbsent(
                pair(edge, target), first -> along(way, 1, 0, endM(way, target)));
    double restM = Math.max(0, city.world.lengthM(edge) - offsetM);
    return new Leg(rest.seconds + seconds(edge, restM), rest.metres + restM);
  }

  private static long pair(int from, int to) {
    return ((long) from << 32) | to;
  }

  private double endM(int[] way, int target) {
    return city.routes.offsetM(target, way[way.length - 1]);
  }

  private Leg along(int[] way, int at, double fromM, double endM) {
    double seconds = 0;
    double metres = 0;
    for (int i = at; i < way.length; i++) {
      double begin = i == at ? fromM : 0;
      double end = i == way.length - 1 ? endM : city.world.lengthM(way[i]);
      double length = Math.max(0, end - begin);
      metres += length;
      seconds += seconds(way[i], length);
    }
    return new Leg(seconds, metres);
  }

  private double seconds(int edge, double lengthM) {
    double whole = edgeS[edge];
    return whole == Double.POSITIVE_INFINITY
        ? lengthM / SLOWEST_MPS
        : whole * lengthM / city.world.lengthM(edge);
  }
}
