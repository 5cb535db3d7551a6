// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import java.io.IOException;
import java.util.Comparator;

/**
 * One pass over a recording, moved back in time: what was recorded at {@code t + aheadMs} is shown
 * at {@code t}, by cabs of its own. Not thread-safe.
 */
final class Lane {
  static final Comparator<Lane> BY_TIME =
      Comparator.comparingLong(Lane::timeMs).thenComparingInt(lane -> lane.number);

  private final int number;
  private final String suffix;
  private final Recording recording;
  private final long startMs;
  private final long aheadMs;
  private Recording.Node node;

  /**
   * @param number 0 for the lane that keeps the recorded names; the others append theirs
   * @param beginning of the recording
   * @param startMs first moment to show, in shown time
   */
  Lane(int number, Recording recording, Recording.Node beginning, long startMs, long aheadMs) {
    this.number = number;
    this.suffix = number == 0 ? "" : "." + number;
    this.recording = recording;
    this.startMs = startMs;
    this.aheadMs = aheadMs;
    node = beginning;
  }

  /**
   * Goes to the next moment.
   *
   * @return false when the recording has ended
   */
  boolean advance() throws IOException {
    do {
      node = recording.after(node);
    } while (node != null && timeMs() < startMs);
    return node != null;
  }

  TripCutter.Moment moment() {
    return node.moment();
  }

  /** When the present moment is shown, milliseconds since the epoch. */
  long timeMs() {
    return shownMs(node.moment().fix().timeMs());
  }

  long shownMs(long recordedMs) {
    return recordedMs - aheadMs;
  }

  /** Whether the passenger got in before the first moment shown. */
  boolean isUnderWayAtStart(Trip trip) {
    return shownMs(trip.pickUp().timeMs()) < startMs;
  }

  String vehicleId(Fix fix) {
    return "cab-" + fix.cab() + suffix;
  }

  String shipmentId(Trip trip) {
    return "trip-" + trip.pickUp().cab() + suffix + "-" + shownMs(trip.pickUp().timeMs()) / 1000;
  }
}
