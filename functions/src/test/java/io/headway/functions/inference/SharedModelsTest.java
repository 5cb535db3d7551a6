// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedModelsTest {
  private final SharedModels models = new SharedModels();
  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private final FakeModel model = new FakeModel();

  private final SharedModels.Opener opener =
      new SharedModels.Opener() {
        @Override
        public Model open() {
          opened.incrementAndGet();
          return model;
        }

        @Override
        public void closed() {
          closed.incrementAndGet();
        }
      };

  @Test
  void aModelIsOpenedOnceAndClosedByTheLastWhoLetsGo() throws Exception {
    SharedModels.Lease first = models.acquire("a", opener);
    SharedModels.Lease second = models.acquire("a", opener);
    assertThat(opened).hasValue(1);
    assertThat(second.model()).isSameAs(first.model());
    first.close();
    first.close();
    assertThat(model.closed).isFalse();
    second.close();
    assertThat(model.closed).isTrue();
    assertThat(closed).hasValue(1);
    assertThat(models.size()).isZero();
  }

  @Test
  void whoAsksAfterwardsOpensItAgain() throws Exception {
    models.acquire("a", opener).close();
    models.acquire("a", opener).close();
    assertThat(opened).hasValue(2);
    assertThat(closed).hasValue(2);
  }

  @Test
  void whatCannotBeOpenedIsTriedAgainByTheNext() throws Exception {
    AtomicInteger released = new AtomicInteger();
    SharedModels.Opener failing =
        new SharedModels.Opener() {
          @Override
          public Model open() throws ModelException {
            throw new ModelException("damaged");
          }

          @Override
          public void closed() {
            released.incrementAndGet();
          }
        };
    assertThatThrownBy(() -> models.acquire("a", failing))
        .isInstanceOf(ModelException.class)
        .hasMessage("damaged");
    assertThat(released).hasValue(1);
    assertThat(models.size()).isZero();
    models.acquire("a", opener).close();
    assertThat(opened).hasValue(1);
  }

  @Test
  void whoAsksWhileItIsBeingOpenedWaitsForIt() throws Exception {
    CountDownLatch opening = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    SharedModels.Opener slow =
        () -> {
          opened.incrementAndGet();
          opening.countDown();
          await(go);
          return model;
        };
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<SharedModels.Lease>> leases = new ArrayList<>();
      leases.add(threads.submit(() -> models.acquire("a", slow)));
      opening.await();
      for (int i = 0; i < 7; i++) {
        leases.add(threads.submit(() -> models.acquire("a", slow)));
      }
      // Another model is not held up by it.
      models.acquire("b", opener).close();
      go.countDown();
      for (Future<SharedModels.Lease> lease : leases) {
        assertThat(lease.get(10, TimeUnit.SECONDS).model()).isSameAs(model);
      }
      for (Future<SharedModels.Lease> lease : leases) {
        lease.get().close();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(opened).hasValue(2);
    assertThat(models.size()).isZero();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
