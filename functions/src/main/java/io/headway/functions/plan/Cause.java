// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.schemas.TriggerKind;

/** A change of context that asks for a decision. A Flink POJO. */
public class Cause {
  /** Stands for the append time of a change that no record brought. */
  public static final long NO_RECORD = Long.MIN_VALUE;

  /** What kind of change. */
  public TriggerKind kind;

  /** Id of the road event or shipment that changed; empty when there is none. */
  public String reference = "";

  /** Event time of the change, milliseconds since the epoch. */
  public long eventTimeMs;

  /** Append time of the record that brought it, milliseconds; {@link #NO_RECORD}. */
  public long appendTimeMs = NO_RECORD;

  /** For Flink. */
  public Cause() {}

  /** A change that a record brought. */
  public Cause(TriggerKind kind, String reference, long eventTimeMs, long appendTimeMs) {
    this.kind = kind;
    this.reference = reference;
    this.eventTimeMs = eventTimeMs;
    this.appendTimeMs = appendTimeMs;
  }

  /** What is compared to tell whether two changes have the same cause. */
  String key() {
    return kind == TriggerKind.SHIPMENT_CHANGED ? kind.name() : kind + "|" + reference;
  }
}
