// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.fusion;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a vehicle's reorder buffer must remember besides the records in it. Not thread-safe.
 *
 * <p>State, little-endian: u8 version (1); u8 number of recent times, 0 to {@value #RECENT}; u16
 * records in the buffer; i64 event time up to which records were taken out; i64 moment of the idle
 * timer; i64 each recent time, newest last.
 */
final class ArrivalOrder {
  /** So many of the newest times that were taken out are known, to tell duplicates. */
  static final int RECENT = 16;

  static final long NEVER = Long.MIN_VALUE;

  private static final byte VERSION = 1;
  private static final int HEADER_BYTES = 20;

  private final long[] recentMs = new long[RECENT];
  private int recent;
  private int buffered;
  private long passedMs = NEVER;
  private long idleTimerMs = NEVER;

  /** Takes a vehicle's state over; null stands for a vehicle that was never seen. */
  void read(byte[] state) {
    recent = 0;
    buffered = 0;
    passedMs = NEVER;
    idleTimerMs = NEVER;
    if (state == null) {
      return;
    }
    ByteBuffer in = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
    byte version = in.get();
    if (version != VERSION) {
      throw new IllegalStateException(
          "The order of a vehicle's records has layout "
              + version
              + ", and this version of the job reads layout "
              + VERSION
              + "; restore it with the version that wrote it.");
    }
    recent = in.get();
    buffered = Short.toUnsignedInt(in.getShort());
    passedMs = in.getLong();
    idleTimerMs = in.getLong();
    for (int i = 0; i < recent; i++) {
      recentMs[i] = in.getLong();
    }
  }

  byte[] write() {
    ByteBuffer out =
        ByteBuffer.allocate(HEADER_BYTES + recent * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.put(VERSION).put((byte) recent).putShort((short) buffered);
    out.putLong(passedMs).putLong(idleTimerMs);
    for (int i = 0; i < recent; i++) {
      out.putLong(recentMs[i]);
    }
    return out.array();
  }

  /** Whether a record of that time was taken out lately. */
  boolean isRecent(long eventTimeMs) {
    for (int i = 0; i < recent; i++) {
      if (recentMs[i] == eventTimeMs) {
        return true;
      }
    }
    return false;
  }

  int buffered() {
    return buffered;
  }

  /** Event time of the newest record that was taken out; {@link #NEVER}. */
  long passedMs() {
    return passedMs;
  }

  long idleTimerMs() {
    return idleTimerMs;
  }

  void setIdleTimerMs(long moment) {
    idleTimerMs = moment;
  }

  void put() {
    buffered++;
  }

  void take(long eventTimeMs) {
    buffered--;
    passedMs = eventTimeMs;
    if (recent == RECENT) {
      System.arraycopy(recentMs, 1, recentMs, 0, RECENT - 1);
      recent--;
    }
    recentMs[recent++] = eventTimeMs;
  }
}
