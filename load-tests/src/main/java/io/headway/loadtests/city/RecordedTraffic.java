// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.loadtests.city.Draws.Stream;

/**
 * Traffic that goes as a recorded fleet's did, by no formula: a state's mode is a minute of the
 * recording, and its field the residuals of {@link RecordedSpeeds} in that minute. It goes on with
 * the minute that followed, or, once in {@link #BLOCK_MIN} minutes on average, with one that is
 * like it: a bootstrap of blocks of random length (Politis and Romano 1994) that are joined at
 * nearest neighbours (Lall and Sharma 1996). What single roads differ by is a stretch of a recorded
 * cab's. The network's zones are laid over the recording's cells; classes of roads go alike.
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

  /** Some day at the time of day. */
  @Override
  public State first(long seed, long slot) {
    int[] days = firstMinutes(slot);
    return state(days[Draws.below(Draws.bits(seed, Stream.FIELD, slot, 0), days.length)]);
  }

  /** Each equally likely to be the first. */
  int[] firstMinutes(long slot) {
    return speeds.at((int) Math.floorMod(slot, 1_440L));
  }

  State state(int minute) {
    return new State(minute, speeds.cells(minute));
  }

  @Override
  public State next(State before, long seed, long slot) {
    int follows = Math.min(before.mode() + 1, speeds.minutes() - 1);
    int[] alike = speeds.alike(follows);
    long bits = Draws.bits(seed, Stream.FIELD, slot, 0);
    boolean goesOn = alike.length == 0 || Draws.uniform(bits) >= 1.0 / BLOCK_MIN;
    return state(goesOn ? follows : alike[Draws.below(Draws.next(bits), alike.length)]);
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
