// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;

/**
 * Reads Avro's binary encoding from an array and believes no length that the array cannot hold.
 * Avro's own decoder allocates what a length prefix asks for before it looks for the bytes, so that
 * ten malformed bytes can take a TaskManager's memory. Every length here costs the input at least a
 * byte an item, which holds for the records on our topics (none has items of no size).
 */
final class BoundedDecoder extends Decoder {
  private static final int MAX_VARINT_BYTES = 10;

  private final byte[] bytes;
  private int position;

  BoundedDecoder(byte[] bytes, int start) {
    this.bytes = bytes;
    this.position = start;
  }

  int remaining() {
    return bytes.length - position;
  }

  /** Moves on by {@code count} bytes and returns where they start. */
  private int take(long count) throws EOFException {
    if (count < 0 || count > remaining()) {
      throw new EOFException(
          count + " bytes are needed at byte " + position + " and " + remaining() + " are left");
    }
    int start = position;
    position += (int) count;
    return start;
  }

  @Override
  public void readNull() {}

  @Override
  public boolean readBoolean() throws IOException {
    return bytes[take(1)] == 1;
  }

  @Override
  public int readInt() throws IOException {
    long value = readLong();
    if (value != (int) value) {
      throw new IOException(value + " is no int");
    }
    return (int) value;
  }

  @Override
  public long readLong() throws IOException {
    long zigzag = 0;
    for (int i = 0; i < MAX_VARINT_BYTES; i++) {
      byte b = bytes[take(1)];
      zigzag |= (b & 0x7FL) << (7 * i);
      if (b >= 0) {
        return (zigzag >>> 1) ^ -(zigzag & 1);
      }
    }
    throw new IOException("a number at byte " + position + " does not end");
  }

  @Override
  public float readFloat() throws IOException {
    return Float.intBitsToFloat(littleEndianInt(take(Float.BYTES)));
  }

  @Override
  public double readDouble() throws IOException {
    int start = take(Double.BYTES);
    long low = littleEndianInt(start) & 0xFFFF_FFFFL;
    long high = littleEndianInt(start + Integer.BYTES);
    return Double.longBitsToDouble(high << 32 | low);
  }

  private int littleEndianInt(int start) {
    return (bytes[start] & 0xFF)
        | (bytes[start + 1] & 0xFF) << 8
        | (bytes[start + 2] & 0xFF) << 16
        | (bytes[start + 3] & 0xFF) << 24;
  }

  @Override
  public Utf8 readString(Utf8 old) throws IOException {
    return new Utf8(readString());
  }

  @Override
  public String readString() throws IOException {
    long length = readLong();
    return new String(bytes, take(length), (int) length, StandardCharsets.UTF_8);
  }

  @Override
  public void skipString() throws IOException {
    take(readLong());
  }

  @Override
  public ByteBuffer readBytes(ByteBuffer old) throws IOException {
    long length = readLong();
    int start = take(length);
    return ByteBuffer.wrap(Arrays.copyOfRange(bytes, start, start + (int) length));
  }

  @Override
  public void skipBytes() throws IOException {
    take(readLong());
  }

  @Override
  public void readFixed(byte[] target, int start, int length) throws IOException {
    System.arraycopy(bytes, take(length), target, start, length);
  }

  @Override
  public void skipFixed(int length) throws IOException {
    take(length);
  }

  @Override
  public int readEnum() throws IOException {
    return readInt();
  }

  @Override
  public int readIndex() throws IOException {
    return readInt();
  }

  @Override
  public long readArrayStart() throws IOException {
    return arrayNext();
  }

  @Override
  public long arrayNext() throws IOException {
    long items = readLong();
    if (items < 0) {
      items = -items;
      readLong();
    }
    return held(items);
  }

  /** The number of items, when the bytes left can hold so many. */
  private long held(long items) throws EOFException {
    if (items < 0 || items > remaining()) {
      throw new EOFException(
          items
              + " items are announced at byte "
              + position
              + " and "
              + remaining()
              + " bytes are left");
    }
    return items;
  }

  @Override
  public long skipArray() throws IOException {
    long items = readLong();
    while (items < 0) {
      take(readLong());
      items = readLong();
    }
    return held(items);
  }

  @Override
  public long readMapStart() throws IOException {
    return arrayNext();
  }

  @Override
  public long mapNext() throws IOException {
    return arrayNext();
  }

  @Override
  public long skipMap() throws IOException {
    return skipArray();
  }
}
