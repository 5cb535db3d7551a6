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
 * had it. It is state as it stands: a backend on the heap keeps the object, and many may wait at
 * little cost. Not thread-safe.
 *
 * <p>As bytes, little-endian: u8 version (1); u8 number of recent times, 0 to {@value #RECENT}; u16
 * waiting records; i64 event time of the newest record taken out; i64 moment of the idle timer; i64
 * each recent time, oldest first; then each waiting record, in any order: i64 event time, i32
 * length, the record as {@link Inbound}'s serializer writes it.
 */
final class ReorderBuffer {
  /** So many of the newest times that were taken out are known, to tell duplicates. */
  static final int RECENT = 16;

  /** Stands for a moment that does not exist. */
  static final long NEVER = Long.MIN_VALUE;

  private static final byte VERSION = 1;
  private static final int HEADER_BYTES = 20;
  private static final int ENTRY_HEADER_BYTES = 12;

  private final long[] recentMs;

  /** In order of event time. */
  private final List<Entry> waiting;

  private int recent;
  private long passedMs = NEVER;
  private long idleTimerMs = NEVER;

  /** A waiting record, as it came or, when it was read from bytes, as these. */
  private record Entry(long timeMs, Inbound<Telemetry> record, byte[] bytes, int at, int length) {}

  ReorderBuffer() {
    recentMs = new long[RECENT];
    waiting = new ArrayList<>();
  }

  private ReorderBuffer(ReorderBuffer from) {
    recentMs = from.recentMs.clone();
    waiting = new ArrayList<>(from.waiting);
    recent = from.recent;
    passedMs = from.passedMs;
    idleTimerMs = from.idleTimerMs;
  }

  /** One that changes apart from this one. */
  ReorderBuffer copy() {
    return new ReorderBuffer(this);
  }

  /** Reads what {@link #toBytes} wrote; the array is kept. */
  static ReorderBuffer of(byte[] bytes) {
    ByteBuffer from = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    byte version = from.get();
    if (version != VERSION) {
      throw new IllegalStateException(
          "The waiting records of a vehicle have layout "
              + version
              + ", and this version of the job reads layout "
              + VERSION
              + "; restore it with the version that wrote it.");
    }
    ReorderBuffer buffer = new ReorderBuffer();
    buffer.recent = from.get();
    int count = Short.toUnsignedInt(from.getShort());
    buffer.passedMs = from.getLong();
    buffer.idleTimerMs = from.getLong();
    for (int i = 0; i < buffer.recent; i++) {
      buffer.recentMs[i] = from.getLong();
    }
    for (int i = 0; i < count; i++) {
      long timeMs = from.getLong();
      int length = from.getInt();
      buffer.add(new Entry(timeMs, null, bytes, from.position(), length));
      from.position(from.position() + length);
    }
    return buffer;
  }

  /**
   * All of it.
   *
   * @param serializer of the records that wait
   * @param scratch to write them with; what it holds is overwritten
   */
  byte[] toBytes(TypeSerializer<Inbound<Telemetry>> serializer, DataOutputSerializer scratch)
      throws IOException {
    scratch.clear();
    List<Integer> lengths = new ArrayList<>(waiting.size());
    for (Entry entry : waiting) {
      int before = scratch.length();
      if (entry.record == null) {
        scratch.write(entry.bytes, entry.at, entry.length);
      } else {
        serializer.serialize(entry.record, scratch);
      }
      lengths.add(scratch.length() - before);
    }
    int length =
        HEADER_BYTES + recent * Long.BYTES + waiting.size() * ENTRY_HEADER_BYTES + scratch.length();
    ByteBuffer to = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    to.put(VERSION).put((byte) recent).putShort((short) waiting.size());
    to.putLong(passedMs).putLong(idleTimerMs);
    for (int i = 0; i < recent; i++) {
      to.putLong(recentMs[i]);
    }
    int at = 0;
    for (int i = 0; i < waiting.size(); i++) {
      int entryBytes = lengths.get(i);
      to.putLong(waiting.get(i).timeMs).putInt(entryBytes);
      to.put(scratch.getSharedBuffer(), at, entryBytes);
      at += entryBytes;
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
    int place = placeOf(timeMs);
    return place > 0 && waiting.get(place - 1).timeMs == timeMs;
  }

  /** Where a record of a time belongs: behind those of the same time. Most are the newest. */
  private int placeOf(long timeMs) {
    int place = waiting.size();
    while (place > 0 && waiting.get(place - 1).timeMs > timeMs) {
      place--;
    }
    return place;
  }

  private void add(Entry entry) {
    waiting.add(placeOf(entry.timeMs), entry);
  }

  /** Lets a record wait. */
  void put(long timeMs, Inbound<Telemetry> record) {
    add(new Entry(timeMs, record, null, 0, 0));
  }

  /**
   * Takes the oldest record out.
   *
   * @param serializer reads it, should it be bytes
   */
  Inbound<Telemetry> take(TypeSerializer<Inbound<Telemetry>> serializer) {
    Entry entry = waiting.remove(0);
    passedMs = entry.timeMs;
    if (recent == RECENT) {
      System.arraycopy(recentMs, 1, recentMs, 0, RECENT - 1);
      recent--;
    }
    recentMs[recent++] = passedMs;
    if (entry.record != null) {
      return entry.record;
    }
    try {
      return serializer.deserialize(new DataInputDeserializer(entry.bytes, entry.at, entry.length));
    } catch (IOException e) {
      throw new UncheckedIOException("A record of " + passedMs + " ms cannot be read back.", e);
    }
  }

  /** How many records wait. */
  int size() {
    return waiting.size();
  }

  /** Event time of the oldest record that waits; {@link #NEVER}. */
  long oldestMs() {
    return waiting.isEmpty() ? NEVER : waiting.get(0).timeMs;
  }

  /** Event time of the newest record that was taken out; {@link #NEVER}. */
  long passedMs() {
    return passedMs;
  }

  /** Event time of the newest record, waiting or taken out; {@link #NEVER}. */
  long newestMs() {
    return waiting.isEmpty()
        ? passedMs
        : Math.max(passedMs, waiting.get(waiting.size() - 1).timeMs);
  }

  /** When the idle timer rings; {@link #NEVER}. */
  long idleTimerMs() {
    return idleTimerMs;
  }

  void setIdleTimerMs(long moment) {
    idleTimerMs = moment;
  }
}
