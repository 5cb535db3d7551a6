// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A model that doubles numbers and does as a test says: y = 2 x. Thread-safe. */
final class FakeModel implements Model {
  /** A batch with this number fails. */
  static final float POISON = -1;

  static final ModelSignature SIGNATURE =
      new ModelSignature(List.of(TensorSpec.floats("x")), List.of(TensorSpec.floats("y")));

  /** The numbers of each run. */
  final Queue<List<Float>> runs = new ConcurrentLinkedQueue<>();

  final AtomicInteger openRunners = new AtomicInteger();
  final AtomicInteger stops = new AtomicInteger();
  volatile boolean closed;

  /** Whether every run fails. */
  volatile boolean broken;

  /**
   * While this is not null a run hangs until it is counted down, or it is told to stop and heeds
   * it.
   */
  volatile CountDownLatch hang;

  volatile boolean heedsStop = true;

  /** Called when a run is told to stop, before it heeds it. */
  volatile Runnable onStop = () -> {};

  static void encode(Float request, ItemTensors inputs) {
    if (request.isNaN()) {
      throw new IllegalArgumentException("not a number");
    }
    inputs.floats("x").put(request);
  }

  static Float decode(Float request, ItemTensors outputs) {
    return outputs.floats("y").get();
  }

  @Override
  public ModelSignature signature() {
    return SIGNATURE;
  }

  @Override
  public Runner runner(ModelSignature used, int capacity) {
    openRunners.incrementAndGet();
    TensorBatch batch = new TensorBatch(SIGNATURE, capacity);
    return new Runner() {
      private volatile CountDownLatch hanging;

      @Override
      public TensorBatch batch() {
        return batch;
      }

      @Override
      public void run(int items) throws ModelException {
        List<Float> numbers = new ArrayList<>();
        for (int i = 0; i < items; i++) {
          numbers.add(batch.input(i).floats("x").get());
        }
        runs.add(numbers);
        hanging = hang;
        if (hanging != null) {
          await(hanging);
        }
        if (broken || numbers.contains(POISON)) {
          throw new ModelException("poison");
        }
        for (int i = 0; i < items; i++) {
          FloatBuffer y = batch.output(i).floats("y");
          y.put(2 * numbers.get(i));
        }
      }

      @Override
      public void stop() {
        CountDownLatch latch = hanging;
        onStop.run();
        stops.incrementAndGet();
        if (heedsStop && latch != null) {
          latch.countDown();
        }
      }

      @Override
      public void close() {
        openRunners.decrementAndGet();
      }
    };
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public String toString() {
    return "fake:1";
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
