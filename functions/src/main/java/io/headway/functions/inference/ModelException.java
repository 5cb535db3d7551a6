// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

/** A model that cannot be opened or run; the message names it and says what to do. */
public final class ModelException extends Exception {

  public ModelException(String message) {
    super(message);
  }

  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
