// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

/** What is to be known of a release: exactly one field is set. A Flink POJO. */
public class ReleaseEvidence {
  /** How a canary or shadow did beside the stable version, or null. */
  public ComparedRequest compared;

  /** How a leg came out beside the scenarios of a version that answered, or null. */
  public LegOutcome leg;

  /** For Flink. */
  public ReleaseEvidence() {}

  /** Of a comparison. */
  public static ReleaseEvidence of(ComparedRequest compared) {
    ReleaseEvidence evidence = new ReleaseEvidence();
    evidence.compared = compared;
    return evidence;
  }

  /** Of a leg. */
  public static ReleaseEvidence of(LegOutcome leg) {
    ReleaseEvidence evidence = new ReleaseEvidence();
    evidence.leg = leg;
    return evidence;
  }
}
