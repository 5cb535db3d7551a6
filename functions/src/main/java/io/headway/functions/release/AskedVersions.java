// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.functions.inference.AnswerDecoder;
import io.headway.functions.inference.BatchListener;
import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.BatchedModel;
import io.headway.functions.inference.InferenceCause;
import io.headway.functions.inference.InferenceException;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.RequestEncoder;
import io.headway.functions.inference.stream.ModelFiles;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.util.concurrent.ExecutorThreadFactory;
import org.apache.flink.util.concurrent.FutureUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The versions of a model that one subtask asks: each request says which. A version is opened,
 * beside the task, when it is first asked, which takes no time where {@link LoadedReleases} has it
 * open already; requests wait for it until their deadline. It is let go, when the next request
 * comes, once it was not asked for so long that nothing can be under way. Used by one thread;
 * {@link #queued} by any.
 *
 * @param <I> a request
 * @param <O> an answer
 */
public final class AskedVersions<I, O> implements AutoCloseable {
  private static final Duration IDLE_AT_LEAST = Duration.ofSeconds(10);

  private static final Logger LOG = LoggerFactory.getLogger(AskedVersions.class);

  private final Opener<I, O> opener;
  private final Duration deadline;
  private final LongSupplier nanoClock;
  private final long idleNanos;
  private final ExecutorService files =
      Executors.newCachedThreadPool(new ExecutorThreadFactory("model-versions"));
  private final Map<ModelReference, Asked<I, O>> asked = new HashMap<>();
  private volatile BatchedModel<I, O> newest;
  private long lookedNanos;

  /** Opens a version. */
  @FunctionalInterface
  interface Opener<I, O> {
    BatchedModel<I, O> open(ModelReference version) throws ModelException;
  }

  /** A version that is open or being opened, or could not be. */
  private static final class Asked<I, O> {
    final CompletableFuture<BatchedModel<I, O>> model;
    long askedNanos;

    /** It was closed, and may hang still. */
    boolean closed;

    Asked(CompletableFuture<BatchedModel<I, O>> model) {
      this.model = model;
    }

    boolean hasEnded() {
      return model.isCompletedExceptionally()
          || (closed && model.isDone() && model.join().ended().isDone());
    }

    void close() {
      if (!closed) {
        closed = true;
        var unused = model.thenAccept(BatchedModel::close);
      }
    }
  }

  AskedVersions(Opener<I, O> opener, Duration deadline, LongSupplier nanoClock) {
    this.opener = opener;
    this.deadline = deadline;
    this.nanoClock = nanoClock;
    Duration twice = deadline.multipliedBy(2);
    idleNanos = (twice.compareTo(IDLE_AT_LEAST) > 0 ? twice : IDLE_AT_LEAST).toNanos();
    lookedNanos = nanoClock.getAsLong();
  }

  /**
   * @param signature the inputs that the encoder writes and the outputs that the decoder reads
   * @param batching how requests are batched, for each version
   * @param intraOpThreads how many threads one run of a version may use, positive
   * @param taskManager its configuration, which says what native memory there is
   */
  public static <I, O> AskedVersions<I, O> of(
      ModelSignature signature,
      RequestEncoder<I> encoder,
      AnswerDecoder<I, O> decoder,
      BatchSettings batching,
      BatchListener listener,
      int intraOpThreads,
      ReadableConfig taskManager) {
    return new AskedVersions<>(
        version ->
            ModelFiles.batch(
                ModelFiles.acquire(version, intraOpThreads, taskManager),
                signature,
                encoder,
                decoder,
                batching,
                listener,
                taskManager),
        batching.deadline(),
        System::nanoTime);
  }

  /**
   * Asks a version.
   *
   * @return as {@link BatchedModel#submit}; an {@link InferenceException} of cause {@link
   *     InferenceCause#CLOSED} when the version is not open by the deadline, cannot be opened,
   *     which is tried again after a while, or was let go and hangs still
   */
  public CompletableFuture<O> submit(ModelReference version, I request) {
    long nowNanos = nanoClock.getAsLong();
    Asked<I, O> known = asked.get(version);
    if (known != null && !known.model.isCompletedExceptionally()) {
      // Before others are let go, or a version would be for its own silence. One that failed is
      // forgotten after a while, and opened again.
      known.askedNanos = nowNanos;
    }
    letIdleGo(nowNanos);
    Asked<I, O> of = asked.get(version);
    if (of == null || (of.closed && of.hasEnded())) {
      of = new Asked<>(CompletableFuture.supplyAsync(() -> open(version), files));
      of.askedNanos = nowNanos;
      asked.put(version, of);
    }
    if (of.closed) {
      return CompletableFuture.failedFuture(
          closed("Model %s was let go and hangs still.".formatted(version), null));
    }
    if (isOpen(of.model)) {
      newest = of.model.join();
      return newest.submit(request);
    }
    CompletableFuture<BatchedModel<I, O>> opening = of.model;
    CompletableFuture<O> answer = new CompletableFuture<>();
    // Not CompletableFuture's own timeout: its thread would keep the classes of the job that is
    // the first to use it for as long as the process lives.
    var unused =
        FutureUtils.orTimeout(
                opening.thenCompose(model -> model.submit(request)),
                deadline.toNanos(),
                TimeUnit.NANOSECONDS,
                null)
            .whenComplete(
                (value, failure) -> {
                  if (failure == null) {
                    answer.complete(value);
                  } else {
                    answer.completeExceptionally(unanswered(version, isOpen(opening), failure));
                  }
                });
    return answer;
  }

  private static boolean isOpen(CompletableFuture<?> opening) {
    return opening.isDone() && !opening.isCompletedExceptionally();
  }

  private static Throwable unanswered(ModelReference version, boolean isOpen, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof TimeoutException) {
      return isOpen
          ? new InferenceException(
              InferenceCause.DEADLINE,
              "Model %s was opened and did not answer in time.".formatted(version),
              cause)
          : closed("Model %s is not open yet.".formatted(version), cause);
    }
    return cause instanceof ModelException || cause instanceof IllegalStateException
        ? closed(cause.getMessage(), cause)
        : cause;
  }

  /** How many requests wait for a batch of the version that was asked last. */
  public int queued() {
    BatchedModel<I, O> model = newest;
    return model == null ? 0 : model.queued();
  }

  /** How many versions are open, being opened, or not ended yet. */
  int size() {
    return asked.size();
  }

  @Override
  public void close() {
    asked.values().forEach(Asked::close);
    files.shutdown();
  }

  private BatchedModel<I, O> open(ModelReference version) {
    try {
      return opener.open(version);
    } catch (ModelException | RuntimeException e) {
      LOG.error("Model {} cannot be asked here now; the fallback answers for it.", version, e);
      throw new CompletionException(e);
    }
  }

  private static InferenceException closed(String message, Throwable cause) {
    return new InferenceException(InferenceCause.CLOSED, message, cause);
  }

  private void letIdleGo(long nowNanos) {
    if (nowNanos - lookedNanos < idleNanos / 10) {
      return;
    }
    lookedNanos = nowNanos;
    for (Asked<I, O> version : asked.values()) {
      if (nowNanos - version.askedNanos > idleNanos) {
        version.close();
      }
    }
    asked
        .values()
        .removeIf(version -> nowNanos - version.askedNanos > idleNanos && version.hasEnded());
  }
}
