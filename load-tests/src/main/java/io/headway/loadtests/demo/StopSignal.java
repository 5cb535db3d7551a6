// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ctrl-C (and the polite form of kill) as a request to finish: the first one opens a latch, the
 * second one ends the process on the spot. A shutdown hook would not do, because Flink and Kafka
 * take themselves down in hooks of their own while the last records are still being counted.
 */
final class StopSignal {
  private static final Logger LOG = LoggerFactory.getLogger(StopSignal.class);
  private static final int KILLED = 130;

  private final CountDownLatch asked = new CountDownLatch(1);

  /** Takes over the signals of this process. */
  void install() {
    for (String name : new String[] {"INT", "TERM"}) {
      try {
        // By reflection, because javac warns of every use of the class and cannot be told not to.
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        Object raise =
            Proxy.newProxyInstance(
                handler.getClassLoader(),
                new Class<?>[] {handler},
                (proxy, method, arguments) -> {
                  if (asked.getCount() == 0) {
                    Runtime.getRuntime().halt(KILLED);
                  }
                  asked.countDown();
                  return null;
                });
        signal
            .getMethod("handle", signal, handler)
            .invoke(null, signal.getConstructor(String.class).newInstance(name), raise);
      } catch (ReflectiveOperationException | IllegalArgumentException e) {
        LOG.warn("Signal {} ends the process at once on this platform.", name, e);
      }
    }
  }

  /** Asks to finish. */
  void ask() {
    asked.countDown();
  }

  boolean isAsked() {
    return asked.getCount() == 0;
  }

  /**
   * Waits until it is asked to finish.
   *
   * @return whether it was asked to within {@code ms}
   */
  boolean await(long ms) throws InterruptedException {
    return asked.await(Math.max(0, ms), TimeUnit.MILLISECONDS);
  }
}
