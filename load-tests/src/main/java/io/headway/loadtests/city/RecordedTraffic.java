// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.loadtests.city.Draws.Stream;

/**
 * Traffic that goes as a recorded fleet's did, by no formula: a state's mode is a minute of the
 * recording, and its field the residuals of {@link RecordedSpeeds} in that minute. It goes on with
 * the minute that followed, or, once in {@link #BLOCK_MIN} minutes on average, with one of another
 * day that is like it: a bootstrap of blocks of random length (Politis and Romano 1994) that are
 * joined at nearest neighbours (Lall and Sharma 1996). The time of day stays that of the city. What
 * single roads differ by is a stretch of a recorded cab's. The network's zones are laid over the
 * recording's cells; classes of roads go alike.
 */
final class RecordedTraffic implements Traffic {
  /** Mean length of a block, minutes. */
  static final int BLOCK_MIN = 5;

  private final RecordedSpeeds speeds;
  private final int[] cellOf;

  RecordedTraffic(RecordedSpeeds speeds, int rows, int columns, int classes) {
    this.speeds = speeds;
    int side = RecordedSpeeds.SIDE;
    cellOf = new int[rows * columns * classes];
    for (int c = 0; c < cellOf.length; c++) {
      int row = c / classes / columns;
      int column = c / classes % columns;
      cellOf[c] = row * side / rows * side + column * side / columns;
    }
  }

  RecordedSpeeds speeds() {
    return speeds;
  }

  /** The recording's cell of a component. */
  int cell(int component) {
    return cellOf[component];
  }

  @Override
  public int components() {
    return cellOf.length;
  }

  /** Each day as likely. */
  @Override
  public State first(long seed, long slot) {
    int day = Draws.below(Draws.bits(seed, Stream.FIELD, slot, 0), speeds.days());
    return state(speeds.minute(day, minuteOfDay(slot)));
  }

  static int minuteOfDay(long slot) {
    return (int) Math.floorMod(slot, (long) RecordedSpeeds.DAY_MIN);
  }

  State state(int minute) {
    return new State(minute, speeds.cells(minute));
  }

  @Override
  public State next(State before, long seed, long slot) {
    int follows = speeds.following(before.mode());
    int[] alike = speeds.alike(follows);
    long bits = Draws.bits(seed, Stream.FIELD, slot, 0);
    return state(
        Draws.uniform(bits) < 1.0 / BLOCK_MIN
            ? alike[Draws.below(Draws.next(bits), alike.length)]
            : follows);
  }

  @Override
  public State imagined(State before, long seed, long slot) {
    return next(before, seed, slot);
  }

  @Override
  public void logSpeeds(State state, long slot, float[] into) {
    for (int c = 0; c < into.length; c++) {
      into[c] = (float) state.field()[cellOf[c]];
    }
  }

  @Override
  public double roadNoise(long seed, int edge, long slot) {
    long bits = Draws.bits(seed, Stream.ROAD_NOISE, edge, Math.floorDiv(slot, NOISE_SLOTS));
    return speeds.differs(
        Draws.below(bits, speeds.stretches()), (int) Math.floorMod(slot, (long) NOISE_SLOTS));
  }

  @Override
  public int weather(State state) {
    return Weather.DRY;
  }
}
