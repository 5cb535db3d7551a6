// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.functions.release.ReleaseEvidence;
import io.headway.schemas.Appraisal;
import io.headway.schemas.Bounds;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.ScenarioSummary;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Chooses, inside the bounds as their counters stand; keyed by vehicle. It holds the keyed state
 * that costing cannot have:
 *
 * <ul>
 *   <li>An answer to an older request than one that was already decided, and so one for an older
 *       plan, is dropped and counted ({@code headway.decisions.superseded}). Numbers of requests
 *       ascend for ever, also when the vehicle was forgotten in between; those of plans do not.
 *   <li>An id is decided once: while it is among the vehicle's last {@value #RECENT_IDS_MAX}, the
 *       same decision is given again, under the number of the request, and counted as an action
 *       only the first time ({@code headway.decisions.repeated}).
 *   <li>Where the model is not sure the baseline decides ({@code headway.decisions.abstained}).
 *   <li>What a model expected is held against what came ({@link ArrivalWatch}, {@link #LEGS}).
 *   <li>The time of all counters is the request's {@code requested_at}, never a clock.
 * </ul>
 *
 * State is forgotten when event time has passed the last decision by an hour or the cool-down,
 * whichever is longer.
 */
public final class ApplyBounds extends KeyedProcessFunction<String, Appraisal, Decision> {
  /** Decisions that are kept for a vehicle, to give them again. */
  public static final int RECENT_IDS_MAX = 4;

  /** How legs came out beside what was expected of them. */
  public static final OutputTag<ReleaseEvidence> LEGS =
      new OutputTag<>("legs", TypeInformation.of(ReleaseEvidence.class));

  private transient ValueState<ActionLedger> ledgerState;
  private transient ValueState<ArrivalWatch> watchState;
  private transient MapState<String, Decision> decidedState;
  private transient DecisionWriter writer;
  private transient Counter superseded;
  private transient Counter repeated;
  private transient Counter abstained;

  @Override
  public void open(OpenContext context) {
    ledgerState =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>("ledger", TypeInformation.of(ActionLedger.class)));
    watchState =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>("watch", TypeInformation.of(ArrivalWatch.class)));
    decidedState =
        getRuntimeContext()
            .getMapState(
                new MapStateDescriptor<>(
                    "decided", Types.STRING, TypeInformation.of(Decision.class)));
    writer = new DecisionWriter();
    MetricGroup metrics =
        getRuntimeContext().getMetricGroup().addGroup("headway").addGroup("decisions");
    superseded = metrics.counter("superseded");
    repeated = metrics.counter("repeated");
    abstained = metrics.counter("abstained");
  }

  @Override
  public void processElement(Appraisal appraisal, Context context, Collector<Decision> out)
      throws Exception {
    long startNs = System.nanoTime();
    DecisionRequest request = appraisal.getRequest();
    Decision before = decidedState.get(request.getDecisionId());
    if (before != null) {
      repeated.inc();
      out.collect(Decision.newBuilder(before).setSequence(request.getSequence()).build());
      return;
    }
    ActionLedger ledger = ledgerState.value();
    if (ledger == null) {
      ledger = new ActionLedger();
    }
    if (request.getSequence() < ledger.newestSequence) {
      superseded.inc();
      return;
    }
    Choice choice = Choice.of(appraisal, ledger);
    if (choice.abstention() != null) {
      abstained.inc();
    }
    Decision decision = writer.write(appraisal, choice);
    watch(appraisal, decision.getKind(), context);
    remember(request, decision, ledger, context);
    decision.getLatency().setBoundsMs((System.nanoTime() - startNs) / 1e6f);
    decidedState.put(decision.getDecisionId(), withoutSamples(decision));
    out.collect(decision);
  }

  /** As it is kept, to be repeated: samples are for whoever asked for them, and large. */
  private static Decision withoutSamples(Decision decision) {
    ScenarioSummary scenarios = decision.getScenarios();
    if (scenarios == null || scenarios.getSamples().isEmpty()) {
      return decision;
    }
    return Decision.newBuilder(decision)
        .setScenarios(
            ScenarioSummary.newBuilder(scenarios)
                .setShipmentIds(List.of())
                .setSamples(List.of())
                .build())
        .build();
  }

  @Override
  public void onTimer(long timestampMs, OnTimerContext context, Collector<Decision> out)
      throws Exception {
    ActionLedger ledger = ledgerState.value();
    if (ledger == null || timestampMs != ledger.timerMs) {
      return;
    }
    if (ledger.forgetAtMs <= timestampMs) {
      ledgerState.clear();
      watchState.clear();
      decidedState.clear();
      return;
    }
    ledger.timerMs = ledger.forgetAtMs;
    context.timerService().registerEventTimeTimer(ledger.timerMs);
    ledgerState.update(ledger);
  }

  private void watch(Appraisal appraisal, DecisionKind kind, Context context) throws Exception {
    ArrivalWatch watch = watchState.value();
    if (watch == null) {
      watch = new ArrivalWatch();
    }
    watch.see(appraisal).ifPresent(leg -> context.output(LEGS, ReleaseEvidence.of(leg)));
    watch.decided(kind);
    watchState.update(watch);
  }

  private void remember(
      DecisionRequest request, Decision decision, ActionLedger ledger, Context context)
      throws Exception {
    Bounds bounds = request.getBounds();
    long nowMs = request.getRequestedAt().toEpochMilli();
    ledger.newestSequence = request.getSequence();
    ledger.count(decision.getKind(), nowMs, bounds);

    int ids = ledger.recentIds.length;
    if (ids == RECENT_IDS_MAX) {
      decidedState.remove(ledger.recentIds[0]);
      ledger.recentIds = Arrays.copyOfRange(ledger.recentIds, 1, ids + 1);
    } else {
      ledger.recentIds = Arrays.copyOf(ledger.recentIds, ids + 1);
    }
    ledger.recentIds[ledger.recentIds.length - 1] = decision.getDecisionId();

    ledger.forgetAtMs = Math.max(ledger.forgetAtMs, nowMs + ActionLedger.memoryMs(bounds));
    if (ledger.timerMs == Long.MIN_VALUE) {
      ledger.timerMs = ledger.forgetAtMs;
      context.timerService().registerEventTimeTimer(ledger.timerMs);
    }
    ledgerState.update(ledger);
  }

  /** How many answers were dropped in this subtask. */
  long superseded() {
    return superseded.getCount();
  }

  /** How many decisions were given again in this subtask. */
  long repeated() {
    return repeated.getCount();
  }
}
