// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.schemas.DeadLetterCause;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * One input record with its origin and its bytes: either decoded and sound, or at fault. Immutable;
 * so its arrays and its value must not be changed by those who read them.
 *
 * @param <T> what the topic carries
 */
public final class Inbound<T extends SpecificRecordBase> {
  private final Origin origin;
  private final byte[] key;
  private final byte[] payload;
  private final byte[] encoded;
  private final int payloadLength;
  private final String payloadSha256;
  private final T value;
  private final Fault fault;

  private Inbound(
      Origin origin,
      byte[] key,
      byte[] payload,
      byte[] encoded,
      int payloadLength,
      String payloadSha256,
      T value,
      Fault fault) {
    this.origin = origin;
    this.key = key;
    this.payload = payload;
    this.encoded = encoded;
    this.payloadLength = payloadLength;
    this.payloadSha256 = payloadSha256;
    this.value = value;
    this.fault = fault;
  }

  /**
   * A record that was decoded and found sound.
   *
   * @param key the record's key, or null
   * @param payload the bytes that {@code value} was decoded from, in single-object encoding
   */
  public static <T extends SpecificRecordBase> Inbound<T> sound(
      Origin origin, byte[] key, byte[] payload, T value) {
    return sound(origin, key, payload, payload, value);
  }

  /**
   * A record that was decoded and found sound.
   *
   * @param payload its bytes, in whatever encoding
   * @param encoded {@code value} in single-object encoding
   */
  static <T extends SpecificRecordBase> Inbound<T> sound(
      Origin origin, byte[] key, byte[] payload, byte[] encoded, T value) {
    return new Inbound<>(origin, key, payload, encoded, payload.length, null, value, null);
  }

  /**
   * A record, as a topic would bring it, that holds a value made here: for tests and replays.
   *
   * @throws IllegalArgumentException when the value does not satisfy its schema
   */
  public static <T extends SpecificRecordBase> Inbound<T> of(
      InputType<T> type, Origin origin, byte[] key, T value) {
    return sound(origin, key, type.encode(value), value);
  }

  /**
   * A record that cannot be used.
   *
   * @param key the record's key, or null
   * @param payload its bytes, whole
   */
  public static <T extends SpecificRecordBase> Inbound<T> faulty(
      Origin origin, byte[] key, byte[] payload, Fault fault) {
    return new Inbound<>(origin, key, payload, null, payload.length, null, null, fault);
  }

  /** A record that cannot be used and of which only the beginning is kept. */
  static <T extends SpecificRecordBase> Inbound<T> faulty(
      Origin origin,
      byte[] key,
      byte[] prefix,
      int payloadLength,
      String payloadSha256,
      Fault fault) {
    return new Inbound<>(origin, key, prefix, null, payloadLength, payloadSha256, null, fault);
  }

  /** Where it came from. */
  public Origin origin() {
    return origin;
  }

  /** Its key, or null when it had none. */
  public byte[] key() {
    return key;
  }

  /** Its bytes; their beginning only when {@link #payloadLength()} is larger. */
  public byte[] payload() {
    return payload;
  }

  /**
   * The record in single-object encoding, which every version and operator can decode: the same
   * array as {@link #payload()} when it came so. Null when it is at fault.
   */
  public byte[] encoded() {
    return encoded;
  }

  /** Length of the whole input in bytes. */
  public int payloadLength() {
    return payloadLength;
  }

  /** Hash of the whole input in hex, or null when {@link #payload()} is whole. */
  public String payloadSha256() {
    return payloadSha256;
  }

  /** True when {@link #value()} holds. */
  public boolean isSound() {
    return fault == null;
  }

  /** The record; null when it is at fault. */
  public T value() {
    return value;
  }

  /** Why it cannot be used; null when it is sound. */
  public Fault fault() {
    return fault;
  }

  /** The kind of fault; null when it is sound. */
  public DeadLetterCause cause() {
    return fault == null ? null : fault.cause();
  }

  /** The fault in words; null when it is sound. */
  public String detail() {
    return fault == null ? null : fault.detail();
  }

  /** Decodes again what {@link #encoded()} holds, for the serializer. */
  static <T extends SpecificRecordBase> Inbound<T> decode(
      InputType<T> type, Origin origin, byte[] key, byte[] payload, byte[] encoded)
      throws IOException {
    return sound(origin, key, payload, encoded, type.decode(encoded));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Inbound<?> that
        && origin.equals(that.origin)
        && Arrays.equals(key, that.key)
        && Arrays.equals(payload, that.payload)
        && Arrays.equals(encoded, that.encoded)
        && payloadLength == that.payloadLength
        && Objects.equals(payloadSha256, that.payloadSha256)
        && Objects.equals(fault, that.fault);
  }

  @Override
  public int hashCode() {
    return origin.hashCode();
  }

  @Override
  public String toString() {
    return origin + (fault == null ? " " + value : " " + fault);
  }
}
