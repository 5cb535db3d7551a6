// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.fusion;

import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Fate;
import io.headway.functions.ingest.Fates;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.functions.roads.RoadMap;
import io.headway.functions.roads.RoadNetworks;
import io.headway.functions.traffic.EdgeObservation;
import io.headway.schemas.Telemetry;
import java.io.IOException;
import java.time.Duration;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the telemetry of a vehicle (the key) in order and makes fused positions of it, matched to
 * the road where there is one.
 *
 * <p>A record waits until the watermark reaches its event time. One with the event time of a record
 * that waits or was fused lately is a duplicate; one whose place has passed is late and
 * dead-lettered with its lateness; a position that does not fit the motion is an outlier. Should so
 * many records wait that a limit is passed (the watermark stands still), the oldest are fused
 * before the watermark comes: the input is not at fault. A vehicle silent for long is forgotten.
 *
 * <p>Road stretches that are known to have been driven go to {@link #OBSERVATIONS}; the matcher
 * decides them some fixes later. State of another road network is dropped, counted ({@code
 * headway.roads.resets}) and logged.
 */
public final class FuseVehicle extends KeyedProcessFunction<String, Inbound<Telemetry>, FusedFix>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1;

  /** Side output of driven stretches. */
  public static final OutputTag<EdgeObservation> OBSERVATIONS =
      new OutputTag<>("edge-observations", Types.POJO(EdgeObservation.class));

  /** Most records of one vehicle that wait; a vehicle's records of 17 minutes at one a second. */
  static final int MAX_WAITING = 1_024;

  /** So many are fused early at a time, so that a standing watermark costs no sort a record. */
  private static final int EARLY_BATCH = MAX_WAITING / 8;

  private static final Logger LOG = LoggerFactory.getLogger(FuseVehicle.class);

  private final String roadsUri;
  private final String roadsId;
  private final long idleMs;
  private final DeadLetters letters;

  private transient Fates fates;
  private transient Counter resets;
  private transient Motion motion;
  private transient TypeSerializer<Inbound<Telemetry>> records;
  private transient ValueState<FusionState> fusionState;

  /**
   * Fuses telemetry.
   *
   * @param roadsUri the road network, or null to serve every vehicle off the roads
   * @param roadsId the identity that it must have, or null for any
   * @param idle a vehicle without records for this long (event time) is forgotten
   * @param letters makes the dead letters of late records
   */
  public FuseVehicle(String roadsUri, String roadsId, Duration idle, DeadLetters letters) {
    this.roadsUri = roadsUri;
    this.roadsId = roadsId;
    this.idleMs = idle.toMillis();
    this.letters = letters;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    fates = Fates.initialize(context, getRuntimeContext());
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    fates.snapshot();
  }

  @Override
  public void open(OpenContext context) throws IOException {
    RoadMap roads =
        roadsUri == null ? null : RoadNetworks.acquire(roadsUri, roadsId, getRuntimeContext());
    motion = new Motion(roads);
    records = getRuntimeContext().createSerializer(InputType.TELEMETRY.inbound());
    resets =
        getRuntimeContext()
            .getMetricGroup()
            .addGroup("headway")
            .addGroup("roads")
            .counter("resets");
    fusionState =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>("fusion", new FusionStateSerializer()));
  }

  Fates fates() {
    return fates;
  }

  @Override
  public void processElement(Inbound<Telemetry> input, Context context, Collector<FusedFix> out)
      throws Exception {
    String topic = input.origin().topic();
    long timeMs = input.value().getEventTime().toEpochMilli();
    FusionState held = fusionState.value();
    FusionState vehicle = held == null ? new FusionState(new ReorderBuffer(), null) : held;
    ReorderBuffer waiting = vehicle.waiting;
    if (waiting.knows(timeMs)) {
      fates.count(topic, Fate.DUPLICATE);
      return;
    }
    long passedMs = Math.max(context.timerService().currentWatermark(), waiting.passedMs());
    if (timeMs <= passedMs) {
      fates.count(topic, Fate.LATE);
      context.output(DeadLetters.TAG, letters.late(input, passedMs - timeMs));
      return;
    }
    waiting.put(timeMs, input);
    fates.count(topic, Fate.IN_FLIGHT);
    if (waiting.oldestMs() == timeMs) {
      context.timerService().registerEventTimeTimer(timeMs);
    }
    if (waiting.idleTimerMs() == ReorderBuffer.NEVER) {
      setIdleTimer(timeMs + idleMs, waiting, context);
    }
    if (waiting.size() > MAX_WAITING) {
      fuseEarly(vehicle, context, out);
    }
    fusionState.update(vehicle);
  }

  private void fuseEarly(FusionState vehicle, Context context, Collector<FusedFix> out)
      throws Exception {
    ReorderBuffer waiting = vehicle.waiting;
    LOG.warn(
        "{} records of vehicle {} wait for the watermark, which stands at {}: the oldest {} are"
            + " fused now. A silent partition or a source far behind holds it back.",
        waiting.size(),
        context.getCurrentKey(),
        context.timerService().currentWatermark(),
        EARLY_BATCH);
    for (int i = 0; i < EARLY_BATCH; i++) {
      fuseOldest(vehicle, context, out);
    }
    context.timerService().registerEventTimeTimer(waiting.oldestMs());
  }

  /**
   * One timer stands for the oldest record and, once that is fused, for the next: the queue of
   * timers holds vehicles, not records.
   */
  @Override
  public void onTimer(long timeMs, OnTimerContext context, Collector<FusedFix> out)
      throws Exception {
    FusionState vehicle = fusionState.value();
    if (vehicle == null) {
      return;
    }
    ReorderBuffer waiting = vehicle.waiting;
    if (waiting.oldestMs() == timeMs) {
      fuseOldest(vehicle, context, out);
    }
    if (timeMs == waiting.idleTimerMs()) {
      long newestMs = waiting.newestMs();
      if (newestMs <= timeMs - idleMs) {
        forget(vehicle, context);
        return;
      }
      setIdleTimer(newestMs + idleMs, waiting, context);
    }
    if (waiting.size() > 0) {
      context.timerService().registerEventTimeTimer(waiting.oldestMs());
    }
    fusionState.update(vehicle);
  }

  private void fuseOldest(FusionState vehicle, Context context, Collector<FusedFix> out) {
    Inbound<Telemetry> input = vehicle.waiting.take(records);
    if (!motion.read(vehicle.motion)) {
      resets.inc();
      LOG.info(
          "Vehicle {} was matched to another road network; its match begins anew.",
          context.getCurrentKey());
    }
    FusedFix fix = motion.update(input.value(), observed -> context.output(OBSERVATIONS, observed));
    vehicle.motion = motion.write();
    fates.move(input.origin().topic(), Fate.IN_FLIGHT, fix == null ? Fate.OUTLIER : Fate.FUSED);
    if (fix != null) {
      fix.appendTimeMs = input.origin().appendTimeMs();
      fix.partition = input.origin().partition();
      fix.offset = input.origin().offset();
      fix.payload = input.payload();
      out.collect(fix);
    }
  }

  private static void setIdleTimer(long momentMs, ReorderBuffer waiting, Context context) {
    context.timerService().registerEventTimeTimer(momentMs);
    waiting.setIdleTimerMs(momentMs);
  }

  private void forget(FusionState vehicle, Context context) {
    motion.read(vehicle.motion);
    motion.finish(observed -> context.output(OBSERVATIONS, observed));
    fusionState.clear();
  }
}
