// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.Draws.Stream;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Topics;

/**
 * What vehicles' receivers make of the truth: noise that drifts and stays within a stated accuracy,
 * reflections that shift fixes together, outliers, silence, clocks that are wrong, and a network
 * that repeats, delays and reorders. One row a vehicle in flat arrays. Not thread-safe.
 */
final class Sensors {
  private static final double DRIFT_S = 25;
  private static final long MULTIPATH_MS = 30_000;
  private static final long DROPOUT_WINDOW_MS = 300_000;
  private static final double DROPOUT_MS = 60_000;
  static final double LOST_SHARE = 0.6;
  private static final float STANDING_MPS = 0.7f;

  private final long seed;
  private final RoadNetwork network;
  private final Outbox outbox;
  private final TelemetryEncoder encoder = new TelemetryEncoder();
  private final double[] latLon = new double[2];

  private final double noiseM;
  private final double drift;
  private final double multipathShare;
  private final double outlierShare;
  private final double duplicateShare;
  private final double disorderShare;
  private final double lateShare;
  private final double dropoutChance;
  private final double dropoutMs;

  private final byte[][] key;
  private final int[] clockErrorMs;
  private final boolean[] noSpeed;
  private final float[] eastM;
  private final float[] northM;
  private final int[] multipathWindow;
  private final float[] shiftEastM;
  private final float[] shiftNorthM;
  private final int[] dropoutWindow;
  private final long[] silentFromMs;
  private final long[] silentToMs;
  private final boolean[] silenceLoses;
  private final float[] headingDeg;
  private final int[] headingEdge;

  private long outliers;
  private long duplicates;
  private long lost;

  Sensors(CityParameters parameters, RoadNetwork network, Outbox outbox) {
    this.seed = parameters.seed();
    this.network = network;
    this.outbox = outbox;
    noiseM = parameters.get(Knob.GPS_NOISE_M);
    drift = Math.exp(-parameters.get(Knob.FIX_INTERVAL_S) / DRIFT_S);
    multipathShare = parameters.get(Knob.MULTIPATH_SHARE);
    outlierShare = parameters.get(Knob.OUTLIER_SHARE);
    duplicateShare = parameters.get(Knob.DUPLICATE_SHARE);
    disorderShare = parameters.get(Knob.DISORDER_SHARE);
    lateShare = parameters.get(Knob.LATE_SHARE);
    double dropoutShare = parameters.get(Knob.DROPOUT_SHARE);
    dropoutChance = Math.min(1, dropoutShare * DROPOUT_WINDOW_MS / DROPOUT_MS);
    dropoutMs = dropoutChance == 0 ? 0 : dropoutShare / dropoutChance * DROPOUT_WINDOW_MS;
    int vehicles = parameters.count(Knob.VEHICLES);
    key = new byte[vehicles][];
    clockErrorMs = new int[vehicles];
    noSpeed = new boolean[vehicles];
    eastM = new float[vehicles];
    northM = new float[vehicles];
    multipathWindow = new int[vehicles];
    shiftEastM = new float[vehicles];
    shiftNorthM = new float[vehicles];
    dropoutWindow = new int[vehicles];
    silentFromMs = new long[vehicles];
    silentToMs = new long[vehicles];
    silenceLoses = new boolean[vehicles];
    headingDeg = new float[vehicles];
    headingEdge = new int[vehicles];
    for (int v = 0; v < vehicles; v++) {
      key[v] = TelemetryEncoder.utf8(Vehicle.keyOf(v));
      long bits = Draws.bits(seed, Stream.SENSOR, v, -1);
      double scale = Draws.below(bits, 100) == 0 ? 10 : 1;
      clockErrorMs[v] =
          (int)
              Math.round(
                  parameters.get(Knob.CLOCK_ERROR_MS) * scale * Draws.normal(Draws.next(bits)));
      noSpeed[v] = Draws.uniform(seed, Stream.SENSOR, v, -2) < parameters.get(Knob.NO_SPEED_SHARE);
      headingEdge[v] = -1;
      multipathWindow[v] = -1;
      dropoutWindow[v] = -1;
    }
  }

