// SPDX-License-Identifier: Apache-2.0
package io.headway.schemas;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * A Kafka topic of the catalogue. Immutable.
 *
 * @param name its name
 * @param schema the record it carries, in Avro single-object encoding
 * @param key the field whose UTF-8 text is the record's key, so that one entity stays in order; for
 *     dead letters the key of the input
 * @param input true when the jobs read it, false when they or a command write it
 * @param partitions how many partitions it is made with
 * @param cleanupPolicy {@code delete}, {@code compact} or {@code compact,delete}
 * @param retentionMs how long records are kept, in milliseconds; -1 for ever
 * @param maxMessageBytes largest record that the broker takes
 */
public record Topic(
    String name,
    Schema schema,
    String key,
    boolean input,
    int partitions,
    String cleanupPolicy,
    long retentionMs,
    int maxMessageBytes) {

  /**
   * The topic's Kafka configuration. Records carry the broker's append time: event time is in the
   * payload, latency can be read from Kafka, and old recordings do not expire at once.
   */
  public Map<String, String> config() {
    Map<String, String> config = new LinkedHashMap<>();
    config.put("cleanup.policy", cleanupPolicy);
    config.put("retention.ms", Long.toString(retentionMs));
    config.put("max.message.bytes", Integer.toString(maxMessageBytes));
    config.put("message.timestamp.type", "LogAppendTime");
    return config;
  }
}
