// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

/**
 * What became of a request: failures are data. Nothing in it is null.
 *
 * @param <I> a request
 * @param <O> an answer
 */
public sealed interface InferenceResult<I, O> {

  /** The model answered. */
  record Success<I, O>(O value) implements InferenceResult<I, O> {}

  /**
   * The model did not answer, and the fallback did.
   *
   * @param cause why the model did not
   * @param message why in particular, for people
   */
  record Fallback<I, O>(O value, InferenceCause cause, String message)
      implements InferenceResult<I, O> {}

  /**
   * Nobody answered: there is no fallback, or it failed too.
   *
   * @param request what was asked
   * @param cause why the model did not answer
   * @param message why in particular, for people
   */
  record Failure<I, O>(I request, InferenceCause cause, String message)
      implements InferenceResult<I, O> {}
}
