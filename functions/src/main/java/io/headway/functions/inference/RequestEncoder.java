// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import java.io.Serializable;

/**
 * Writes a request into a model's inputs. Threads of the model call it, several at once when it has
 * several, while the request waits elsewhere and must not change.
 *
 * @param <I> a request
 */
@FunctionalInterface
public interface RequestEncoder<I> extends Serializable {

  /**
   * Fills every tensor, with relative puts. What it throws is this request's failure and no
   * other's.
   *
   * @param inputs valid until this returns
   */
  void encode(I request, ItemTensors inputs);
}
