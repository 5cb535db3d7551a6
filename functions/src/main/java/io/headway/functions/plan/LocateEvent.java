// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Fate;
import io.headway.functions.ingest.Fates;
import io.headway.functions.ingest.Fault;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.functions.roads.RoadMap;
import io.headway.functions.roads.RoadNetworks;
import io.headway.functions.traffic.ActiveEvent;
import io.headway.functions.traffic.EventEdges;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.GeoPoint;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
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
 * Puts road events on the roads: finds the road edges and the map tiles that one concerns, and
 * tells every tile of all the edges; keyed by event. The input are sound records of road events, in
 * any order: an older or equally old record than the newest of its event is a duplicate. Tiles that
 * a new state of an event no longer concerns, or all of them when it is cleared, are told that it
 * is over.
 *
 * <p>The tiles are those where its edges are at home and those that its geometry crosses; without a
 * road network the latter alone. An event that lies on no road of the network is dead-lettered
 * (OFF_MAP), as is one of more than {@value #MAX_EDGES} edges or {@value #MAX_TILES} tiles
 * (OUT_OF_RANGE). An event without an end holds for {@link PlanSettings#roadEventAge()} from its
 * report on.
 *
 * <p>{@link #ON_ROADS}: the same states with their edges, for the road weights. So an event is put
 * on edges once, and one that is dead-lettered has no effect anywhere.
 *
 * <p>After a new import of the road network each event that holds is put on it within {@value
 * #LOOK_MS} ms of event time, and counted ({@code headway.plan.events-relocated}); one that the new
 * network has no place for is over, and logged.
 */
public final class LocateEvent extends KeyedProcessFunction<String, Inbound<RoadEvent>, TileEvent>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1;

  /** Side output: every new state of an event on the edges of the network; none without one. */
  public static final OutputTag<ActiveEvent> ON_ROADS =
      new OutputTag<>("events-on-roads", Types.POJO(ActiveEvent.class));

  /** Most edges of an event. */
  static final int MAX_EDGES = 4_096;

  /** Most map tiles of an event. */
  static final int MAX_TILES = 256;

  /** How often an event looks whether the road network is another one, milliseconds. */
  static final long LOOK_MS = 60_000;

  private static final Logger LOG = LoggerFactory.getLogger(LocateEvent.class);

  private final PlanSettings settings;
  private final DeadLetters deadLetters;
  private final String roadsUri;
  private final String roadsId;

  private transient ValueState<LocatedEvent> locatedState;
  private transient Fates fates;
  private transient RoadNetwork network;
  private transient EventEdges eventEdges;
  private transient Counter relocated;

  /**
   * @param roadsUri where the road network is; null without one
   * @param roadsId the identity that it must have; null for any
   */
  public LocateEvent(
      PlanSettings settings, DeadLetters deadLetters, String roadsUri, String roadsId) {
    this.settings = settings;
    this.deadLetters = deadLetters;
    this.roadsUri = roadsUri;
    this.roadsId = roadsId;
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
  public void open(OpenContext context) throws Exception {
    locatedState =
        getRuntimeContext()
            .getState(
                new ValueStateDescriptor<>("located", TypeInformation.of(LocatedEvent.class)));
    RoadMap roads =
        roadsUri == null ? null : RoadNetworks.acquire(roadsUri, roadsId, getRuntimeContext());
    network = roads == null ? null : roads.network();
    eventEdges = roads == null ? null : new EventEdges(roads);
    relocated =
        getRuntimeContext()
            .getMetricGroup()
            .addGroup("headway")
            .addGroup("plan")
            .counter("events-relocated");
  }

  @Override
  public void processElement(Inbound<RoadEvent> input, Context context, Collector<TileEvent> out)
      throws Exception {
    RoadEvent record = input.value();
    long eventTimeMs = record.getEventTime().toEpochMilli();
    LocatedEvent held = locatedState.value();
    if (held != null && eventTimeMs <= held.eventTimeMs) {
      fates.count(Topics.ROAD_EVENTS.name(), Fate.DUPLICATE);
      return;
    }
    TileEvent event = eventOf(record, input.origin().appendTimeMs());
    long nowMs = Math.max(eventTimeMs, context.timerService().currentWatermark());
    boolean over = event.validUntilMs <= nowMs;
    NavigableSet<Integer> tiles = new TreeSet<>();
    Fault fault = over ? null : locate(record, event, tiles);
    if (fault != null) {
      fates.count(Topics.ROAD_EVENTS.name(), Fate.DEAD_LETTER);
      context.output(DeadLetters.TAG, deadLetters.of(input, fault));
      return;
    }
    fates.count(Topics.ROAD_EVENTS.name(), Fate.APPLIED);
    LocatedEvent located = held == null ? new LocatedEvent() : held;
    tell(event, located.tiles, tiles, context, out);
    located.eventTimeMs = eventTimeMs;
    located.appendTimeMs = event.appendTimeMs;
    located.payload = over ? new byte[0] : input.encoded();
    located.untilMs = over ? eventTimeMs + settings.roadEventAge().toMillis() : event.validUntilMs;
    remember(located, event, tiles);
    if (located.timerMs == 0) {
      schedule(located, nowMs, context);
    }
    locatedState.update(located);
  }

  /** Tells what a state of an event concerns, and the tiles that it no longer does. */
  private void tell(
      TileEvent event,
      int[] tilesBefore,
      NavigableSet<Integer> tiles,
      Context context,
      Collector<TileEvent> out) {
    for (int tile : tilesBefore) {
      if (!tiles.contains(tile)) {
        out.collect(event.at(tile).asCleared());
      }
    }
    tiles.forEach(tile -> out.collect(event.at(tile)));
    if (network != null) {
      context.output(ON_ROADS, onRoads(event));
    }
  }

  private static ActiveEvent onRoads(TileEvent event) {
    ActiveEvent onRoads = new ActiveEvent();
    onRoads.eventId = event.eventId;
    onRoads.eventTimeMs = event.eventTimeMs;
    onRoads.fromMs = event.validFromMs;
    onRoads.untilMs = event.validUntilMs;
    onRoads.factor = event.speedFactor;
    onRoads.networkId = event.networkId;
    onRoads.edges = event.edges;
    return onRoads;
  }

  private static void remember(LocatedEvent located, TileEvent event, NavigableSet<Integer> tiles) {
    located.networkId = event.networkId;
    located.tiles = tiles.stream().mapToInt(Integer::intValue).toArray();
  }

  private static void schedule(LocatedEvent located, long nowMs, Context context) {
    // At the end of time, when a job is drained, there is no later look.
    located.timerMs = nowMs > located.untilMs - LOOK_MS ? located.untilMs : nowMs + LOOK_MS;
    context.timerService().registerEventTimeTimer(located.timerMs);
  }

  private TileEvent eventOf(RoadEvent record, long appendTimeMs) {
    TileEvent event = new TileEvent();
    event.eventId = record.getEventId();
    event.eventTimeMs = record.getEventTime().toEpochMilli();
    event.appendTimeMs = appendTimeMs;
    event.kind = record.getKind();
    event.validFromMs = record.getValidFrom().toEpochMilli();
    event.validUntilMs =
        record.getValidUntil() == null
            ? event.eventTimeMs + settings.roadEventAge().toMillis()
            : record.getValidUntil().toEpochMilli();
    event.speedFactor = record.getSpeedFactor();
    event.networkId = networkId();
    return event;
  }

  private String networkId() {
    return network == null ? "" : network.id();
  }

  /** Finds the edges of an event and its tiles; the fault when there are none or too many. */
  private Fault locate(RoadEvent record, TileEvent event, NavigableSet<Integer> tiles) {
    if (eventEdges != null) {
      int[] edges = eventEdges.of(record);
      if (edges.length == 0) {
        return new Fault(
            DeadLetterCause.OFF_MAP,
            "geometry of event_id "
                + record.getEventId()
                + " lies on no road of network "
                + network.id()
                + ", so it meets no route; send it along a road, in driving direction, or import a"
                + " larger area.");
      }
      if (edges.length > MAX_EDGES) {
        return tooLarge(record, edges.length + " road edges", MAX_EDGES);
      }
      for (int edge : edges) {
        tiles.add(MapTile.home(network, edge));
      }
      event.edges = edges;
    }
    List<GeoPoint> points = record.getGeometry();
    for (int i = 1; i < points.size() && tiles.size() <= MAX_TILES; i++) {
      MapTile.along(
          points.get(i - 1).getLatDeg(),
          points.get(i - 1).getLonDeg(),
          points.get(i).getLatDeg(),
          points.get(i).getLonDeg(),
          tile -> {
            tiles.add(tile);
            return tiles.size() <= MAX_TILES;
          });
    }
    return tiles.size() > MAX_TILES ? tooLarge(record, "too many map tiles", MAX_TILES) : null;
  }

  private static Fault tooLarge(RoadEvent record, String what, int limit) {
    return new Fault(
        DeadLetterCause.OUT_OF_RANGE,
        "geometry of event_id "
            + record.getEventId()
            + " covers "
            + what
            + ", more than the limit of "
            + limit
            + ", so it is left out; split it into several events.");
  }

  @Override
  public void onTimer(long timestampMs, OnTimerContext context, Collector<TileEvent> out)
      throws Exception {
    LocatedEvent held = locatedState.value();
    if (held == null || held.timerMs != timestampMs) {
      return;
    }
    if (held.untilMs <= timestampMs) {
      locatedState.clear();
      return;
    }
    if (held.payload.length > 0 && !held.networkId.equals(networkId())) {
      relocate(held, context, out);
    }
    schedule(held, Math.max(timestampMs, context.timerService().currentWatermark()), context);
    locatedState.update(held);
  }

  /** Puts an event that holds on a road network that is new. */
  private void relocate(LocatedEvent held, Context context, Collector<TileEvent> out)
      throws IOException {
    RoadEvent record = InputType.ROAD_EVENTS.decode(held.payload);
    TileEvent event = eventOf(record, held.appendTimeMs);
    NavigableSet<Integer> tiles = new TreeSet<>();
    Fault fault = locate(record, event, tiles);
    if (fault == null) {
      relocated.inc();
    } else {
      LOG.warn("The road network is another one: {}", fault.detail());
      tiles.clear();
      event.edges = new int[0];
    }
    tell(event, held.tiles, tiles, context, out);
    remember(held, event, tiles);
  }

  Fates fates() {
    return fates;
  }
}
