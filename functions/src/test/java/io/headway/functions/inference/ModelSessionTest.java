// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ModelSessionTest {
  private static final ModelSignature PICK =
      new ModelSignature(
          List.of(TensorSpec.floats("values", 4), TensorSpec.longs("index", 1)),
          List.of(
              TensorSpec.floats("picked", 1),
              new TensorSpec("twice", ai.onnxruntime.OnnxJavaType.DOUBLE, List.of(4))));
  private static final ModelSignature LOOP =
      new ModelSignature(List.of(TensorSpec.floats("x", 1)), List.of(TensorSpec.floats("y", 1)));

  private int openBefore;

  @BeforeEach
  void count() {
    openBefore = ModelSession.openNativeObjects();
  }

  @AfterEach
  void nothingNativeLeaks() {
    assertThat(ModelSession.openNativeObjects()).isEqualTo(openBefore);
  }

  @Test
  void batchesOfAnySizeAreRun() throws Exception {
    try (ModelSession session = open("sum");
        Model.Runner runner = session.runner(TestModels.SUM, 16)) {
      for (int items = 1; items <= 16; items++) {
        for (int i = 0; i < items; i++) {
          runner.batch().input(i).floats("x").put(i).put(10 * items).put(0.5f);
        }
        runner.run(items);
        for (int i = 0; i < items; i++) {
          assertThat(runner.batch().output(i).floats("y").get())
              .isCloseTo(i + 10 * items + 0.5f, within(1e-5f));
        }
      }
    }
  }

  @Test
  void severalNamedTensorsOfSeveralTypesAreServed() throws Exception {
    try (ModelSession session = open("pick");
        Model.Runner runner = session.runner(PICK, 2)) {
      runner.batch().input(0).floats("values").put(new float[] {1, 2, 3, 4});
      runner.batch().input(0).longs("index").put(3);
      runner.batch().input(1).floats("values").put(new float[] {5, 6, 7, 8});
      runner.batch().input(1).longs("index").put(0);
      runner.run(2);
      assertThat(runner.batch().output(0).floats("picked").get()).isEqualTo(4);
      assertThat(runner.batch().output(1).floats("picked").get()).isEqualTo(5);
      double[] twice = new double[4];
      runner.batch().output(1).doubles("twice").get(twice);
      assertThat(twice).containsExactly(10, 12, 14, 16);
    }
  }

  @Test
  void onlyTheOutputsThatAreReadNeedBeExpected() throws Exception {
    ModelSignature picked =
        new ModelSignature(PICK.inputs(), List.of(TensorSpec.floats("picked", 1)));
    try (ModelSession session = open("pick");
        Model.Runner runner = session.runner(picked, 1)) {
      runner.batch().input(0).floats("values").put(new float[] {1, 2, 3, 4});
      runner.batch().input(0).longs("index").put(1);
      runner.run(1);
      assertThat(runner.batch().output(0).floats("picked").get()).isEqualTo(2);
    }
  }

  @Test
  void oneSessionServesSeveralThreads() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (ModelSession session = open("sum")) {
      List<Future<Boolean>> same =
          java.util.stream.IntStream.range(0, 4)
              .mapToObj(thread -> threads.submit(() -> sums(session, thread)))
              .toList();
      for (Future<Boolean> ok : same) {
        assertThat(ok.get(30, TimeUnit.SECONDS)).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aWrongShapeIsToldAtLoad() {
    ModelSignature four =
        new ModelSignature(List.of(TensorSpec.floats("x", 4)), List.of(TensorSpec.floats("y", 1)));
    assertThatThrownBy(() -> use("sum", four))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Model sum:1 does not fit what it is used for: input x FLOAT[batch, 4] was expected and x FLOAT[batch, 3] came. It is not used; export it with these tensors.");
  }

  @Test
  void aWrongTypeAndMissingAndUnexpectedTensorsAreToldTogether() {
    ModelSignature other =
        new ModelSignature(
            List.of(TensorSpec.longs("values", 4)), List.of(TensorSpec.floats("best", 1)));
    assertThatThrownBy(() -> use("pick", other))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(
            "input values INT64[batch, 4] was expected and values FLOAT[batch, 4] came")
        .hasMessageContaining("input index INT64[batch, 1] was not expected")
        .hasMessageContaining("output best FLOAT[batch, 1] was expected and is missing");
  }

  @Test
  void tooLittleDirectMemoryIsToldWithWhatToSet() throws Exception {
    // More than the JVM of the tests may have, and still the size of one buffer.
    int items = 170_000_000;
    try (ModelSession session = open("sum")) {
      assertThatThrownBy(() -> session.runner(TestModels.SUM, items))
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith(
              "Model sum:1 needs 2720000000 bytes of direct memory for batches of 170000000, which the JVM does not have, so it is not used; set taskmanager.memory.task.off-heap.size")
          .hasCauseInstanceOf(OutOfMemoryError.class);
      assertThatThrownBy(() -> session.runner(TestModels.SUM, Integer.MAX_VALUE))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("needs 34359738352 bytes of direct memory");
    }
  }

  @Test
  void aModelWhoseBatchIsFixedIsRefused() {
    assertThatThrownBy(() -> open("sum-of-eight"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("tensor x has the shape [8, 3], whose first dimension does not vary");
  }

  @Test
  void aModelIsWarmedUpBeforeAnybodyUsesItAndRefusedWhereThatFails() {
    assertThatThrownBy(() -> open("fails-on-zeros"))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Model fails-on-zeros:1 failed: ");
  }

  @Test
  void aModelThatHangsWhileItIsWarmedUpIsStoppedAndRefused() {
    assertThatThrownBy(
            () ->
                ModelSession.open(
                    TestModels.reference("hangs-on-zeros"),
                    TestModels.bytes("hangs-on-zeros"),
                    1,
                    Duration.ofMillis(100)))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Model hangs-on-zeros:1 failed: ");
  }

  @Test
  void buffersAndTensorsAreUsedAgain() throws Exception {
    try (ModelSession session = open("sum");
        Model.Runner runner = session.runner(TestModels.SUM, 8)) {
      TensorBatch batch = runner.batch();
      runner.run(1);
      runner.run(8);
      int open = ModelSession.openNativeObjects();
      runner.run(8);
      runner.run(1);
      assertThat(ModelSession.openNativeObjects()).isEqualTo(open);
      assertThat(runner.batch()).isSameAs(batch);
    }
  }

  /** Linux shows the threads of a process; elsewhere there is nothing to look at. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aSessionHasTheThreadsThatItWasGiven() throws Exception {
    long before = threadsLikeThis();
    try (ModelSession one =
            ModelSession.open(TestModels.reference("sum"), TestModels.bytes("sum"), 1);
        ModelSession four =
            ModelSession.open(TestModels.reference("pick"), TestModels.bytes("pick"), 4)) {
      assertThat(threadsLikeThis()).isEqualTo(before + 3);
    }
    assertThat(threadsLikeThis()).isEqualTo(before);
  }

  /** A native thread has the name of the one that started it; Java gives its own another. */
  private static long threadsLikeThis() throws IOException {
    String name = Files.readString(Path.of("/proc/thread-self/comm"));
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      return threads.filter(thread -> name.equals(nameOf(thread))).count();
    }
  }

  private static String nameOf(Path thread) {
    try {
      return Files.readString(thread.resolve("comm"));
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  @Test
  void aTypeThatIsNotServedIsRefused() {
    assertThatThrownBy(() -> open("text"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("Tensor x is of STRING");
  }

  @Test
  void anOutputThatIsNotServedNeedNotBeRead() throws Exception {
    ModelSignature number =
        new ModelSignature(List.of(TensorSpec.floats("x", 1)), List.of(TensorSpec.floats("y", 1)));
    try (ModelSession session = open("labelled");
        Model.Runner runner = session.runner(number, 1)) {
      runner.batch().input(0).floats("x").put(2);
      runner.run(1);
      assertThat(runner.batch().output(0).floats("y").get()).isEqualTo(4);
    }
    ModelSignature label =
        new ModelSignature(
            List.of(TensorSpec.floats("x", 1)), List.of(TensorSpec.floats("label", 1)));
    assertThatThrownBy(() -> use("labelled", label))
        .hasMessageContaining(
            "output label FLOAT[batch, 1] was expected and Tensor label is of STRING");
  }

  @Test
  void whatIsNoOnnxModelIsRefused() {
    byte[] garbage = {1, 2, 3};
    ModelReference reference = ModelReference.of("garbage", 2, "file:///garbage.onnx", garbage);
    assertThatThrownBy(() -> ModelSession.open(reference, garbage, 1))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Model garbage:2 cannot be opened, so it is not used");
  }

  @Test
  void anotherFileThanWasReleasedIsRefused() {
    assertThatThrownBy(
            () -> ModelSession.open(TestModels.reference("sum"), TestModels.bytes("pick"), 1))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("so it is not what was released and is not loaded");
  }

  @Test
  void aFailedRunLeavesTheRunnerUsable() throws Exception {
    try (ModelSession session = open("pick");
        Model.Runner runner = session.runner(PICK, 1)) {
      runner.batch().input(0).floats("values").put(new float[] {1, 2, 3, 4});
      runner.batch().input(0).longs("index").put(9);
      assertThatThrownBy(() -> runner.run(1))
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith("Model pick:1 failed: ");
      runner.batch().input(0).longs("index").put(2);
      runner.run(1);
      assertThat(runner.batch().output(0).floats("picked").get()).isEqualTo(3);
    }
  }

  @Test
  void aLongRunIsStoppedAndTheNextIsNot() throws Exception {
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (ModelSession session = open("loop");
        Model.Runner runner = session.runner(LOOP, 1)) {
      // Hours, if nobody stops it.
      runner.batch().input(0).floats("x").put(1e12f);
      Future<?> run =
          threads.submit(
              () -> {
                runner.run(1);
                return null;
              });
      Awaitility.await()
          .until(
              () -> {
                runner.stop();
                return run.isDone();
              });
      assertThat(run)
          .failsWithin(Duration.ofSeconds(1))
          .withThrowableOfType(java.util.concurrent.ExecutionException.class)
          .withCauseInstanceOf(ModelException.class);
      runner.batch().input(0).floats("x").put(3);
      runner.run(1);
      assertThat(runner.batch().output(0).floats("y").get()).isEqualTo(3);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void theReferenceNamesWhatCannotBe() {
    String sha256 = TestModels.reference("sum").sha256();
    assertThatThrownBy(() -> new ModelReference("a b", 1, "file:///a", sha256))
        .hasMessageContaining("The name of a model is 'a b'");
    assertThatThrownBy(() -> new ModelReference("a", 0, "file:///a", sha256))
        .hasMessageContaining("The version of a model is '0'");
    assertThatThrownBy(() -> new ModelReference("a", 1, " ", sha256))
        .hasMessageContaining("The address of a model is ' '");
    assertThatThrownBy(() -> new ModelReference("a", 1, "file:///a", "ABC"))
        .hasMessageContaining("The SHA-256 of a model is 'ABC'");
  }

  private static boolean sums(ModelSession session, int thread) throws ModelException {
    try (Model.Runner runner = session.runner(TestModels.SUM, 8)) {
      boolean same = true;
      for (int round = 0; round < 500; round++) {
        for (int i = 0; i < 8; i++) {
          runner.batch().input(i).floats("x").put(thread).put(round).put(i);
        }
        runner.run(8);
        for (int i = 0; i < 8; i++) {
          same &= runner.batch().output(i).floats("y").get() == thread + round + i;
        }
      }
      return same;
    }
  }

  private static void use(String name, ModelSignature used) throws ModelException {
    try (ModelSession session = open(name)) {
      session.runner(used, 1).close();
    }
  }

  private static ModelSession open(String name) throws ModelException {
    return ModelSession.open(TestModels.reference(name), TestModels.bytes(name), 1);
  }
}
