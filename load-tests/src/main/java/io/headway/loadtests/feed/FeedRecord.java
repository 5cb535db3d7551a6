// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.feed;

/**
 * A record on its way to a topic.
 *
 * @param topic the Kafka topic
 * @param key its key, UTF-8
 * @param value the record in Avro single-object encoding
 * @param sendAtMs the moment at which it reaches the broker, in the feed's own time, milliseconds
 *     since the epoch
 */
public record FeedRecord(String topic, byte[] key, byte[] value, long sendAtMs) {}
