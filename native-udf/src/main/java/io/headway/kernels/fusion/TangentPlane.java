// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.fusion;

/**
 * Metres east and north of an anchor, by the azimuthal equidistant projection of the sphere
 * (Snyder, Map Projections: A Working Manual, 1987, chapter 25): distance and direction from the
 * anchor are exact at any range and latitude, across the date line and the poles; lengths across
 * are short by a share of d²/6R² at distance d (4e-9 at one kilometre).
 *
 * <p>Mutable and not thread-safe: answers stand in fields until the next call.
 */
final class TangentPlane {
  /** Mean radius of the earth (IUGG), metres. */
  static final double EARTH_RADIUS_M = 6_371_008.8;

  /** Answer of {@link #project}: metres east of the anchor. */
  double x;

  /** Answer of {@link #project}: metres north of the anchor. */
  double y;

  /** Answer of {@link #unproject}: latitude, degrees. */
  double latDeg;

  /** Answer of {@link #unproject}: longitude, degrees, -180 inclusive to 180 exclusive. */
  double lonDeg;

  /**
   * Answer of {@link #unproject}: how far north at the answered point stands clockwise of the
   * anchor's north carried there along the great circle, radians.
   */
  double convergenceRad;

  private double anchorLatDeg;
  private double anchorLonDeg;
  private double anchorLonRad;
  private double sinAnchor;
  private double cosAnchor;

  /** Puts the anchor at a point. */
  void anchor(double anchorLatDeg, double anchorLonDeg) {
    this.anchorLatDeg = anchorLatDeg;
    this.anchorLonDeg = anchorLonDeg;
    anchorLonRad = Math.toRadians(anchorLonDeg);
    double lat = Math.toRadians(anchorLatDeg);
    sinAnchor = Math.sin(lat);
    cosAnchor = Math.cos(lat);
  }

  /** Sets {@link #x} and {@link #y} to where a point lies in the plane. */
  void project(double pointLatDeg, double pointLonDeg) {
    double lat = Math.toRadians(pointLatDeg);
    double lonDifference = Math.toRadians(pointLonDeg) - anchorLonRad;
    double sinLat = Math.sin(lat);
    double cosLat = Math.cos(lat);
    double cosLon = Math.cos(lonDifference);
    double east = cosLat * Math.sin(lonDifference);
    // sin(lat - anchor), written so that near points lose no digits.
    double halfLon = Math.sin(lonDifference / 2);
    double north =
        sinLat * cosAnchor - cosLat * sinAnchor + 2 * sinAnchor * cosLat * halfLon * halfLon;
    double sinArc = Math.hypot(east, north);
    double cosArc = sinAnchor * sinLat + cosAnchor * cosLat * cosLon;
    double scale =
        sinArc == 0 ? EARTH_RADIUS_M : EARTH_RADIUS_M * Math.atan2(sinArc, cosArc) / sinArc;
    x = scale * east;
    y = scale * north;
    if (sinArc == 0 && cosArc < 0) {
      y = Math.PI * EARTH_RADIUS_M;
    }
  }

  /** Sets the geographic answers to the point at given metres east and north of the anchor. */
  void unproject(double eastM, double northM) {
    double distance = Math.hypot(eastM, northM);
    if (distance == 0) {
      latDeg = anchorLatDeg;
      lonDeg = wrapDegrees(anchorLonDeg);
      convergenceRad = 0;
      return;
    }
    double arc = distance / EARTH_RADIUS_M;
    double sinArc = Math.sin(arc);
    double cosArc = Math.cos(arc);
    double sinAzimuth = eastM / distance;
    double cosAzimuth = northM / distance;
    double sinLat = sinAnchor * cosArc + cosAnchor * sinArc * cosAzimuth;
    // The point's distance from the axis, by components east and towards the anchor's meridian.
    double across = sinAzimuth * sinArc;
    double along = cosAnchor * cosArc - sinAnchor * sinArc * cosAzimuth;
    latDeg = Math.toDegrees(Math.atan2(sinLat, Math.hypot(across, along)));
    double lonDifference = Math.atan2(across, along);
    lonDeg = wrapDegrees(Math.toDegrees(anchorLonRad + lonDifference));
    double azimuthHere =
        Math.atan2(sinAzimuth * cosAnchor, cosAnchor * cosArc * cosAzimuth - sinAnchor * sinArc);
    convergenceRad = Math.atan2(sinAzimuth, cosAzimuth) - azimuthHere;
  }

  private static double wrapDegrees(double lonDeg) {
    double wrapped = lonDeg;
    if (wrapped >= 180) {
      wrapped -= 360;
    } else if (wrapped < -180) {
      wrapped += 360;
    }
    return wrapped;
  }
}
