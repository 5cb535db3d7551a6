// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import io.headway.functions.roads.RoadMap;
import io.headway.functions.roads.RoadNetworks;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
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
 * <p>A road event comes with its edges, from the operator that puts events on the roads: each new
 * state once, in order, and again after a new import of the road network. It is emitted at once as
 * the factors of its edges, or when it begins; and again when it ends, is cleared or moves, unless
 * another event holds there too.
 *
 * <p>After a new import of the road network nothing that was known of the old one's edges counts,
 * neither weights (counted: {@code headway.weights.resets}) nor the means of windows that were open
 * ({@code headway.weights.foreign-means}). Speeds off the network stay.
 */
public final class WeightEpoch
    extends KeyedCoProcessFunction<Integer, EdgeMean, ActiveEvent, WeightDelta> {
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

  private transient RoadMap roads;
  private transient int networkHash;
  private transient Counter eventsLeftOut;
  private transient Counter foreignMeans;

  private transient MapState<Tuple2<Long, Integer>, EdgeMean> means;
  private transient MapState<Integer, WeightBlock> blocks;
  private transient MapState<String, ActiveEvent> events;

  /** What the readers hold; null until the first input after a start. */
  private transient LiveWeights held;

  /** Ends of the windows that {@link #means} has something of, milliseconds since the epoch. */
  private transient Set<Long> openWindows;

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
   */
  public WeightEpoch(
      String roadsUri, String roadsId, Duration halfLife, double offNetworkFallbackMps) {
    this.roadsUri = roadsUri;
    this.roadsId = roadsId;
    this.halfLife = halfLife;
    this.offNetworkFallbackMps = offNetworkFallbackMps;
  }

  @Override
  public void open(OpenContext context) throws IOException {
    roads = roadsUri == null ? null : RoadNetworks.acquire(roadsUri, roadsId, getRuntimeContext());
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
    networkHash = roads == null ? 0 : roads.network().id().hashCode();
    foreignMeans = metrics.addGroup("weights").counter("foreign-means");
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
    openWindows.add(mean.windowEndMs);
    context.timerService().registerEventTimeTimer(mean.windowEndMs - 1);
  }

  @Override
  public void processElement2(ActiveEvent event, Context context, Collector<WeightDelta> out)
      throws Exception {
    load(out);
    if (roads == null || !event.networkId.equals(held.networkId())) {
      return;
    }
    NavigableSet<Integer> concerned = new TreeSet<>();
    ActiveEvent before = active.remove(event.eventId);
    end(before, concerned);
    events.remove(event.eventId);
    if (event.edges.length > 0 && hasRoom(event)) {
      hold(event, context, concerned);
    }
    if (before != null) {
      takeBackTimer(before.fromMs, context);
      takeBackTimer(before.untilMs, context);
    }
    emitFactors(concerned, out);
  }

  /** Takes back a timer of an event that is over early, unless another or a window needs it. */
  private void takeBackTimer(long momentMs, Context context) {
    for (ActiveEvent event : active.values()) {
      if (event.fromMs == momentMs || event.untilMs == momentMs) {
        return;
      }
    }
    if (!openWindows.contains(momentMs + 1)) {
      context.timerService().deleteEventTimeTimer(momentMs);
    }
  }

  private boolean hasRoom(ActiveEvent event) {
    if (active.size() < MAX_EVENTS) {
      return true;
    }
    eventsLeftOut.inc();
    LOG.warn(
        "Road event {} is left out of the weights: {} others hold. Clear those that are over.",
        event.eventId,
        active.size());
    return false;
  }

  private void hold(ActiveEvent event, Context context, NavigableSet<Integer> concerned)
      throws Exception {
    long nowMs = Math.max(event.eventTimeMs, context.timerService().currentWatermark());
    ActiveEvent holding = event.fromMs <= nowMs ? event.asBegun() : event;
    active.put(holding.eventId, holding);
    events.put(holding.eventId, holding);
    if (holding.begun) {
      begin(holding, concerned);
    } else {
      context.timerService().registerEventTimeTimer(holding.fromMs);
    }
    context.timerService().registerEventTimeTimer(holding.untilMs);
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
      } else if (!event.begun && event.fromMs <= timeMs) {
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

  /** Takes the state to the heap after a start. Events on another network will be told again. */
  private void load(Collector<WeightDelta> out) throws Exception {
    if (held != null) {
      return;
    }
    held = new LiveWeights(roads, halfLife, offNetworkFallbackMps);
    for (int foreign : held.restore(blocks.entries())) {
      blocks.remove(foreign);
    }
    openWindows = new HashSet<>();
    means.keys().forEach(mean -> openWindows.add(mean.f0));
    active = new TreeMap<>();
    factors = new EventFactors();
    NavigableSet<Integer> concerned = new TreeSet<>();
    List<ActiveEvent> stored = new ArrayList<>();
    events.values().forEach(stored::add);
    for (ActiveEvent event : stored) {
      if (!event.networkId.equals(held.networkId())) {
        events.remove(event.eventId);
        continue;
      }
      active.put(event.eventId, event);
      if (event.begun) {
        begin(event, concerned);
      }
    }
    emitFactors(concerned, out);
  }

  private void endWindow(long windowEndMs, Collector<WeightDelta> out) throws Exception {
    if (!openWindows.remove(windowEndMs)) {
      return;
    }
    List<EdgeMean> ended = new ArrayList<>();
    for (Map.Entry<Tuple2<Long, Integer>, EdgeMean> entry : means.entries()) {
      if (entry.getKey().f0 == windowEndMs) {
        ended.add(entry.getValue());
      }
    }
    ended.sort((a, b) -> Integer.compare(a.edge, b.edge));
    DeltaWriter delta = new DeltaWriter(ended.size());
    for (EdgeMean mean : ended) {
      means.remove(Tuple2.of(windowEndMs, mean.edge));
      if (mean.edge < 0) {
        putClass(mean, delta);
      } else if (mean.networkHash == networkHash) {
        putEdge(mean, delta);
      } else {
        foreignMeans.inc();
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
