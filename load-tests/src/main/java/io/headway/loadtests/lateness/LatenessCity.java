// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Knob;
import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;

/**
 * The cities that models of lateness learn from and are judged on: the demo's rough day, a little
 * different from seed to seed, so that a model cannot learn one city's habits.
 *
 * <p>Of seeds each thousand has one purpose: 1,000 to 1,999 are for training, the 2,000s for
 * choosing between models, the 3,000s for judging them. Smaller ones are those of the demo and the
 * benchmarks, greater ones those of the judge of decisions; on neither anything is trained.
 */
final class LatenessCity {
  static final long SEED_LEAST = 1_000;
  static final long SEED_MOST = 3_999;

  /** Seeds of one purpose, from a multiple of it on. */
  static final int SEEDS_OF_A_PURPOSE = 1_000;

  /** Of a city's made-up roads, which are those of its seed. */
  static final int JUNCTIONS = 4_000;

  /** How much of the roads a fleet sees depends on its size. */
  private static final int VEHICLES_LEAST = 40;

  private static final int VEHICLES_MOST = 300;

  private static final Instant MIDNIGHT = Instant.parse("2026-03-03T00:00:00Z");

  /** Rounds are driven by day: a city begins at one of its hours. */
  private static final int FIRST_HOUR = 4;

  private static final int LAST_HOUR = 20;

  /** Seeds that follow each other begin at hours that lie apart, and many cover the day evenly. */
  private static final double GOLDEN_RATIO = 0.6180339887498949;

  private LatenessCity() {}

  /** The city of a seed, with a fleet of {@value #VEHICLES_LEAST} to {@value #VEHICLES_MOST}. */
  static CityParameters of(long seed, double hours) {
    SplittableRandom random = new SplittableRandom(~seed);
    double vehicles = between(random, Math.log(VEHICLES_LEAST), Math.log(VEHICLES_MOST), true);
    return of(seed, (int) vehicles, hours);
  }

  /** The city of a seed. */
  static CityParameters of(long seed, int vehicles, double hours) {
    SplittableRandom random = new SplittableRandom(seed);
    double ofDay = seed * GOLDEN_RATIO % 1;
    double startH = FIRST_HOUR + ofDay * (LAST_HOUR - FIRST_HOUR);
    long startMs = MIDNIGHT.plus(Duration.ofMinutes((long) (startH * 60))).toEpochMilli();
    return CityParameters.defaults()
        .withSeed(seed)
        .withStartMs(startMs)
        .with(Knob.VEHICLES, vehicles)
        .with(Knob.DURATION_H, hours)
        .with(Knob.INCIDENTS, between(random, Math.log(0.5), Math.log(4), true))
        .with(Knob.WEATHER, between(random, Math.log(0.5), Math.log(2), true))
        .with(Knob.TIGHT_SHARE, between(random, 0.15, 0.45, false))
        .with(Knob.FIELD_SPREAD, between(random, 0.15, 0.25, false))
        .with(Knob.PACE_SPREAD, between(random, 0.05, 0.11, false))
        .with(Knob.RUSH_HOUR, between(random, 0.4, 1.6, false));
  }

  private static double between(SplittableRandom random, double low, double high, boolean log) {
    double value = low + (high - low) * random.nextDouble();
    return log ? Math.exp(value) : value;
  }
}
