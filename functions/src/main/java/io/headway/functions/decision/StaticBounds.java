// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.AppliedBound;
import io.headway.schemas.Bounds;
import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionKind;

/** The bounds that need no counter: whether a candidate may ever be decided. */
final class StaticBounds {
  private StaticBounds() {}

  /**
   * The bound that forbids a candidate; null when none does. For {@code allowed_kinds} the limit is
   * 0 and the value 1: none of this kind, one asked for.
   */
  static AppliedBound forbidding(Bounds bounds, Candidate candidate) {
    DecisionKind kind = candidate.getKind();
    if (kind == DecisionKind.KEEP) {
      return null;
    }
    if (kind == DecisionKind.UNKNOWN || !bounds.getAllowedKinds().contains(kind)) {
      return new AppliedBound("allowed_kinds", 0.0, 1.0, kind);
    }
    if (kind == DecisionKind.REROUTE
        && candidate.getDetourRatio() > bounds.getMaximumDetourRatio()) {
      return new AppliedBound(
          "maximum_detour_ratio",
          bounds.getMaximumDetourRatio(),
          (double) candidate.getDetourRatio(),
          kind);
    }
    return null;
  }
}
