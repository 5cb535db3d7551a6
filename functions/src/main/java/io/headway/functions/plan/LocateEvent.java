// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Fate;
import io.headway.functions.ingest.Fates;
import io.headway.functions.ingest.Fault;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.roads.RoadMap;
import io.headway.functions.roads.RoadNetworks;
import io.headway.functions.traffic.EventEdges;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.GeoPoint;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.Topics;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Finds the road edges and map tiles that a road event concerns, and tells every tile of all the
 * edges; keyed by event. The input are sound records of road events, in any order: an older or
 * equally old record than the newest of its event is a duplicate. Tiles that a new state of an
 * event no longer concerns, or all of them when it is cleared, are told that it is over.
 *
 * <p>The tiles are those where its edges are at home and those that its geometry crosses; without a
 * road network the latter alone. An event that lies on no road of the network is dead-lettered
 * (OFF_MAP), as is one of more than {@value #MAX_EDGES} edges or {@value #MAX_TILES} tiles
 * (OUT_OF_RANGE). An event without an end holds for {@link PlanSettings#roadEventAge()} from its
 * report on. After a new import of the road network an event meets routes again when it is next
 * reported.
 */
public final class LocateEvent extends KeyedProcessFunction<String, Inbound<RoadEvent>, TileEvent>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1;

  /** Most edges of an event. */
  static final int MAX_EDGES = 4_096;

  /** Most map tiles of an event. */
  static final int MAX_TILES = 256;

  private final PlanSettings settings;
  private final DeadLetters deadLetters;
  private final String roadsUri;
  private final String roadsId;

  private transient ValueState<LocatedEvent> locatedState;
  private transient Fates fates;
  private transient RoadNetwork network;
  private transient EventEdges eventEdges;

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
    TileEvent event = eventOf(input);
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
    if (held != null) {
      for (int tile : held.tiles) {
        if (!tiles.contains(tile)) {
          out.collect(event.at(tile).asCleared());
        }
      }
    }
    tiles.forEach(tile -> out.collect(event.at(tile)));
    remember(event, over, tiles, context);
  }

  private void remember(TileEvent event, boolean over, NavigableSet<Integer> tiles, Context context)
      throws Exception {
    LocatedEvent located = new LocatedEvent();
    located.eventTimeMs = event.eventTimeMs;
    located.tiles = tiles.stream().mapToInt(Integer::intValue).toArray();
    located.untilMs =
        over ? event.eventTimeMs + settings.roadEventAge().toMillis() : event.validUntilMs;
    locatedState.update(located);
    context.timerService().registerEventTimeTimer(located.untilMs);
  }

  private TileEvent eventOf(Inbound<RoadEvent> input) {
    RoadEvent record = input.value();
    TileEvent event = new TileEvent();
    event.eventId = record.getEventId();
    event.eventTimeMs = record.getEventTime().toEpochMilli();
    event.appendTimeMs = input.origin().appendTimeMs();
    event.kind = record.getKind();
    event.validFromMs = record.getValidFrom().toEpochMilli();
    event.validUntilMs =
        record.getValidUntil() == null
            ? event.eventTimeMs + settings.roadEventAge().toMillis()
            : record.getValidUntil().toEpochMilli();
    event.speedFactor = record.getSpeedFactor();
    event.networkId = network == null ? "" : network.id();
    return event;
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
    if (held != null && held.untilMs <= timestampMs) {
      locatedState.clear();
    }
  }
}
