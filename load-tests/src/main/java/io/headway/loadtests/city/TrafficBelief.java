// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

/** What driven speeds have told of {@link Traffic} so far. Not thread-safe. */
interface TrafficBelief {
  /** Goes on to the next slot. */
  void advance();

  /**
   * A speed that was driven.
   *
   * @param edge on which
   * @param component of the traffic that it belongs to
   * @param driver whose speed it is; −1 for one whose pace is not followed
   * @param logRatio log of the speed over the usual one
   * @param errorSpread standard deviation of the error of its measurement
   * @param ofOneSlot whether no part of it was driven in another slot
   */
  record Observation(
      int edge,
      int component,
      int driver,
      double logRatio,
      double errorSpread,
      boolean ofOneSlot) {}

  /** Takes in a speed of the slot. */
  void observe(Observation observation);

  /** The same as it stands now, to go on by itself. */
  TrafficBelief copy();

  /** How many times as often as in dry weather incidents begin now, on average. */
  double incidentRatio();

  /**
   * The law as it stands now.
   *
   * @param driver whose pace is asked for
   */
  Law law(int driver);

  /** A law that can be drawn from. Immutable and thread-safe. */
  interface Law {
    /** One draw; equal seeds draw the same. */
    Drawn draw(long seed);
  }

  /**
   * What may be.
   *
   * @param traffic as it stands
   * @param logPace of the driver
   */
  record Drawn(Traffic.State traffic, double logPace) {}
}
