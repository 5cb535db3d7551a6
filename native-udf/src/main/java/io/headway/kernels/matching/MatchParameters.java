// SPDX-License-Identifier: Apache-2.0
package io.headway.kernels.matching;

/**
 * What a {@link MapMatcher} believes about positions, roads and drivers.
 *
 * @param sigmaM standard deviation of a position's distance from its road where the caller gives
 *     none or less, metres; 0.5 to 200
 * @param betaM scale of the difference between route and great-circle distance of two near fixes,
 *     metres; 0.1 to 1,000
 * @param betaShare by how much that scale grows with each metre between the fixes; 0 to 1
 * @param radiusM roads farther than this from a fix are no candidates (for positions of a larger
 *     sigma, three times that sigma up to 300 m), metres; 5 to 300
 * @param uTurnPenalty by how much a U-turn lowers the log-likelihood of a way; 0 to 100
 * @param maxDetourM a route longer than the great circle by more than this is impossible, metres; 0
 *     to 10,000
 * @param minMoveM a fix nearer than this to the last one that counted adds no knowledge and leaves
 *     the match as it is, metres; 0 to 100
 * @param maxGapMs a longer time without a fix breaks the match, milliseconds; 1 to a day
 * @param dwellMs a vehicle that stands longer is not in traffic: the time is counted to no edge,
 *     milliseconds; 1 to a day
 * @param lagFixes by when the way to a fix is decided at the latest, in fixes that count; 1 to 32
 */
public record MatchParameters(
    double sigmaM,
    double betaM,
    double betaShare,
    double radiusM,
    double uTurnPenalty,
    double maxDetourM,
    double minMoveM,
    long maxGapMs,
    long dwellMs,
    int lagFixes) {

  /** For satellite positions in cities, one fix in 1 to 60 seconds. */
  public static final MatchParameters DEFAULT =
      new MatchParameters(6, 3, 0.05, 75, 16, 2_000, 6, 180_000, 120_000, 16);

  /** Checks every range. */
  public MatchParameters {
    inRange("sigmaM", sigmaM, 0.5, 200);
    inRange("betaM", betaM, 0.1, 1_000);
    inRange("betaShare", betaShare, 0, 1);
    inRange("radiusM", radiusM, 5, 300);
    inRange("uTurnPenalty", uTurnPenalty, 0, 100);
    inRange("maxDetourM", maxDetourM, 0, 10_000);
    inRange("minMoveM", minMoveM, 0, 100);
    inRange("maxGapMs", (double) maxGapMs, 1, 86_400_000);
    inRange("dwellMs", (double) dwellMs, 1, 86_400_000);
    inRange("lagFixes", lagFixes, 1, MapMatcher.MAX_LAG_FIXES);
  }

  private static void inRange(String name, double value, double min, double max) {
    if (!(value >= min && value <= max)) {
      throw new IllegalArgumentException(
          name
              + " is "
              + value
              + ", so no vehicle can be matched; give "
              + min
              + " to "
              + max
              + ".");
    }
  }
}
