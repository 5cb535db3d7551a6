// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

/** Why a model did not answer a request. */
public enum InferenceCause {
  /** It had not answered when the request's deadline passed. */
  DEADLINE,
  /** It keeps failing or hangs, and is only probed from time to time. */
  CIRCUIT_OPEN,
  /** More requests wait than may. */
  QUEUE_FULL,
  /** The request cannot be made into the model's inputs. */
  INVALID_REQUEST,
  /** It failed on this request. */
  MODEL_FAILED,
  /** What it gave cannot be made into an answer. */
  INVALID_ANSWER,
  /** It is not, or no longer, open. */
  CLOSED
}
