// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import io.headway.schemas.DeadLetter;
import io.headway.schemas.DeadLetterCause;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.flink.formats.avro.typeutils.AvroTypeInfo;
import org.apache.flink.util.OutputTag;

/**
 * Makes the dead letters of inputs that cannot be used. A letter holds the input's bytes; of an
 * input above the limit their beginning, its length and its SHA-256. Of a key above {@value
 * #MAX_KEY_BYTES} bytes it holds the beginning. Immutable and thread-safe.
 */
public final class DeadLetters implements Serializable {
  private static final long serialVersionUID = 1;

  /** Side output of every operator that finds inputs at fault. */
  public static final OutputTag<DeadLetter> TAG =
      new OutputTag<>("dead-letters", new AvroTypeInfo<>(DeadLetter.class));

  /**
   * Most bytes of a key that a letter keeps, many times those of a sound one. It is written twice,
   * so a letter stays below what a broker takes.
   */
  public static final int MAX_KEY_BYTES = 4_096;

  private final int maxPayloadBytes;

  /**
   * Makes letters that hold inputs of up to so many bytes whole.
   *
   * @throws IllegalArgumentException when the limit is below 0
   */
  public DeadLetters(int maxPayloadBytes) {
    if (maxPayloadBytes < 0) {
      throw new IllegalArgumentException(
          "Dead letters are limited to " + maxPayloadBytes + " bytes; give 0 or more.");
    }
    this.maxPayloadBytes = maxPayloadBytes;
  }

  /** Largest input that a letter holds whole, bytes. */
  public int maxPayloadBytes() {
    return maxPayloadBytes;
  }

  /** The letter of an input that was found at fault when it was decoded. */
  public DeadLetter of(Inbound<?> input) {
    return of(input, input.fault());
  }

  /** The letter of an input that decoded well and is at fault in its context. */
  public DeadLetter of(Inbound<?> input, Fault fault) {
    if (input.payloadSha256() == null) {
      return of(input.origin(), input.key(), input.payload(), fault);
    }
    DeadLetter letter = withoutPayload(input.origin(), input.key(), fault);
    letter.setPayload(
        ByteBuffer.wrap(input.payload(), 0, Math.min(input.payload().length, maxPayloadBytes))
            .slice());
    letter.setPayloadLength(input.payloadLength());
    letter.setPayloadSha256(input.payloadSha256());
    return letter;
  }

  /**
   * The letter of an input of which an operator kept only origin, key and bytes.
   *
   * @param key the input's key, or null
   * @param payload the input's bytes, whole
   */
  public DeadLetter of(Origin origin, byte[] key, byte[] payload, Fault fault) {
    DeadLetter letter = withoutPayload(origin, key, fault);
    boolean whole = payload.length <= maxPayloadBytes;
    letter.setPayload(ByteBuffer.wrap(whole ? payload : Arrays.copyOf(payload, maxPayloadBytes)));
    letter.setPayloadLength(payload.length);
    letter.setPayloadSha256(whole ? null : sha256(payload));
    return letter;
  }

  /**
   * The letter of an input whose place in the order of event time had passed when it came.
   *
   * @param latenessMs how far behind, milliseconds
   */
  public DeadLetter late(Inbound<?> input, long latenessMs) {
    DeadLetter letter =
        of(
            input,
            new Fault(
                DeadLetterCause.LATE,
                "event_time is "
                    + latenessMs
                    + " ms behind what was already put in order, so it is left out; send sooner or"
                    + " allow more disorder."));
    letter.setLatenessMs(latenessMs);
    return letter;
  }

  private static DeadLetter withoutPayload(Origin origin, byte[] key, Fault fault) {
    DeadLetter letter = new DeadLetter();
    letter.setTopic(origin.topic());
    letter.setPartition(origin.partition());
    letter.setOffset(origin.offset());
    letter.setKey(
        key == null ? null : ByteBuffer.wrap(key, 0, Math.min(key.length, MAX_KEY_BYTES)).slice());
    letter.setAppendTime(Instant.ofEpochMilli(origin.appendTimeMs()));
    letter.setCause(fault.cause());
    letter.setDetail(fault.detail());
    return letter;
  }

  /** SHA-256 of bytes as a letter tells it, in lower-case hex. */
  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
