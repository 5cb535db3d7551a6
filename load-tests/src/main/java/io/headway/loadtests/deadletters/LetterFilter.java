// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import io.headway.schemas.DeadLetterCause;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/**
 * Which letters are meant: those that meet every condition.
 *
 * @param topics of the input; empty for any
 * @param causes empty for any
 * @param key the input's key as UTF-8; null for any
 * @param sinceMs written at this moment or later, milliseconds since the epoch
 * @param untilMs written before this moment
 */
record LetterFilter(
    Set<String> topics, Set<DeadLetterCause> causes, String key, long sinceMs, long untilMs) {

  boolean takes(Letter letter) {
    return (topics.isEmpty() || topics.contains(letter.content().getTopic()))
        && (causes.isEmpty() || causes.contains(letter.cause()))
        && (key == null || Arrays.equals(key.getBytes(StandardCharsets.UTF_8), letter.key()))
        && letter.writtenMs() >= sinceMs
        && letter.writtenMs() < untilMs;
  }
}
