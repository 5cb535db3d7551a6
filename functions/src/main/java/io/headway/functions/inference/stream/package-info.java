// SPDX-License-Identifier: Apache-2.0
/**
 * The inference engine for DataStream jobs: {@link
 * io.headway.functions.inference.stream.BatchedInference}.
 */
package io.headway.functions.inference.stream;
