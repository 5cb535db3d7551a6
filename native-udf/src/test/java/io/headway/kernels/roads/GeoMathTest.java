// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.roads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class GeoMathTest {
  @Test
  void aQuarterOfTheEquatorAndOfAMeridianAreAQuarterOfTheCircumference() {
    double quarter = Math.PI / 2 * GeoMath.EARTH_RADIUS_M;
    assertThat(GeoMath.distanceM(0, 0, 0, 90)).isCloseTo(quarter, within(1e-3));
    assertThat(GeoMath.distanceM(0, 12, 90, 12)).isCloseTo(quarter, within(1e-3));
    assertThat(GeoMath.distanceM(0, 179, 0, -179)).isCloseTo(quarter / 45, within(1e-3));
  }

  @Test
  void headingsAreClockwiseFromNorth() {
    assertThat(GeoMath.headingDeg(41, -8, 42, -8)).isEqualTo(0);
    assertThat(GeoMath.headingDeg(0, 0, 0, 1)).isCloseTo(90, within(1e-9));
    assertThat(GeoMath.headingDeg(42, -8, 41, -8)).isCloseTo(180, within(1e-9));
    assertThat(GeoMath.headingDeg(0, 0, 0, -1)).isCloseTo(270, within(1e-9));
  }

  @Test
  void headingDifferencesTakeTheShorterWayRound() {
    assertThat(GeoMath.headingDifferenceDeg(350, 10)).isEqualTo(20);
    assertThat(GeoMath.headingDifferenceDeg(90, 270)).isEqualTo(180);
  }

  @Property(tries = 500, seed = "1")
  void headingsStayInRange(
      @ForAll @DoubleRange(min = -90, max = 90) double lat1,
      @ForAll @DoubleRange(min = -180, max = 180) double lon1,
      @ForAll @DoubleRange(min = -90, max = 90) double lat2,
      @ForAll @DoubleRange(min = -180, max = 180) double lon2) {
    double heading = GeoMath.headingDeg(lat1, lon1, lat2, lon2);
    assertThat(heading).isGreaterThanOrEqualTo(0).isLessThan(360);
  }

  @Property(tries = 500, seed = "1")
  void theLocalProjectionAgreesWithTheGreatCircleAndGoesBack(
      @ForAll @DoubleRange(min = -70, max = 70) double lat,
      @ForAll @DoubleRange(min = -180, max = 180) double lon,
      @ForAll @DoubleRange(min = -7000, max = 7000) double eastM,
      @ForAll @DoubleRange(min = -7000, max = 7000) double northM) {
    double lat2 = GeoMath.latDeg(lat, northM);
    double lon2 = GeoMath.lonDeg(lat, lon, eastM);
    assertThat(GeoMath.northM(lat, lat2)).isCloseTo(northM, within(1e-5));
    assertThat(GeoMath.eastM(lat, lon, lon2)).isCloseTo(eastM, within(1e-5));
    double planarM = Math.hypot(eastM, northM);
    assertThat(GeoMath.distanceM(lat, lon, lat2, lon2))
        .isCloseTo(planarM, within(1e-3 + 0.003 * planarM));
  }
}
