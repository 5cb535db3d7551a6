// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import io.headway.loadtests.cluster.JobStats;
import java.util.Map;

/**
 * What the demo looks like at one moment. Immutable.
 *
 * @param phase what is going on, a word
 * @param elapsedMs wall time since the feed began, milliseconds
 * @param sent records that the broker has taken, by topic
 * @param eventTimeMs feed's time of the newest record
 * @param behindMs by how much wall time the feed is behind its clock, milliseconds
 * @param job what Flink says
 * @param decisions what came out of Kafka
 */
record DemoState(
    String phase,
    long elapsedMs,
    Map<String, Long> sent,
    long eventTimeMs,
    long behindMs,
    JobStats job,
    DecisionTally.Counts decisions) {

  long allSent() {
    return sent.values().stream().mapToLong(Long::longValue).sum();
  }
}
