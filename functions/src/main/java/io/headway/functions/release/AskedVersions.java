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
import io.headway.functions.inference.SharedModels;
import io.headway.functions.inference.stream.ModelFiles;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.ReadableConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The versions of a model that one subtask asks: each request says which. A version is opened when
 * it is first asked, which takes no time where {@link LoadedReleases} has it open already, and let
 * go when it was not asked for so long that nothing can be under way. Used by one thread; {@link
 * #queued} by any.
 *
 * @param <I> a request
 * @param <O> an answer
 */
public final class AskedVersions<I, O> implements AutoCloseable {
  private static final Duration IDLE_AT_LEAST = Duration.ofSeconds(10);
  private static final long RETRY_NANOS = Duration.ofMinutes(1).toNanos();

  private static final Logger LOG = LoggerFactory.getLogger(AskedVersions.class);

  private final ModelSignature signature;
  private final RequestEncoder<I> encoder;
  private final AnswerDecoder<I, O> decoder;
  private final BatchSettings batching;
  private final BatchListener listener;
  private final int intraOpThreads;
  private final ReadableConfig taskManager;
  private final long idleNanos;
  private final Map<ModelReference, Asked<I, O>> asked = new HashMap<>();
  private volatile BatchedModel<I, O> newest;
  private long lookAgainNanos;

  /** A version that is open, or why it is not. */
  private static final class Asked<I, O> {
    BatchedModel<I, O> model;
    String failure;
    long askedNanos;
  }

  /**
   * @param signature the inputs that the encoder writes and the outputs that the decoder reads
   * @param batching how requests are batched, for each version
   * @param intraOpThreads how many threads one run of a version may use, positive
   * @param taskManager its configuration, which says what native memory there is
   */
  public AskedVersions(
      ModelSignature signature,
      RequestEncoder<I> encoder,
      AnswerDecoder<I, O> decoder,
      BatchSettings batching,
      BatchListener listener,
      int intraOpThreads,
      ReadableConfig taskManager) {
    this.signature = signature;
    this.encoder = encoder;
    this.decoder = decoder;
    this.batching = batching;
    this.listener = listener;
    this.intraOpThreads = intraOpThreads;
    this.taskManager = taskManager;
    Duration twice = batching.deadline().multipliedBy(2);
    idleNanos = (twice.compareTo(IDLE_AT_LEAST) > 0 ? twice : IDLE_AT_LEAST).toNanos();
  }

  /**
   * Asks a version.
   *
   * @return as {@link BatchedModel#submit}; an {@link InferenceException} of cause {@link
   *     InferenceCause#CLOSED} when the version cannot be opened, which is tried again after a
   *     minute
   */
  public CompletableFuture<O> submit(ModelReference version, I request) {
    long nowNanos = System.nanoTime();
    Asked<I, O> of = asked.computeIfAbsent(version, absent -> new Asked<>());
    if (of.model == null && (of.failure == null || nowNanos - of.askedNanos > RETRY_NANOS)) {
      of.askedNanos = nowNanos;
      open(version, of);
    }
    letIdleGo(nowNanos);
    if (of.model == null) {
      return CompletableFuture.failedFuture(
          new InferenceException(InferenceCause.CLOSED, of.failure, null));
    }
    of.askedNanos = nowNanos;
    newest = of.model;
    return of.model.submit(request);
  }

  /** How many versions are open here. */
  public int open() {
    return (int) asked.values().stream().filter(version -> version.model != null).count();
  }

  /** How many requests wait for a batch of the version that was asked last. */
  public int queued() {
    BatchedModel<I, O> model = newest;
    return model == null ? 0 : model.queued();
  }

  @Override
  public void close() {
    asked.values().forEach(AskedVersions::close);
    asked.clear();
  }

  private void open(ModelReference version, Asked<I, O> of) {
    of.failure = null;
    try {
      SharedModels.Lease lease = ModelFiles.acquire(version, intraOpThreads, taskManager);
      of.model =
          ModelFiles.batch(lease, signature, encoder, decoder, batching, listener, taskManager);
    } catch (ModelException | RuntimeException e) {
      of.failure = e.getMessage();
      LOG.error("Model {} cannot be asked here for a minute.", version, e);
    }
  }

  private void letIdleGo(long nowNanos) {
    if (nowNanos < lookAgainNanos) {
      return;
    }
    lookAgainNanos = nowNanos + idleNanos / 10;
    asked
        .values()
        .removeIf(
            version -> {
              boolean idle = version.model != null && nowNanos - version.askedNanos > idleNanos;
              if (idle) {
                version.model.close();
              }
              return idle;
            });
  }

  private static void close(Asked<?, ?> version) {
    if (version.model != null) {
      version.model.close();
    }
  }
}
