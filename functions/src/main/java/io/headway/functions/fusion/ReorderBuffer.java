// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.fusion;

import io.headway.functions.ingest.Inbound;
import io.headway.schemas.Telemetry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * The records of one vehicle that wait for their turn, and what must be remembered of those that
 * had it. Serves one vehicle after the other, {@link #read} swaps one in, {@link #write} out. All
 * of it is one value in Flink's state: with RocksDB an access costs more than the bytes that it
 * carries, and a vehicle has few records waiting. Not thread-safe.
 *
 * <p>State, little-endian: u8 version (1); u8 number of recent times, 0 to {@value #RECENT}; u16
 * waiting records; i64 event time of the newest record taken out; i64 moment of the idle timer; i64
 * each recent time, oldest first; then each waiting record, in order of arrival: i64 event time,
 * i32 length, the record as {@link Inbound}'s serializer writes it.
 */
final class ReorderBuffer {
  /** So many of the newest times that were taken out are known, to tell duplicates. */
  static final int RECENT = 16;

  /** Stands for a moment that does not exist. */
  static final long NEVER = Long.MIN_VALUE;

  private static final byte VERSION = 1;
  private static final int HEADER_BYTES = 20;
  private static final int ENTRY_HEADER_BYTES = 12;

  private final TypeSerializer<Inbound<Telemetry>> serializer;
  private final DataOutputSerializer out = new DataOutputSerializer(256);
  private final DataInputDeserializer in = new DataInputDeserializer();

  private final long[] recentMs = new long[RECENT];
  private final List<Entry> waiting = new ArrayList<>();
  private int recent;
  private long passedMs = NEVER;
  private long idleTimerMs = NEVER;

  /** A waiting record: its bytes from {@code at} on. */
  private record Entry(long timeMs, byte[] bytes, int at, int length) {}

  ReorderBuffer(TypeSerializer<Inbound<Telemetry>> serializer) {
    this.serializer = serializer;
  }

  /** Takes a vehicle's state over; null stands for a vehicle that was never seen. */
  void read(byte[] state) {
    waiting.clear();
    recent = 0;
    passedMs = NEVER;
    idleTimerMs = NEVER;
    if (state == null) {
      return;
    }
    ByteBuffer from = ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN);
    byte version = from.get();
    if (version != VERSION) {
      throw new IllegalStateException(
          "The waiting records of a vehicle have layout "
              + version
              + ", and this version of the job reads layout "
              + VERSION
              + "; restore it with the version that wrote it.");
    }
    recent = from.get();
    int count = Short.toUnsignedInt(from.getShort());
    passedMs = from.getLong();
    idleTimerMs = from.getLong();
    for (int i = 0; i < recent; i++) {
      recentMs[i] = from.getLong();
    }
    for (int i = 0; i < count; i++) {
      long timeMs = from.getLong();
      int length = from.getInt();
      waiting.add(new Entry(timeMs, state, from.position(), length));
      from.position(from.position() + length);
    }
  }

  byte[] write() {
    int length = HEADER_BYTES + recent * Long.BYTES;
    for (Entry entry : waiting) {
      length += ENTRY_HEADER_BYTES + entry.length;
    }
    ByteBuffer to = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    to.put(VERSION).put((byte) recent).putShort((short) waiting.size());
    to.putLong(passedMs).putLong(idleTimerMs);
    for (int i = 0; i < recent; i++) {
      to.putLong(recentMs[i]);
    }
    for (Entry entry : waiting) {
      to.putLong(entry.timeMs).putInt(entry.length).put(entry.bytes, entry.at, entry.length);
    }
    return to.array();
  }

  /** Whether a record of that time waits or was taken out lately. */
  boolean knows(long timeMs) {
    for (int i = 0; i < recent; i++) {
      if (recentMs[i] == timeMs) {
        return true;
      }
    }
    return indexOf(timeMs) >= 0;
  }

  private int indexOf(long timeMs) {
    for (int i = 0; i < waiting.size(); i++) {
      if (waiting.get(i).timeMs == timeMs) {
        return i;
      }
    }
    return -1;
  }

  /** Lets a record wait. */
  void put(long timeMs, Inbound<Telemetry> record) {
    try {
      out.clear();
      serializer.serialize(record, out);
      byte[] bytes = out.getCopyOfBuffer();
      waiting.add(new Entry(timeMs, bytes, 0, bytes.length));
    } catch (IOException e) {
      throw new UncheckedIOException("Record " + record + " cannot be kept.", e);
    }
  }

  /** Takes the record of a time out, or returns null when none of that time waits. */
  Inbound<Telemetry> take(long timeMs) {
    int index = indexOf(timeMs);
    if (index < 0) {
      return null;
    }
    Entry entry = waiting.remove(index);
    passedMs = timeMs;
    if (recent == RECENT) {
      System.arraycopy(recentMs, 1, recentMs, 0, RECENT - 1);
      recent--;
    }
    recentMs[recent++] = timeMs;
    try {
      in.setBuffer(entry.bytes, entry.at, entry.length);
      return serializer.deserialize(in);
    } catch (IOException e) {
      throw new UncheckedIOException("A record of " + timeMs + " ms cannot be read back.", e);
    }
  }

  /** How many records wait. */
  int size() {
    return waiting.size();
  }

  /** Event times of the records that wait, ascending. */
  long[] times() {
    return waiting.stream().mapToLong(Entry::timeMs).sorted().toArray();
  }

  /** Event time of the newest record that was taken out; {@link #NEVER}. */
  long passedMs() {
    return passedMs;
  }

  /** Event time of the newest record, waiting or taken out; {@link #NEVER}. */
  long newestMs() {
    long newestMs = passedMs;
    for (Entry entry : waiting) {
      newestMs = Math.max(newestMs, entry.timeMs);
    }
    return newestMs;
  }

  /** When the idle timer rings; {@link #NEVER}. */
  long idleTimerMs() {
    return idleTimerMs;
  }

  void setIdleTimerMs(long moment) {
    idleTimerMs = moment;
  }
}
