// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogManager;
import org.apache.flink.util.ChildFirstClassLoader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** ONNX Runtime in the class loaders of jobs, each with its own copy. */
class OnnxRuntimeTest {

  /** Asks a model, and lets it go. */
  public static final class Job implements Callable<Float> {
    @Override
    public Float call() throws Exception {
      SharedModels.Lease lease =
          SharedModels.ofThisJob()
              .acquire(
                  "sum",
                  () -> ModelSession.open(TestModels.reference("sum"), TestModels.bytes("sum"), 1));
      try (lease;
          BatchedModel<Float, Float> model =
              new BatchedModel<>(
                  lease.model(),
                  TestModels.SUM,
                  (number, inputs) -> inputs.floats("x").put(number).put(number).put(number),
                  (number, outputs) -> outputs.floats("y").get(),
                  BatchSettings.DEFAULTS,
                  BatchListener.NONE)) {
        float answer = model.submit(2f).get(10, TimeUnit.SECONDS);
        model.close();
        model.ended().get(10, TimeUnit.SECONDS);
        return answer;
      }
    }
  }

  /** See {@link #forgetRecords}. */
  public record Link(Link next) implements Callable<String> {
    @Override
    public String call() {
      Link other = new Link(this);
      return "%s %s %s".formatted(other, other.hashCode(), other.equals(this));
    }
  }

  /** As in every TaskManager: their own shutdown hooks keep whoever is the first to log. */
  @BeforeAll
  static void logsAreThere() {
    LogManager.getLogManager();
    LoggerFactory.getLogger(OnnxRuntimeTest.class).debug("here");
  }

  @Test
  void theClassesOfAJobAreCollectedWhenItHasEnded() throws Exception {
    WeakReference<ClassLoader> job = run();
    await().untilAsserted(() -> assertCollected(job));
  }

  @Test
  void jobsOfOneProcessDoNotDisturbEachOther() throws Exception {
    try (URLClassLoader first = userCode();
        URLClassLoader second = userCode()) {
      assertThat(first.loadClass(Job.class.getName())).isNotSameAs(Job.class);
      assertThat(ask(first)).isEqualTo(6);
      assertThat(ask(second)).isEqualTo(6);
      WeakReference<ClassLoader> third = run();
      await().untilAsserted(() -> assertCollected(third));
      assertThat(ask(first)).isEqualTo(6);
      assertThat(ask(second)).isEqualTo(6);
    }
  }

  /** The first that comes has loaded the library that all others are bound to. */
  @Test
  void aJobOutlivesTheOneBeforeIt() throws Exception {
    WeakReference<ClassLoader> first = run();
    try (URLClassLoader second = userCode()) {
      assertThat(ask(second)).isEqualTo(6);
      await().untilAsserted(() -> assertCollected(first));
      assertThat(ask(second)).isEqualTo(6);
      WeakReference<ClassLoader> third = run();
      await().untilAsserted(() -> assertCollected(third));
      assertThat(ask(second)).isEqualTo(6);
    }
  }

  private static WeakReference<ClassLoader> run() throws Exception {
    try (URLClassLoader loader = userCode()) {
      assertThat(ask(loader)).isEqualTo(6);
      forgetRecords();
      return new WeakReference<>(loader);
    }
  }

  /** Java 17 keeps the class loader of the record whose methods it linked last, and no other. */
  private static void forgetRecords() throws Exception {
    try (URLClassLoader loader = userCode()) {
      Class<?> link = loader.loadClass(Link.class.getName());
      ((Callable<?>) link.getConstructor(link).newInstance((Object) null)).call();
    }
  }

  private static float ask(ClassLoader loader) throws Exception {
    Object job = loader.loadClass(Job.class.getName()).getConstructor().newInstance();
    return (Float) ((Callable<?>) job).call();
  }

  private static void assertCollected(WeakReference<ClassLoader> loader) {
    System.gc();
    assertThat(loader.get()).isNull();
  }

  /** As a job's jar is loaded, with the engine and ONNX Runtime in it. */
  private static URLClassLoader userCode() {
    return new ChildFirstClassLoader(
        new URL[] {
          jar(ModelSession.class), jar(OnnxRuntimeTest.class), jar(ai.onnxruntime.OrtSession.class)
        },
        OnnxRuntimeTest.class.getClassLoader(),
        new String[] {"java.", "org.slf4j", "org.apache.logging"},
        failure -> {});
  }

  private static URL jar(Class<?> of) {
    return of.getProtectionDomain().getCodeSource().getLocation();
  }
}
