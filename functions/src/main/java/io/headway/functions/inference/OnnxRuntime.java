// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference;

import ai.onnxruntime.OrtEnvironment;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ONNX Runtime's environment without the shutdown hook that comes with it. The hook frees the
 * environment while runs may still go on, and keeps the class loader, and the library with it, for
 * as long as the process lives. Without it both go when nothing else refers to the class loader.
 * Thread-safe.
 */
final class OnnxRuntime {
  private static final Logger LOG = LoggerFactory.getLogger(OnnxRuntime.class);

  /** Guarded by the class. */
  private static OrtEnvironment environment;

  private OnnxRuntime() {}

  /** The environment of this class loader; not to be closed. */
  static synchronized OrtEnvironment environment() {
    if (environment == null) {
      environment = create();
    }
    return environment;
  }

  private static OrtEnvironment create() {
    Thread thread = Thread.currentThread();
    ClassLoader usual = thread.getContextClassLoader();
    // The hook is a thread, which takes this over from the thread that makes it.
    ClassLoader mark = new ClassLoader(usual) {};
    thread.setContextClassLoader(mark);
    try {
      return OrtEnvironment.getEnvironment();
    } finally {
      thread.setContextClassLoader(usual);
      removeShutdownHooks(mark);
    }
  }

  private static void removeShutdownHooks(ClassLoader mark) {
    try {
      for (Thread hook : shutdownHooks()) {
        if (hook.getContextClassLoader() == mark) {
          Runtime.getRuntime().removeShutdownHook(hook);
        }
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOG.warn(
          "ONNX Runtime's shutdown hook could not be taken out, so it keeps this job's classes in memory after the job, and may crash the process at its end; start the JVM with --add-opens=java.base/java.lang=ALL-UNNAMED, as Flink's own config.yaml does.",
          e);
    }
  }

  /** Those of the whole process. */
  private static List<Thread> shutdownHooks() throws ReflectiveOperationException {
    Class<?> hooks = Class.forName("java.lang.ApplicationShutdownHooks");
    Field field = hooks.getDeclaredField("hooks");
    field.setAccessible(true);
    synchronized (hooks) {
      Map<?, ?> threads = (Map<?, ?>) field.get(null);
      return threads == null
          ? List.of()
          : threads.keySet().stream().map(Thread.class::cast).toList();
    }
  }
}
