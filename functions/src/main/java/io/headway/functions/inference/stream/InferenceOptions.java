// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.stream;

import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSignature;
import java.io.Serializable;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * Which model a stream is asked of, and how.
 *
 * @param model the file is fetched by Flink's file systems
 * @param signature the inputs that the encoder writes and the outputs that the decoder reads
 * @param answerType Flink's type of an answer
 * @param fallback answers when the model does not; null for none
 * @param batching how requests are batched, in each subtask
 * @param intraOpThreads how many threads one run of the model may use, positive
 * @param capacity how many requests of a subtask are under way at most, before its input waits
 * @param <I> a request
 * @param <O> an answer
 */
public record InferenceOptions<I, O>(
    ModelReference model,
    ModelSignature signature,
    TypeInformation<O> answerType,
    FallbackFunction<I, O> fallback,
    BatchSettings batching,
    int intraOpThreads,
    int capacity)
    implements Serializable {
  private static final int CAPACITY = 1024;

  /**
   * @throws IllegalArgumentException when a number is out of its range
   */
  public InferenceOptions {
    if (intraOpThreads < 1) {
      throw new IllegalArgumentException(
          "Model %s was given %d threads for a run, so it could not run; give it at least 1."
              .formatted(model, intraOpThreads));
    }
    if (capacity < batching.maxBatchSize() || capacity > batching.maxQueued()) {
      throw new IllegalArgumentException(
          "Model %s was given a capacity of %d requests, so batches would not be filled or requests refused; give it from a batch's %d to the %d that may wait."
              .formatted(model, capacity, batching.maxBatchSize(), batching.maxQueued()));
    }
  }

  /** No fallback, {@link BatchSettings#DEFAULTS}, one thread a run, 1,024 requests under way. */
  public static <I, O> InferenceOptions<I, O> of(
      ModelReference model, ModelSignature signature, TypeInformation<O> answerType) {
    return new InferenceOptions<>(
        model, signature, answerType, null, BatchSettings.DEFAULTS, 1, CAPACITY);
  }

  /** The same with a fallback. */
  public InferenceOptions<I, O> withFallback(FallbackFunction<I, O> answers) {
    return new InferenceOptions<>(
        model, signature, answerType, answers, batching, intraOpThreads, capacity);
  }

  /** The same with other batches; the capacity moves to the next that these allow. */
  public InferenceOptions<I, O> withBatching(BatchSettings settings) {
    int allowed = Math.max(settings.maxBatchSize(), Math.min(capacity, settings.maxQueued()));
    return new InferenceOptions<>(
        model, signature, answerType, fallback, settings, intraOpThreads, allowed);
  }

  /** The same with other threads for one run. */
  public InferenceOptions<I, O> withIntraOpThreads(int threads) {
    return new InferenceOptions<>(
        model, signature, answerType, fallback, batching, threads, capacity);
  }

  /** The same with another number of requests under way. */
  public InferenceOptions<I, O> withCapacity(int requests) {
    return new InferenceOptions<>(
        model, signature, answerType, fallback, batching, intraOpThreads, requests);
  }
}
