// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model that is asked by single requests and runs them in batches, in threads of its own.
 *
 * <p>Every request is answered exactly once, at its deadline at the latest; what the model says of
 * it later is dropped. A batch that fails is halved until only the requests that cannot be answered
 * have failed. After {@value #FAILURES_TO_OPEN} batches in a row of which the model answered
 * nothing that could be decoded, or one in which it hung until the deadline, the circuit is open:
 * what waits and what comes is refused at once. Meanwhile the model is asked about one of them a
 * second, the first after a hang at once, until it answers one; nobody is told that answer.
 * Thread-safe; nothing here waits for the model.
 *
 * @param <I> a request
 * @param <O> an answer
 */
public final class BatchedModel<I, O> implements AutoCloseable {
  static final int FAILURES_TO_OPEN = 5;
  static final Duration PROBE_INTERVAL = Duration.ofSeconds(1);

  /** How often a run that hangs is told to stop. */
  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

  /** After how many mean runs a batch without an answer is taken for one that hangs. */
  private static final int RUNS_TO_HANG = 3;

  private static final Logger LOG = LoggerFactory.getLogger(BatchedModel.class);

  private final Model model;
  private final RequestEncoder<I> encoder;
  private final AnswerDecoder<I, O> decoder;
  private final BatchSettings settings;
  private final BatchListener listener;
  private final long deadlineNanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition watch = lock.newCondition();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  // Guarded by the lock.
  private final MicroBatcher<Pending<I, O>> queue;
  private final CircuitBreaker breaker =
      new CircuitBreaker(FAILURES_TO_OPEN, PROBE_INTERVAL.toNanos());
  private final List<Worker> workers = new ArrayList<>();
  private int running;
  private boolean closed;

  /** A request that has no answer yet. */
  private record Pending<I, O>(I request, long submittedNanos, CompletableFuture<O> answer) {}

  /**
   * Starts the threads.
   *
   * @param model stays open until {@link #ended} is complete, and is not closed by this
   * @param used the inputs that the encoder writes and the outputs that the decoder reads
   * @throws ModelException when the model has other tensors
   */
  public BatchedModel(
      Model model,
      ModelSignature used,
      RequestEncoder<I> encoder,
      AnswerDecoder<I, O> decoder,
      BatchSettings settings,
      BatchListener listener)
      throws ModelException {
    this.model = model;
    this.encoder = encoder;
    this.decoder = decoder;
    this.settings = settings;
    this.listener = listener;
    deadlineNanos = settings.deadline().toNanos();
    queue = new MicroBatcher<>(settings, Pending::submittedNanos);
    try {
      for (int i = 0; i < settings.threads(); i++) {
        workers.add(new Worker(model.runner(used, settings.maxBatchSize())));
      }
    } catch (ModelException | RuntimeException | Error e) {
      workers.forEach(worker -> worker.runner.close());
      throw e;
    }
    running = workers.size();
    int started = 0;
    try {
      start("inference-%s-deadlines".formatted(model), this::watchDeadlines);
      for (; started < workers.size(); started++) {
        start("inference-%s-%d".formatted(model, started), workers.get(started)::work);
      }
    } catch (Error e) {
      // The system has no more threads. Those that are there end by themselves.
      workers.subList(started, workers.size()).forEach(Worker::end);
      close();
      throw e;
    }
  }

  /**
   * Asks the model.
   *
   * @param request must not change until it is answered; where it is refused because the circuit is
   *     open, the encoder may still be shown it, and what it makes of it then does not matter
   * @return the answer, or an {@link InferenceException}; or an {@link Error} of the encoder or
   *     decoder. It is completed by a thread of the model, or by the caller when the request is
   *     refused at once; what depends on it must be quick
   */
  public CompletableFuture<O> submit(I request) {
    Pending<I, O> pending;
    InferenceException refusal;
    lock.lock();
    try {
      long now = System.nanoTime();
      pending = new Pending<>(request, now, new CompletableFuture<>());
      refusal = refusal();
      if (refusal == null) {
        // Nobody waits for a probe: while the model hangs, that would hold up all that is behind.
        refusal = breaker.isOpen() ? circuitOpen() : null;
        if (breaker.admits(now)) {
          enqueue(pending);
        }
      }
    } finally {
      lock.unlock();
    }
    return refusal == null ? pending.answer : CompletableFuture.failedFuture(refusal);
  }

  /** The lock is held. */
  private void enqueue(Pending<I, O> pending) {
    queue.add(pending);
    if (queue.size() == 1 || queue.full()) {
      work.signal();
    }
  }

  /** How many requests wait for a batch. */
  public int queued() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes no more requests, answers those that wait with {@link InferenceCause#CLOSED} and lets the
   * threads end. It does not wait for them.
   */
  @Override
  public void close() {
    List<Pending<I, O>> left = new ArrayList<>();
    lock.lock();
    try {
      closed = true;
      queue.takeAll(left);
      workers.forEach(worker -> worker.addBatch(left));
      work.signalAll();
    } finally {
      lock.unlock();
    }
    left.forEach(pending -> fail(pending, closed()));
    lock.lock();
    try {
      workers.forEach(Worker::stop);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Completes when this was closed and its last thread has left the model, which may be long after
   * when it hangs.
   */
  public CompletableFuture<Void> ended() {
    return ended;
  }

  /** Why a request cannot even be a probe, or null when it can. The lock is held. */
  private InferenceException refusal() {
    if (closed) {
      return closed();
    }
    if (queue.size() >= settings.maxQueued()) {
      return new InferenceException(
          InferenceCause.QUEUE_FULL,
          "Model %s has %d requests waiting, and may have no more.".formatted(model, queue.size()),
          null);
    }
    if (workers.stream().allMatch(worker -> worker.overdue)) {
      return new InferenceException(
          InferenceCause.CIRCUIT_OPEN, "Model %s hangs in every thread.".formatted(model), null);
    }
    return null;
  }

  private InferenceException circuitOpen() {
    return new InferenceException(
        InferenceCause.CIRCUIT_OPEN,
        "Model %s hung or keeps failing, and is asked only from time to time.".formatted(model),
        null);
  }

  private InferenceException closed() {
    return new InferenceException(
        InferenceCause.CLOSED, "Model %s is being closed.".formatted(model), null);
  }

  private InferenceException late() {
    return new InferenceException(
        InferenceCause.DEADLINE,
        "Model %s did not answer within %s.".formatted(model, settings.deadline()),
        null);
  }

  private void watchDeadlines() {
    List<Pending<I, O>> expired = new ArrayList<>();
    List<Pending<I, O>> refused = new ArrayList<>();
    boolean going = true;
    while (going) {
      try {
        going = awaitExpired(expired, refused);
        refused.forEach(pending -> fail(pending, circuitOpen()));
        expired.forEach(pending -> fail(pending, late()));
      } catch (RuntimeException | Error e) {
        LOG.error("A deadline of model {} could not be kept as it should.", model, e);
        expired.forEach(pending -> pending.answer.completeExceptionally(e));
        refused.forEach(pending -> pending.answer.completeExceptionally(e));
      }
      expired.clear();
      refused.clear();
    }
  }

  /**
   * Waits until requests are past their deadline or the model hangs, and takes the requests that
   * are and, when the circuit opens for it, all that wait.
   *
   * @return whether there are more to come
   */
  private boolean awaitExpired(List<Pending<I, O>> expired, List<Pending<I, O>> refused) {
    lock.lock();
    try {
      while (running > 0) {
        long now = System.nanoTime();
        queue.takeExpired(now, expired);
        // Whatever is submitted from now on expires after this.
        long next = Math.min(deadlineNanos, queue.expiresInNanos(now));
        for (Worker worker : workers) {
          next = Math.min(next, worker.watch(now, expired, refused));
        }
        if (!expired.isEmpty() || !refused.isEmpty()) {
          return true;
        }
        watch.awaitNanos(next);
      }
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException("Nobody interrupts this thread.", e);
    } finally {
      lock.unlock();
    }
  }

  private void fail(Pending<I, O> pending, InferenceException e) {
    pending.answer.completeExceptionally(e);
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** One thread, which runs a batch at a time. */
  private final class Worker {
    private final Model.Runner runner;

    /** What runs now, or null. Guarded by the lock; what is in it changes only while it is null. */
    private List<Pending<I, O>> batch;

    /** How many of the batch, from its first, need no more watching. Guarded by the lock. */
    private int watched;

    /** When the batch was taken. Written under the lock, by the thread itself. */
    private long begunNanos;

    /** Whether the whole batch is past its deadline and the model hangs. Guarded by the lock. */
    private boolean overdue;

    // Of the thread itself: what became of the batch.
    private boolean answered;
    private boolean failed;

    Worker(Model.Runner runner) {
      this.runner = runner;
    }

    void work() {
      List<Pending<I, O>> requests = new ArrayList<>(settings.maxBatchSize());
      try {
        while (awaitBatch(requests)) {
          try {
            serve(requests);
          } finally {
            batchEnds();
            requests.clear();
          }
        }
      } finally {
        end();
      }
    }

    private void serve(List<Pending<I, O>> requests) {
      answered = false;
      failed = false;
      try {
        report(requests);
        run(requests);
        listener.worked(System.nanoTime() - begunNanos);
      } catch (RuntimeException | Error e) {
        LOG.error("Model {} cannot go on with a batch.", model, e);
        requests.forEach(pending -> pending.answer.completeExceptionally(e));
      }
    }

    /**
     * @return whether there is a batch; if not, the thread has to end
     */
    private boolean awaitBatch(List<Pending<I, O>> into) {
      lock.lock();
      try {
        while (!closed) {
          long now = System.nanoTime();
          long due = queue.dueInNanos(now);
          if (due <= 0) {
            queue.take(into);
            batch = into;
            watched = 0;
            begunNanos = now;
            if (queue.size() > 0) {
              work.signal();
            }
            return true;
          } else if (due == Long.MAX_VALUE) {
            work.await();
          } else {
            work.awaitNanos(due);
          }
        }
        return false;
      } catch (InterruptedException e) {
        throw new IllegalStateException("Nobody interrupts this thread.", e);
      } finally {
        lock.unlock();
      }
    }

    private void report(List<Pending<I, O>> requests) {
      listener.batchBegins(requests.size(), begunNanos - requests.get(0).submittedNanos);
      for (Pending<I, O> pending : requests) {
        listener.waited(begunNanos - pending.submittedNanos);
      }
    }

    private void batchEnds() {
      List<Pending<I, O>> refused = new ArrayList<>();
      lock.lock();
      try {
        batch = null;
        overdue = false;
        if (answered) {
          breaker.succeeded();
        } else if (failed && breaker.failed(System.nanoTime())) {
          queue.takeAll(refused);
        }
      } finally {
        lock.unlock();
      }
      refused.forEach(pending -> fail(pending, circuitOpen()));
    }

    private void end() {
      List<Pending<I, O>> left = new ArrayList<>();
      boolean last = false;
      try {
        runner.close();
      } finally {
        lock.lock();
        try {
          running--;
          last = running == 0;
          if (last) {
            // Nobody is there to answer what waits, whether this was closed or not.
            closed = true;
            queue.takeAll(left);
          }
          watch.signalAll();
        } finally {
          lock.unlock();
        }
        left.forEach(pending -> fail(pending, closed()));
        if (last) {
          ended.complete(null);
        }
      }
    }

    /**
     * Takes what is past its deadline; when nobody waits for the batch any more, tells the model to
     * stop, and takes all that wait if that opens the circuit. The lock is held.
     *
     * @return in how many nanoseconds to look again
     */
    private long watch(long now, List<Pending<I, O>> expired, List<Pending<I, O>> refused) {
      if (batch == null) {
        return Long.MAX_VALUE;
      }
      int before = expired.size();
      for (; watched < batch.size(); watched++) {
        Pending<I, O> pending = batch.get(watched);
        if (!pending.answer.isDone()) {
          long left = expiresInNanos(pending, now);
          if (left > 0) {
            return left;
          }
          expired.add(pending);
        }
      }
      long left = expiresInNanos(batch.get(batch.size() - 1), now);
      if (left > 0) {
        return left;
      }
      // Those that have just expired are answered first, or the run's end would answer them.
      if (expired.size() == before && hangs(now)) {
        if (!overdue) {
          overdue = true;
          if (breaker.hangs(now)) {
            queue.takeAll(refused);
          }
        }
        // Again and again: it may have come before the run began.
        runner.stop();
      }
      return LOOK_AGAIN.toNanos();
    }

    /** Whether the model answered nothing for long, and not only began late for overload. */
    private boolean hangs(long now) {
      return now - begunNanos >= RUNS_TO_HANG * queue.meanRunNanos()
          && batch.stream().allMatch(pending -> pending.answer.isCompletedExceptionally());
    }

    private long expiresInNanos(Pending<I, O> pending, long now) {
      return pending.submittedNanos + deadlineNanos - now;
    }

    /** Adds what runs. The lock is held. */
    private void addBatch(List<Pending<I, O>> to) {
      if (batch != null) {
        to.addAll(batch);
      }
    }

    /** Tells the model to stop what runs. The lock is held. */
    private void stop() {
      if (batch != null) {
        runner.stop();
      }
    }

    /** Runs requests, together if that works, and answers them. */
    private void run(List<Pending<I, O>> requests) {
      List<Pending<I, O>> encoded = encode(requests);
      if (encoded.isEmpty()) {
        return;
      }
      long startNanos = System.nanoTime();
      Exception failure = null;
      try {
        runner.run(encoded.size());
      } catch (ModelException | RuntimeException e) {
        failure = e;
      }
      long tookNanos = System.nanoTime() - startNanos;
      listener.ran(tookNanos);
      if (failure == null) {
        // One that stood still for long says nothing of those to come.
        learn(Math.min(tookNanos, deadlineNanos));
        decode(encoded);
      } else if (encoded.size() == 1) {
        failed = true;
        fail(encoded.get(0), because(InferenceCause.MODEL_FAILED, "failed on a request", failure));
      } else {
        int half = encoded.size() / 2;
        run(encoded.subList(0, half));
        run(encoded.subList(half, encoded.size()));
      }
    }

    private void learn(long tookNanos) {
      lock.lock();
      try {
        queue.runTook(tookNanos);
      } finally {
        lock.unlock();
      }
    }

    /** Writes the requests that still wait for an answer, and can be written. */
    private List<Pending<I, O>> encode(List<Pending<I, O>> requests) {
      List<Pending<I, O>> encoded = new ArrayList<>(requests.size());
      long now = System.nanoTime();
      for (Pending<I, O> pending : requests) {
        if (pending.answer.isDone() || expiresInNanos(pending, now) <= 0) {
          failed = true;
          // Who watches deadlines may come only after this batch, and not see it any more.
          fail(pending, late());
          continue;
        }
        try {
          ItemTensors inputs = runner.batch().input(encoded.size());
          encoder.encode(pending.request, inputs);
          inputs.checkFilled();
          encoded.add(pending);
        } catch (RuntimeException e) {
          fail(pending, because(InferenceCause.INVALID_REQUEST, "was not asked", e));
        }
      }
      return encoded;
    }

    private void decode(List<Pending<I, O>> requests) {
      for (int i = 0; i < requests.size(); i++) {
        Pending<I, O> pending = requests.get(i);
        if (pending.answer.isDone()) {
          failed = true;
          continue;
        }
        O value;
        try {
          value =
              Objects.requireNonNull(
                  decoder.decode(pending.request, runner.batch().output(i)),
                  "the decoder gave null");
        } catch (RuntimeException e) {
          // What was asked could be encoded, so the model is at fault.
          failed = true;
          fail(pending, because(InferenceCause.INVALID_ANSWER, "gave no usable answer", e));
          continue;
        }
        if (pending.answer.complete(value)) {
          answered = true;
          listener.answered(System.nanoTime() - pending.submittedNanos);
        } else {
          failed = true;
        }
      }
    }

    private InferenceException because(InferenceCause reason, String what, Exception cause) {
      return new InferenceException(
          reason,
          "Model %s %s: %s"
              .formatted(model, what, cause.getMessage() == null ? cause : cause.getMessage()),
          cause);
    }
  }
}
