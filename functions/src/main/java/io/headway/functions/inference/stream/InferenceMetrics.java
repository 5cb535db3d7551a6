// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.inference.stream;

import io.headway.functions.inference.BatchListener;
import io.headway.functions.inference.InferenceCause;
import io.headway.functions.inference.ModelSession;
import io.headway.functions.inference.SharedModels;
import io.headway.functions.memory.NativeMemory;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MeterView;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * What one subtask's models do, in the operator's metrics under {@code headway.inference}. Thread-
 * safe.
 */
public final class InferenceMetrics implements BatchListener {
  /** Over how many of the last values a histogram is. */
  private static final int WINDOW = 1_000;

  private final Map<InferenceCause, Counter> fallbacks = new EnumMap<>(InferenceCause.class);
  private final Map<InferenceCause, Counter> failures = new EnumMap<>(InferenceCause.class);
  private final MetricGroup group;
  private final Histogram batchSize;
  private final Histogram lingerUs;
  private final Histogram queueWaitUs;
  private final Histogram runUs;
  private final Histogram latencyUs;
  private final LongAdder inFlight = new LongAdder();
  private final LongAdder busyNanos = new LongAdder();
  private volatile int version;

  /**
   * @param operator the operator's group
   */
  public InferenceMetrics(MetricGroup operator) {
    group = operator.addGroup("headway").addGroup("inference");
    batchSize = histogram("batch-size");
    lingerUs = histogram("linger-us");
    queueWaitUs = histogram("queue-wait-us");
    runUs = histogram("run-us");
    latencyUs = histogram("latency-us");
    for (InferenceCause cause : InferenceCause.values()) {
      String label = cause.name().toLowerCase(Locale.ROOT).replace('_', '-');
      fallbacks.put(
          cause, group.addGroup("fallbacks").counter(label, new ThreadSafeSimpleCounter()));
      failures.put(cause, group.addGroup("failures").counter(label, new ThreadSafeSimpleCounter()));
    }
    group.gauge("in-flight", (Gauge<Long>) inFlight::sum);
    group.gauge("model-version", (Gauge<Integer>) () -> version);
    group.gauge("models-open", (Gauge<Integer>) SharedModels.ofThisJob()::size);
    group.gauge("native-objects", (Gauge<Integer>) ModelSession::openNativeObjects);
    group.gauge("native-memory-bytes", (Gauge<Long>) NativeMemory.ofThisJob()::reservedBytes);
    // Flink's own busy time does not see these threads.
    group.meter(
        "busy-ms-per-second",
        new MeterView((Gauge<Long>) () -> TimeUnit.NANOSECONDS.toMillis(busyNanos.sum())));
  }

  /** Shows how many requests wait for a batch. */
  public void queued(IntSupplier requests) {
    group.gauge("queued", (Gauge<Integer>) requests::getAsInt);
  }

  /** The version of the model that answers now. */
  public void version(int modelVersion) {
    version = modelVersion;
  }

  /** A request is under way. */
  public void submitted() {
    inFlight.increment();
  }

  /** A request is not under way any more. */
  public void settled() {
    inFlight.decrement();
  }

  /** The fallback answered. */
  public void fellBack(InferenceCause cause) {
    fallbacks.get(cause).inc();
  }

  /** Nobody answered. */
  public void failed(InferenceCause cause) {
    failures.get(cause).inc();
  }

  @Override
  public void batchBegins(int items, long lingeredNanos) {
    batchSize.update(items);
    lingerUs.update(TimeUnit.NANOSECONDS.toMicros(lingeredNanos));
  }

  @Override
  public void waited(long nanos) {
    queueWaitUs.update(TimeUnit.NANOSECONDS.toMicros(nanos));
  }

  @Override
  public void ran(long nanos) {
    runUs.update(TimeUnit.NANOSECONDS.toMicros(nanos));
  }

  @Override
  public void worked(long nanos) {
    busyNanos.add(nanos);
  }

  @Override
  public void answered(long nanos) {
    latencyUs.update(TimeUnit.NANOSECONDS.toMicros(nanos));
  }

  private Histogram histogram(String name) {
    return group.histogram(name, new DescriptiveStatisticsHistogram(WINDOW));
  }
}
