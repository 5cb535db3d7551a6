// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.decision.CostModel;
import io.headway.kernels.roads.GeoMath;
import io.headway.schemas.DecisionKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Other orders of the remaining stops that are worth costing. Tried are all swaps of neighbours and
 * every other place for each of the first {@value #MAX_LATE} stops that would be late. They are
 * ranked by what they would cost if a leg that the plan does not drive were a great circle,
 * stretched and driven as the plan's legs are on average; that needs no search for a route. Stops
 * at which the vehicle has arrived stay where they are.
 */
final class Resequencing {
  /** Most orders that are offered. */
  static final int MAX_ORDERS = 5;

  private static final int MAX_LATE = 8;

  /** An order is left out when it looks this much dearer than the plan's, EUR. */
  private static final double MAX_LOSS_EUR = 2;

  private final Situation situation;
  private final List<DrivenLeg> kept;
  private final CostModel model;
  private final int stops;

  /** Metres and seconds from place i - 1 (0: the vehicle) to stop j. */
  private final double[][] metres;

  private final double[][] seconds;

  private Resequencing(Situation situation, List<DrivenLeg> kept) {
    this.situation = situation;
    this.kept = kept;
    model = new CostModel(situation.bounds().getWeights());
    stops = situation.stops();
    metres = new double[stops + 1][stops];
    seconds = new double[stops + 1][stops];
    estimate();
  }

  /**
   * The most promising orders, best first.
   *
   * @param kept the plan's legs as they would be driven
   * @param late for each stop whether the plan reaches it too late
   */
  static List<int[]> of(Situation situation, List<DrivenLeg> kept, boolean[] late) {
    return situation.stops() < 2 ? List.of() : new Resequencing(situation, kept).best(late);
  }

  /** How many stops have another place than in the plan. */
  static int moved(int[] order) {
    int moved = 0;
    for (int p = 0; p < order.length; p++) {
      moved += order[p] == p ? 0 : 1;
    }
    return moved;
  }

  private List<int[]> best(boolean[] late) {
    int first = 0;
    while (first < stops && situation.arrived(first)) {
      first++;
    }
    Map<List<Integer>, int[]> tried = new LinkedHashMap<>();
    int lateStops = 0;
    for (int i = first; i < stops; i++) {
      if (i + 1 < stops) {
        add(tried, i, i + 1);
      }
      if (late[i] && lateStops++ < MAX_LATE) {
        for (int p = first; p < stops; p++) {
          add(tried, i, p);
        }
      }
    }
    double limitEur = costEur(identity()) + MAX_LOSS_EUR;
    record Ranked(int[] order, double eur) {}
    List<Ranked> ranked = new ArrayList<>();
    for (int[] order : tried.values()) {
      double eur = costEur(order);
      if (eur <= limitEur) {
        ranked.add(new Ranked(order, eur));
      }
    }
    ranked.sort(Comparator.comparingDouble(Ranked::eur));
    return ranked.stream().limit(MAX_ORDERS).map(Ranked::order).toList();
  }

  private void add(Map<List<Integer>, int[]> tried, int from, int to) {
    if (from == to) {
      return;
    }
    int[] order = identity();
    int step = from < to ? 1 : -1;
    for (int p = from; p != to; p += step) {
      order[p] = order[p + step];
    }
    order[to] = from;
    tried.putIfAbsent(Arrays.stream(order).boxed().toList(), order);
  }

  private int[] identity() {
    int[] order = new int[stops];
    Arrays.setAll(order, i -> i);
    return order;
  }

  private void estimate() {
    double keptM = 0;
    double keptS = 0;
    double straightM = 0;
    for (int k = 0; k < stops; k++) {
      keptM += kept.get(k).distanceM();
      keptS += kept.get(k).liveS();
      straightM += straightM(k - 1, k);
    }
    double stretch = straightM > 0 ? Math.max(1, Math.min(3, keptM / straightM)) : 1;
    double secondsPerM = keptM > 0 ? keptS / keptM : 0;
    for (int i = -1; i < stops; i++) {
      for (int j = 0; j < stops; j++) {
        boolean planned = j == i + 1;
        metres[i + 1][j] = planned ? kept.get(j).distanceM() : stretch * straightM(i, j);
        seconds[i + 1][j] = planned ? kept.get(j).liveS() : secondsPerM * metres[i + 1][j];
      }
    }
  }

  private double straightM(int i, int j) {
    PlanStop to = situation.stop(j);
    return i < 0
        ? GeoMath.distanceM(
            situation.progress().fix.latDeg, situation.progress().fix.lonDeg, to.latDeg, to.lonDeg)
        : GeoMath.distanceM(
            situation.stop(i).latDeg, situation.stop(i).lonDeg, to.latDeg, to.lonDeg);
  }

  private double costEur(int[] order) {
    double drivenM = 0;
    double lateEur = 0;
    double nowS = 0;
    int at = -1;
    for (int next : order) {
      PlanStop stop = situation.stop(next);
      double arriveS = nowS + seconds[at + 1][next];
      drivenM += metres[at + 1][next];
      double lateS = arriveS - (stop.windowEndMs - situation.nowMs()) / 1e3;
      if (lateS > 0 && !situation.arrived(next)) {
        double toldS =
            stop.notifiedAtMs == PlanStop.NEVER
                ? Double.POSITIVE_INFINITY
                : (stop.notifiedAtMs - situation.nowMs()) / 1e3;
        lateEur += model.latenessEur(lateS / 60, model.toldInTime(toldS, arriveS));
      }
      nowS = Arrivals.departS(stop, arriveS, situation.nowMs());
      at = next;
    }
    return model.drivingEur(nowS / 3600, drivenM / 1000)
        + model.actionEur(DecisionKind.RESEQUENCE, moved(order))
        + lateEur;
  }
}
