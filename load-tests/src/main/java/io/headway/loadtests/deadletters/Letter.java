// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import io.headway.schemas.DeadLetter;
import io.headway.schemas.DeadLetterCause;
import java.nio.ByteBuffer;

/**
 * A dead letter and where it lies.
 *
 * @param partition its partition in the dead-letters topic
 * @param offset its offset there
 * @param writtenMs when the broker appended it, milliseconds since the epoch
 * @param content what it says
 */
record Letter(int partition, long offset, long writtenMs, DeadLetter content) {

  /** As the command line takes it: {@code partition:offset}. */
  String address() {
    return partition + ":" + offset;
  }

  /** Where the input lies that it tells of. */
  Address input() {
    return new Address(content.getTopic(), content.getPartition(), content.getOffset());
  }

  DeadLetterCause cause() {
    return content.getCause();
  }

  /** The input's key, or its beginning; null when it had none. */
  byte[] key() {
    return content.getKey() == null ? null : bytes(content.getKey());
  }

  /** The input's bytes, or their beginning. */
  byte[] payload() {
    return bytes(content.getPayload());
  }

  /** True when the letter holds all of the input's bytes. */
  boolean isWhole() {
    return content.getPayload().remaining() == content.getPayloadLength();
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
