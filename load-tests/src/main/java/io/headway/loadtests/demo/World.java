// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headway.loadtests.feed.Feed;
import io.headway.schemas.Decision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What drives the demo: a feed, the roads it runs on, and what is known of the truth. */
interface World extends AutoCloseable {

  /** A few words for the headline. */
  String title();

  Feed feed();

  /** The road network file; null when there is none. */
  Path roads();

  /** Seconds of the world's time in a second. */
  double speedUp();

  /** Takes note of a decision, for the truth to be told at the end. Any thread. */
  void decided(Decision decision);

  /**
   * Sets the decisions beside the truth, once the feed is no longer pulled.
   *
   * @param json gets the figures as fields
   * @return the same for a person, a line each
   */
  List<String> tellTruth(ObjectNode json);

  @Override
  void close() throws IOException;
}
