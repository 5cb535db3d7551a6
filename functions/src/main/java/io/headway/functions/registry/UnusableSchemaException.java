// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.registry;

/**
 * A record names a schema with which it cannot be read. The message names the schema's id, the
 * registry and the remedy.
 */
public final class UnusableSchemaException extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean forGood;

  UnusableSchemaException(String message, boolean forGood) {
    super(message);
    this.forGood = forGood;
  }

  /** A schema that is in the registry, where it never changes, and is of no use. */
  public static UnusableSchemaException forGood(String message) {
    return new UnusableSchemaException(message, true);
  }

  /** False when the registry may know the id later. */
  public boolean isForGood() {
    return forGood;
  }
}
