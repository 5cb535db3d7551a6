// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.fusion.FusedFix;
import io.headway.functions.traffic.EdgeObservation;
import io.headway.functions.traffic.OffNetwork;
import io.headway.kernels.roads.GeoMath;

/** Where and when a vehicle set out for its next stop. A Flink POJO. */
public class SetOut {
  /** Over a shorter leg the great circle is no measure of the way. */
  static final double MIN_LEG_M = 200;

  /** A shorter leg was driven before it was told. */
  static final double MIN_LEG_S = 30;

  /** A longer leg was not driven in one go. */
  static final double MAX_LEG_S = 4 * 3600;

  /** A slower vehicle did something else on its way. */
  static final double MIN_LEG_MPS = 0.3;

  /** Faster legs are no road vehicle's. */
  static final double MAX_LEG_MPS = 50;

  /** The shipment that it set out for. */
  public String shipmentId;

  /** WGS84 latitude of the stop, degrees. */
  public double stopLatDeg;

  /** WGS84 longitude of the stop, degrees. */
  public double stopLonDeg;

  /** WGS84 latitude of the vehicle then, degrees. */
  public double latDeg;

  /** WGS84 longitude of the vehicle then, degrees. */
  public double lonDeg;

  /** Event time, milliseconds since the epoch. */
  public long timeMs;

  /** A vehicle that sets out from its last fix at a moment, or at that fix if it is later. */
  static SetOut of(PlanStop stop, FusedFix fix, long momentMs) {
    SetOut setOut = new SetOut();
    setOut.shipmentId = stop.shipmentId;
    setOut.stopLatDeg = stop.latDeg;
    setOut.stopLonDeg = stop.lonDeg;
    setOut.latDeg = fix.latDeg;
    setOut.lonDeg = fix.lonDeg;
    setOut.timeMs = Math.max(momentMs, fix.eventTimeMs);
    return setOut;
  }

  /** Whether it is the stop of that shipment, at that place, that the vehicle set out for. */
  boolean leadsTo(String id, double toLatDeg, double toLonDeg) {
    return shipmentId.equals(id) && stopLatDeg == toLatDeg && stopLonDeg == toLonDeg;
  }

  /** What the leg teaches of speeds off the network; null when it teaches nothing. */
  EdgeObservation observed(long arrivedMs) {
    double straightM = GeoMath.distanceM(latDeg, lonDeg, stopLatDeg, stopLonDeg);
    double seconds = (arrivedMs - timeMs) / 1e3;
    double speedMps = straightM / seconds;
    if (straightM <= MIN_LEG_M
        || seconds <= MIN_LEG_S
        || seconds >= MAX_LEG_S
        || speedMps < MIN_LEG_MPS
        || speedMps > MAX_LEG_MPS) {
      return null;
    }
    EdgeObservation observation = new EdgeObservation();
    observation.edge = OffNetwork.edgeOf(OffNetwork.classOf(straightM));
    observation.eventTimeMs = arrivedMs;
    observation.distanceM = (float) straightM;
    observation.seconds = (float) seconds;
    return observation;
  }
}
