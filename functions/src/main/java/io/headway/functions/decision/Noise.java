// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

/**
 * Standard normal numbers from a seed, the same on every platform and version of Java, which the
 * library's generators do not promise: SplitMix64 (Steele, Lea and Flood, 2014) gives the bits, the
 * polar method of Marsaglia and Bray (1964) the numbers. For one thread.
 */
final class Noise {
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private long state;
  private double spare;
  private boolean hasSpare;

  Noise(long seed) {
    state = seed;
  }

  double next() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    double u;
    double v;
    double s;
    do {
      u = uniform();
      v = uniform();
      s = u * u + v * v;
    } while (s >= 1 || s == 0);
    double scale = Math.sqrt(-2 * StrictMath.log(s) / s);
    spare = v * scale;
    hasSpare = true;
    return u * scale;
  }

  /** In (-1, 1). */
  private double uniform() {
    state += GOLDEN_GAMMA;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return ((z ^ (z >>> 31)) >> 10) * 0x1p-53;
  }
}
