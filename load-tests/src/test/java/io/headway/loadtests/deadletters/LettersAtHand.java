// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import io.headway.schemas.DeadLetter;
import io.headway.schemas.DeadLetterCause;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Letters for tests without a broker. */
final class LettersAtHand {
  private LettersAtHand() {}

  static Letter letter(long offset, long writtenMs, DeadLetterCause cause, String payload) {
    DeadLetter content = new DeadLetter();
    content.setTopic("telemetry");
    content.setPartition(3);
    content.setOffset(100 + offset);
    content.setKey(ByteBuffer.wrap("van-1".getBytes(StandardCharsets.UTF_8)));
    content.setAppendTime(Instant.ofEpochMilli(writtenMs));
    content.setCause(cause);
    content.setDetail("why");
    byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
    content.setPayload(ByteBuffer.wrap(bytes));
    content.setPayloadLength(bytes.length);
    return new Letter(0, offset, writtenMs, content);
  }
}