  /** Takes a fix of a vehicle and sends it. */
  void fix(Vehicle vehicle, long ms) {
    int v = vehicle.id();
    int window = (int) (ms / DROPOUT_WINDOW_MS);
    if (window != dropoutWindow[v]) {
      dropoutWindow[v] = window;
      drawDropout(v, window);
    }
    boolean silent = ms >= silentFromMs[v] && ms < silentToMs[v];
    if (silent && silenceLoses[v]) {
      lost++;
      return;
    }
    window = (int) (ms / MULTIPATH_MS);
    if (window != multipathWindow[v]) {
      multipathWindow[v] = window;
      drawMultipath(v, window);
    }
    long bits = Draws.bits(seed, Stream.SENSOR, v, ms);
    long more = Draws.next(bits);
    long rest = Draws.next(more);

    // Two pairs of normals: position, then speed and heading.
    double radius = Math.sqrt(-2 * Math.log(Draws.uniform(bits)));
    double angle = 2 * Math.PI * Draws.uniform(more);
    double normal1 = radius * Math.cos(angle);
    double normal2 = radius * Math.sin(angle);
    double innovation = noiseM * Math.sqrt(1 - drift * drift);
    eastM[v] = (float) (drift * eastM[v] + innovation * normal1);
    northM[v] = (float) (drift * northM[v] + innovation * normal2);

    int edge = vehicle.edge();
    double offset = vehicle.offsetM((double) ms);
    network.pointAt(edge, offset, latLon);
    double lat = latLon[0];
    double lon = latLon[1];
    float speed = Float.NaN;
    float heading = Float.NaN;
    if (!noSpeed[v]) {
      speed =
          (float) Math.max(0, vehicle.speedMps() + (vehicle.speedMps() > 0 ? 0.3 : 0.05) * normal2);
      if (speed >= STANDING_MPS) {
        heading = (float) wrap(heading(v, edge, offset) + 4 * normal1);
      }
    }
    double east = eastM[v] + shiftEastM[v];
    double north = northM[v] + shiftNorthM[v];
    if (Draws.uniform(rest) < outlierShare) {
      outliers++;
      // From 200 m, with a Pareto tail, to 20 km.
      double metres = Math.min(20_000, 200 / Math.sqrt(Draws.uniform(Draws.next(rest))));
      double direction = 2 * Math.PI * Draws.uniform(Draws.next(Draws.next(rest)));
      east += metres * Math.cos(direction);
      north += metres * Math.sin(direction);
    }
    double cosLat = Math.cos(Math.toRadians(lat));
    lat += north / GeoMath.M_PER_DEG;
    lon += east / (GeoMath.M_PER_DEG * cosLat);
    float accuracy = (float) (Math.max(0.5, noiseM) * (0.8 + 0.5 * (more & 0xFF) / 256.0));
    if (shiftEastM[v] != 0) {
      accuracy *= 3;
    }
    byte[] value = encoder.encode(key[v], ms + clockErrorMs[v], lat, lon, speed, heading, accuracy);
    send(v, value, ms, silent, bits);
  }

  long outliers() {
    return outliers;
  }

  long duplicates() {
    return duplicates;
  }

  long lost() {
    return lost;
  }

  private void send(int v, byte[] value, long ms, boolean silent, long seedBits) {
    long bits = Draws.next(seedBits ^ 0x5DEECE66DL);
    long sendAtMs = ms + 40 + Draws.below(bits, 200);
    long fates = Draws.next(bits);
    double u = Draws.uniform(fates);
    if (silent) {
      sendAtMs = silentToMs[v] + 40 + Draws.below(bits, 1_500);
    } else if (u < lateShare) {
      sendAtMs += 10_000 + Draws.below(bits >>> 8, 50_000);
    } else if (u < lateShare + disorderShare) {
      sendAtMs += Draws.below(Draws.next(fates), 4_000);
    }
    outbox.add(new FeedRecord(Topics.TELEMETRY.name(), key[v], value, sendAtMs));
    long again = Draws.next(fates ^ 0x2545F491L);
    if (Draws.uniform(again) < duplicateShare) {
      duplicates++;
      long againMs = sendAtMs + 100 + Draws.below(Draws.next(again), 3_900);
      outbox.add(new FeedRecord(Topics.TELEMETRY.name(), key[v], value, againMs));
    }
  }

  /** The way the road runs where the vehicle is. */
  private double heading(int v, int edge, double offset) {
    if (headingEdge[v] != edge || network.edgePointCount(edge) > 2) {
      double ahead = Math.min(network.edgeLengthM(edge), offset + 1);
      double back = ahead - 2;
      network.pointAt(edge, Math.max(0, back), latLon);
      double lat0 = latLon[0];
      double lon0 = latLon[1];
      network.pointAt(edge, ahead, latLon);
      headingDeg[v] = (float) GeoMath.headingDeg(lat0, lon0, latLon[0], latLon[1]);
      headingEdge[v] = edge;
    }
    return headingDeg[v];
  }

  private static double wrap(double deg) {
    double wrapped = deg < 0 ? deg + 360 : deg >= 360 ? deg - 360 : deg;
    return (float) wrapped >= 360 ? 0 : wrapped;
  }

  private void drawDropout(int v, int window) {
    long bits = Draws.bits(seed, Stream.SENSOR, v, window, 1);
    silentFromMs[v] = 0;
    silentToMs[v] = 0;
    if (Draws.uniform(bits) < dropoutChance) {
      long more = Draws.next(bits);
      double lengthMs =
          Math.min(DROPOUT_WINDOW_MS, dropoutMs * (0.5 + Draws.uniform(Draws.next(more))));
      double latest = DROPOUT_WINDOW_MS - lengthMs;
      silentFromMs[v] = window * DROPOUT_WINDOW_MS + (long) (latest * Draws.uniform(more));
      silentToMs[v] = silentFromMs[v] + (long) lengthMs;
      silenceLoses[v] = Draws.uniform(more ^ 0x9E3779B9L) < LOST_SHARE;
    }
  }

  private void drawMultipath(int v, int window) {
    long bits = Draws.bits(seed, Stream.SENSOR, v, window, 2);
    shiftEastM[v] = 0;
    shiftNorthM[v] = 0;
    if (Draws.uniform(bits) < multipathShare) {
      long more = Draws.next(bits);
      double metres = 15 + 35 * Draws.uniform(more);
      double direction = 2 * Math.PI * Draws.uniform(Draws.next(more));
      shiftEastM[v] = (float) (metres * Math.cos(direction));
      shiftNorthM[v] = (float) (metres * Math.sin(direction));
    }
  }
}
