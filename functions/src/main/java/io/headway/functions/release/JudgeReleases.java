// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import io.headway.functions.traffic.ControlUpdate;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
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
 * <p>Of every version that answers, the stable one too, it watches how often vehicles come outside
 * the middle 80 % of its scenarios, and retires one that has drifted past {@code max_outside_rate}
 * ({@link DriftDetector}): the version before answers again, or the baseline. A canary whose
 * scenarios prove to be better calibrated than the stable version's is promoted.
 *
 * <p>The comparison is shown as gauges {@code headway.release.<model>.requests}, {@code diverged},
 * {@code unanswered}, {@code candidate-ms} and {@code stable-ms} (means), which stay when a version
 * is judged no more; {@code legs} and {@code legs-outside} of those that answer.
 */
public final class JudgeReleases
    extends CoProcessFunction<ControlUpdate, ReleaseEvidence, ModelRelease>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1;

  private final ModelUse use;

  private transient ListState<JudgedRelease> state;
  private transient Map<String, JudgedRelease> judged;
  private transient ListState<WatchedRelease> watchedState;

  /** Those that answer, by name and version. Gauges read it beside the task. */
  private transient Map<String, WatchedRelease> watched;

  /** The figures of every version that is or was judged. Gauges read it beside the task. */
  private transient Map<String, Comparison> shown;

  /** Versions whose legs have gauges. */
  private transient Set<String> watchShown;

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
    watchedState =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>("watched", TypeInformation.of(WatchedRelease.class)));
    judged = new HashMap<>();
    shown = new ConcurrentHashMap<>();
    watched = new ConcurrentHashMap<>();
    watchShown = new HashSet<>();
    for (JudgedRelease release : state.get()) {
      if (isAsked(release.release)) {
        judge(release);
      }
    }
    for (WatchedRelease release : watchedState.get()) {
      if (isAsked(release.release)) {
        watch(release);
      }
    }
    if (watched.isEmpty()) {
      // Also where a savepoint is of a job that watched nothing, or asked another model.
      Map<String, JudgedRelease> known = Map.copyOf(judged);
      use.released().forEach(this::take);
      known.values().forEach(this::judge);
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    state.update(judged.values().stream().toList());
    watchedState.update(watched.values().stream().toList());
  }

  @Override
  public void processElement1(ControlUpdate update, Context context, Collector<ModelRelease> out) {
    take(update.release);
  }

  @Override
  public void processElement2(
      ReleaseEvidence evidence, Context context, Collector<ModelRelease> out) {
    long nowMs = context.timerService().currentProcessingTime();
    if (evidence.compared != null) {
      take(evidence.compared, nowMs, out);
    } else {
      take(evidence.leg, nowMs, out);
    }
  }

  private void take(ComparedRequest request, long nowMs, Collector<ModelRelease> out) {
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
                  next(of.release, ModelRole.RETIRED, nowMs, "Retired by the job: " + why + "."));
            });
    of.window = new Comparison();
  }

  private void take(LegOutcome leg, long nowMs, Collector<ModelRelease> out) {
    WatchedRelease of = watched.get(leg.model);
    if (of == null
        || of.decided
        || of.release.getRevision() != leg.revision
        || of.add(leg).isEmpty()) {
      return;
    }
    if (of.drift.isAlarmed()) {
      of.decided = true;
      out.collect(
          next(
              of.release,
              ModelRole.RETIRED,
              nowMs,
              String.format(
                  Locale.ROOT,
                  "Retired by the job: %,d of %,d vehicles (%.1f %%) came outside the middle 80 %% of its scenarios, of late more often than the limit of %.1f %%.",
                  of.outside,
                  of.legs,
                  100.0 * of.outside / of.legs,
                  100 * of.release.getLimits().getMaxOutsideRate())));
      return;
    }
    compareWithStable(of, nowMs, out);
  }

  /** What is closed last of two windows brings them together. */
  private void compareWithStable(WatchedRelease of, long nowMs, Collector<ModelRelease> out) {
    WatchedRelease stable = newest(ModelRole.STABLE);
    WatchedRelease canary = newest(ModelRole.CANARY);
    if (stable == null || canary == null || (of != stable && of != canary) || canary.decided) {
      return;
    }
    canary.compare(stable);
    if (canary.isBetter()) {
      canary.decided = true;
      out.collect(
          next(
              canary.release,
              ModelRole.STABLE,
              nowMs,
              String.format(
                  Locale.ROOT,
                  "Promoted by the job: %.1f %% of %,d vehicles came outside the middle 80 %% of its scenarios, of the stable version's %.1f %% of %,d.",
                  100.0 * canary.outside / canary.legs,
                  canary.legs,
                  100.0 * stable.outside / stable.legs,
                  stable.legs)));
    }
  }

  private WatchedRelease newest(ModelRole role) {
    return watched.values().stream()
        .filter(one -> one.release.getRole() == role)
        .max(Comparator.comparingInt(one -> one.release.getVersion()))
        .orElse(null);
  }

  private static ModelRelease next(
      ModelRelease release, ModelRole role, long nowMs, String reason) {
    return ModelRelease.newBuilder(release)
        .setRole(role)
        .setRevision(release.getRevision() + 1)
        .setReleasedAt(Instant.ofEpochMilli(nowMs))
        .setReason(reason)
        .build();
  }

  private boolean isAsked(ModelRelease release) {
    return release.getName().equals(use.name());
  }

  private void take(ModelRelease release) {
    if (!isAsked(release)) {
      return;
    }
    if (release.getRole() == ModelRole.CANARY || release.getRole() == ModelRole.STABLE) {
      watch(new WatchedRelease(release));
    } else {
      watched.remove(release.getModel());
    }
    if (release.getRole() == ModelRole.CANARY || release.getRole() == ModelRole.SHADOW) {
      judge(new JudgedRelease(release));
      return;
    }
    judged.remove(release.getModel());
    if (release.getRole() == ModelRole.STABLE) {
      watched.values().forEach(WatchedRelease::compareAnew);
      List.copyOf(judged.values()).forEach(of -> judge(new JudgedRelease(of.release)));
    }
  }

  private void watch(WatchedRelease release) {
    String model = release.release.getModel();
    watched.put(model, release);
    if (!watchShown.add(model)) {
      return;
    }
    MetricGroup group = metrics.addGroup(model.replace(':', '-'));
    group.gauge("legs", (Gauge<Long>) () -> of(model, one -> one.legs));
    group.gauge("legs-outside", (Gauge<Long>) () -> of(model, one -> one.outside));
  }

  private long of(String model, ToLongFunction<WatchedRelease> figure) {
    WatchedRelease release = watched.get(model);
    return release == null ? 0 : figure.applyAsLong(release);
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
