// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

/**
 * Counter-based random numbers: a draw is a function of a seed, a stream and up to three counters,
 * never of what was drawn before. So the same question to the world always has the same answer,
 * whatever the vehicles do, and branches of one world share their random numbers.
 *
 * <p>The mixing function is the finaliser of SplitMix64 (Steele, Lea and Flood 2014), applied once
 * a counter. Stateless and thread-safe.
 */
final class Draws {
  /** What a draw is for: equal counters in different streams are independent. */
  enum Stream {
    FIELD(1),
    WEATHER(2),
    INCIDENT_COUNT(3),
    INCIDENT_PLACE(4),
    INCIDENT_LIFE(5),
    INCIDENT_KIND(6),
    INCIDENT_SEVERITY(7),
    INCIDENT_REPORT(8),
    ROAD_NOISE(9),
    PACE(10),
    CUSTOMER(11),
    SERVICE(12),
    PLACE(13),
    TOUR(14),
    ROUND(15),
    PLAN_CHANGE(16),
    SENSOR(17),
    BAD_INPUT(18),
    NETWORK(19),
    BREAKDOWN(20),
    FUTURE(21);

    private final long key;

    Stream(int number) {
      key = mix(0x243F6A8885A308D3L + number);
    }
  }

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final double UNIT = 0x1.0p-53;

  private static final double POISSON_PIECE = 100;

  private Draws() {}

  /** 64 uniform bits. */
  static long bits(long seed, Stream stream, long a, long b, long c) {
    long h = mix(seed + stream.key + GOLDEN * a);
    h = mix(h + GOLDEN * b);
    return mix(h + GOLDEN * c);
  }

  static long bits(long seed, Stream stream, long a, long b) {
    return mix(mix(seed + stream.key + GOLDEN * a) + GOLDEN * b);
  }

  /** Further bits from the bits of a draw. */
  static long next(long bits) {
    return mix(bits + GOLDEN);
  }

  /** Uniform in (0, 1), ends excluded. */
  static double uniform(long bits) {
    return ((bits >>> 11) + 0.5) * UNIT;
  }

  static double uniform(long seed, Stream stream, long a, long b) {
    return uniform(bits(seed, stream, a, b));
  }

  /** Uniform in [0, bound). */
  static int below(long bits, int bound) {
    return (int) Math.multiplyHigh(bits >>> 1, (long) bound << 1);
  }

  /** Standard normal, by Box and Muller (1958). */
  static double normal(long bits) {
    double radius = Math.sqrt(-2 * Math.log(uniform(bits)));
    return radius * Math.cos(2 * Math.PI * uniform(next(bits)));
  }

  /**
   * Student's t with any positive degrees of freedom, by Bailey's polar formula (1994): t =
   * sqrt(ν(U^(−2/ν) − 1))·cos(2πV).
   */
  static double studentT(long bits, double degreesOfFreedom) {
    double spread =
        Math.sqrt(degreesOfFreedom * (Math.pow(uniform(bits), -2 / degreesOfFreedom) - 1));
    return spread * Math.cos(2 * Math.PI * uniform(next(bits)));
  }

  /** Poisson, by inversion of pieces that are small enough for it. */
  static int poisson(long bits, double mean) {
    int n = 0;
    long draw = bits;
    for (double rest = mean; rest > 0; rest -= POISSON_PIECE) {
      n += smallPoisson(draw, Math.min(rest, POISSON_PIECE));
      draw = next(draw);
    }
    return n;
  }

  private static int smallPoisson(long bits, double mean) {
    double u = uniform(bits);
    double p = Math.exp(-mean);
    int n = 0;
    for (double sum = p; u > sum && p > 0; sum += p) {
      n++;
      p *= mean / n;
    }
    return n;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
