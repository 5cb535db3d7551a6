// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

/**
 * Where an input record came from.
 *
 * @param topic the Kafka topic
 * @param partition its partition
 * @param offset its offset in the partition
 * @param appendTimeMs the moment the broker appended it, milliseconds since the epoch
 */
public record Origin(String topic, int partition, long offset, long appendTimeMs) {

  @Override
  public String toString() {
    return topic + "-" + partition + "@" + offset;
  }
}
