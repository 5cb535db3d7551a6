// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import java.io.Serializable;

/** Tells the moment by which "in the future" is judged. Thread-safe and serialisable. */
@FunctionalInterface
public interface StreamClock extends Serializable {

  /** The present moment of the stream, milliseconds since the epoch. */
  long nowMs();

  /** The system's clock: event time is wall time. */
  static StreamClock system() {
    return System::currentTimeMillis;
  }

  /**
   * A clock for replays: event time was {@code eventOriginMs} when the wall clock showed {@code
   * wallOriginMs}, and passes {@code speedUp} times as fast.
   *
   * @throws IllegalArgumentException when {@code speedUp} is not a finite number above 0
   */
  static StreamClock scaled(long eventOriginMs, long wallOriginMs, double speedUp) {
    if (!(speedUp > 0) || Double.isInfinite(speedUp)) {
      throw new IllegalArgumentException(
          "The clock's speed-up is "
              + speedUp
              + ", so time would not advance; give a finite number above 0.");
    }
    return () -> eventOriginMs + Math.round((System.currentTimeMillis() - wallOriginMs) * speedUp);
  }
}
