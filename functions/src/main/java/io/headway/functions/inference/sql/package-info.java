// SPDX-License-Identifier: Apache-2.0
/**
 * The inference engine in Flink SQL: {@code CREATE MODEL ... WITH ('provider' = 'onnx')} and {@code
 * ML_PREDICT}.
 */
package io.headway.functions.inference.sql;
