// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.PlannedStop;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * When a candidate reaches its stops, scenario by scenario. All times are seconds after the
 * request's {@code requested_at}, t:
 *
 * <pre>
 * Arrive_i = Depart_{i-1} + T_leg(ω);   Depart_i = max(Arrive_i, a_i) + service_i(ω);   Depart_0 = 0
 * </pre>
 *
 * A stop that the vehicle has arrived at and that stands first is not driven to: its arrival is the
 * one that was seen, and its departure is not before t. DISPATCH_BACKUP splits the order: the
 * second vehicle reaches the first stop that it takes over {@code backup_response_s} after the
 * decision and goes on from there, while the own vehicle ends after the last stop that it keeps.
 *
 * <p>A reusable buffer, for one thread.
 */
final class Timetable {
  private int stops;
  private int count;
  private double backupResponseS;
  private double[] windowStartS = {};
  private double[] windowEndS = {};
  private double[] toldS = {};
  private double[] arrivedS = {};

  private double[] clockS = {};
  private double[] arriveS = {};
  private double[] workedS = {};
  private double km;
  private List<Integer> drivenOrder;
  private List<Integer> drivenLegs;

  /** Takes the stops of a request; what was driven before is void. */
  void begin(DecisionRequest request, Scenarios scenarios) {
    Instant t = request.getRequestedAt();
    count = scenarios.count();
    backupResponseS = request.getBounds().getBackupResponseS();
    drivenOrder = null;
    stops = request.getStops().size();
    if (windowStartS.length < stops) {
      windowStartS = new double[stops];
      windowEndS = new double[stops];
      toldS = new double[stops];
      arrivedS = new double[stops];
    }
    if (clockS.length < count) {
      clockS = new double[count];
      workedS = new double[count];
    }
    if (arriveS.length < stops * count) {
      arriveS = new double[stops * count];
    }
    for (int i = 0; i < stops; i++) {
      PlannedStop stop = request.getStops().get(i);
      windowStartS[i] = secondsAfter(t, stop.getWindowStart());
      windowEndS[i] = secondsAfter(t, stop.getWindowEnd());
      toldS[i] =
          stop.getNotifiedAt() == null
              ? Double.POSITIVE_INFINITY
              : secondsAfter(t, stop.getNotifiedAt());
      arrivedS[i] = stop.getArrivedAt() == null ? Double.NaN : secondsAfter(t, stop.getArrivedAt());
    }
  }

  /**
   * Drives a candidate; for nothing when the one before drove the same legs in the same order.
   *
   * @param decidedS when it is decided, in seconds after t; matters for DISPATCH_BACKUP alone
   * @throws IllegalArgumentException when the candidate hands over from a stop that is not in its
   *     order
   */
  void drive(DecisionRequest request, Candidate candidate, Scenarios scenarios, double decidedS) {
    List<Integer> order = candidate.getOrder();
    List<Integer> legs = candidate.getLegs();
    int handover = order.size();
    boolean handsOver = candidate.getKind() == DecisionKind.DISPATCH_BACKUP;
    if (!handsOver && order.equals(drivenOrder) && legs.equals(drivenLegs)) {
      return;
    }
    drivenOrder = handsOver ? null : order;
    drivenLegs = legs;
    if (handsOver) {
      handover = order.indexOf(candidate.getStop());
      if (handover < 0) {
        throw new IllegalArgumentException(
            "Request %s: DISPATCH_BACKUP hands over from stop %d, which its order %s does not hold; name a stop of the order"
                .formatted(request.getDecisionId(), candidate.getStop(), order));
      }
    }
    double metres = 0;
    Arrays.fill(clockS, 0, count, 0);
    Arrays.fill(workedS, 0, count, 0);
    for (int p = 0; p < order.size(); p++) {
      int stop = order.get(p);
      int row = p * count;
      boolean here = p == 0 && handover != 0 && arrived(stop);
      if (p == handover) {
        notBefore(decidedS, clockS, count);
        System.arraycopy(clockS, 0, workedS, 0, count);
        Arrays.fill(arriveS, row, row + count, decidedS + backupResponseS);
      } else if (here) {
        Arrays.fill(arriveS, 0, count, arrivedS[stop]);
      } else {
        int leg = legs.get(p);
        metres += request.getLegs().get(leg).getDistanceM();
        addTravel(clockS, scenarios.travelS(), leg * count, arriveS, row, count);
      }
      serve(arriveS, row, windowStartS[stop], scenarios.serviceS(), stop * count, clockS, count);
      if (here) {
        notBefore(0, clockS, count);
      }
    }
    for (int s = 0; s < count; s++) {
      workedS[s] += clockS[s];
    }
    km = metres / 1000;
  }

  /**
   * Arrivals of the drive in seconds: at position p in scenario s at {@code p * count + s}. Live.
   */
  double[] arriveS() {
    return arriveS;
  }

  /** Seconds at work, of all vehicles of the drive, by scenario. Live. */
  double[] workedS() {
    return workedS;
  }

  /** Kilometres, of all vehicles of the drive. */
  double km() {
    return km;
  }

  /** Start of a stop's window, seconds. */
  double windowStartS(int stop) {
    return windowStartS[stop];
  }

  /** End of a stop's window, seconds. */
  double windowEndS(int stop) {
    return windowEndS[stop];
  }

  /** When a stop's receiver was told of a delay, seconds; infinite when never. */
  double toldS(int stop) {
    return toldS[stop];
  }

  /** Whether the vehicle has already arrived at a stop. */
  boolean arrived(int stop) {
    return !Double.isNaN(arrivedS[stop]);
  }

  private static void addTravel(
      double[] departS, double[] travelS, int leg, double[] arriveS, int row, int count) {
    for (int s = 0; s < count; s++) {
      arriveS[row + s] = departS[s] + travelS[leg + s];
    }
  }

  private static void serve(
      double[] arriveS,
      int row,
      double opensS,
      double[] serviceS,
      int stop,
      double[] departS,
      int count) {
    for (int s = 0; s < count; s++) {
      departS[s] = Math.max(arriveS[row + s], opensS) + serviceS[stop + s];
    }
  }

  private static void notBefore(double momentS, double[] departS, int count) {
    for (int s = 0; s < count; s++) {
      departS[s] = Math.max(departS[s], momentS);
    }
  }

  private static double secondsAfter(Instant t, Instant moment) {
    return (moment.toEpochMilli() - t.toEpochMilli()) / 1000.0;
  }
}
