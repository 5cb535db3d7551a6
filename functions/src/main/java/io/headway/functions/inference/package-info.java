// SPDX-License-Identifier: Apache-2.0
/**
 * The inference engine: ONNX models run in micro-batches with a deadline, inside the process that
 * asks. It knows nothing of Flink; {@code inference.stream} is its face to DataStream jobs.
 *
 * <p>A {@link io.headway.functions.inference.Model} is opened once and {@linkplain
 * io.headway.functions.inference.SharedModels shared}; a {@link
 * io.headway.functions.inference.BatchedModel} collects single requests into batches, runs them in
 * threads of its own and answers each request exactly once, at its deadline at the latest.
 */
package io.headway.functions.inference;
