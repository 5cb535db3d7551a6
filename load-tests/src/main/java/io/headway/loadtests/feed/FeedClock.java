// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.feed;

/**
 * Ties a feed's own time to wall time: {@code eventOriginMs} is sent at {@code wallOriginMs}, and
 * the feed's time passes {@code speedUp} times as fast. Immutable.
 *
 * @param eventOriginMs feed's time at the origin, milliseconds since the epoch
 * @param wallOriginMs wall time at the origin, milliseconds since the epoch
 * @param speedUp seconds of the feed's time in a second, above 0
 */
public record FeedClock(long eventOriginMs, long wallOriginMs, double speedUp) {

  /** The feed's time at a wall time. */
  public long eventMs(long wallMs) {
    return eventOriginMs + Math.round((wallMs - wallOriginMs) * speedUp);
  }

  /** First wall millisecond at which the feed's time has been reached. */
  public long wallMs(long eventMs) {
    return wallOriginMs + (long) Math.ceil((eventMs - eventOriginMs) / speedUp);
  }
}
