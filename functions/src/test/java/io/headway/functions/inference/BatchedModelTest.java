// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchedModelTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final BatchSettings SETTINGS = new BatchSettings(8, Duration.ZERO, LONG, 1_000, 1);

  private final FakeModel model = new FakeModel();
  private BatchedModel<Float, Float> batched;

  @AfterEach
  void threadsEndAndRunnersAreClosed() throws Exception {
    CountDownLatch hang = model.hang;
    if (hang != null) {
      hang.countDown();
    }
    batched.close();
    batched.ended().get(10, TimeUnit.SECONDS);
    assertThat(model.openRunners).hasValue(0);
    assertThat(model.closed).isFalse();
  }

  @Test
  void everyRequestGetsItsOwnAnswer() throws Exception {
    start(SETTINGS);
    List<CompletableFuture<Float>> answers = submit(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    for (int i = 0; i < answers.size(); i++) {
      assertThat(answer(answers.get(i))).isEqualTo(2f * i);
    }
  }

  @Test
  void requestsThatComeWhileTheModelRunsAreOneBatch() throws Exception {
    start(SETTINGS);
    hang();
    CompletableFuture<Float> first = batched.submit(1f);
    await().until(() -> model.runs.size() == 1);
    List<CompletableFuture<Float>> others = submit(2, 3, 4);
    unhang();
    assertThat(answer(first)).isEqualTo(2);
    for (CompletableFuture<Float> other : others) {
      answer(other);
    }
    assertThat(model.runs).containsExactly(List.of(1f), List.of(2f, 3f, 4f));
  }

  @Test
  void aBatchLingersUntilItIsFull() throws Exception {
    start(SETTINGS.withLinger(Duration.ofSeconds(50)).withMaxBatchSize(3));
    List<CompletableFuture<Float>> answers = submit(1, 2, 3);
    answer(answers.get(2));
    assertThat(model.runs).containsExactly(List.of(1f, 2f, 3f));
  }

  @Test
  void aBatchThatStaysSmallIsRunOnceItHasLingered() throws Exception {
    start(SETTINGS.withLinger(Duration.ofMillis(20)));
    assertThat(answer(batched.submit(1f))).isEqualTo(2);
  }

  @Test
  void aRequestThatCannotBeEncodedFailsAlone() throws Exception {
    start(SETTINGS.withLinger(Duration.ofSeconds(50)).withMaxBatchSize(3));
    List<CompletableFuture<Float>> answers = submit(1, Float.NaN, 3);
    assertThat(answer(answers.get(0))).isEqualTo(2);
    assertThat(answer(answers.get(2))).isEqualTo(6);
    InferenceException failure = failure(answers.get(1));
    assertThat(failure.reason()).isEqualTo(InferenceCause.INVALID_REQUEST);
    assertThat(failure).hasMessage("Model fake:1 was not asked: not a number");
  }

  @Test
  void anEncoderThatLeavesATensorUnfilledDoesNotSeeTheLastBatch() throws Exception {
    batched =
        new BatchedModel<>(
            model,
            FakeModel.SIGNATURE,
            (request, inputs) -> {
              if (request > 0) {
                FakeModel.encode(request, inputs);
              }
            },
            FakeModel::decode,
            SETTINGS,
            BatchListener.NONE);
    answer(batched.submit(1f));
    InferenceException failure = failure(batched.submit(-5f));
    assertThat(failure.reason()).isEqualTo(InferenceCause.INVALID_REQUEST);
    assertThat(failure).hasMessageContaining("Tensor x FLOAT[batch] was given 0 of its 1 numbers");
  }

  @Test
  void aRequestOnWhichTheModelFailsFailsAlone() throws Exception {
    start(SETTINGS.withLinger(Duration.ofSeconds(50)));
    List<CompletableFuture<Float>> answers = submit(0, 1, 2, FakeModel.POISON, 4, 5, 6, 7);
    assertThat(failure(answers.get(3)).reason()).isEqualTo(InferenceCause.MODEL_FAILED);
    for (int i : new int[] {0, 1, 2, 4, 5, 6, 7}) {
      assertThat(answer(answers.get(i))).isEqualTo(2f * i);
    }
  }

  @Test
  void anAnswerThatCannotBeDecodedFailsAlone() throws Exception {
    batched =
        new BatchedModel<>(
            model,
            FakeModel.SIGNATURE,
            FakeModel::encode,
            (request, outputs) -> {
              if (request == 2) {
                throw new IllegalStateException("not this one");
              }
              return FakeModel.decode(request, outputs);
            },
            SETTINGS.withLinger(Duration.ofSeconds(50)).withMaxBatchSize(3),
            BatchListener.NONE);
    List<CompletableFuture<Float>> answers = submit(1, 2, 3);
    assertThat(answer(answers.get(0))).isEqualTo(2);
    assertThat(answer(answers.get(2))).isEqualTo(6);
    assertThat(failure(answers.get(1)).reason()).isEqualTo(InferenceCause.INVALID_ANSWER);
  }

  @Test
  void anErrorReachesWhoAskedAndTheThreadGoesOn() throws Exception {
    batched =
        new BatchedModel<>(
            model,
            FakeModel.SIGNATURE,
            (request, inputs) -> {
              if (request == 2) {
                throw new LinkageError("no such class");
              }
              FakeModel.encode(request, inputs);
            },
            FakeModel::decode,
            SETTINGS,
            BatchListener.NONE);
    assertThat(batched.submit(2f))
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(LinkageError.class);
    assertThat(answer(batched.submit(1f))).isEqualTo(2);
  }

  @Test
  void aRequestIsAnsweredAtItsDeadlineWhileTheModelHangs() throws Exception {
    model.heedsStop = false;
    start(SETTINGS.withDeadline(Duration.ofSeconds(1)));
    hang();
    CompletableFuture<Float> runs = batched.submit(1f);
    await().until(() -> model.runs.size() == 1);
    CompletableFuture<Float> waits = batched.submit(2f);
    assertThat(failure(runs).reason()).isEqualTo(InferenceCause.DEADLINE);
    assertThat(failure(waits).reason()).isEqualTo(InferenceCause.CIRCUIT_OPEN);
    assertThat(batched.queued()).isZero();
    unhang();
  }

  @Test
  void anAnswerThatComesLateIsDropped() throws Exception {
    model.heedsStop = false;
    List<Long> latencies = new CopyOnWriteArrayList<>();
    batched =
        new BatchedModel<>(
            model,
            FakeModel.SIGNATURE,
            FakeModel::encode,
            FakeModel::decode,
            SETTINGS.withDeadline(Duration.ofMillis(100)),
            new BatchListener() {
              @Override
              public void answered(long nanos) {
                latencies.add(nanos);
              }
            });
    hang();
    CompletableFuture<Float> late = batched.submit(1f);
    assertThat(failure(late).reason()).isEqualTo(InferenceCause.DEADLINE);
    unhang();
    batched.close();
    batched.ended().get(10, TimeUnit.SECONDS);
    assertThat(failure(late).reason()).isEqualTo(InferenceCause.DEADLINE);
    assertThat(latencies).isEmpty();
  }

  @Test
  void aRequestThatWaitsIsAnsweredAtItsDeadlineWhileTheModelIsSlow() throws Exception {
    model.heedsStop = false;
    start(SETTINGS.withDeadline(Duration.ofSeconds(2)));
    // A run of a second is usual from now on, and one of two seconds does not hang.
    CountDownLatch slow = hang();
    CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS).execute(slow::countDown);
    assertThat(answer(batched.submit(0f))).isEqualTo(0);
    hang();
    CompletableFuture<Float> runs = batched.submit(1f);
    await().until(() -> model.runs.size() == 2);
    CompletableFuture<Float> waits = batched.submit(2f);
    assertThat(failure(runs).reason()).isEqualTo(InferenceCause.DEADLINE);
    assertThat(failure(waits).reason()).isEqualTo(InferenceCause.DEADLINE);
    assertThat(batched.queued()).isZero();
    unhang();
  }

  @Test
  void whileTheModelHangsRequestsAreRefusedAtOnceAndTakenAgainWhenItIsBack() throws Exception {
    model.heedsStop = false;
    start(SETTINGS.withDeadline(Duration.ofMillis(500)));
    hang();
    assertThat(failure(batched.submit(1f)).reason()).isEqualTo(InferenceCause.DEADLINE);
    await().until(() -> model.stops.get() > 0);
    CompletableFuture<Float> refused = batched.submit(2f);
    assertThat(refused).isDone();
    assertThat(failure(refused).reason()).isEqualTo(InferenceCause.CIRCUIT_OPEN);
    unhang();
    awaitAnswer(3);
  }

  @Test
  void nobodyWaitsForAProbe() throws Exception {
    start(SETTINGS.withDeadline(Duration.ofMillis(500)));
    hang();
    assertThat(failure(batched.submit(1f)).reason()).isEqualTo(InferenceCause.DEADLINE);
    await().until(() -> model.stops.get() > 0);
    hang();
    await()
        .until(
            () -> {
              CompletableFuture<Float> refused = batched.submit(2f);
              assertThat(refused).isDone();
              assertThat(failure(refused).reason()).isEqualTo(InferenceCause.CIRCUIT_OPEN);
              return model.runs.size() > 1;
            });
    unhang();
    awaitAnswer(3);
  }

  @Test
  void aRunForWhichNobodyWaitsIsToldToStop() throws Exception {
    start(SETTINGS.withDeadline(Duration.ofMillis(500)));
    hang();
    assertThat(failure(batched.submit(1f)).reason()).isEqualTo(InferenceCause.DEADLINE);
    await().untilAsserted(() -> assertThat(model.stops.get()).isPositive());
    model.hang = null;
    awaitAnswer(3);
  }

  @Test
  void aRunIsToldToStopOnlyWhenWhoWaitedForItWasAnswered() throws Exception {
    // All three in one batch: for a run of the first alone the others do not wait.
    start(
        SETTINGS
            .withDeadline(Duration.ofSeconds(2))
            .withLinger(Duration.ofSeconds(1))
            .withMaxBatchSize(3));
    List<CompletableFuture<Float>> asked = new CopyOnWriteArrayList<>();
    Queue<Boolean> answered = new ConcurrentLinkedQueue<>();
    model.onStop = () -> answered.add(asked.stream().allMatch(CompletableFuture::isDone));
    hang();
    asked.addAll(submit(1, 2, 3));
    await().until(() -> model.stops.get() > 0);
    assertThat(answered).containsOnly(true);

    model.stops.set(0);
    batched.close();
    batched.ended().get(10, TimeUnit.SECONDS);
    model.heedsStop = false;
    start(SETTINGS);
    CountDownLatch hang = hang();
    int runs = model.runs.size();
    asked.addAll(submit(4, 5, 6));
    await().until(() -> model.runs.size() > runs);
    batched.close();
    assertThat(answered).containsOnly(true);
    hang.countDown();
  }

  @Test
  void aRunThatBeginsAfterItWasToldToStopIsToldAgain() throws Exception {
    CountDownLatch encoding = new CountDownLatch(1);
    batched =
        new BatchedModel<>(
            model,
            FakeModel.SIGNATURE,
            (request, inputs) -> {
              block(encoding);
              FakeModel.encode(request, inputs);
            },
            FakeModel::decode,
            SETTINGS.withDeadline(Duration.ofSeconds(1)),
            BatchListener.NONE);
    hang();
    model.onStop = encoding::countDown;
    // Told to stop while it is encoded: the run that follows hangs.
    assertThat(failure(batched.submit(1f)).reason()).isEqualTo(InferenceCause.DEADLINE);
    await().until(() -> model.stops.get() > 1);
    model.hang = null;
    awaitAnswer(3);
  }

  @Test
  void anAnswerOfNullIsNone() throws Exception {
    batched =
        new BatchedModel<>(
            model,
            FakeModel.SIGNATURE,
            FakeModel::encode,
            (request, outputs) -> null,
            SETTINGS,
            BatchListener.NONE);
    InferenceException failure = failure(batched.submit(1f));
    assertThat(failure.reason()).isEqualTo(InferenceCause.INVALID_ANSWER);
    assertThat(failure).hasMessage("Model fake:1 gave no usable answer: the decoder gave null");
  }

  @Test
  void aListenerThatThrowsCostsTheBatchAndNotTheThread() throws Exception {
    AtomicInteger batches = new AtomicInteger();
    batched =
        new BatchedModel<>(
            model,
            FakeModel.SIGNATURE,
            FakeModel::encode,
            FakeModel::decode,
            SETTINGS,
            new BatchListener() {
              @Override
              public void batchBegins(int items, long lingeredNanos) {
                if (batches.incrementAndGet() == 1) {
                  throw new IllegalStateException("not this one");
                }
              }
            });
    assertThat(batched.submit(1f)).failsWithin(Duration.ofSeconds(10));
    assertThat(answer(batched.submit(2f))).isEqualTo(4);
  }

  @Test
  void oneThreadThatHangsDoesNotHoldUpTheOther() throws Exception {
    model.heedsStop = false;
    start(SETTINGS.withThreads(2).withDeadline(Duration.ofMillis(500)));
    CountDownLatch hang = hang();
    CompletableFuture<Float> hangs = batched.submit(1f);
    await().until(() -> model.runs.size() == 1);
    model.hang = null;
    for (int i = 0; i < 50; i++) {
      assertThat(answer(batched.submit((float) i))).isEqualTo(2f * i);
    }
    assertThat(failure(hangs).reason()).isEqualTo(InferenceCause.DEADLINE);
    awaitAnswer(7);
    hang.countDown();
  }

  @Test
  void moreThanMayWaitAreRefused() throws Exception {
    start(SETTINGS.withMaxBatchSize(2).withMaxQueued(3));
    hang();
    var unused = batched.submit(0f);
    await().until(() -> model.runs.size() == 1);
    List<CompletableFuture<Float>> waiting = submit(1, 2, 3);
    InferenceException refused = failure(batched.submit(4f));
    assertThat(refused.reason()).isEqualTo(InferenceCause.QUEUE_FULL);
    assertThat(refused).hasMessage("Model fake:1 has 3 requests waiting, and may have no more.");
    unhang();
    assertThat(answer(waiting.get(2))).isEqualTo(6);
  }

  @Test
  void aModelThatAnswersNothingIsAskedNoMoreUntilAProbeIsAnswered() throws Exception {
    model.broken = true;
    start(SETTINGS);
    for (int i = 0; i < BatchedModel.FAILURES_TO_OPEN; i++) {
      assertThat(failure(batched.submit(1f)).reason()).isEqualTo(InferenceCause.MODEL_FAILED);
    }
    await().until(() -> failure(batched.submit(1f)).reason() == InferenceCause.CIRCUIT_OPEN);
    int asked = model.runs.size();
    assertThat(failure(batched.submit(1f)).reason()).isEqualTo(InferenceCause.CIRCUIT_OPEN);
    assertThat(model.runs).hasSize(asked);
    model.broken = false;
    await()
        .atMost(BatchedModel.PROBE_INTERVAL.multipliedBy(10))
        .untilAsserted(() -> assertThat(batched.submit(1f)).succeedsWithin(Duration.ofSeconds(10)));
  }

  @Test
  void whatWaitsWhenTheCircuitOpensIsRefusedAndNeverRun() throws Exception {
    model.broken = true;
    start(SETTINGS.withMaxBatchSize(1));
    hang();
    List<CompletableFuture<Float>> answers = submit(new float[20]);
    unhang();
    for (int i = 0; i < answers.size(); i++) {
      assertThat(failure(answers.get(i)).reason())
          .isEqualTo(
              i < BatchedModel.FAILURES_TO_OPEN
                  ? InferenceCause.MODEL_FAILED
                  : InferenceCause.CIRCUIT_OPEN);
    }
    assertThat(model.runs).hasSize(BatchedModel.FAILURES_TO_OPEN);
    model.broken = false;
    awaitAnswer(3);
  }

  @Test
  void noAnswerIsLostWhileTheCircuitOpensAndCloses() throws Exception {
    start(SETTINGS.withThreads(2).withMaxBatchSize(4));
    List<CompletableFuture<Float>> answers = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      model.broken = true;
      for (int i = 0; i < 500; i++) {
        answers.add(batched.submit((float) answers.size()));
      }
      await().until(() -> failure(batched.submit(0f)).reason() == InferenceCause.CIRCUIT_OPEN);
      model.broken = false;
      for (int i = 0; i < 500; i++) {
        answers.add(batched.submit((float) answers.size()));
      }
      awaitAnswer(0);
    }
    for (int i = 0; i < answers.size(); i++) {
      float request = i;
      boolean ran = model.runs.stream().anyMatch(run -> run.contains(request));
      try {
        assertThat(answer(answers.get(i))).isEqualTo(2 * request);
        assertThat(ran).isTrue();
      } catch (ExecutionException e) {
        InferenceCause reason = ((InferenceException) e.getCause()).reason();
        assertThat(reason).isIn(InferenceCause.MODEL_FAILED, InferenceCause.CIRCUIT_OPEN);
        assertThat(ran || reason == InferenceCause.CIRCUIT_OPEN).isTrue();
      }
    }
    assertThat(batched.queued()).isZero();
  }

  @Test
  void aModelWhoseAnswersCannotBeDecodedIsAskedNoMore() throws Exception {
    batched =
        new BatchedModel<>(
            model,
            FakeModel.SIGNATURE,
            FakeModel::encode,
            (request, outputs) -> {
              throw new IllegalStateException("not a number");
            },
            SETTINGS,
            BatchListener.NONE);
    for (int i = 0; i < BatchedModel.FAILURES_TO_OPEN; i++) {
      assertThat(failure(batched.submit(1f)).reason()).isEqualTo(InferenceCause.INVALID_ANSWER);
    }
    await().until(() -> failure(batched.submit(1f)).reason() == InferenceCause.CIRCUIT_OPEN);
  }

  @Test
  void oneAnswerThatCanBeDecodedShowsThatTheModelIsWell() throws Exception {
    batched =
        new BatchedModel<>(
            model,
            FakeModel.SIGNATURE,
            FakeModel::encode,
            (request, outputs) -> {
              if (request == 2) {
                throw new IllegalStateException("not this one");
              }
              return FakeModel.decode(request, outputs);
            },
            SETTINGS.withLinger(Duration.ofSeconds(50)).withMaxBatchSize(2),
            BatchListener.NONE);
    for (int i = 0; i < 2 * BatchedModel.FAILURES_TO_OPEN; i++) {
      List<CompletableFuture<Float>> answers = submit(1, 2);
      assertThat(answer(answers.get(0))).isEqualTo(2);
      assertThat(failure(answers.get(1)).reason()).isEqualTo(InferenceCause.INVALID_ANSWER);
    }
  }

  @Test
  void requestsThatCannotBeEncodedSayNothingOfTheModel() throws Exception {
    start(SETTINGS);
    for (int i = 0; i < 2 * BatchedModel.FAILURES_TO_OPEN; i++) {
      failure(batched.submit(Float.NaN));
    }
    assertThat(answer(batched.submit(1f))).isEqualTo(2);
  }

  @Test
  void whatIsLeftIsAnsweredWhenItIsClosed() throws Exception {
    model.heedsStop = false;
    start(SETTINGS);
    CountDownLatch hang = hang();
    CompletableFuture<Float> runs = batched.submit(1f);
    await().until(() -> model.runs.size() == 1);
    CompletableFuture<Float> waits = batched.submit(2f);
    List<CompletableFuture<Float>> moreThanABatch = submit(new float[20]);
    batched.close();
    assertThat(failure(runs).reason()).isEqualTo(InferenceCause.CLOSED);
    assertThat(failure(waits).reason()).isEqualTo(InferenceCause.CLOSED);
    assertThat(failure(moreThanABatch.get(19)).reason()).isEqualTo(InferenceCause.CLOSED);
    assertThat(failure(batched.submit(3f)).reason()).isEqualTo(InferenceCause.CLOSED);
    assertThat(batched.ended()).isNotDone();
    hang.countDown();
    batched.ended().get(10, TimeUnit.SECONDS);
  }

  @Test
  void theListenerHearsOfEveryBatch() throws Exception {
    List<Integer> sizes = new ArrayList<>();
    List<Long> waits = new ArrayList<>();
    List<Long> latencies = new ArrayList<>();
    List<Long> runs = new ArrayList<>();
    List<Long> work = new ArrayList<>();
    batched =
        new BatchedModel<>(
            model,
            FakeModel.SIGNATURE,
            FakeModel::encode,
            FakeModel::decode,
            SETTINGS.withLinger(Duration.ofSeconds(50)).withMaxBatchSize(3),
            new BatchListener() {
              @Override
              public void ran(long nanos) {
                runs.add(nanos);
              }

              @Override
              public void worked(long nanos) {
                work.add(nanos);
              }

              @Override
              public void batchBegins(int items, long lingeredNanos) {
                sizes.add(items);
              }

              @Override
              public void waited(long nanos) {
                waits.add(nanos);
              }

              @Override
              public void answered(long nanos) {
                latencies.add(nanos);
              }
            });
    for (CompletableFuture<Float> answer : submit(1, 2, 3)) {
      answer(answer);
    }
    batched.close();
    batched.ended().get(10, TimeUnit.SECONDS);
    assertThat(sizes).containsExactly(3);
    assertThat(waits).hasSize(3).isSortedAccordingTo((a, b) -> Long.compare(b, a));
    assertThat(latencies).hasSize(3);
    assertThat(latencies.get(0)).isGreaterThanOrEqualTo(waits.get(0));
    assertThat(runs).hasSize(1);
    // Encoding and decoding are work too.
    assertThat(work).hasSize(1);
    assertThat(work.get(0)).isGreaterThan(runs.get(0));
  }

  /** Its deadline is seen by nobody else, for who watches deadlines is held up. */
  @Test
  void aRequestThatWaitsPastItsDeadlineIsAnsweredByWhoeverTakesIt() throws Exception {
    Duration deadline = Duration.ofMillis(50);
    start(SETTINGS.withMaxBatchSize(1).withDeadline(deadline));
    CountDownLatch hang = hang();
    CountDownLatch watched = new CountDownLatch(1);
    CountDownLatch held = new CountDownLatch(1);
    CompletableFuture<Float> first = batched.submit(1f);
    var unused =
        first.whenComplete(
            (answer, failure) -> {
              watched.countDown();
              block(held);
            });
    try {
      watched.await();
      long submittedNanos = System.nanoTime();
      CompletableFuture<Float> second = batched.submit(2f);
      await().until(() -> System.nanoTime() - submittedNanos > deadline.toNanos());
      hang.countDown();
      assertThat(failure(second).reason()).isEqualTo(InferenceCause.DEADLINE);
    } finally {
      held.countDown();
    }
    assertThat(failure(first).reason()).isEqualTo(InferenceCause.DEADLINE);
    assertThat(model.runs).containsExactly(List.of(1f));
  }

  private void start(BatchSettings settings) throws ModelException {
    batched =
        new BatchedModel<>(
            model,
            FakeModel.SIGNATURE,
            FakeModel::encode,
            FakeModel::decode,
            settings,
            BatchListener.NONE);
  }

  private static void block(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void awaitAnswer(float request) {
    await()
        .untilAsserted(
            () ->
                assertThat(batched.submit(request))
                    .succeedsWithin(Duration.ofSeconds(30))
                    .isEqualTo(2 * request));
  }

  private CountDownLatch hang() {
    CountDownLatch latch = new CountDownLatch(1);
    model.hang = latch;
    return latch;
  }

  private void unhang() {
    CountDownLatch latch = model.hang;
    model.hang = null;
    latch.countDown();
  }

  private List<CompletableFuture<Float>> submit(float... requests) {
    List<CompletableFuture<Float>> answers = new ArrayList<>();
    for (float request : requests) {
      answers.add(batched.submit(request));
    }
    return answers;
  }

  private static float answer(CompletableFuture<Float> answer)
      throws InterruptedException, ExecutionException, TimeoutException {
    return answer.get(30, TimeUnit.SECONDS);
  }

  private static InferenceException failure(CompletableFuture<Float> answer)
      throws InterruptedException, TimeoutException {
    try {
      throw new AssertionError("answered: " + answer.get(30, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return (InferenceException) e.getCause();
    }
  }
}
