// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

/** What became of an occupied stretch of a recording. */
public enum StretchFate {
  /** Replayed as a shipment. */
  TRIP,
  /** The passenger was aboard when the recording of the cab began, or after a gap. */
  BEGINNING_UNSEEN,
  /** The passenger was still aboard when the recording ended. */
  END_UNSEEN,
  /** No fix for more than five minutes, so the arrival is not known. */
  GAP,
  /** Less than two minutes, three fixes or 300 m between its ends. */
  TOO_SHORT,
  /** More than ninety minutes. */
  TOO_LONG,
  /** Its first or last position is wild, so the pick-up or the destination is not known. */
  OUTLIER_AT_END
}
