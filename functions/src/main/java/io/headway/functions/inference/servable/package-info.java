// SPDX-License-Identifier: Apache-2.0
/**
 * The inference engine as stages of Flink ML: servables that are loaded from a directory and
 * transform a {@link org.apache.flink.ml.servable.api.DataFrame}, one after the other in a {@link
 * org.apache.flink.ml.servable.builder.PipelineModelServable}.
 *
 * <p>Flink ML's type information does not work with Flink 2: its vectors and frames never travel on
 * a stream or into state. A function makes them of its record and reads its answer from them.
 *
 * <p>What lies in a directory can be written by any program:
 *
 * <ul>
 *   <li>{@code metadata} is one JSON object. {@code className} is the servable's, {@code timestamp}
 *       milliseconds since the epoch, {@code paramMap} its parameters by name; one that is left out
 *       has its default. A pipeline's has {@code numStages} as well.
 *   <li>{@code stages/0}, {@code stages/1} and so on are the directories of a pipeline's stages;
 *       the numbers have as many digits as {@code numStages}, so 12 stages begin with {@code
 *       stages/00}.
 *   <li>{@code data} has the model. Where it is one file of numbers, its name does not matter and
 *       its numbers are big-endian. A vector is its length (32-bit integer) and then as many IEEE
 *       754 doubles; in Python {@code struct.pack(f">i{n}d", n, *values)}.
 * </ul>
 */
package io.headway.functions.inference.servable;
