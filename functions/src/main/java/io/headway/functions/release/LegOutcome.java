// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

/** How a leg came out beside the scenarios that a model had drawn for it. A Flink POJO. */
public class LegOutcome {
  /** The model that drew: name and version, as in {@code scenario:3}. */
  public String model;

  /** Revision of the release by which it was asked. */
  public long revision;

  /** Event time of the request, milliseconds since the epoch. */
  public long requestedAtMs;

  /** Whether the vehicle came before a tenth of the scenarios, or after nine. */
  public boolean outside;

  /** For Flink. */
  public LegOutcome() {}
}
