// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.schemas.ReleaseLimits;
import java.util.Locale;
import java.util.Optional;

/** How a canary or shadow did beside the stable version on the same requests. A Flink POJO. */
public class Comparison {
  /** Requests that both were asked. */
  public long requests;

  /** Of these, where both answered and the answers lead to different decisions. */
  public long diverged;

  /** Of these, where the canary or shadow did not answer. */
  public long unanswered;

  /** Of these, where both answered. */
  public long answered;

  /** Milliseconds until the canary's or shadow's answer, all together, where both answered. */
  public double candidateMs;

  /** Milliseconds until the stable version's answer, all together, where both answered. */
  public double stableMs;

  /** For Flink. */
  public Comparison() {}

  /** Counts one more request. */
  public void add(ComparedRequest request) {
    requests++;
    if (!request.answered) {
      unanswered++;
      return;
    }
    answered++;
    diverged += request.diverged ? 1 : 0;
    candidateMs += request.candidateMs;
    stableMs += request.stableMs;
  }

  /** What limit it is past, in a sentence for people; empty while it is past none. */
  public Optional<String> breach(ReleaseLimits limits) {
    if (unanswered > limits.getMaxErrorRate() * requests) {
      return Optional.of(
          share(unanswered, requests, "were not answered", limits.getMaxErrorRate()));
    }
    if (diverged > limits.getMaxDivergenceRate() * answered) {
      return Optional.of(
          share(diverged, answered, "led to another decision", limits.getMaxDivergenceRate()));
    }
    if (answered > 0 && candidateMs > limits.getMaxLatencyRatio() * stableMs) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "answers took %.2f ms, %.1f times the stable version's %.2f ms; the limit is %.1f times",
              candidateMs / answered,
              candidateMs / stableMs,
              stableMs / answered,
              limits.getMaxLatencyRatio()));
    }
    return Optional.empty();
  }

  private static String share(long some, long all, String what, double limit) {
    return String.format(
        Locale.ROOT,
        "%,d of %,d requests (%.1f %%) %s; the limit is %.1f %%",
        some,
        all,
        100.0 * some / all,
        what,
        100 * limit);
  }
}
