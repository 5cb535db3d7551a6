// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.functions.roads.RoadMap;
import io.headway.functions.roads.RoadNetworks;
import io.headway.schemas.RoadEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer of the road weights: numbers the changes of edge speeds and road events as epochs,
 * from 1 on without gaps, across restores too. Both inputs are keyed by {@link #KEY}: that puts all
 * of them into one subtask and gives it timers, and state that Flink moves as it moves any other.
 * Run it with parallelism 1.
 *
 * <p>At the end of a speed window it emits one delta with the edges whose speed changed by more
 * than a twentieth of what the readers hold by then (they let an observation age), so that a steady
 * city costs little. What was held counts as two observations beside the observed mean, so that one
 * slow vehicle is no jam. A delta without edges still lets the readers' time advance.
 *
 * <p>A road event is emitted at once as the factors of its edges, or when it begins; and again when
 * it ends, is cleared or moves, unless another event holds there too. An event without an end holds
 * for a limited time. A record of an event that is not newer than the one held changes nothing. The
 * fate of the records of road events is counted where they meet the plans, not here.
 */
public final class WeightEpoch
    extends KeyedCoProcessFunction<Integer, EdgeMean, Inbound<RoadEvent>, WeightDelta> {
  private static final long serialVersionUID = 1;

  /** The key of every input. */
  public static final int KEY = 0;

  /** Smallest change of a speed that is told, as a share of what is held. */
  static final double MIN_CHANGE = 0.05;

  /** What is held counts as so many observations. */
  static final int HELD_OBSERVATIONS = 2;

  /** The mean of a class off the network counts as so many observations at most. */
  static final int MAX_CLASS_OBSERVATIONS = 10_000;

  /** Most road events that are held at a time. */
  static final int MAX_EVENTS = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(WeightEpoch.class);

  private final String roadsUri;
  private final String roadsId;
  private final Duration halfLife;
  private final double offNetworkFallbackMps;
  private final long openEventMs;

  private transient RoadMap roads;
  private transient EventEdges eventEdges;
  private transient Counter eventsLeftOut;

  private transient MapState<Tuple2<Long, Integer>, EdgeMean> means;
  private transient MapState<Integer, WeightBlock> blocks;
  private transient MapState<String, ActiveEvent> events;

  /** What the readers hold; null until the first input after a start. */
  private transient LiveWeights held;

  /** Copy of {@link #events}. */
  private transient Map<String, ActiveEvent> active;

  private transient EventFactors factors;

  /**
   * Writes weights.
   *
   * @param roadsUri the road network, or null without one
   * @param roadsId the identity that it must have, or null for any
   * @param halfLife as the readers have it
   * @param offNetworkFallbackMps as the readers have it
   * @param openEvent how long (event time) a road event without an end holds
   */
  public WeightEpoch(
      String roadsUri,
      String roadsId,
      Duration halfLife,
      double offNetworkFallbackMps,
      Duration openEvent) {
    this.roadsUri = roadsUri;
    this.roadsId = roadsId;
    this.halfLife = halfLife;
    this.offNetworkFallbackMps = offNetworkFallbackMps;
    this.openEventMs = openEvent.toMillis();
  }

  @Override
  public void open(OpenContext context) throws IOException {
    roads = roadsUri == null ? null : RoadNetworks.acquire(roadsUri, roadsId, getRuntimeContext());
    eventEdges = roads == null ? null : new EventEdges(roads);
    means =
        getRuntimeContext()
            .getMapState(
                new MapStateDescriptor<>(
                    "means", Types.TUPLE(Types.LONG, Types.INT), Types.POJO(EdgeMean.class)));
    blocks =
        getRuntimeContext()
            .getMapState(
                new MapStateDescriptor<>("blocks", Types.INT, Types.POJO(WeightBlock.class)));
    events =
        getRuntimeContext()
            .getMapState(
                new MapStateDescriptor<>("events", Types.STRING, Types.POJO(ActiveEvent.class)));
    MetricGroup metrics = getRuntimeContext().getMetricGroup().addGroup("headway");
    eventsLeftOut = metrics.addGroup("weights").counter("events-left-out");
    metrics.addGroup("weights").gauge("epoch", (Gauge<Long>) () -> held == null ? 0 : held.epoch());
    metrics
        .addGroup("weights")
        .gauge("resets", (Gauge<Long>) () -> held == null ? 0 : held.resets());
  }

  @Override
  public void processElement1(EdgeMean mean, Context context, Collector<WeightDelta> out)
      throws Exception {
    load(out);
    means.put(Tuple2.of(mean.windowEndMs, mean.edge), mean);
    context.timerService().registerEventTimeTimer(mean.windowEndMs - 1);
  }

  @Override
  public void processElement2(Inbound<RoadEvent> input, Context context, Collector<WeightDelta> out)
      throws Exception {
    if (roads == null) {
      return;
    }
    load(out);
    RoadEvent record = input.value();
    String id = record.getEventId();
    long timeMs = record.getEventTime().toEpochMilli();
    long nowMs = Math.max(timeMs, context.timerService().currentWatermark());
    ActiveEvent before = active.get(id);
    if (before != null && timeMs <= before.eventTimeMs) {
      return;
    }
    if (before == null && active.size() >= MAX_EVENTS) {
      eventsLeftOut.inc();
      LOG.warn(
          "Road event {} is left out of the weights: {} others hold. Clear those that are over.",
          id,
          active.size());
      return;
    }
    ActiveEvent event = stateOf(record, input.payload(), nowMs);
    NavigableSet<Integer> concerned = new TreeSet<>();
    end(before, concerned);
    active.put(id, event);
    events.put(id, event);
    if (event.begun) {
      begin(event, concerned);
    } else if (event.fromMs > nowMs) {
      context.timerService().registerEventTimeTimer(event.fromMs);
    }
    context.timerService().registerEventTimeTimer(event.untilMs);
    emitFactors(concerned, out);
  }

  private ActiveEvent stateOf(RoadEvent record, byte[] payload, long nowMs) {
    ActiveEvent event = new ActiveEvent();
    event.eventId = record.getEventId();
    event.eventTimeMs = record.getEventTime().toEpochMilli();
    event.fromMs = record.getValidFrom().toEpochMilli();
    event.untilMs = event.eventTimeMs + openEventMs;
    event.factor = record.getSpeedFactor();
    event.networkId = roads.network().id();
    boolean over = record.getValidUntil() != null && record.getValidUntil().toEpochMilli() <= nowMs;
    if (!over) {
      event.payload = payload;
      event.edges = eventEdges.of(record);
      event.begun = event.fromMs <= nowMs;
      if (record.getValidUntil() != null) {
        event.untilMs = record.getValidUntil().toEpochMilli();
      }
    }
    return event;
  }

  @Override
  public void onTimer(long timeMs, OnTimerContext context, Collector<WeightDelta> out)
      throws Exception {
    load(out);
    endWindow(timeMs + 1, out);
    NavigableSet<Integer> concerned = new TreeSet<>();
    for (ActiveEvent event : List.copyOf(active.values())) {
      if (event.untilMs <= timeMs) {
        end(event, concerned);
        active.remove(event.eventId);
        events.remove(event.eventId);
      } else if (!event.begun && event.edges.length > 0 && event.fromMs <= timeMs) {
        ActiveEvent begun = event.asBegun();
        begin(begun, concerned);
        active.put(begun.eventId, begun);
        events.put(begun.eventId, begun);
      }
    }
    emitFactors(concerned, out);
  }

  private void begin(ActiveEvent event, NavigableSet<Integer> concerned) {
    factors.add(event);
    addAll(event.edges, concerned);
  }

  private void end(ActiveEvent event, NavigableSet<Integer> concerned) {
    if (event != null && event.begun) {
      factors.remove(event);
      addAll(event.edges, concerned);
    }
  }

  private static void addAll(int[] edges, NavigableSet<Integer> to) {
    for (int edge : edges) {
      to.add(edge);
    }
  }

  /** Takes the state to the heap after a start, and finds road events on a network that is new. */
  private void load(Collector<WeightDelta> out) throws Exception {
    if (held != null) {
      return;
    }
    held = new LiveWeights(roads, halfLife, offNetworkFallbackMps);
    held.restore(blocks.values());
    active = new TreeMap<>();
    factors = new EventFactors();
    NavigableSet<Integer> concerned = new TreeSet<>();
    for (ActiveEvent event : events.values()) {
      active.put(event.eventId, event);
    }
    for (ActiveEvent event : active.values()) {
      if (!event.networkId.equals(held.networkId())) {
        event.networkId = held.networkId();
        event.edges =
            roads == null || event.payload.length == 0
                ? new int[0]
                : eventEdges.of(InputType.ROAD_EVENTS.decode(event.payload));
        events.put(event.eventId, event);
      }
      if (event.begun) {
        begin(event, concerned);
      }
    }
    emitFactors(concerned, out);
  }

  private void endWindow(long windowEndMs, Collector<WeightDelta> out) throws Exception {
    List<EdgeMean> ended = new ArrayList<>();
    for (Map.Entry<Tuple2<Long, Integer>, EdgeMean> entry : means.entries()) {
      if (entry.getKey().f0 == windowEndMs) {
        ended.add(entry.getValue());
      }
    }
    if (ended.isEmpty()) {
      return;
    }
    ended.sort((a, b) -> Integer.compare(a.edge, b.edge));
    DeltaWriter delta = new DeltaWriter(ended.size());
    for (EdgeMean mean : ended) {
      means.remove(Tuple2.of(windowEndMs, mean.edge));
      if (mean.edge < 0) {
        putClass(mean, delta);
      } else if (mean.edge < held.seconds().length) {
        putEdge(mean, delta);
      }
    }
    emit(delta.finish(), windowEndMs, out);
  }

  private void putEdge(EdgeMean mean, DeltaWriter delta) {
    double heldMps = held.liveSpeedMps(mean.edge, mean.windowEndMs);
    double blendedMps =
        (HELD_OBSERVATIONS * heldMps + mean.observations * mean.speedMps)
            / (HELD_OBSERVATIONS + mean.observations);
    if (Math.abs(blendedMps - heldMps) > MIN_CHANGE * heldMps) {
      delta.add(mean.edge, (float) blendedMps, mean.observations, held.eventFactor(mean.edge));
    }
  }

  /** Blends seconds a metre rather than speeds: what is asked of a class is how long legs take. */
  private void putClass(EdgeMean mean, DeltaWriter delta) {
    int offNetworkClass = OffNetwork.ofEdge(mean.edge);
    int before = Math.min(MAX_CLASS_OBSERVATIONS, held.classObservations(offNetworkClass));
    double heldMps = held.classSpeedMps(offNetworkClass);
    double blendedMps =
        (HELD_OBSERVATIONS + before + mean.observations)
            / ((HELD_OBSERVATIONS + before) / heldMps + mean.observations / (double) mean.speedMps);
    delta.add(mean.edge, (float) blendedMps, before + mean.observations, 1);
  }

  /** Tells the edges whose factor is not the one that the readers hold. */
  private void emitFactors(NavigableSet<Integer> concerned, Collector<WeightDelta> out)
      throws Exception {
    DeltaWriter delta = new DeltaWriter(concerned.size());
    for (int edge : concerned) {
      float factor = factors.of(edge);
      if (factor != held.eventFactor(edge)) {
        delta.add(edge, Float.NaN, 0, factor);
      }
    }
    if (delta.size() > 0) {
      emit(delta.finish(), held.upToMs(), out);
    }
  }

  private void emit(WeightDelta delta, long upToMs, Collector<WeightDelta> out) throws Exception {
    delta.epoch = held.epoch() + 1;
    delta.upToMs = upToMs;
    delta.networkId = held.networkId();
    held.apply(delta);
    for (int block : LiveWeights.blocksOf(delta)) {
      blocks.put(block, held.block(block));
    }
    out.collect(delta);
  }
}
