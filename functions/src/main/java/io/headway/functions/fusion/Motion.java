// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.fusion;

import io.headway.functions.roads.RoadMap;
import io.headway.functions.traffic.EdgeObservation;
import io.headway.kernels.fusion.KalmanFilter;
import io.headway.kernels.fusion.KalmanParameters;
import io.headway.kernels.matching.MapMatcher;
import io.headway.kernels.matching.MatchParameters;
import io.headway.kernels.roads.GeoMath;
import io.headway.schemas.Telemetry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/**
 * The motion of one vehicle: filter, matcher and the last fix. Serves one vehicle after the other,
 * {@link #read} swaps one in, {@link #write} out. Not thread-safe.
 *
 * <p>State, little-endian: u8 version (1); u8 1 when a matcher's state follows; u8[6] 0; i64 event
 * time of the last fix (the least value when there is none); f64 latitude, f64 longitude; i32 edge,
 * f32 offset in metres; the Kalman filter's state; the matcher's.
 */
public final class Motion {
  /** Faster hops are no road vehicle's. */
  static final double MAX_HOP_MPS = 60;

  private static final byte VERSION = 1;
  private static final int HEADER_BYTES = 40;
  private static final long NEVER = Long.MIN_VALUE;

  private final KalmanFilter filter = new KalmanFilter(KalmanParameters.DEFAULT);
  private final MapMatcher matcher;
  private final int networkHash;

  private long lastMs = NEVER;
  private double lastLatDeg;
  private double lastLonDeg;
  private int lastEdge = -1;
  private float lastOffsetM;

  /**
   * Motion on a road network.
   *
   * @param roads the network, or null without one
   */
  public Motion(RoadMap roads) {
    matcher =
        roads == null
            ? null
            : new MapMatcher(roads.network(), roads.index(), MatchParameters.DEFAULT);
    networkHash = roads == null ? 0 : roads.network().id().hashCode();
  }

  /**
   * Takes a vehicle's state over; null stands for a vehicle that was never seen.
   *
   * @return false when it was matched to another road network, so that the match begins anew
   */
  public boolean read(byte[] state) {
    filter.reset();
    if (matcher != null) {
      matcher.reset();
    }
    lastMs = NEVER;
    lastEdge = -1;
    lastOffsetM = 0;
    if (state == null) {
      return true;
    }
    ByteBuffer in = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
    byte version = in.get();
    if (version != VERSION) {
      throw new IllegalStateException(
          "The motion of a vehicle has layout "
              + version
              + ", and this version of the job reads layout "
              + VERSION
              + "; restore it with the version that wrote it.");
    }
    boolean matched = in.get() == 1;
    in.position(8);
    lastMs = in.getLong();
    lastLatDeg = in.getDouble();
    lastLonDeg = in.getDouble();
    int edge = in.getInt();
    float offsetM = in.getFloat();
    filter.read(state, HEADER_BYTES);
    boolean sameNetwork =
        matched == (matcher != null)
            && (!matched || matcher.read(state, HEADER_BYTES + KalmanFilter.STATE_BYTES));
    if (sameNetwork) {
      lastEdge = edge;
      lastOffsetM = offsetM;
    }
    return sameNetwork;
  }

  /** The vehicle's state, for {@link #read}. */
  public byte[] write() {
    int matcherBytes = matcher == null ? 0 : matcher.stateBytes();
    byte[] state = new byte[HEADER_BYTES + KalmanFilter.STATE_BYTES + matcherBytes];
    ByteBuffer out = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
    out.put(VERSION).put((byte) (matcher == null ? 0 : 1)).position(8);
    out.putLong(lastMs).putDouble(lastLatDeg).putDouble(lastLonDeg);
    out.putInt(lastEdge).putFloat(lastOffsetM);
    filter.write(state, HEADER_BYTES);
    if (matcher != null) {
      matcher.write(state, HEADER_BYTES + KalmanFilter.STATE_BYTES);
    }
    return state;
  }

  /**
   * Takes in the vehicle's next record.
   *
   * @param observations receives the stretches that are now known to have been driven
   * @return the fix without its origin, or null when the position is an outlier
   */
  public FusedFix update(Telemetry record, Consumer<EdgeObservation> observations) {
    long timeMs = record.getEventTime().toEpochMilli();
    KalmanFilter.Outcome outcome =
        filter.update(
            timeMs,
            record.getLatDeg(),
            record.getLonDeg(),
            orNaN(record.getSpeedMps()),
            orNaN(record.getHeadingDeg()),
            orNaN(record.getAccuracyM()));
    if (outcome == KalmanFilter.Outcome.OUTLIER) {
      return null;
    }
    FusedFix fix = new FusedFix();
    fix.vehicleId = record.getVehicleId();
    fix.eventTimeMs = timeMs;
    fix.latDeg = filter.latDeg();
    fix.lonDeg = filter.lonDeg();
    fix.speedMps = (float) filter.speedMps();
    fix.headingDeg = (float) filter.headingDeg() % 360;
    double alongRoadM = matcher == null ? Double.NaN : match(fix, observations);
    if (lastMs != NEVER) {
      double straightM = GeoMath.distanceM(lastLatDeg, lastLonDeg, fix.latDeg, fix.lonDeg);
      fix.elapsedS = (timeMs - lastMs) / 1e3f;
      double movedM = Double.isNaN(alongRoadM) ? straightM : alongRoadM;
      fix.movedM = movedM > MAX_HOP_MPS * fix.elapsedS ? 0 : (float) movedM;
    }
    lastMs = timeMs;
    lastLatDeg = fix.latDeg;
    lastLonDeg = fix.lonDeg;
    lastEdge = fix.edge;
    lastOffsetM = fix.offsetM;
    return fix;
  }

  /** Reports what is still undecided, when the vehicle has fallen silent. */
  public void finish(Consumer<EdgeObservation> observations) {
    if (matcher != null) {
      matcher.finish();
      reportTraversals(observations);
    }
  }

  /** Metres along the roads since the last fix; NaN when the two are not connected. */
  private double match(FusedFix fix, Consumer<EdgeObservation> observations) {
    MapMatcher.Outcome outcome =
        matcher.match(
            fix.eventTimeMs,
            fix.latDeg,
            fix.lonDeg,
            filter.positionSigmaM(),
            filter.headingDeg(),
            filter.headingSigmaDeg());
    fix.edge = matcher.edge();
    fix.offsetM = matcher.offsetM();
    reportTraversals(observations);
    return outcome == MapMatcher.Outcome.MATCHED ? matcher.movedM() : Double.NaN;
  }

  private void reportTraversals(Consumer<EdgeObservation> observations) {
    for (int i = 0; i < matcher.traversalCount(); i++) {
      if (matcher.traversalS(i) > 0) {
        EdgeObservation observation = new EdgeObservation();
        observation.edge = matcher.traversalEdge(i);
        observation.networkHash = networkHash;
        observation.eventTimeMs = matcher.traversalEndMs(i);
        observation.distanceM = matcher.traversalM(i);
        observation.seconds = matcher.traversalS(i);
        observations.accept(observation);
      }
    }
  }

  private static double orNaN(Float value) {
    return value == null ? Double.NaN : value;
  }
}
