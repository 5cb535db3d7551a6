// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import org.apache.kafka.common.TopicPartition;

/** Where a record lies in Kafka; as text {@code topic:partition:offset}. */
record Address(String topic, int partition, long offset) {

  /**
   * Reads an address from text.
   *
   * @throws IllegalArgumentException when the text is no address
   */
  static Address parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length == 3 && !parts[0].isEmpty()) {
      try {
        Address address =
            new Address(parts[0], Integer.parseInt(parts[1]), Long.parseLong(parts[2]));
        if (address.partition >= 0 && address.offset >= 0) {
          return address;
        }
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(noAddress(text), e);
      }
    }
    throw new IllegalArgumentException(noAddress(text));
  }

  private static String noAddress(String text) {
    return "'" + text + "' is no address; give topic:partition:offset with whole numbers from 0.";
  }

  TopicPartition topicPartition() {
    return new TopicPartition(topic, partition);
  }

  @Override
  public String toString() {
    return topic + ":" + partition + ":" + offset;
  }
}
