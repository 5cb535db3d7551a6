// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.functions.inference.BatchSettings;
import java.io.Serializable;

/**
 * How a model is asked for scenarios.
 *
 * @param scenarios how many are drawn for a request, 2 to {@link DrawnTimes#COUNT}: of one it
 *     cannot be told whether the model is sure
 * @param samples how many of them a decision shows, 0 to {@link #SAMPLES_MAX}
 * @param batching how requests are batched, in each subtask and for each version
 * @param intraOpThreads how many threads one run of the model may use, positive
 */
public record ImagineSettings(
    int scenarios, int samples, BatchSettings batching, int intraOpThreads)
    implements Serializable {
  /** Most scenarios that a decision shows. */
  public static final int SAMPLES_MAX = 64;
}
