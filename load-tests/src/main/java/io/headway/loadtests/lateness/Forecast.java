// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.DecisionRequest;

/** What somebody expects of the legs of KEEP. Used by one thread. */
interface Forecast extends AutoCloseable {
  /** Takes a record in, in the order of sending. */
  default void add(FeedRecord record) {}

  /**
   * Travel times in seconds of the leg at each place of KEEP, by scenario; null where nothing is
   * said of a request.
   */
  float[][] of(DecisionRequest request);

  @Override
  default void close() {}
}
