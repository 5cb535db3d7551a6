// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.schemas.Appraisal;
import io.headway.schemas.DecisionRequest;

/** Says what the candidates of a request cost. */
interface Costing extends AutoCloseable {
  Appraisal cost(DecisionRequest request);

  @Override
  default void close() {}
}
