// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.roads;

/** Position of a place along a Hilbert curve over the whole earth. */
final class HilbertCurve {
  private static final int BITS = 30;

  private HilbertCurve() {}

  /** Places close on the curve are close on the map; cells are some 4 cm wide. */
  static long position(double latDeg, double lonDeg) {
    long side = 1L << BITS;
    long x = Math.min(side - 1, (long) ((lonDeg + 180) / 360 * side));
    long y = Math.min(side - 1, (long) ((latDeg + 90) / 180 * side));
    long position = 0;
    for (long s = side >> 1; s > 0; s >>= 1) {
      boolean right = (x & s) != 0;
      boolean up = (y & s) != 0;
      position = 4 * position + (right ? (up ? 2 : 3) : (up ? 1 : 0));
      if (!up) {
        if (right) {
          x = side - 1 - x;
          y = side - 1 - y;
        }
        long swap = x;
        x = y;
        y = swap;
      }
    }
    return position;
  }
}
