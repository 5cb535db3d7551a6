// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.stream;

import io.headway.functions.inference.InferenceCause;
import java.io.Serializable;

/**
 * Answers a request that the model did not. The task's own thread calls it, so it must be quick,
 * and need not be thread-safe.
 *
 * @param <I> a request
 * @param <O> an answer
 */
@FunctionalInterface
public interface FallbackFunction<I, O> extends Serializable {

  /**
   * @param cause why the model did not answer
   * @return not null
   */
  O answer(I request, InferenceCause cause) throws Exception;
}
