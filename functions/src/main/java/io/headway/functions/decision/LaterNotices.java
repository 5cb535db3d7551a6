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
 * minimum_gain_eur}, and the next one not before the cool-down is over.
 *
 * <p>Notices that turn out to be needless, to receivers who are not late in the scenario, are left
 * out, and so is the budget of the hour.
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
  private int[] stopAt = {};
  private double[] liveS = {};
  private double[] opensS = {};
  private double[] expectedS = {};

  /**
   * At live speeds who is at position p at a moment is at a later position q this long after it,
   * and not before {@link #notBeforeS}, as windows open: both at {@code p * positions + q}.
   */
  private double[] driveS = {};

  private double[] notBeforeS = {};

  private double[] toldS = {};
  private double[] departS = {};
  private int[] late = {};
  private int lateCount;

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
   *     baseline decides as if it were not asked again. Nor is anybody where a second vehicle is
   *     called.
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
      late = new int[positions];
      driveS = new double[positions * positions];
      notBeforeS = new double[positions * positions];
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
    for (int p = 0; p < positions; p++) {
      driveS[p * positions + p] = 0;
      notBeforeS[p * positions + p] = Double.NEGATIVE_INFINITY;
      for (int q = p + 1; q < positions; q++) {
        int before = p * positions + q - 1;
        double onS = expectedS[q - 1] + liveS[q];
        driveS[before + 1] = driveS[before] + onS;
        notBeforeS[before + 1] = Math.max(notBeforeS[before], opensS[q - 1]) + onS;
      }
    }
    return true;
  }

  /**
   * Finds who is told later in a scenario.
   *
   * @return whether anybody is
   */
  boolean tell(int scenario) {
    double untilS = findLate(scenario);
    if (!(nextLookS < untilS)) {
      return false;
    }
    Arrays.fill(toldS, 0, positions, Double.POSITIVE_INFINITY);
    departures(scenario);
    // After a notice the next one waits for the cool-down.
    double freeS = toldNow < 0 ? decidedS : decidedS + cooldownS;
    int left = lateCount;
    int at = 0;
    for (double lookS = nextLookS; lookS < untilS && left > 0; lookS += LOOK_S) {
      while (departS[at] <= lookS) {
        at++;
      }
      int best = lookS < freeS ? -1 : look(scenario, at, lookS);
      if (best >= 0) {
        toldS[best] = lookS;
        freeS = lookS + cooldownS;
        left--;
      }
    }
    return left < lateCount;
  }

  /** When the stop at a position of the order is told, in seconds; infinite when not later. */
  double toldS(int position) {
    return toldS[position];
  }

  /**
   * Finds the positions that are late and whose receivers were not told.
   *
   * @return when the last of them is reached
   */
  private double findLate(int scenario) {
    double untilS = 0;
    lateCount = 0;
    for (int p = 0; p < positions; p++) {
      int stop = stopAt[p];
      double arriveS = timetable.arriveS()[p * count + scenario];
      if (arriveS > timetable.windowEndS(stop)
          && stop != toldNow
          && timetable.toldS(stop) == Double.POSITIVE_INFINITY
          && !timetable.arrived(stop)) {
        late[lateCount++] = p;
        untilS = Math.max(untilS, arriveS);
      }
    }
    return untilS;
  }

  private void departures(int scenario) {
    for (int p = 0; p < positions; p++) {
      double arriveS = timetable.arriveS()[p * count + scenario];
      double servedS = scenarios.serviceS()[stopAt[p] * count + scenario];
      departS[p] = Math.max(0, Math.max(arriveS, opensS[p]) + servedS);
    }
  }

  /** Whom the baseline tells when the vehicle has not left a position yet; −1 for nobody. */
  private int look(int scenario, int at, double lookS) {
    double arriveS = timetable.arriveS()[at * count + scenario];
    int next = at;
    double nextS;
    if (arriveS > lookS) {
      double setOutS = at == 0 ? 0 : departS[at - 1];
      nextS = lookS + liveS[at] * (arriveS - lookS) / (arriveS - setOutS);
    } else if (++next < positions) {
      nextS = Math.max(lookS, Math.max(arriveS, opensS[at]) + expectedS[at]) + liveS[next];
    } else {
      return -1;
    }
    int best = -1;
    double mostEur = leastEur;
    for (int i = 0; i < lateCount; i++) {
      int p = late[i];
      if (p < next || toldS[p] < Double.POSITIVE_INFINITY) {
        continue;
      }
      int way = next * positions + p;
      double expectedArrivalS = Math.max(nextS + driveS[way], notBeforeS[way]);
      double lateMin = (expectedArrivalS - timetable.windowEndS(stopAt[p])) / 60;
      if (lateMin > 0 && model.toldInTime(lookS, expectedArrivalS)) {
        double eur =
            model.latenessEur(lateMin, false) - model.latenessEur(lateMin, true) - noticeEur;
        if (eur >= mostEur) {
          mostEur = eur;
          best = p;
        }
      }
    }
    return best;
  }
}
