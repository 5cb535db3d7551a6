// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.functions.traffic.ControlUpdate;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.co.CoProcessFunction;
import org.apache.flink.util.Collector;

/**
 * The one judge of canaries and shadows: compares each with the stable version on the requests that
 * both were asked, and retires it when it is past a limit of its release. It judges each {@code
 * min_requests} requests by themselves, so that a version which goes wrong late is not excused by
 * its past. What it writes has the next revision of the release and says why. After a new revision,
 * and when the stable version changes, it compares anew. Run it with parallelism 1.
 *
 * <p>The comparison is shown as gauges {@code headway.release.<model>.requests}, {@code diverged},
 * {@code unanswered}, {@code candidate-ms} and {@code stable-ms} (means), which stay when a version
 * is judged no more.
 */
public final class JudgeReleases
    extends CoProcessFunction<ControlUpdate, ComparedRequest, ModelRelease>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1;

  private final ModelUse use;

  private transient ListState<JudgedRelease> state;
  private transient Map<String, JudgedRelease> judged;

  /** The figures of every version that is or was judged. Gauges read it beside the task. */
  private transient Map<String, Comparison> shown;

  private transient MetricGroup metrics;

  /**
   * @param use of which releases were known when the job was submitted
   */
  public JudgeReleases(ModelUse use) {
    this.use = use;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    metrics = getRuntimeContext().getMetricGroup().addGroup("headway").addGroup("release");
    state =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>("judged", TypeInformation.of(JudgedRelease.class)));
    judged = new HashMap<>();
    shown = new ConcurrentHashMap<>();
    for (JudgedRelease release : state.get()) {
      judge(release);
    }
    if (judged.isEmpty()) {
      use.released().forEach(this::take);
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    state.update(judged.values().stream().toList());
  }

  @Override
  public void processElement1(ControlUpdate update, Context context, Collector<ModelRelease> out) {
    take(update.release);
  }

  @Override
  public void processElement2(
      ComparedRequest request, Context context, Collector<ModelRelease> out) {
    JudgedRelease of = judged.get(request.model);
    if (of == null || of.retired || of.release.getRevision() != request.revision) {
      return;
    }
    of.comparison.add(request);
    of.window.add(request);
    if (of.window.requests < of.release.getLimits().getMinRequests()) {
      return;
    }
    of.window
        .breach(of.release.getLimits())
        .ifPresent(
            why -> {
              of.retired = true;
              out.collect(
                  ModelRelease.newBuilder(of.release)
                      .setRole(ModelRole.RETIRED)
                      .setRevision(of.release.getRevision() + 1)
                      .setReleasedAt(
                          Instant.ofEpochMilli(context.timerService().currentProcessingTime()))
                      .setReason("Retired by the job: " + why + ".")
                      .build());
            });
    of.window = new Comparison();
  }

  private void take(ModelRelease release) {
    if (!release.getName().equals(use.name())) {
      return;
    }
    if (release.getRole() == ModelRole.CANARY || release.getRole() == ModelRole.SHADOW) {
      judge(new JudgedRelease(release));
      return;
    }
    judged.remove(release.getModel());
    if (release.getRole() == ModelRole.STABLE) {
      List.copyOf(judged.values()).forEach(of -> judge(new JudgedRelease(of.release)));
    }
  }

  private void judge(JudgedRelease release) {
    String model = release.release.getModel();
    judged.put(model, release);
    if (shown.put(model, release.comparison) != null) {
      return;
    }
    MetricGroup group = metrics.addGroup(model.replace(':', '-'));
    group.gauge("requests", (Gauge<Long>) () -> shown.get(model).requests);
    group.gauge("diverged", (Gauge<Long>) () -> shown.get(model).diverged);
    group.gauge("unanswered", (Gauge<Long>) () -> shown.get(model).unanswered);
    group.gauge(
        "candidate-ms",
        (Gauge<Double>) () -> shown.get(model).candidateMs / shown.get(model).answered);
    group.gauge(
        "stable-ms", (Gauge<Double>) () -> shown.get(model).stableMs / shown.get(model).answered);
  }
}
