// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import java.util.Set;

/**
 * What the bounds cost at a moment; {@code minimum_gain_eur} is none of them here, for it stays.
 *
 * @param heldBack bounds that held something back
 * @param by the bound that held back what would have been best of all; null where the best is
 *     inside the bounds
 * @param eur J of the best inside the bounds less J of the best of all, in the same futures. Which
 *     is the best is found in others, so that chance makes no price; where two are about as good it
 *     may be below 0
 * @param toleranceEur up to which it is as good as nothing
 */
public record BoundsPrice(Set<String> heldBack, String by, double eur, double toleranceEur) {

  /** Whether what was held back would have been better by more than the tolerance. */
  public boolean matters() {
    return eur > toleranceEur;
  }
}
