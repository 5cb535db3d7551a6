// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.stream;

import io.headway.functions.inference.AnswerDecoder;
import io.headway.functions.inference.BatchedModel;
import io.headway.functions.inference.InferenceException;
import io.headway.functions.inference.InferenceResult;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.RequestEncoder;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.memory.NativeMemory;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;

/** Hands requests to a {@link BatchedModel} and its answers, or the fallback's, to Flink. */
final class BatchedInferenceFunction<I, O> extends RichAsyncFunction<I, InferenceResult<I, O>>
    implements ResultTypeQueryable<InferenceResult<I, O>> {
  private static final long serialVersionUID = 1;

  private final TypeInformation<I> requestType;
  private final RequestEncoder<I> encoder;
  private final AnswerDecoder<I, O> decoder;
  private final InferenceOptions<I, O> options;

  private transient ReadableConfig taskManager;
  private transient InferenceMetrics metrics;
  private transient BatchedModel<I, O> model;

  BatchedInferenceFunction(
      TypeInformation<I> requestType,
      RequestEncoder<I> encoder,
      AnswerDecoder<I, O> decoder,
      InferenceOptions<I, O> options) {
    this.requestType = requestType;
    this.encoder = encoder;
    this.decoder = decoder;
    this.options = options;
  }

  /** An asynchronous function is not shown the context itself, which knows the TaskManager. */
  @Override
  public void setRuntimeContext(RuntimeContext context) {
    taskManager = NativeMemory.taskManager(context);
    super.setRuntimeContext(context);
  }

  @Override
  public void open(OpenContext context) throws ModelException {
    metrics = new InferenceMetrics(getRuntimeContext().getMetricGroup());
    metrics.version(options.model().version());
    SharedModels.Lease lease =
        ModelFiles.acquire(options.model(), options.intraOpThreads(), taskManager);
    model =
        ModelFiles.batch(
            lease, options.signature(), encoder, decoder, options.batching(), metrics, taskManager);
    metrics.queued(model::queued);
  }

  @Override
  public void asyncInvoke(I request, ResultFuture<InferenceResult<I, O>> result) {
    metrics.submitted();
    CompletableFuture<O> answer = model.submit(request);
    var unused = answer.whenComplete((value, failure) -> settle(request, value, failure, result));
  }

  @Override
  public void close() {
    if (model != null) {
      model.close();
    }
  }

  @Override
  public TypeInformation<InferenceResult<I, O>> getProducedType() {
    return new InferenceResultTypeInfo<>(requestType, options.answerType());
  }

  private void settle(
      I request, O value, Throwable failure, ResultFuture<InferenceResult<I, O>> result) {
    metrics.settled();
    if (failure == null) {
      result.complete(List.of(new InferenceResult.Success<>(value)));
    } else if (failure instanceof InferenceException unanswered) {
      // The supplier is called by the task's own thread.
      result.complete(() -> List.of(fallBack(request, unanswered)));
    } else {
      result.completeExceptionally(failure);
    }
  }

  private InferenceResult<I, O> fallBack(I request, InferenceException unanswered) {
    String message = unanswered.getMessage();
    if (options.fallback() != null) {
      try {
        O value =
            Objects.requireNonNull(
                options.fallback().answer(request, unanswered.reason()), "the fallback gave null");
        metrics.fellBack(unanswered.reason());
        return new InferenceResult.Fallback<>(value, unanswered.reason(), message);
      } catch (Exception e) {
        message = "%s The fallback failed too: %s".formatted(message, e);
      }
    }
    metrics.failed(unanswered.reason());
    return new InferenceResult.Failure<>(request, unanswered.reason(), message);
  }
}
