// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.fusion.FusedFix;
import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Fate;
import io.headway.functions.ingest.Fates;
import io.headway.functions.ingest.Fault;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.Origin;
import io.headway.functions.roads.RoadMap;
import io.headway.functions.roads.RoadNetworks;
import io.headway.functions.traffic.EdgeObservation;
import io.headway.kernels.roads.GeoMath;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Topics;
import io.headway.schemas.TriggerKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps each vehicle's plan and the route that it is expected to take; keyed by vehicle. The first
 * input are fused fixes, in order; the second are sound records of shipments, in any order.
 *
 * <p><b>Plan.</b> Of two records of one shipment the one of later event time holds; an older or
 * equally old one is a duplicate. Stops at which the vehicle arrived come first, the others by
 * {@code stop_index}. A stop beyond {@link VehiclePlan#MAX_STOPS} is dead-lettered. Delivered and
 * cancelled shipments are remembered for {@link PlanSettings#closedShipment()} (the newest {@value
 * #MAX_CLOSED}), so that an older record does not bring their stop back. A shipment that goes to
 * another vehicle is cancelled for this one by the dispatcher: this operator sees one vehicle only.
 *
 * <p><b>Route.</b> The fastest way through the stops at usual speeds, from where the vehicle was
 * when the route was planned. A vehicle is off its route when {@link PlanSettings#offRouteFixes()}
 * fixes in a row lie on none of the edges before it, nor beside one that runs in their direction
 * (positions do not tell such roads apart), {@link PlanSettings#offRouteM()} metres were driven
 * since, and it is not within {@value #AT_STOP_M} metres of its next stop; fixes from before the
 * newest change of its stops do not count, for telemetry may be behind. Then the route is planned
 * again, and a decision asked for if it was a route on roads.
 *
 * <p><b>Output.</b> In the order in which it happens: every new plan or route, and every fix while
 * stops remain. {@link #TILES}: the differences of the map tiles that the remaining route meets, at
 * every new route and whenever the vehicle enters another tile. {@link #LEGS}: a leg off the
 * network when its shipment is ARRIVED, or DELIVERED without, as great-circle metres and seconds
 * from where and when its stop became the next one. {@link DeadLetters#TAG}: stops beyond the
 * limit, and the newest record of a vehicle that sends telemetry for {@link PlanSettings#noPlan()}
 * without ever having a plan.
 *
 * <p><b>Forgetting.</b> A vehicle without records for {@link PlanSettings#vehicleIdle()} is
 * forgotten, its tiles given back and an empty plan sent. After a new import of the road network,
 * plans are matched again when their vehicle is next heard of, and counted ({@code
 * headway.plan.rematched}).
 */
public final class PlanRoute
    extends KeyedCoProcessFunction<String, FusedFix, Inbound<Shipment>, VehicleUpdate>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1;

  /** Side output: tiles that a route begins or ceases to meet. */
  public static final OutputTag<RouteTile> TILES =
      new OutputTag<>("route-tiles", TypeInformation.of(RouteTile.class));

  /** Side output: legs off the network that were driven to their end. */
  public static final OutputTag<EdgeObservation> LEGS =
      new OutputTag<>("off-network-legs", Types.POJO(EdgeObservation.class));

  /** A vehicle this near to its next stop is not off its route. */
  static final double AT_STOP_M = 100;

  /** Most delivered and cancelled shipments that are remembered for a vehicle. */
  static final int MAX_CLOSED = 1_024;

  private static final Logger LOG = LoggerFactory.getLogger(PlanRoute.class);

  private final PlanSettings settings;
  private final DeadLetters deadLetters;
  private final String roadsUri;
  private final String roadsId;

  private transient ValueState<VehiclePlan> planState;
  private transient ValueState<Track> trackState;
  private transient ValueState<FusedFix> unplannedState;
  private transient MapState<String, Long> closedState;
  private transient MapState<Integer, RouteTile> tileState;
  private transient Fates fates;
  private transient Ways ways;
  private transient int networkHash;
  private transient Counter rematched;

  /**
   * @param roadsUri where the road network is; null without one
   * @param roadsId the identity that it must have; null for any
   */
  public PlanRoute(
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
    planState = state("plan", VehiclePlan.class);
    trackState = state("track", Track.class);
    unplannedState = state("unplanned", FusedFix.class);
    closedState =
        getRuntimeContext()
            .getMapState(new MapStateDescriptor<>("closed", Types.STRING, Types.LONG));
    tileState =
        getRuntimeContext()
            .getMapState(
                new MapStateDescriptor<>("tiles", Types.INT, TypeInformation.of(RouteTile.class)));
    RoadMap roads =
        roadsUri == null ? null : RoadNetworks.acquire(roadsUri, roadsId, getRuntimeContext());
    ways = new Ways(roads, settings);
    networkHash = ways.networkId().hashCode();
    rematched =
        getRuntimeContext()
            .getMetricGroup()
            .addGroup("headway")
            .addGroup("plan")
            .counter("rematched");
  }

  private <T> ValueState<T> state(String name, Class<T> type) {
    return getRuntimeContext().getState(new ValueStateDescriptor<>(name, TypeInformation.of(type)));
  }

  @Override
  public void processElement1(FusedFix fix, Context context, Collector<VehicleUpdate> out)
      throws Exception {
    Track track = seen(fix.eventTimeMs, context);
    if (!track.planned) {
      if (unplannedState.value() == null) {
        schedule(track, fix.eventTimeMs, settings.noPlan(), context);
      }
      unplannedState.update(fix);
      trackState.update(track);
      return;
    }
    boolean again = track.hasStops && (track.progress == null || track.networkHash != networkHash);
    VehiclePlan plan = again ? rematch(planState.value(), track) : null;
    if (track.progress == null) {
      track.progress = new VehicleProgress();
    }
    track.progress.fix = withoutPayload(fix);
    track.progress.drivenM += fix.movedM;
    if (track.hasStops) {
      if (again) {
        setOut(plan.stops, fix.eventTimeMs, track);
        planAgain(plan, null, track, context, out);
      } else if (!follow(track, fix, context, out)) {
        out.collect(VehicleUpdate.of(fix.vehicleId, track.progress));
      }
    }
    trackState.update(track);
  }

  /** Moves the vehicle along its route; true when that gave it a new route, which was sent. */
  private boolean follow(Track track, FusedFix fix, Context context, Collector<VehicleUpdate> out)
      throws Exception {
    if (track.routeEdge == Track.AT_STOP) {
      return false;
    }
    boolean offNetwork = track.routeEdge == Track.NO_EDGE;
    if (offNetwork ? fix.edge < 0 || ways.network() == null : fix.edge == track.routeEdge) {
      if (!offNetwork) {
        track.progress.routeOffsetM = fix.offsetM;
      }
      backOnRoute(track);
      layTilesIfInAnother(track, fix, null, context);
      return false;
    }
    VehiclePlan plan = planState.value();
    Ways.OnWay place = offNetwork ? null : placeAhead(plan.legs.get(0), track.progress);
    if (place != null) {
      takeUp(plan.legs.get(0), place.index(), place.offsetM(), track);
      backOnRoute(track);
      layTilesIfInAnother(track, fix, plan, context);
      return false;
    }
    PlanStop next = plan.stops.get(0);
    if (offNetwork && next.edge < 0) {
      layTilesIfInAnother(track, fix, plan, context);
      return false;
    }
    if (fix.eventTimeMs < track.changedMs
        || GeoMath.distanceM(fix.latDeg, fix.lonDeg, next.latDeg, next.lonDeg) <= AT_STOP_M) {
      backOnRoute(track);
      return false;
    }
    track.offRouteFixes++;
    track.offRouteM += fix.movedM;
    if (track.offRouteFixes < settings.offRouteFixes() || track.offRouteM < settings.offRouteM()) {
      return false;
    }
    Cause cause =
        offNetwork ? null : new Cause(TriggerKind.OFF_ROUTE, "", fix.eventTimeMs, fix.appendTimeMs);
    planAgain(plan, cause, track, context, out);
    return true;
  }

  /** Where on a leg, from its progress on, the vehicle is or may be; null when it is beside it. */
  private Ways.OnWay placeAhead(PlannedLeg leg, VehicleProgress progress) {
    FusedFix fix = progress.fix;
    int index = leg.indexOf(fix.edge, progress.routeIndex);
    return index >= 0
        ? new Ways.OnWay(index, fix.offsetM)
        : ways.alongside(leg, progress.routeIndex, fix);
  }

  private static void takeUp(PlannedLeg leg, int index, float offsetM, Track track) {
    track.progress.routeIndex = index;
    track.progress.routeOffsetM = offsetM;
    track.routeEdge = leg.onNetwork() ? leg.edges[index] : Track.NO_EDGE;
  }

  private static void backOnRoute(Track track) {
    track.offRouteFixes = 0;
    track.offRouteM = 0;
  }

  @Override
  public void processElement2(
      Inbound<Shipment> input, Context context, Collector<VehicleUpdate> out) throws Exception {
    Shipment record = input.value();
    String id = record.getShipmentId();
    long eventTimeMs = record.getEventTime().toEpochMilli();
    Track track = seen(eventTimeMs, context);
    VehiclePlan before = planState.value();
    before = before == null ? new VehiclePlan() : rematch(before, track);

    Long closedMs = closedState.get(id);
    Stops.Outcome outcome =
        closedMs != null && eventTimeMs <= closedMs
            ? new Stops.Outcome(before.stops, Stops.Change.OUTDATED)
            : Stops.after(before.stops, record, ways);
    switch (outcome.change()) {
      case OUTDATED -> fates.count(Topics.SHIPMENTS.name(), Fate.DUPLICATE);
      case FULL -> {
        fates.count(Topics.SHIPMENTS.name(), Fate.DEAD_LETTER);
        context.output(DeadLetters.TAG, deadLetters.of(input, full(record)));
      }
      case NOTHING, FORESEEN, ANOTHER_TASK -> {
        fates.count(Topics.SHIPMENTS.name(), Fate.APPLIED);
        if (Stops.closes(record)) {
          remember(id, eventTimeMs, track, context);
        } else if (closedMs != null) {
          closedState.remove(id);
          track.closedShipments--;
        }
        if (outcome.change() != Stops.Change.NOTHING) {
          Cause cause =
              outcome.change() == Stops.Change.FORESEEN
                  ? null
                  : new Cause(
                      TriggerKind.SHIPMENT_CHANGED, id, eventTimeMs, input.origin().appendTimeMs());
          begin(track);
          track.changedMs = Math.max(track.changedMs, eventTimeMs);
          reportLeg(before, record, track, context);
          setOut(outcome.stops(), eventTimeMs, track);
          planAgain(
              changed(before, outcome.stops(), delivered(before, record)),
              cause,
              track,
              context,
              out);
        }
      }
    }
    trackState.update(track);
  }

  private static void reportLeg(VehiclePlan plan, Shipment record, Track track, Context context) {
    boolean reached =
        record.getStatus() == ShipmentStatus.ARRIVED
            || record.getStatus() == ShipmentStatus.DELIVERED;
    if (!reached
        || track.setOut == null
        || !track.setOut.leadsTo(record.getShipmentId(), record.getLatDeg(), record.getLonDeg())
        || plan.legs.isEmpty()
        || plan.legs.get(0).onNetwork()) {
      return;
    }
    EdgeObservation leg = track.setOut.observed(record.getEventTime().toEpochMilli());
    if (leg != null) {
      context.output(LEGS, leg);
    }
  }

  private static void setOut(List<PlanStop> stops, long momentMs, Track track) {
    PlanStop next = stops.isEmpty() ? null : stops.get(0);
    if (next == null || next.arrivedAtMs != PlanStop.NEVER || track.progress == null) {
      track.setOut = null;
    } else if (track.setOut == null
        || !track.setOut.leadsTo(next.shipmentId, next.latDeg, next.lonDeg)) {
      track.setOut = SetOut.of(next, track.progress.fix, momentMs);
    }
  }

  private static VehiclePlan changed(VehiclePlan before, List<PlanStop> stops, PlanStop delivered) {
    VehiclePlan plan = new VehiclePlan();
    plan.version = before.version + 1;
    plan.networkId = before.networkId;
    plan.stops = stops;
    plan.legs = before.legs;
    plan.delivered = delivered == null ? before.delivered : delivered;
    return plan;
  }

  /** The stop that a record ends; null when it ends none. */
  private static PlanStop delivered(VehiclePlan before, Shipment record) {
    return record.getStatus() != ShipmentStatus.DELIVERED
        ? null
        : before.stops.stream()
            .filter(stop -> stop.shipmentId.equals(record.getShipmentId()))
            .findAny()
            .orElse(null);
  }

  private static Fault full(Shipment record) {
    return new Fault(
        DeadLetterCause.PLAN_FULL,
        "shipment_id "
            + record.getShipmentId()
            + " is one stop more than the "
            + VehiclePlan.MAX_STOPS
            + " that the plan of vehicle_id "
            + record.getVehicleId()
            + " holds, so it is left out; send it again when stops were delivered, or plan it for"
            + " another vehicle.");
  }

  /** The vehicle has a plan from now on: what is known of it counts from here. */
  private void begin(Track track) throws Exception {
    if (track.planned) {
      return;
    }
    track.planned = true;
    FusedFix last = unplannedState.value();
    if (last != null) {
      track.progress = new VehicleProgress();
      track.progress.fix = withoutPayload(last);
      unplannedState.clear();
    }
  }

  private void remember(String shipmentId, long closedMs, Track track, Context context)
      throws Exception {
    if (!closedState.contains(shipmentId)) {
      if (track.closedShipments == MAX_CLOSED) {
        closedState.remove(oldestClosed());
        track.closedShipments--;
      }
      track.closedShipments++;
    }
    closedState.put(shipmentId, closedMs);
    long fromMs = Math.max(closedMs, context.timerService().currentWatermark());
    context.timerService().registerEventTimeTimer(fromMs + settings.closedShipment().toMillis());
  }

  private String oldestClosed() throws Exception {
    Map.Entry<String, Long> oldest = null;
    for (Map.Entry<String, Long> entry : closedState.entries()) {
      if (oldest == null || entry.getValue() < oldest.getValue()) {
        oldest = Map.entry(entry.getKey(), entry.getValue());
      }
    }
    return oldest.getKey();
  }

  /** Plans the route through the plan's stops, lays it on the tiles and sends it. */
  private void planAgain(
      VehiclePlan plan, Cause cause, Track track, Context context, Collector<VehicleUpdate> out)
      throws Exception {
    String vehicleId = context.getCurrentKey();
    VehiclePlan next = new VehiclePlan();
    next.version = plan.version;
    next.networkId = ways.networkId();
    next.stops = plan.stops;
    next.legs = legs(plan, track);
    next.delivered = plan.delivered;
    track.hasStops = !next.stops.isEmpty();
    track.networkHash = networkHash;
    backOnRoute(track);
    planState.update(next);
    layTiles(vehicleId, next, false, track, context);
    out.collect(VehicleUpdate.of(vehicleId, next, track.hasStops ? cause : null, track.progress));
  }

  private List<PlannedLeg> legs(VehiclePlan plan, Track track) {
    List<PlannedLeg> legs = new ArrayList<>(plan.stops.size());
    if (track.progress == null || plan.stops.isEmpty()) {
      track.routeEdge = Track.NO_EDGE;
      return legs;
    }
    legs.add(firstLeg(plan, track));
    for (int k = 1; k < plan.stops.size(); k++) {
      legs.add(ways.between(plan.stops.get(k - 1), plan.stops.get(k)));
    }
    return legs;
  }

  /** The way to the next stop: one that the vehicle is already on, or a new one. */
  private PlannedLeg firstLeg(VehiclePlan plan, Track track) {
    VehicleProgress progress = track.progress;
    FusedFix fix = progress.fix;
    PlanStop next = plan.stops.get(0);
    if (next.arrivedAtMs != PlanStop.NEVER) {
      PlannedLeg leg = ways.none(next);
      progress.routeIndex = 0;
      progress.routeOffsetM = leg.startOffsetM;
      track.routeEdge = Track.AT_STOP;
      return leg;
    }
    for (int k = 0; k < plan.legs.size() && track.offRouteFixes == 0; k++) {
      PlannedLeg leg = plan.legs.get(k);
      int index = leg.indexOf(fix.edge, k == 0 ? progress.routeIndex : 0);
      if (index >= 0 && leadsTo(leg, next)) {
        takeUp(leg, index, fix.offsetM, track);
        return leg;
      }
    }
    boolean leavesStop = track.routeEdge == Track.AT_STOP && plan.legs.size() > 1;
    if (leavesStop && plan.legs.get(1).onNetwork() && leadsTo(plan.legs.get(1), next)) {
      // Which of two directions a standing vehicle was matched to says nothing.
      takeUp(plan.legs.get(1), 0, plan.legs.get(1).startOffsetM, track);
      return plan.legs.get(1);
    }
    PlannedLeg leg = ways.from(fix, next);
    takeUp(leg, 0, leg.startOffsetM, track);
    return leg;
  }

  private boolean leadsTo(PlannedLeg leg, PlanStop stop) {
    int last = leg.edges[leg.edges.length - 1];
    return last == stop.edge
        ? leg.endOffsetM == stop.offsetM
        : last == ways.network().reverseEdge(stop.edge)
            && leg.endOffsetM == ways.mirrored(last, stop.offsetM);
  }

  /** The plan with its stops on today's road network, if it was made on another one. */
  private VehiclePlan rematch(VehiclePlan plan, Track track) {
    if (plan.networkId.equals(ways.networkId())) {
      return plan;
    }
    LOG.info("A plan was made on road network '{}' and is matched again.", plan.networkId);
    rematched.inc();
    plan.stops.forEach(ways::reach);
    plan.legs = new ArrayList<>();
    plan.networkId = ways.networkId();
    track.routeEdge = Track.NO_EDGE;
    if (track.progress != null) {
      track.progress.fix.edge = -1;
      track.progress.fix.offsetM = 0;
    }
    return plan;
  }

  private void layTilesIfInAnother(Track track, FusedFix fix, VehiclePlan plan, Context context)
      throws Exception {
    if (tileOf(track) != track.tile) {
      layTiles(fix.vehicleId, plan == null ? planState.value() : plan, true, track, context);
    }
  }

  private int tileOf(Track track) {
    FusedFix fix = track.progress.fix;
    return track.routeEdge >= 0 ? ways.tileOf(track.routeEdge) : MapTile.of(fix.latDeg, fix.lonDeg);
  }

  /**
   * Sends the differences between the tiles that the route meets and those that it met.
   *
   * @param driven whether the route is the same and only shorter: then a tile need not be told of
   *     edges that have been driven
   */
  private void layTiles(
      String vehicleId, VehiclePlan plan, boolean driven, Track track, Context context)
      throws Exception {
    if (track.progress == null) {
      return;
    }
    track.tile = tileOf(track);
    Map<Integer, RouteTile> now = RouteTiles.of(vehicleId, plan, track.progress, ways);
    List<RouteTile> gone = new ArrayList<>();
    for (RouteTile held : tileState.values()) {
      RouteTile tile = now.get(held.tile);
      if (tile == null) {
        gone.add(held);
      } else if (held.covers(tile) && (driven || tile.covers(held))) {
        now.remove(held.tile);
      }
    }
    for (RouteTile tile : gone) {
      tileState.remove(tile.tile);
      context.output(TILES, tile.left());
    }
    for (RouteTile tile : now.values()) {
      tileState.put(tile.tile, tile);
      context.output(TILES, tile);
    }
  }

  private Track seen(long eventTimeMs, Context context) throws Exception {
    Track track = trackState.value();
    if (track == null) {
      track = new Track();
      track.firstSeenMs = Math.max(eventTimeMs, context.timerService().currentWatermark());
      track.seenMs = track.firstSeenMs;
      schedule(track, track.firstSeenMs, settings.noPlan(), context);
    }
    track.seenMs = Math.max(track.seenMs, eventTimeMs);
    return track;
  }

  private static void schedule(Track track, long fromMs, Duration after, Context context) {
    track.timerMs = fromMs + after.toMillis();
    context.timerService().registerEventTimeTimer(track.timerMs);
  }

  @Override
  public void onTimer(long timestampMs, OnTimerContext context, Collector<VehicleUpdate> out)
      throws Exception {
    Track track = trackState.value();
    if (track == null) {
      return;
    }
    forgetClosed(timestampMs, track);
    if (timestampMs != track.timerMs) {
      trackState.update(track);
      return;
    }
    FusedFix unplanned = unplannedState.value();
    if (unplanned != null) {
      fates.move(Topics.TELEMETRY.name(), Fate.FUSED, Fate.DEAD_LETTER);
      context.output(DeadLetters.TAG, noPlan(unplanned));
      forget(context, out);
    } else if (track.seenMs + settings.vehicleIdle().toMillis() <= timestampMs) {
      forget(context, out);
    } else {
      schedule(track, track.seenMs, settings.vehicleIdle(), context);
      trackState.update(track);
    }
  }

  private void forgetClosed(long nowMs, Track track) throws Exception {
    List<String> over = new ArrayList<>();
    for (Map.Entry<String, Long> entry : closedState.entries()) {
      if (entry.getValue() + settings.closedShipment().toMillis() <= nowMs) {
        over.add(entry.getKey());
      }
    }
    for (String shipmentId : over) {
      closedState.remove(shipmentId);
    }
    track.closedShipments -= over.size();
  }

  private DeadLetter noPlan(FusedFix fix) {
    return deadLetters.of(
        new Origin(Topics.TELEMETRY.name(), fix.partition, fix.offset, fix.appendTimeMs),
        fix.vehicleId.getBytes(StandardCharsets.UTF_8),
        fix.payload == null ? new byte[0] : fix.payload,
        new Fault(
            DeadLetterCause.NO_PLAN,
            "vehicle_id "
                + fix.vehicleId
                + " sent telemetry for "
                + settings.noPlan()
                + " and has no plan, so nothing can be decided for it; send its shipments, or stop"
                + " its telemetry."));
  }

  private void forget(OnTimerContext context, Collector<VehicleUpdate> out) throws Exception {
    for (RouteTile tile : tileState.values()) {
      context.output(TILES, tile.left());
    }
    if (planState.value() != null) {
      out.collect(VehicleUpdate.of(context.getCurrentKey(), new VehiclePlan(), null, null));
    }
    tileState.clear();
    planState.clear();
    unplannedState.clear();
    closedState.clear();
    trackState.clear();
  }

  private static FusedFix withoutPayload(FusedFix fix) {
    FusedFix copy = new FusedFix();
    copy.vehicleId = fix.vehicleId;
    copy.eventTimeMs = fix.eventTimeMs;
    copy.appendTimeMs = fix.appendTimeMs;
    copy.latDeg = fix.latDeg;
    copy.lonDeg = fix.lonDeg;
    copy.speedMps = fix.speedMps;
    copy.headingDeg = fix.headingDeg;
    copy.edge = fix.edge;
    copy.offsetM = fix.offsetM;
    copy.movedM = fix.movedM;
    copy.elapsedS = fix.elapsedS;
    copy.partition = fix.partition;
    copy.offset = fix.offset;
    return copy;
  }

  Fates fates() {
    return fates;
  }
}
