// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.feed;

import io.headway.schemas.Decision;
import java.io.IOException;

/**
 * A world that produces records: a simulated city or a recorded fleet. One thread pulls records and
 * hands in decisions.
 */
public interface Feed extends AutoCloseable {

  /** The feed's own time at its beginning, milliseconds since the epoch. */
  long startMs();

  /**
   * The next record, in ascending order of {@link FeedRecord#sendAtMs()}.
   *
   * @return null when the feed has ended
   */
  FeedRecord next() throws IOException;

  /**
   * Lets the world's dispatcher act on a decision: what follows from it shows in later records.
   *
   * @param decision as read from the topic
   * @param nowMs the feed's own time at which the dispatcher reads it
   */
  void act(Decision decision, long nowMs);

  @Override
  void close() throws IOException;
}
