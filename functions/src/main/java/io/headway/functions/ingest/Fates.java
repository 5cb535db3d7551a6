// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.ingest;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.FunctionInitializationContext;

/**
 * Counts what became of the input records, by topic and fate, in one subtask of an operator.
 *
 * <p>The counts are operator state, checkpointed with the source's offsets: after a restore their
 * sum over all subtasks is what it was at the checkpoint, at any parallelism, and together with the
 * records read since then they reconcile. They are shown as gauges {@code
 * headway.records.<topic>.<fate>}; add up the subtasks of all operators.
 *
 * <p>Used by a function that is also a {@code CheckpointedFunction}: {@link #initialize} in {@code
 * initializeState}, {@link #snapshot} in {@code snapshotState}. Counted in the task's thread; the
 * gauges may be read by any.
 */
public final class Fates {
  private static final String STATE = "fates";

  private final MetricGroup metrics;
  private final ListState<FateCount> state;
  private final Map<String, Map<Fate, AtomicLong>> counts = new HashMap<>();

  private Fates(MetricGroup metrics, ListState<FateCount> state) {
    this.metrics = metrics;
    this.state = state;
  }

  /** The counters of a subtask, with what a checkpoint gives it of their counts. */
  public static Fates initialize(FunctionInitializationContext context, RuntimeContext runtime)
      throws Exception {
    ListState<FateCount> state =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>(STATE, Types.POJO(FateCount.class)));
    Fates fates =
        new Fates(runtime.getMetricGroup().addGroup("headway").addGroup("records"), state);
    for (FateCount restored : state.get()) {
      fates.count(restored.topic, fateOf(restored.fate), restored.count);
    }
    return fates;
  }

  private static Fate fateOf(String label) {
    for (Fate fate : Fate.values()) {
      if (fate.label().equals(label)) {
        return fate;
      }
    }
    throw new IllegalStateException(
        "The checkpoint counts records with the fate '"
            + label
            + "', which this version does not know; restore it with the version that wrote it.");
  }

  /** Counts one record of a topic. */
  public void count(String topic, Fate fate) {
    count(topic, fate, 1);
  }

  /** Counts {@code number} records of a topic; a number below 0 takes back. */
  public void count(String topic, Fate fate, long number) {
    of(topic).get(fate).addAndGet(number);
  }

  /** A record that was counted before, here or in another operator, has another fate after all. */
  public void move(String topic, Fate from, Fate to) {
    count(topic, from, -1);
    count(topic, to, 1);
  }

  /** How many of a topic's records had a fate in this subtask. */
  public long get(String topic, Fate fate) {
    Map<Fate, AtomicLong> ofTopic = counts.get(topic);
    return ofTopic == null ? 0 : ofTopic.get(fate).get();
  }

  /** Puts the counts into the checkpoint that is being made. */
  public void snapshot() throws Exception {
    List<FateCount> snapshot = new ArrayList<>();
    counts.forEach(
        (topic, ofTopic) ->
            ofTopic.forEach(
                (fate, number) -> {
                  if (number.get() != 0) {
                    snapshot.add(FateCount.of(topic, fate, number.get()));
                  }
                }));
    state.update(snapshot);
  }

  private Map<Fate, AtomicLong> of(String topic) {
    Map<Fate, AtomicLong> ofTopic = counts.get(topic);
    if (ofTopic == null) {
      ofTopic = new EnumMap<>(Fate.class);
      MetricGroup group = metrics.addGroup(topic);
      for (Fate fate : Fate.values()) {
        AtomicLong counter = new AtomicLong();
        ofTopic.put(fate, counter);
        group.gauge(fate.label(), (Gauge<Long>) counter::get);
      }
      counts.put(topic, ofTopic);
    }
    return ofTopic;
  }
}
