// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

/** How records stand on the topics. */
public enum WireFormat {
  /** Avro single-object encoding: the schema's fingerprint before the record. */
  SINGLE_OBJECT("single-object"),

  /** Confluent's wire format: the schema's id in a registry before the record. */
  CONFLUENT("confluent");

  private final String value;

  WireFormat(String value) {
    this.value = value;
  }

  /** As the option says it. */
  @Override
  public String toString() {
    return value;
  }
}
