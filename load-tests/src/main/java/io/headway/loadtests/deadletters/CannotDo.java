// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

/** Something cannot be done as asked; the message says why and what to do instead. */
public final class CannotDo extends Exception {
  private static final long serialVersionUID = 1;

  /** Says why, and what to do instead. */
  public CannotDo(String message) {
    super(message);
  }
}
