// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

/**
 * How a canary or shadow did beside the stable version, which answered, on one request. A Flink
 * POJO.
 */
public class ComparedRequest {
  /** The canary or shadow: name and version, as in {@code lateness:3}. */
  public String model;

  /** Revision of the release by which it was used. */
  public long revision;

  /** Whether it answered too. */
  public boolean answered;

  /** Whether the answers lead to different decisions; false when it did not answer. */
  public boolean diverged;

  /** Milliseconds until its answer; 0 when it did not answer. */
  public double candidateMs;

  /** Milliseconds until the stable version's answer. */
  public double stableMs;

  /** For Flink. */
  public ComparedRequest() {}
}
