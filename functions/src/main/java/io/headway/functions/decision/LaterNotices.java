// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Bounds;
import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.PlannedStop;
import java.util.Arrays;

/**
 * Whom the baseline would tell later that they will be late, scenario by scenario: after what is
 * decided now it goes on. It looks {@code next_look_s} from now and every {@value #LOOK_S} s from
 * then on. What it sees then is how far the vehicle has come in the scenario; the rest of the leg
 * and all legs after it take as long as live speeds say now, services as long as expected. Of the
 * receivers who were not told it tells the one with whom that saves most, at least {@code
 * minimum_gain_eur}: one a look, as looks are no closer than the cool-down.
 *
 * <p>Only scenarios in which somebody who was not told is late are looked at: a notice that turns
 * out to be needless is not charged. The budget of the hour is left out.
 *
 * <p>A reusable buffer, for one thread.
 */
final class LaterNotices {
  /** The job's periodic look, by default. */
  private static final double LOOK_S = 300;

  private CostModel model;
  private boolean allowed;
  private double nextLookS;
  private double cooldownS;
  private double leastEur;
  private double noticeEur;

  private Timetable timetable;
  private Scenarios scenarios;
  private int count;
  private int positions;
  private int toldNow;
  private double decidedS;
  private double[] liveS = {};
  private double[] opensS = {};
  private double[] expectedS = {};
  private double[] toldS = {};
  private double[] departS = {};
  private int[] stopAt = {};

  /** Takes the bounds of a request. */
  void begin(DecisionRequest request, CostModel model) {
    Bounds bounds = request.getBounds();
    this.model = model;
    allowed = bounds.getAllowedKinds().contains(DecisionKind.NOTIFY_LATE);
    nextLookS = Math.max(1, request.getNextLookS());
    cooldownS = bounds.getCooldownS();
    leastEur = bounds.getMinimumGainEur();
    noticeEur = model.actionEur(DecisionKind.NOTIFY_LATE, 0);
  }

  /**
   * Takes a candidate that was just driven.
   *
   * @param decided when it is decided, in seconds after the request
   * @return whether anybody can be told later at all. Over a single scenario nobody is: the
   *     baseline decides as if it were not asked again. Nor is anybody whom a second vehicle
   *     serves.
   */
  boolean drive(
      DecisionRequest request,
      Candidate candidate,
      Timetable driven,
      Scenarios drawn,
      double decided) {
    count = drawn.count();
    if (!allowed || count == 1 || candidate.getKind() == DecisionKind.DISPATCH_BACKUP) {
      return false;
    }
    timetable = driven;
    scenarios = drawn;
    decidedS = decided;
    toldNow = candidate.getKind() == DecisionKind.NOTIFY_LATE ? candidate.getStop() : -1;
    positions = candidate.getOrder().size();
    if (stopAt.length < positions) {
      stopAt = new int[positions];
      liveS = new double[positions];
      opensS = new double[positions];
      expectedS = new double[positions];
      toldS = new double[positions];
      departS = new double[positions];
    }
    for (int p = 0; p < positions; p++) {
      int stop = candidate.getOrder().get(p);
      PlannedStop planned = request.getStops().get(stop);
      stopAt[p] = stop;
      opensS[p] = timetable.windowStartS(stop);
      expectedS[p] = planned.getServiceS();
      liveS[p] =
          p == 0 && timetable.arrived(stop)
              ? 0
              : request.getLegs().get(candidate.getLegs().get(p)).getLiveS();
    }
    return true;
  }

  /**
   * Finds who is told later in a scenario.
   *
   * @return whether anybody is
   */
  boolean tell(int scenario) {
    Arrays.fill(toldS, 0, positions, Double.POSITIVE_INFINITY);
    double untilS = lastUseS(scenario);
    if (!(nextLookS < untilS)) {
      return false;
    }
    departures(scenario);
    // After a notice the next one waits for the cool-down.
    double notBeforeS = toldNow < 0 ? decidedS : decidedS + cooldownS;
    boolean told = false;
    for (double lookS = nextLookS; lookS < untilS; lookS += LOOK_S) {
      int best = lookS < notBeforeS ? -1 : look(scenario, lookS);
      if (best >= 0) {
        toldS[best] = lookS;
        told = true;
      }
    }
    return told;
  }

  /** When the stop at a position of the order is told, in seconds; infinite when not later. */
  double toldS(int position) {
    return toldS[position];
  }

  /** Until when a notice is of use to anybody who was not told and will be late. */
  private double lastUseS(int scenario) {
    double untilS = 0;
    for (int p = 0; p < positions; p++) {
      double arriveS = timetable.arriveS()[p * count + scenario];
      if (isUntold(p) && arriveS > timetable.windowEndS(stopAt[p])) {
        untilS = Math.max(untilS, arriveS);
      }
    }
    return untilS;
  }

  private boolean isUntold(int position) {
    int stop = stopAt[position];
    return stop != toldNow
        && toldS[position] == Double.POSITIVE_INFINITY
        && timetable.toldS(stop) == Double.POSITIVE_INFINITY
        && !timetable.arrived(stop);
  }

  private void departures(int scenario) {
    for (int p = 0; p < positions; p++) {
      double arriveS = timetable.arriveS()[p * count + scenario];
      double servedS = scenarios.serviceS()[stopAt[p] * count + scenario];
      departS[p] = Math.max(0, Math.max(arriveS, opensS[p]) + servedS);
    }
  }

  /** Whom the baseline tells at a look; −1 for nobody. */
  private int look(int scenario, double lookS) {
    int at = 0;
    while (departS[at] <= lookS) {
      at++;
    }
    double arriveS = timetable.arriveS()[at * count + scenario];
    double clockS;
    int next = at;
    if (arriveS <= lookS) {
      clockS = Math.max(lookS, Math.max(arriveS, opensS[at]) + expectedS[at]);
      next++;
    } else {
      double setOutS = at == 0 ? 0 : departS[at - 1];
      double left = (arriveS - lookS) / (arriveS - setOutS);
      clockS = lookS + left * liveS[at] - liveS[at];
    }
    int best = -1;
    double mostEur = leastEur;
    for (int p = next; p < positions; p++) {
      clockS += liveS[p];
      double lateMin = (clockS - timetable.windowEndS(stopAt[p])) / 60;
      if (lateMin > 0 && isUntold(p) && model.toldInTime(lookS, clockS)) {
        double eur =
            model.latenessEur(lateMin, false) - model.latenessEur(lateMin, true) - noticeEur;
        if (eur >= mostEur) {
          mostEur = eur;
          best = p;
        }
      }
      clockS = Math.max(clockS, opensS[p]) + expectedS[p];
    }
    return best;
  }
}
