// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Leg;
import io.headway.schemas.PlannedStop;
import java.nio.FloatBuffer;
import java.time.Instant;
import java.util.List;

/**
 * What a model is told of every leg of a request, a row a leg:
 *
 * <ol start="0">
 *   <li>ln(1 + usual_s)
 *   <li>ln(live_s / usual_s), from {@value #LOG_RATIO_LEAST} to {@value #LOG_RATIO_MOST}; 0 when
 *       either is 0
 *   <li>1 when it follows roads to its end, otherwise 0
 *   <li>ln(pace) of the vehicle, from {@value #LOG_PACE_LEAST} to {@value #LOG_PACE_MOST}; the same
 *       in every row
 *   <li>minutes from the request until it is begun, at most {@value #MINUTES_MOST}: the first
 *       candidate that uses it is followed at live speeds, services and the waiting for windows
 *       included; 0 when no candidate uses it
 *   <li>sine and
 *   <li>cosine of the UTC time of day of the request, a turn a day; the same in every row
 *   <li>the lowest speed factor of the road events on it, 0 for a closure; 1 without any
 *   <li>ln(1 + distance_m)
 *   <li>1 when it starts at the vehicle's position, otherwise 0
 * </ol>
 *
 * <p>Models are trained on these numbers, so one that changes its meaning needs new models.
 */
public final class LegFeatures {
  /** Most legs of a request; every request is written in this many rows. */
  public static final int LEGS_MAX = 128;

  /** Features of a leg. */
  public static final int FEATURES = 10;

  static final double LOG_RATIO_LEAST = -2;
  static final double LOG_RATIO_MOST = 3;
  static final double LOG_PACE_LEAST = -1;
  static final double LOG_PACE_MOST = 1;
  static final double MINUTES_MOST = 600;

  private static final double DAY_S = 86_400;

  private LegFeatures() {}

  /**
   * Writes {@link #LEGS_MAX} times {@link #FEATURES} numbers with relative puts, legs in the order
   * of the request; rows beyond its legs are zero.
   *
   * @throws IllegalArgumentException when the request has more than {@link #LEGS_MAX} legs, or a
   *     leg's length or time is negative or not finite
   */
  public static void write(DecisionRequest request, FloatBuffer into) {
    List<Leg> legs = request.getLegs();
    checkCount(request);
    Shared shared = Shared.of(request);
    for (int l = 0; l < legs.size(); l++) {
      writeRow(request, l, shared, into);
    }
    for (int i = legs.size() * FEATURES; i < LEGS_MAX * FEATURES; i++) {
      into.put(0);
    }
  }

  /**
   * @throws IllegalArgumentException when the request has more than {@link #LEGS_MAX} legs
   */
  static void checkCount(DecisionRequest request) {
    int legs = request.getLegs().size();
    if (legs > LEGS_MAX) {
      throw new IllegalArgumentException(
          "Request %s has %d legs, and a model is told of at most %d; offer fewer candidates or plan fewer stops"
              .formatted(request.getDecisionId(), legs, LEGS_MAX));
    }
  }

  /**
   * What the rows of a request share.
   *
   * @param beginMin as {@link LegFeatures#beginMin} gives it
   */
  record Shared(float[] beginMin, float sine, float cosine, float logPace) {
    static Shared of(DecisionRequest request) {
      double day = 2 * Math.PI * secondOfDay(request.getRequestedAt()) / DAY_S;
      return new Shared(
          LegFeatures.beginMin(request),
          (float) StrictMath.sin(day),
          (float) StrictMath.cos(day),
          (float) clip(log(request.getPace()), LOG_PACE_LEAST, LOG_PACE_MOST));
    }
  }

  /** Writes the row of one leg. */
  static void writeRow(DecisionRequest request, int l, Shared shared, FloatBuffer into) {
    Leg leg = request.getLegs().get(l);
    check(request, l, leg);
    into.put((float) StrictMath.log1p(leg.getUsualS()));
    into.put(logRatio(leg));
    into.put(leg.getOnNetwork() ? 1 : 0);
    into.put(shared.logPace);
    into.put(shared.beginMin[l]);
    into.put(shared.sine);
    into.put(shared.cosine);
    into.put(lowestFactor(request, leg));
    into.put((float) StrictMath.log1p(leg.getDistanceM()));
    into.put(leg.getFromStop() < 0 ? 1 : 0);
  }

  /**
   * @throws IllegalArgumentException when the leg's length or time is negative or not finite
   */
  static void check(DecisionRequest request, int l, Leg leg) {
    if (!(sound(leg.getUsualS()) && sound(leg.getLiveS()) && sound(leg.getDistanceM()))) {
      throw new IllegalArgumentException(
          "Request %s: leg %d has distance_m %s, usual_s %s and live_s %s, from which no model can tell its time; each must be 0 or more, and finite"
              .formatted(
                  request.getDecisionId(), l, leg.getDistanceM(), leg.getUsualS(), leg.getLiveS()));
    }
  }

  private static boolean sound(double value) {
    return value >= 0 && value < Double.POSITIVE_INFINITY;
  }

  private static float logRatio(Leg leg) {
    return leg.getUsualS() == 0 || leg.getLiveS() == 0
        ? 0
        : (float)
            clip(StrictMath.log(leg.getLiveS() / leg.getUsualS()), LOG_RATIO_LEAST, LOG_RATIO_MOST);
  }

  private static float lowestFactor(DecisionRequest request, Leg leg) {
    float least = 1;
    for (int event : leg.getRoadEvents()) {
      least = Math.min(least, request.getRoadEvents().get(event).getSpeedFactor());
    }
    return least;
  }

  /**
   * Minutes until each leg is begun: the first candidate that uses it is followed at live speeds.
   */
  public static float[] beginMin(DecisionRequest request) {
    float[] beginMin = new float[request.getLegs().size()];
    boolean[] known = new boolean[beginMin.length];
    for (Candidate candidate : request.getCandidates()) {
      double clockS = 0;
      for (int p = 0; p < candidate.getOrder().size(); p++) {
        int l = candidate.getLegs().get(p);
        if (!known[l]) {
          known[l] = true;
          beginMin[l] = (float) Math.min(MINUTES_MOST, clockS / 60);
        }
        PlannedStop stop = request.getStops().get(candidate.getOrder().get(p));
        double arriveS =
            p == 0 && stop.getArrivedAt() != null
                ? secondsAfter(request, stop.getArrivedAt())
                : clockS + request.getLegs().get(l).getLiveS();
        double servedS = Math.max(arriveS, secondsAfter(request, stop.getWindowStart()));
        clockS = Math.max(0, servedS + stop.getServiceS());
      }
    }
    return beginMin;
  }

  private static double secondsAfter(DecisionRequest request, Instant moment) {
    return (moment.toEpochMilli() - request.getRequestedAt().toEpochMilli()) / 1000.0;
  }

  private static double secondOfDay(Instant moment) {
    return Math.floorMod(moment.toEpochMilli(), (long) (DAY_S * 1000)) / 1000.0;
  }

  private static double log(float pace) {
    return pace > 0 ? StrictMath.log(pace) : 0;
  }

  static double clip(double value, double least, double most) {
    return Math.max(least, Math.min(most, value));
  }
}
