// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.CostWeights;
import io.headway.schemas.DecisionKind;
import java.util.Arrays;

/**
 * What things cost: the one place that turns hours, kilometres, actions and lateness into euros,
 * for the policy, the baseline and the judge alike. The cost of an action a in a scenario ω is
 *
 * <pre>
 * c(a,ω) = c_h·hours + c_km·km + κ(a) + η·stops moved + Σ_i r_i·( λ·min(late_i, cap) + φ·1[late_i > g] )
 * r_i    = ρ if the receiver of stop i was told at least {@code notify_ahead_min} before the arrival, else 1
 * J(a)   = (1−β)·E[c] + β·CVaR_α[c]
 * </pre>
 *
 * Immutable and thread-safe.
 */
public final class CostModel {
  private final double hourEur;
  private final double kmEur;
  private final double lateEurPerMin;
  private final double lateCapMin;
  private final double missedEur;
  private final double graceMin;
  private final double notifiedRatio;
  private final double notifyAheadS;
  private final double movedStopEur;
  private final double notifyEur;
  private final double rerouteEur;
  private final double backupEur;
  private final double riskWeight;
  private final double tailShare;

  /**
   * @throws IllegalArgumentException when risk_weight is outside 0 to 1, or risk_level outside 0
   *     (inclusive) to 1 (exclusive)
   */
  public CostModel(CostWeights weights) {
    hourEur = weights.getHourEur();
    kmEur = weights.getKmEur();
    lateEurPerMin = weights.getLateEurPerMin();
    lateCapMin = weights.getLateCapMin();
    missedEur = weights.getMissedEur();
    graceMin = weights.getGraceMin();
    notifiedRatio = weights.getNotifiedRatio();
    notifyAheadS = weights.getNotifyAheadMin() * 60;
    movedStopEur = weights.getMovedStopEur();
    notifyEur = weights.getNotifyEur();
    rerouteEur = weights.getRerouteEur();
    backupEur = weights.getBackupEur();
    riskWeight = weights.getRiskWeight();
    tailShare = 1 - weights.getRiskLevel();
    if (!(riskWeight >= 0 && riskWeight <= 1)) {
      throw new IllegalArgumentException(
          "weights.risk_weight is "
              + riskWeight
              + ", so no objective can be formed; publish bounds with a value from 0 to 1");
    }
    if (!(tailShare > 0 && tailShare <= 1)) {
      throw new IllegalArgumentException(
          "weights.risk_level is "
              + weights.getRiskLevel()
              + ", so the tail holds no scenario; publish bounds with a value from 0 to below 1");
    }
  }

  /** c_h·hours + c_km·km, over all vehicles at work. */
  public double drivingEur(double hours, double km) {
    return hourEur * hours + kmEur * km;
  }

  /**
   * κ(a) + η·stops moved.
   *
   * @throws IllegalArgumentException for a kind that this version does not know
   */
  public double actionEur(DecisionKind kind, int movedStops) {
    double moved = movedStopEur * movedStops;
    return switch (kind) {
      case KEEP, RESEQUENCE, WAIT -> moved;
      case REROUTE -> rerouteEur + moved;
      case NOTIFY_LATE -> notifyEur + moved;
      case DISPATCH_BACKUP -> backupEur + moved;
      case UNKNOWN ->
          throw new IllegalArgumentException(
              "A candidate's kind is UNKNOWN, so it has no price; run the version that knows it");
    };
  }

  /**
   * r·( λ·min(late, cap) + φ·1[late > g] ) of one stop.
   *
   * @param lateMin minutes after the window's end, 0 when in time
   * @param toldInTime whether the receiver was told early enough, see {@link #toldInTime}
   */
  public double latenessEur(double lateMin, boolean toldInTime) {
    double eur =
        lateEurPerMin * Math.min(lateMin, lateCapMin) + (lateMin > graceMin ? missedEur : 0);
    return toldInTime ? notifiedRatio * eur : eur;
  }

  /**
   * Whether a receiver who was told at one moment knew early enough of an arrival at another. Both
   * in seconds on one scale; told {@link Double#POSITIVE_INFINITY} stands for never.
   */
  public boolean toldInTime(double toldS, double arriveS) {
    return arriveS - toldS >= notifyAheadS;
  }

  /** J = (1−β)·mean + β·CVaR. */
  public double objectiveEur(double meanEur, double cvarEur) {
    return (1 - riskWeight) * meanEur + riskWeight * cvarEur;
  }

  /**
   * CVaR_α: the mean of the worst m = (1−α)·count costs, where the cost at the edge counts with the
   * fraction of it that m still covers (Rockafellar and Uryasev, 2002, for scenarios of equal
   * weight).
   *
   * @param heap room for {@code count} values; overwritten
   */
  public double cvarEur(double[] costsEur, int from, int count, double[] heap) {
    double m = tailShare * count;
    int whole = (int) m;
    // The worst whole + 1 costs, least on top.
    int size = Math.min(whole + 1, count);
    for (int i = 0; i < size; i++) {
      siftUp(heap, i, costsEur[from + i]);
    }
    for (int i = size; i < count; i++) {
      double cost = costsEur[from + i];
      if (cost > heap[0]) {
        siftDown(heap, size, cost);
      }
    }
    double sum = 0;
    for (int i = 1; i < size; i++) {
      sum += heap[i];
    }
    return (sum + (m - (size - 1)) * heap[0]) / m;
  }

  /**
   * How much the cost of each scenario counts for the objective: J is the sum of costs times
   * weights, and so is the share of J that any part of the costs has (Euler's allocation, Tasche
   * 1999).
   *
   * @param scratch room for {@code count} values; gets the costs, sorted
   * @param weights gets {@code count} weights
   */
  void weights(double[] costsEur, int from, int count, double[] scratch, double[] weights) {
    System.arraycopy(costsEur, from, scratch, 0, count);
    Arrays.sort(scratch, 0, count);
    double m = tailShare * count;
    double edgeEur = scratch[Math.max(0, count - 1 - (int) m)];
    double left = m;
    for (int s = 0; s < count; s++) {
      boolean above = costsEur[from + s] > edgeEur;
      left -= above ? 1 : 0;
      weights[s] = (1 - riskWeight) / count + (above ? riskWeight / m : 0);
    }
    for (int s = 0; s < count && left > 0; s++) {
      if (costsEur[from + s] == edgeEur) {
        weights[s] += riskWeight * Math.min(1, left) / m;
        left -= 1;
      }
    }
  }

  private static void siftUp(double[] heap, int at, double value) {
    int i = at;
    while (i > 0) {
      int parent = (i - 1) >>> 1;
      if (heap[parent] <= value) {
        break;
      }
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = value;
  }

  private static void siftDown(double[] heap, int size, double value) {
    int i = 0;
    while (true) {
      int child = 2 * i + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= value) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = value;
  }
}
