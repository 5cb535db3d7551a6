// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import io.headway.functions.fusion.FusedFix;
import io.headway.kernels.roads.GeoMath;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * How a vehicle drove in a window of event time, from its fused fixes. For a stream keyed by
 * vehicle, with {@link AtWindowEnd}. The way from the fix before the window to its first one does
 * not count.
 */
public final class TripFeaturesWindow
    implements AggregateFunction<FusedFix, TripFeaturesWindow.Trip, TripFeatures> {
  private static final long serialVersionUID = 1;

  /** Slower than this a vehicle stands, metres a second. */
  static final double MOVING_MPS = 1;

  /** What a window has seen so far. A Flink POJO. */
  public static class Trip {
    /** Fixes. */
    public int fixes;

    /** Event time of the first, milliseconds since the epoch. */
    public long firstMs;

    /** Its latitude, degrees. */
    public double firstLatDeg;

    /** Its longitude, degrees. */
    public double firstLonDeg;

    /** Event time of the last, milliseconds since the epoch. */
    public long lastMs;

    /** Its latitude, degrees. */
    public double lastLatDeg;

    /** Its longitude, degrees. */
    public double lastLonDeg;

    /** Metres driven since the first. */
    public double distanceM;

    /** Seconds of them in motion. */
    public double movingS;
  }

  @Override
  public Trip createAccumulator() {
    return new Trip();
  }

  @Override
  public Trip add(FusedFix fix, Trip trip) {
    if (trip.fixes == 0) {
      trip.firstMs = fix.eventTimeMs;
      trip.firstLatDeg = fix.latDeg;
      trip.firstLonDeg = fix.lonDeg;
    } else {
      trip.distanceM += fix.movedM;
      if (fix.movedM >= MOVING_MPS * fix.elapsedS) {
        trip.movingS += fix.elapsedS;
      }
    }
    trip.fixes++;
    trip.lastMs = fix.eventTimeMs;
    trip.lastLatDeg = fix.latDeg;
    trip.lastLonDeg = fix.lonDeg;
    return trip;
  }

  /** Never needed: only session windows merge, and they would break the order of fixes. */
  @Override
  public Trip merge(Trip a, Trip b) {
    throw new UnsupportedOperationException(
        "Trip features are made in windows that do not merge; use tumbling windows.");
  }

  @Override
  public TripFeatures getResult(Trip trip) {
    TripFeatures features = new TripFeatures();
    features.fixes = trip.fixes;
    features.distanceM = trip.distanceM;
    features.displacementM =
        GeoMath.distanceM(trip.firstLatDeg, trip.firstLonDeg, trip.lastLatDeg, trip.lastLonDeg);
    features.elapsedS = (trip.lastMs - trip.firstMs) / 1e3;
    features.movingS = trip.movingS;
    return features;
  }

  /** Says of which vehicle and window the features are. */
  public static final class AtWindowEnd
      extends ProcessWindowFunction<TripFeatures, TripFeatures, String, TimeWindow> {
    private static final long serialVersionUID = 1;

    @Override
    public void process(
        String vehicleId,
        Context context,
        Iterable<TripFeatures> windows,
        Collector<TripFeatures> out) {
      for (TripFeatures features : windows) {
        features.vehicleId = vehicleId;
        features.windowEndMs = context.window().getEnd();
        out.collect(features);
      }
    }
  }
}
