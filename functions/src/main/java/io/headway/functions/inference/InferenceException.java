// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

/**
 * A request that the model did not answer. It has no stack: it is a result, and may be frequent.
 */
public final class InferenceException extends Exception {
  private final InferenceCause reason;

  /**
   * @param reason in general
   * @param message in particular
   * @param cause what failed, or null
   */
  public InferenceException(InferenceCause reason, String message, Throwable cause) {
    super(message, cause, false, false);
    this.reason = reason;
  }

  /** Why, in general. */
  public InferenceCause reason() {
    return reason;
  }
}
