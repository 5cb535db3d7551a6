// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.functions.traffic.ControlUpdate;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
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
 * both were asked, and retires it when it is past a limit of its release. What it writes has the
 * next revision of the release and says why. A new revision is compared anew. Run it with
 * parallelism 1.
 *
 * <p>The comparison so far is shown as gauges {@code headway.release.<model>.requests}, {@code
 * diverged}, {@code unanswered}, {@code candidate-ms} and {@code stable-ms} (means).
 */
public final class JudgeReleases
    extends CoProcessFunction<ControlUpdate, ComparedRequest, ModelRelease>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1;

  private transient ListState<JudgedRelease> state;

  /** Gauges read it beside the task. */
  private transient Map<String, JudgedRelease> judged;

  private transient Set<String> shown;
  private transient MetricGroup metrics;

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    metrics = getRuntimeContext().getMetricGroup().addGroup("headway").addGroup("release");
    state =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>("judged", TypeInformation.of(JudgedRelease.class)));
    judged = new ConcurrentHashMap<>();
    shown = new HashSet<>();
    for (JudgedRelease release : state.get()) {
      judged.put(release.release.getModel(), release);
      show(release.release.getModel());
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    state.update(judged.values().stream().toList());
  }

  @Override
  public void processElement1(ControlUpdate update, Context context, Collector<ModelRelease> out) {
    ModelRelease release = update.release;
    if (release.getRole() == ModelRole.CANARY || release.getRole() == ModelRole.SHADOW) {
      judged.put(release.getModel(), new JudgedRelease(release));
      show(release.getModel());
    } else {
      judged.remove(release.getModel());
    }
  }

  @Override
  public void processElement2(
      ComparedRequest request, Context context, Collector<ModelRelease> out) {
    JudgedRelease of = judged.get(request.model);
    if (of == null || of.retired || of.release.getRevision() != request.revision) {
      return;
    }
    of.comparison.add(request);
    of.comparison
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
  }

  private void show(String model) {
    if (!shown.add(model)) {
      return;
    }
    MetricGroup group = metrics.addGroup(model.replace(':', '-'));
    group.gauge("requests", (Gauge<Long>) () -> comparison(model).requests);
    group.gauge("diverged", (Gauge<Long>) () -> comparison(model).diverged);
    group.gauge("unanswered", (Gauge<Long>) () -> comparison(model).unanswered);
    group.gauge(
        "candidate-ms",
        (Gauge<Double>) () -> comparison(model).candidateMs / comparison(model).answered);
    group.gauge(
        "stable-ms", (Gauge<Double>) () -> comparison(model).stableMs / comparison(model).answered);
  }

  private Comparison comparison(String model) {
    JudgedRelease of = judged.get(model);
    return of == null ? new Comparison() : of.comparison;
  }
}
