// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;

/**
 * Everything a simulated city follows from, apart from its road network: a seed, a beginning and
 * the {@link Knob}s. Two cities with equal parameters and networks produce equal records, as long
 * as they are given equal decisions at equal times. Immutable.
 */
public final class CityParameters {
  /** A Tuesday in the morning rush hour. The city's clocks show UTC. */
  public static final long DEFAULT_START_MS = Instant.parse("2026-03-03T07:00:00Z").toEpochMilli();

  private final long seed;
  private final long startMs;
  private final Map<Knob, Double> values;
  private final RecordedSpeeds recorded;

  private CityParameters(
      long seed, long startMs, Map<Knob, Double> values, RecordedSpeeds recorded) {
    this.seed = seed;
    this.startMs = startMs;
    this.values = values;
    this.recorded = recorded;
  }

  /** Seed 1, {@link #DEFAULT_START_MS}, every knob at its default. */
  public static CityParameters defaults() {
    Map<Knob, Double> values = new EnumMap<>(Knob.class);
    for (Knob knob : Knob.values()) {
      values.put(knob, knob.defaultValue());
    }
    return new CityParameters(1, DEFAULT_START_MS, values, null);
  }

  public CityParameters withSeed(long newSeed) {
    return new CityParameters(newSeed, startMs, values, recorded);
  }

  /**
   * @param newStartMs the feed's time at its beginning, milliseconds since the epoch, not negative
   */
  public CityParameters withStartMs(long newStartMs) {
    if (newStartMs < 0) {
      throw new IllegalArgumentException(
          "startMs is %d, before 1970, where slots have no number; begin at 0 or later"
              .formatted(newStartMs));
    }
    return new CityParameters(seed, newStartMs, values, recorded);
  }

  /**
   * @throws IllegalArgumentException when the value is outside the knob's range
   */
  public CityParameters with(Knob knob, double value) {
    Map<Knob, Double> changed = new EnumMap<>(values);
    changed.put(knob, knob.check(value));
    return new CityParameters(seed, startMs, changed, recorded);
  }

  /**
   * A city whose traffic goes by recorded speeds: the simulator's rush hours, weather, speed field,
   * noise of single roads, paces of drivers, incidents and breakdowns are none of it.
   */
  public CityParameters withRecorded(RecordedSpeeds speeds) {
    return new CityParameters(seed, startMs, values, speeds)
        .with(Knob.RUSH_HOUR, 0)
        .with(Knob.PACE_SPREAD, 0)
        .with(Knob.INCIDENTS, 0)
        .with(Knob.BREAKDOWNS_PER_H, 0);
  }

  /**
   * Outside the usual range: twice the incidents, noise of roads with 2 degrees of freedom for 4,
   * half the length and memory of the speed field's correlation.
   */
  public CityParameters shifted() {
    return with(Knob.INCIDENTS, 2).with(Knob.TAILS, 2).with(Knob.CORRELATION, 0.5);
  }

  /** Recorded speeds that traffic goes by; null for the simulator's formulas. */
  RecordedSpeeds recorded() {
    return recorded;
  }

  public double get(Knob knob) {
    return values.get(knob);
  }

  /**
   * The share of fixes that arrive too late to be put in order, at most: they are sent late, or
   * when a silence that kept them is over.
   */
  public double lateShareMax() {
    return get(Knob.LATE_SHARE) + get(Knob.DROPOUT_SHARE) * (1 - Sensors.LOST_SHARE);
  }

  public long seed() {
    return seed;
  }

  public long startMs() {
    return startMs;
  }

  int count(Knob knob) {
    return (int) Math.round(get(knob));
  }

  long durationMs() {
    return Math.round(get(Knob.DURATION_H) * 3_600_000);
  }
}
