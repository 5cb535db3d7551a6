// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import java.util.Optional;

/**
 * What is said of a decision: a {@link Verdict} by hindsight, a {@link Moment} by what could be
 * known, or why neither can be told.
 */
public sealed interface Judgement permits Verdict, Moment, Judgement.Untold {
  /** Why a decision cannot be told. */
  enum Untold implements Judgement {
    /** The vehicle is none of this city, or the moment is before its first. */
    UNKNOWN_VEHICLE,
    /** Everything was delivered when the decision was made. */
    NOTHING_LEFT,
    /** There was nothing to choose from inside the bounds, then or by what truly still applied. */
    ONE_CANDIDATE,
    /** What was decided no longer applied to where the vehicle truly was. */
    STALE,
    /** The decision lists neither itself nor KEEP among what was weighed. */
    INCOMPLETE
  }

  /** The verdict if there is one. */
  default Optional<Verdict> verdict() {
    return this instanceof Verdict verdict ? Optional.of(verdict) : Optional.empty();
  }
}
