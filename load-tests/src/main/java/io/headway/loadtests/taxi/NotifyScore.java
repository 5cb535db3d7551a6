// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import java.util.OptionalDouble;

/**
 * How good the decisions to tell a receiver of a delay were, judged by recorded arrivals. A trip
 * counts once however often it was told. Trips that had not arrived when the score was taken stand
 * only in {@code open} and {@code openNotified}.
 *
 * @param right told trips that arrived after their promised window
 * @param wrong told trips that arrived within it
 * @param arrivals trips that arrived
 * @param lateArrivals those of them that arrived after their promised window
 * @param notifiedBeforeArrival late arrivals that had been told before they arrived
 * @param notifiedAhead those of them that had been told at least {@link #AHEAD_S} before
 * @param missed late arrivals that had not been told before they arrived
 * @param open trips that have not arrived
 * @param openNotified those of them that have been told
 * @param leadMedianS median seconds between being told and arriving, of the late arrivals told
 *     before; 0 when there are none
 */
public record NotifyScore(
    long right,
    long wrong,
    long arrivals,
    long lateArrivals,
    long notifiedBeforeArrival,
    long notifiedAhead,
    long missed,
    long open,
    long openNotified,
    double leadMedianS) {

  /** How long before its arrival a receiver should be told, in seconds. */
  public static final long AHEAD_S = 900;

  /** Share of told trips that were late, 0 to 1; empty when none was told. */
  public OptionalDouble precision() {
    return share(right, right + wrong);
  }

  /** Share of late arrivals that were told before they arrived, 0 to 1; empty without any. */
  public OptionalDouble recall() {
    return share(notifiedBeforeArrival, lateArrivals);
  }

  private static OptionalDouble share(long part, long whole) {
    return whole == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) part / whole);
  }
}
