// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.functions.inference.BatchListener;
import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.BatchedModel;
import io.headway.functions.inference.InferenceCause;
import io.headway.functions.inference.InferenceException;
import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSession;
import io.headway.functions.inference.TestModels;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AskedVersionsTest {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final ModelReference first = TestModels.reference("sum");
  private final ModelReference second = new ModelReference("sum", 2, first.uri(), first.sha256());
  private final AtomicLong nowNanos = new AtomicLong();
  private final AtomicInteger opened = new AtomicInteger();
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile boolean broken;
  private AskedVersions<float[], Float> versions = versions(DEADLINE);

  @AfterEach
  void close() {
    gate.countDown();
    versions.close();
  }

  @Test
  void eachRequestIsAnsweredByTheVersionThatItNames() throws Exception {
    assertThat(ask(first)).isEqualTo(6f);
    assertThat(ask(second)).isEqualTo(6f);
    assertThat(ask(first)).isEqualTo(6f);
    assertThat(opened).hasValue(2);
  }

  @Test
  void aVersionThatIsNotAskedAnyMoreIsLetGoAndOpenedAgainWhenItIs() throws Exception {
    ask(first);
    nowNanos.addAndGet(TimeUnit.SECONDS.toNanos(21));
    ask(second);
    // Its threads may still be ending.
    while (versions.size() > 1) {
      nowNanos.addAndGet(TimeUnit.SECONDS.toNanos(2));
      ask(second);
    }
    assertThat(ask(first)).isEqualTo(6f);
    assertThat(opened).hasValue(3);
  }

  @Test
  void aVersionThatIsAskedAgainAfterALongSilenceAnswers() throws Exception {
    ask(first);
    nowNanos.addAndGet(TimeUnit.HOURS.toNanos(1));
    assertThat(ask(first)).isEqualTo(6f);
    assertThat(opened).hasValue(1);
  }

  @Test
  void requestsWaitForAVersionThatIsBeingOpened() throws Exception {
    gate = new CountDownLatch(1);
    CompletableFuture<Float> answer = versions.submit(first, new float[] {1, 2, 3});
    assertThat(answer).isNotDone();
    gate.countDown();
    assertThat(answer.get(1, TimeUnit.MINUTES)).isEqualTo(6f);
  }

  @Test
  void theyWaitForItUntilTheirDeadlineOnly() {
    versions.close();
    versions = versions(Duration.ofMillis(20));
    gate = new CountDownLatch(1);
    assertClosed(versions.submit(first, new float[] {1, 2, 3}), "is not open yet");
  }

  @Test
  void aVersionThatCannotBeOpenedIsTriedAgainAfterAWhile() throws Exception {
    broken = true;
    assertClosed(versions.submit(first, new float[] {1, 2, 3}), "no such file");
    broken = false;
    assertClosed(versions.submit(first, new float[] {1, 2, 3}), "no such file");
    nowNanos.addAndGet(TimeUnit.SECONDS.toNanos(21));
    assertThat(ask(first)).isEqualTo(6f);
  }

  private float ask(ModelReference version) throws Exception {
    return versions.submit(version, new float[] {1, 2, 3}).get(1, TimeUnit.MINUTES);
  }

  private static void assertClosed(CompletableFuture<Float> answer, String why) {
    assertThatThrownBy(() -> answer.get(1, TimeUnit.MINUTES))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(InferenceException.class)
        .hasMessageContaining(why)
        .extracting(e -> ((InferenceException) e).reason())
        .isEqualTo(InferenceCause.CLOSED);
  }

  private AskedVersions<float[], Float> versions(Duration deadline) {
    return new AskedVersions<>(this::open, deadline, nowNanos::get);
  }

  private BatchedModel<float[], Float> open(ModelReference version) throws ModelException {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (broken) {
      throw new ModelException("no such file", null);
    }
    opened.incrementAndGet();
    Model session = ModelSession.open(version, TestModels.bytes("sum"), 1);
    BatchedModel<float[], Float> model =
        new BatchedModel<>(
            session,
            TestModels.SUM,
            (request, inputs) -> inputs.floats("x").put(request),
            (request, outputs) -> outputs.floats("y").get(),
            BatchSettings.DEFAULTS.withLinger(Duration.ZERO).withDeadline(DEADLINE),
            BatchListener.NONE);
    var unused = model.ended().thenRun(session::close);
    return model;
  }
}
