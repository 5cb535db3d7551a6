// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import java.io.Serializable;

/**
 * Reads an answer from a model's outputs. Threads of the model call it, several at once when it has
 * several.
 *
 * @param <I> a request
 * @param <O> an answer
 */
@FunctionalInterface
public interface AnswerDecoder<I, O> extends Serializable {

  /**
   * What it throws is this request's failure and no other's.
   *
   * @param request what was asked
   * @param outputs valid until this returns: copy what is kept
   * @return not null
   */
  O decode(I request, ItemTensors outputs);
}
