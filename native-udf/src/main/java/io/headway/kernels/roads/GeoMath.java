// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.roads;

/**
 * Distances and directions on a spherical earth. Latitudes and longitudes are degrees (WGS 84),
 * distances metres. All methods are pure.
 */
public final class GeoMath {
  /** Mean earth radius R1 of the IUGG. */
  public static final double EARTH_RADIUS_M = 6_371_008.8;

  /** Length of one degree of latitude. */
  public static final double M_PER_DEG = Math.toRadians(EARTH_RADIUS_M);

  private GeoMath() {}

  /** Great-circle distance by the haversine formula. */
  public static double distanceM(double lat1Deg, double lon1Deg, double lat2Deg, double lon2Deg) {
    double sinLat = Math.sin(Math.toRadians(lat2Deg - lat1Deg) / 2);
    double sinLon = Math.sin(Math.toRadians(lon2Deg - lon1Deg) / 2);
    double a =
        sinLat * sinLat
            + Math.cos(Math.toRadians(lat1Deg))
                * Math.cos(Math.toRadians(lat2Deg))
                * sinLon
                * sinLon;
    return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(a)));
  }

  /** Initial bearing of the great circle from 1 to 2: clockwise from north, in [0, 360). */
  public static double headingDeg(double lat1Deg, double lon1Deg, double lat2Deg, double lon2Deg) {
    double lat1 = Math.toRadians(lat1Deg);
    double lat2 = Math.toRadians(lat2Deg);
    double dLon = Math.toRadians(lon2Deg - lon1Deg);
    double east = Math.sin(dLon) * Math.cos(lat2);
    double north =
        Math.cos(lat1) * Math.sin(lat2) - Math.sin(lat1) * Math.cos(lat2) * Math.cos(dLon);
    double deg = Math.toDegrees(Math.atan2(east, north));
    double positive = deg < 0 ? deg + 360 : deg;
    return positive >= 360 ? 0 : positive;
  }

  /** Smallest angle between two headings, in [0, 180]. */
  public static double headingDifferenceDeg(double aDeg, double bDeg) {
    double d = Math.abs(aDeg - bDeg) % 360;
    return d > 180 ? 360 - d : d;
  }

  /** Length of one degree of longitude at a latitude. */
  public static double mPerDegLon(double latDeg) {
    return M_PER_DEG * Math.cos(Math.toRadians(latDeg));
  }

  /**
   * Metres north of a reference, in the equirectangular projection around it. Within 10 km of the
   * reference and below 70° of latitude the projection is off by less than 0.3 %.
   */
  public static double northM(double refLatDeg, double latDeg) {
    return (latDeg - refLatDeg) * M_PER_DEG;
  }

  /** Metres east of a reference, see {@link #northM}; the shorter way over the antimeridian. */
  public static double eastM(double refLatDeg, double refLonDeg, double lonDeg) {
    return wrapDeg(lonDeg - refLonDeg) * mPerDegLon(refLatDeg);
  }

  /** Latitude of a point given in metres north of a reference: the inverse of {@link #northM}. */
  public static double latDeg(double refLatDeg, double northM) {
    return refLatDeg + northM / M_PER_DEG;
  }

  /** Longitude in [−180, 180] of a point in metres east: the inverse of {@link #eastM}. */
  public static double lonDeg(double refLatDeg, double refLonDeg, double eastM) {
    return wrapDeg(refLonDeg + eastM / mPerDegLon(refLatDeg));
  }

  private static double wrapDeg(double deg) {
    return deg > 180 ? deg - 360 : deg < -180 ? deg + 360 : deg;
  }
}
