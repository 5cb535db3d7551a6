// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.kernels.roads.GeoMath;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;

class TangentPlaneTest {
  private final TangentPlane plane = new TangentPlane();

  @Property(seed = "1")
  void comesBackToTheSameMetresAnywhereOnEarth(
      @ForAll @DoubleRange(min = -90, max = 90) double lat,
      @ForAll @DoubleRange(min = -180, max = 180) double lon,
      @ForAll @DoubleRange(min = -1e6, max = 1e6) double east,
      @ForAll @DoubleRange(min = -1e6, max = 1e6) double north) {
    plane.anchor(lat, lon);
    plane.unproject(east, north);
    assertThat(plane.latDeg).isBetween(-90.0, 90.0);
    assertThat(plane.lonDeg).isGreaterThanOrEqualTo(-180).isLessThan(180);
    plane.project(plane.latDeg, plane.lonDeg);
    assertThat(plane.x).isCloseTo(east, within(1e-6));
    assertThat(plane.y).isCloseTo(north, within(1e-6));
  }

  @Property(seed = "2")
  void distanceFromTheAnchorIsTheGreatCircle(
      @ForAll @DoubleRange(min = -90, max = 90) double lat,
      @ForAll @DoubleRange(min = -180, max = 180) double lon,
      @ForAll @DoubleRange(min = -90, max = 90) double otherLat,
      @ForAll @DoubleRange(min = -180, max = 180) double otherLon) {
    plane.anchor(lat, lon);
    plane.project(otherLat, otherLon);
    double metres = GeoMath.distanceM(lat, lon, otherLat, otherLon);
    // The haversine formula itself loses digits towards the antipode.
    assertThat(Math.hypot(plane.x, plane.y)).isCloseTo(metres, within(metres > 1.9e7 ? 1 : 1e-3));
  }

  @Property(seed = "3")
  void aHeadingCarriedAlongAGreatCircleTurnsWithTheMeridians(
      @ForAll @DoubleRange(min = -89, max = 89) double lat,
      @ForAll @DoubleRange(min = -180, max = 180) double lon,
      @ForAll @DoubleRange(min = 0, max = 360) double heading) {
    double metres = 50_000;
    plane.anchor(lat, lon);
    double east = Math.sin(Math.toRadians(heading));
    double north = Math.cos(Math.toRadians(heading));
    plane.unproject(metres * east, metres * north);
    double convergence = Math.toDegrees(plane.convergenceRad);
    double endLat = plane.latDeg;
    double endLon = plane.lonDeg;
    plane.unproject((metres + 100) * east, (metres + 100) * north);
    double headingThere = GeoMath.headingDeg(endLat, endLon, plane.latDeg, plane.lonDeg);
    assertThat(GeoMath.headingDifferenceDeg(heading - convergence + 720, headingThere))
        .isLessThan(1e-4);
  }
}
