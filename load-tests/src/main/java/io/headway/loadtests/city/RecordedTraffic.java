// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.Draws.Stream;

/**
 * Traffic that goes as a recorded fleet's did, by no formula: a state's mode is a minute of the
 * recording, and its field the residuals of {@link RecordedSpeeds} in that minute. It goes on with
 * the minute that followed, or, once in {@link #BLOCK_MIN} minutes on average, with one of another
 * day that is like it: a bootstrap of blocks of random length (Politis and Romano 1994) that are
 * joined at nearest neighbours (Lall and Sharma 1996). The time of day stays that of the city. All
 * roads of a square of {@value #CAB_M} m, which takes a cab some minutes to cross, differ from that
 * as one recorded cab did for five minutes. The network's zones are laid over the recording's
 * cells; classes of roads go alike.
 */
final class RecordedTraffic implements Traffic {
  /** Mean length of a block, minutes. */
  static final int BLOCK_MIN = 5;

  /** With it speeds are about the usual ones by day; with a cab for each road they are too slow. */
  private static final double CAB_M = 1_000;

  private final RecordedSpeeds speeds;
  private final int[] cellOf;
  private final int[] cabOf;

  /**
   * @param rows of zones of the network, from south to north
   * @param columns likewise, from west to east
   * @param classes of roads in each zone
   */
  RecordedTraffic(RecordedSpeeds speeds, RoadNetwork network, int rows, int columns, int classes) {
    this.speeds = speeds;
    cabOf = new int[network.edgeCount()];
    for (int e = 0; e < cabOf.length; e++) {
      int node = network.edgeFrom(e);
      double lat = network.nodeLatDeg(node);
      double eastM = GeoMath.eastM(network.nodeLatDeg(0), 0, network.nodeLonDeg(node));
      double northM = GeoMath.northM(0, lat);
      cabOf[e] =
          ((int) Math.floor(northM / CAB_M) << 16) ^ (0xFFFF & (int) Math.floor(eastM / CAB_M));
    }
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

  /** Which cab an edge goes by. */
  int cab(int edge) {
    return cabOf[edge];
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
    long bits = Draws.bits(seed, Stream.ROAD_NOISE, cabOf[edge], Math.floorDiv(slot, NOISE_SLOTS));
    return speeds.differs(
        Draws.below(bits, speeds.stretches()), (int) Math.floorMod(slot, (long) NOISE_SLOTS));
  }

  @Override
  public int weather(State state) {
    return Weather.DRY;
  }
}
