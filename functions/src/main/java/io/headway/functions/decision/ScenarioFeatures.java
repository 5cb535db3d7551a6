// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static io.headway.functions.decision.LegFeatures.LEGS_MAX;

import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Leg;
import io.headway.schemas.PlannedStop;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.RoadEventOnRoute;
import io.headway.schemas.RoadState;
import java.nio.FloatBuffer;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What a model of scenarios is told of a request. Every leg is a row: first the {@value
 * LegFeatures#FEATURES} numbers of {@link LegFeatures}, then
 *
 * <ol start="10">
 *   <li>{@code observed_share} of its {@link RoadState}; this and the next eleven are 0 for a leg
 *       that follows no roads
 *   <li>ln({@code observed_ratio}), from {@value #LOG_RATIO_LEAST} to {@value #LOG_RATIO_MOST}, as
 *       the other ratios
 *   <li>{@code observation_age_s} in minutes, at most {@value #MINUTES_MOST}
 *   <li>ln(1 + {@code observations})
 *   <li>ln({@code area_ratio})
 *   <li>ln(1 + {@code area_observations})
 *   <li>ln({@code network_ratio})
 *   <li>ln(1 + {@code network_observations})
 *   <li>ln(1 + {@code event_s})
 *   <li>{@code main_share}
 *   <li>{@code collector_share}
 *   <li>ln(1 + {@code edges})
 *   <li>1 when a closure lies on it,
 *   <li>an incident,
 *   <li>roadworks,
 *   <li>weather; otherwise 0
 *   <li>ln(1 + {@code age_min}) of the nearest road event on it, 0 without one, as the next two
 *   <li>ln(1 + {@code left_min})
 *   <li>ln(1 + {@code ahead_m})
 *   <li>ln(1 + {@code distance_since_start_m}) of the request; the same in every row
 *   <li>sine and
 *   <li>cosine of the UTC time of week, a turn a week; the same in every row
 *   <li>latitude and
 *   <li>longitude of where it starts, degrees
 *   <li>latitude and
 *   <li>longitude of where it ends, degrees
 * </ol>
 *
 * Every stop is a row, too:
 *
 * <ol start="0">
 *   <li>ln(1 + {@code service_s})
 *   <li>1 when the vehicle has arrived there, otherwise 0
 *   <li>minutes that its service has lasted, from the arrival or the window's start if that is
 *       later, at most {@value #MINUTES_MOST}; 0 where it has not begun
 * </ol>
 *
 * <p>Models are trained on these numbers, so one that changes its meaning needs new models.
 */
public final class ScenarioFeatures {
  /** Features of a leg. */
  public static final int OF_LEG = 36;

  /** Most stops of a request; every request is written in this many rows. */
  public static final int STOPS_MAX = 64;

  /** Features of a stop. */
  public static final int OF_STOP = 3;

  static final double LOG_RATIO_LEAST = LegFeatures.LOG_RATIO_LEAST;
  static final double LOG_RATIO_MOST = LegFeatures.LOG_RATIO_MOST;
  static final double MINUTES_MOST = 60;

  private static final int OF_ROAD_STATE = 12;
  private static final long WEEK_MS = 7 * 86_400_000L;

  private ScenarioFeatures() {}

  /**
   * Writes {@link LegFeatures#LEGS_MAX} times {@link #OF_LEG} numbers with relative puts, legs in
   * the order of the request; rows beyond its legs are zero.
   *
   * @throws IllegalArgumentException when the request has more than {@link LegFeatures#LEGS_MAX}
   *     legs, or a leg's length or time is negative or not finite
   */
  public static void writeLegs(DecisionRequest request, FloatBuffer into) {
    LegFeatures.checkCount(request);
    LegFeatures.Shared shared = LegFeatures.Shared.of(request);
    double week =
        2
            * Math.PI
            * Math.floorMod(request.getRequestedAt().toEpochMilli(), WEEK_MS)
            / (double) WEEK_MS;
    float sine = (float) StrictMath.sin(week);
    float cosine = (float) StrictMath.cos(week);
    float logDriven = log1p(request.getDistanceSinceStartM());
    List<Leg> legs = request.getLegs();
    for (int l = 0; l < legs.size(); l++) {
      Leg leg = legs.get(l);
      LegFeatures.writeRow(request, l, shared, into);
      writeRoadState(leg.getRoadState(), into);
      writeEvents(request, leg, into);
      into.put(logDriven);
      into.put(sine);
      into.put(cosine);
      if (leg.getFromStop() < 0) {
        writePlace(request.getPosition().getLatDeg(), request.getPosition().getLonDeg(), into);
      } else {
        writePlace(request.getStops().get(leg.getFromStop()), into);
      }
      writePlace(request.getStops().get(leg.getToStop()), into);
    }
    zeros((LEGS_MAX - legs.size()) * OF_LEG, into);
  }

  /**
   * Writes {@link #STOPS_MAX} times {@link #OF_STOP} numbers with relative puts, stops in the order
   * of the request; rows beyond its stops are zero.
   *
   * @throws IllegalArgumentException when the request has more than {@link #STOPS_MAX} stops
   */
  public static void writeStops(DecisionRequest request, FloatBuffer into) {
    List<PlannedStop> stops = request.getStops();
    if (stops.size() > STOPS_MAX) {
      throw new IllegalArgumentException(
          "Request %s has %d stops, and a model is told of at most %d; plan fewer stops"
              .formatted(request.getDecisionId(), stops.size(), STOPS_MAX));
    }
    for (PlannedStop stop : stops) {
      into.put(log1p(stop.getServiceS()));
      into.put(stop.getArrivedAt() == null ? 0 : 1);
      into.put((float) Math.min(MINUTES_MOST, servedS(request, stop) / 60));
    }
    zeros((STOPS_MAX - stops.size()) * OF_STOP, into);
  }

  /** Seconds that the service at a stop has lasted; 0 where it has not begun. */
  static double servedS(DecisionRequest request, PlannedStop stop) {
    if (stop.getArrivedAt() == null) {
      return 0;
    }
    Instant opens = stop.getWindowStart();
    Instant began = stop.getArrivedAt().isAfter(opens) ? stop.getArrivedAt() : opens;
    return Math.max(0, request.getRequestedAt().toEpochMilli() - began.toEpochMilli()) / 1e3;
  }

  private static void writeRoadState(RoadState state, FloatBuffer into) {
    if (state == null) {
      zeros(OF_ROAD_STATE, into);
      return;
    }
    into.put(state.getObservedShare());
    into.put(logRatio(state.getObservedRatio()));
    into.put((float) Math.min(MINUTES_MOST, state.getObservationAgeS() / 60));
    into.put(log1p(state.getObservations()));
    into.put(logRatio(state.getAreaRatio()));
    into.put(log1p(state.getAreaObservations()));
    into.put(logRatio(state.getNetworkRatio()));
    into.put(log1p(state.getNetworkObservations()));
    into.put(log1p(state.getEventS()));
    into.put(state.getMainShare());
    into.put(state.getCollectorShare());
    into.put(log1p(state.getEdges()));
  }

  private static void writeEvents(DecisionRequest request, Leg leg, FloatBuffer into) {
    RoadEventOnRoute nearest = null;
    Set<RoadEventKind> kinds = EnumSet.noneOf(RoadEventKind.class);
    for (int e : leg.getRoadEvents()) {
      RoadEventOnRoute event = request.getRoadEvents().get(e);
      kinds.add(event.getKind());
      nearest = nearest == null || event.getAheadM() < nearest.getAheadM() ? event : nearest;
    }
    into.put(kinds.contains(RoadEventKind.CLOSURE) ? 1 : 0);
    into.put(kinds.contains(RoadEventKind.INCIDENT) ? 1 : 0);
    into.put(kinds.contains(RoadEventKind.ROADWORKS) ? 1 : 0);
    into.put(kinds.contains(RoadEventKind.WEATHER) ? 1 : 0);
    into.put(nearest == null ? 0 : log1p(nearest.getAgeMin()));
    into.put(nearest == null ? 0 : log1p(nearest.getLeftMin()));
    into.put(nearest == null ? 0 : log1p(nearest.getAheadM()));
  }

  private static void writePlace(PlannedStop stop, FloatBuffer into) {
    writePlace(stop.getLatDeg(), stop.getLonDeg(), into);
  }

  private static void writePlace(double latDeg, double lonDeg, FloatBuffer into) {
    into.put((float) latDeg);
    into.put((float) lonDeg);
  }

  private static void zeros(int count, FloatBuffer into) {
    for (int i = 0; i < count; i++) {
      into.put(0);
    }
  }

  private static float logRatio(float ratio) {
    return ratio > 0
        ? (float) LegFeatures.clip(StrictMath.log(ratio), LOG_RATIO_LEAST, LOG_RATIO_MOST)
        : 0;
  }

  /** Of what is negative as of 0. */
  private static float log1p(double value) {
    return (float) StrictMath.log1p(Math.max(0, value));
  }
}
