// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

/** What became of an input record. Every record ends in exactly one fate. */
public enum Fate {
  /** Telemetry that moved its vehicle's fused position. */
  FUSED("fused"),

  /** A shipment, road event or set of bounds that took effect. */
  APPLIED("applied"),

  /** It said nothing that was not known, or something newer was. */
  DUPLICATE("duplicate"),

  /** It came when its place in the order had passed; it is dead-lettered too. */
  LATE("late"),

  /** A position that does not fit the vehicle's motion. */
  OUTLIER("outlier"),

  /** It was at fault and is dead-lettered. */
  DEAD_LETTER("dead-letter"),

  /** It waits in state to be put in order: no last fate. */
  IN_FLIGHT("in-flight");

  private final String label;

  Fate(String label) {
    this.label = label;
  }

  /** How metrics and summaries call it. */
  public String label() {
    return label;
  }
}
