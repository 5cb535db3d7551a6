// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import io.headway.kernels.roads.GeoMath;

/**
 * A row of the recording.
 *
 * @param cab the recording's name of the cab
 * @param timeMs when it was measured, milliseconds since the epoch
 * @param latDeg WGS84 latitude as recorded
 * @param lonDeg WGS84 longitude as recorded
 * @param occupied whether the cab carried a passenger
 */
record Fix(String cab, long timeMs, double latDeg, double lonDeg, boolean occupied) {

  double distanceM(Fix other) {
    return GeoMath.distanceM(latDeg, lonDeg, other.latDeg, other.lonDeg);
  }
}
