// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.stream;

import io.headway.functions.inference.AnswerDecoder;
import io.headway.functions.inference.InferenceResult;
import io.headway.functions.inference.RequestEncoder;
import java.util.concurrent.TimeUnit;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/**
 * Asks a model about every record of a stream, in micro-batches, without holding up the task.
 *
 * <p>It stands on Flink's {@link AsyncDataStream}: requests that are under way are in the
 * checkpoint and are asked again after a restore, with their deadlines anew; no watermark overtakes
 * them; when as many are under way as may be, the input waits. Every request is answered by its
 * deadline, so a checkpoint that finds the operator full waits for that long at most, even while
 * the model hangs.
 *
 * <p>Set name and uid on what is returned. A chain with a source, or with another operator that has
 * much to do, shares one thread with it.
 */
public final class BatchedInference {
  /** The engine keeps deadlines; Flink needs no timer of its own for each request. */
  private static final long NO_TIMEOUT = 0;

  private BatchedInference() {}

  /** Results come in the order of the requests. */
  public static <I, O> SingleOutputStreamOperator<InferenceResult<I, O>> orderedWait(
      DataStream<I> requests,
      RequestEncoder<I> encoder,
      AnswerDecoder<I, O> decoder,
      InferenceOptions<I, O> options) {
    return AsyncDataStream.orderedWait(
        requests,
        new BatchedInferenceFunction<>(requests.getType(), encoder, decoder, options),
        NO_TIMEOUT,
        TimeUnit.MILLISECONDS,
        options.capacity());
  }

  /** Results come as they are ready, but no watermark overtakes a result or is overtaken. */
  public static <I, O> SingleOutputStreamOperator<InferenceResult<I, O>> unorderedWait(
      DataStream<I> requests,
      RequestEncoder<I> encoder,
      AnswerDecoder<I, O> decoder,
      InferenceOptions<I, O> options) {
    return AsyncDataStream.unorderedWait(
        requests,
        new BatchedInferenceFunction<>(requests.getType(), encoder, decoder, options),
        NO_TIMEOUT,
        TimeUnit.MILLISECONDS,
        options.capacity());
  }
}
