// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.functions.fusion.FusedFix;
import io.headway.functions.memory.NativeMemory;
import io.headway.functions.release.LoadedReleases;
import io.headway.functions.release.ModelUse;
import io.headway.functions.release.Releases;
import io.headway.functions.roads.RoadMap;
import io.headway.functions.roads.RoadNetworks;
import io.headway.functions.traffic.ControlUpdate;
import io.headway.functions.traffic.LiveWeights;
import io.headway.functions.traffic.TripFeatures;
import io.headway.functions.traffic.WeightBlock;
import io.headway.functions.traffic.WeightDelta;
import io.headway.schemas.Bounds;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.TriggerKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReadOnlyBroadcastState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.MathUtils;

/**
 * Notices when a vehicle's context changes and asks for a decision; keyed by vehicle. The one
 * operator that sees control data: what it asks holds everything that the answer depends on.
 *
 * <p><b>Triggers.</b>
 *
 * <ul>
 *   <li>ROAD_EVENT: an event, or a new state of one, meets the remaining route. Its event time is
 *       that of the report, or of the route when that came to meet the event later.
 *   <li>STOP_AT_RISK: the estimated arrival at a stop, at live speeds, is later than the end of its
 *       window less {@link PlanSettings#riskSlack()}, and was not when last looked at; it has to
 *       get better by {@link PlanSettings#riskHysteresis()} before it can be at risk again. Looked
 *       at with a fix, every {@link PlanSettings#riskCheck()}, and at every request. One request
 *       speaks for all stops that are newly at risk; its reference is the first.
 *   <li>SHIPMENT_CHANGED and OFF_ROUTE: as {@link PlanRoute} says.
 *   <li>PERIODIC: every {@link PlanSettings#periodicLook()}, at a moment in it that a stable hash
 *       of the vehicle gives, so that a fleet is not looked at all at once; not while the vehicle
 *       is silent for that long.
 * </ul>
 *
 * <p>A cause (the kind of change and the event or shipment; for SHIPMENT_CHANGED the kind alone)
 * asks at once and then again after {@link PlanSettings#triggerInterval()} at the earliest: what
 * came in between asks once, with the newest change, when the interval is over. While the vehicle's
 * position is not known, causes wait for its first fix.
 *
 * <p><b>Pace</b> is what the live speeds give to the metres driven in a window of {@link
 * TripFeatures}, over the time that the vehicle moved in it; smoothed by halves, within [0.5, 2].
 * Metres off the network do not count: speeds there hold for whole legs, standing included.
 *
 * <p><b>Control data.</b> Of bounds the highest version holds, before any the contract's defaults;
 * of weights the highest epoch; of a version of the model the highest revision. A request is sent
 * to a version once its file is open in this process; what was released before the job started is
 * waited for with the first request. Weights stand in broadcast state as blocks of neighbouring
 * edges.
 *
 * <p><b>Forgetting.</b> {@link PlanRoute} says when a plan is over, by an empty one; without a plan
 * a vehicle that nothing was heard of for {@link PlanSettings#vehicleIdle()} is forgotten. The road
 * events that met its route are taken back by the tiles, which speak for themselves: what they say
 * of the next route may come before the end of this plan.
 */
public final class PlanAndTrigger
    extends KeyedBroadcastProcessFunction<String, VehicleUpdate, ControlUpdate, DecisionRequest> {
  private static final long serialVersionUID = 1;

  /** Broadcast state: the bounds in force, under {@link #BOUNDS_KEY}. */
  public static final MapStateDescriptor<String, Bounds> BOUNDS =
      new MapStateDescriptor<>("bounds", Types.STRING, TypeInformation.of(Bounds.class));

  /** Broadcast state: the live weights, by number of the block. */
  public static final MapStateDescriptor<Integer, WeightBlock> WEIGHTS =
      new MapStateDescriptor<>("weights", Types.INT, TypeInformation.of(WeightBlock.class));

  /** Broadcast state: the last word on every version of a model, by name and version. */
  public static final MapStateDescriptor<String, ModelRelease> RELEASES =
      new MapStateDescriptor<>(
          "model-releases", Types.STRING, TypeInformation.of(ModelRelease.class));

  /** Most road events, counted by tile, that are held for a vehicle. */
  static final int MAX_TOUCHES = 64;

  private static final String BOUNDS_KEY = "bounds";
  private static final double LEAST_PACE_M = 500;
  private static final Bounds DEFAULT_BOUNDS = Bounds.newBuilder().build();

  private final PlanSettings settings;
  private final Duration trafficHalfLife;
  private final String roadsUri;
  private final String roadsId;
  private final ModelUse model;

  private transient ValueState<VehiclePlan> planState;
  private transient ValueState<Latest> latestState;
  private transient ValueState<Watch> watchState;
  private transient MapState<String, Touch> touchState;
  private transient Ways ways;
  private transient LiveWeights weights;
  private transient boolean weightsRestored;

  /** Blocks of another road network that are still to be taken out of broadcast state. */
  private transient Set<Integer> foreignBlocks;

  private transient RequestBuilder requests;
  private transient LoadedReleases releases;
  private transient boolean releasesRestored;
  private transient Counter touchesDropped;

  /**
   * @param trafficHalfLife after which half of an observed speed is forgotten
   * @param roadsUri where the road network is; null without one
   * @param roadsId the identity that it must have; null for any
   * @param model which model requests are sent to, once a version of it is released
   */
  public PlanAndTrigger(
      PlanSettings settings,
      Duration trafficHalfLife,
      String roadsUri,
      String roadsId,
      ModelUse model) {
    this.settings = settings;
    this.trafficHalfLife = trafficHalfLife;
    this.roadsUri = roadsUri;
    this.roadsId = roadsId;
    this.model = model;
  }

  @Override
  public void open(OpenContext context) throws Exception {
    planState = state("plan", VehiclePlan.class);
    latestState = state("latest", Latest.class);
    watchState = state("watch", Watch.class);
    touchState =
        getRuntimeContext()
            .getMapState(
                new MapStateDescriptor<>("touches", Types.STRING, TypeInformation.of(Touch.class)));
    RoadMap roads =
        roadsUri == null ? null : RoadNetworks.acquire(roadsUri, roadsId, getRuntimeContext());
    ways = new Ways(roads, settings);
    foreignBlocks = Set.of();
    weights = new LiveWeights(roads, trafficHalfLife, settings.offNetworkStraightMps());
    requests = new RequestBuilder(ways, weights, settings);
    releases = LoadedReleases.of(model, NativeMemory.taskManager(getRuntimeContext()));
    touchesDropped =
        getRuntimeContext()
            .getMetricGroup()
            .addGroup("headway")
            .addGroup("plan")
            .counter("touches-dropped");
    getRuntimeContext()
        .getMetricGroup()
        .addGroup("headway")
        .addGroup("release")
        .gauge("not-open", (Gauge<Integer>) releases::notOpen);
  }

  private <T> ValueState<T> state(String name, Class<T> type) {
    return getRuntimeContext().getState(new ValueStateDescriptor<>(name, TypeInformation.of(type)));
  }

  @Override
  public void processBroadcastElement(
      ControlUpdate update, Context context, Collector<DecisionRequest> out) throws Exception {
    if (update.bounds != null) {
      BroadcastState<String, Bounds> state = context.getBroadcastState(BOUNDS);
      Bounds held = state.get(BOUNDS_KEY);
      if (held == null || update.bounds.getVersion() > held.getVersion()) {
        state.put(BOUNDS_KEY, update.bounds);
      }
    }
    if (update.release != null) {
      BroadcastState<String, ModelRelease> state = context.getBroadcastState(RELEASES);
      state.put(update.release.getModel(), update.release);
      releases.note(List.of(update.release));
    }
    if (update.weights != null) {
      BroadcastState<Integer, WeightBlock> state = context.getBroadcastState(WEIGHTS);
      restoreWeights(state.entries());
      for (int foreign : foreignBlocks) {
        state.remove(foreign);
      }
      foreignBlocks = Set.of();
      apply(update.weights, state);
    }
  }

  private void apply(WeightDelta delta, BroadcastState<Integer, WeightBlock> state)
      throws Exception {
    if (weights.apply(delta)) {
      for (int block : LiveWeights.blocksOf(delta)) {
        state.put(block, weights.block(block));
      }
    }
  }

  private void restoreWeights(Iterable<Map.Entry<Integer, WeightBlock>> entries) {
    if (!weightsRestored) {
      foreignBlocks = weights.restore(entries);
      weightsRestored = true;
    }
  }

  /**
   * What can answer now. At the start it waits for what is released already: by the state, and by
   * what had been released when the job was submitted; of a version the later word holds.
   */
  private Releases releases(Iterable<Map.Entry<String, ModelRelease>> state) {
    if (!releasesRestored) {
      List<ModelRelease> known = new ArrayList<>(model.released());
      state.forEach(entry -> known.add(entry.getValue()));
      releases.note(known);
      releases.await();
      releasesRestored = true;
    }
    return releases.ready();
  }

  @Override
  public void close() {
    if (releases != null) {
      releases.close();
    }
  }

  @Override
  public void processElement(
      VehicleUpdate update, ReadOnlyContext context, Collector<DecisionRequest> out)
      throws Exception {
    if (update.plan == null && update.progress != null) {
      moved(update.progress, context, out);
    } else if (update.plan != null) {
      planned(update, context, out);
    } else if (update.touch != null) {
      touched(update.touch, context, out);
    } else if (update.features != null) {
      paced(update.features, context);
    }
  }

  private void moved(
      VehicleProgress progress, ReadOnlyContext context, Collector<DecisionRequest> out)
      throws Exception {
    Latest latest = latest();
    advance(latest, progress, context);
    FusedFix fix = progress.fix;
    boolean check = fix.eventTimeMs >= latest.nextCheckMs;
    if (check) {
      latest.nextCheckMs = fix.eventTimeMs + settings.riskCheck().toMillis();
    }
    latestState.update(latest);
    Vehicle vehicle = check ? vehicle(context, out) : null;
    if (vehicle != null && vehicle.isPlanned()) {
      vehicle.armPeriodic(fix.eventTimeMs);
      vehicle.askWaiting(fix.eventTimeMs);
      vehicle.checkRisk();
      watchState.update(vehicle.watch);
    }
  }

  /** Takes a vehicle's progress, and what live speeds give to the way that it made. */
  private void advance(Latest latest, VehicleProgress progress, ReadOnlyContext context)
      throws Exception {
    restoreWeights(context.getBroadcastState(WEIGHTS).immutableEntries());
    FusedFix fix = progress.fix;
    boolean isNew = latest.progress == null || fix.eventTimeMs > latest.progress.fix.eventTimeMs;
    if (isNew && fix.movedM > 0 && fix.edge >= 0 && fix.edge < ways.usualS().length) {
      latest.drivenM += fix.movedM;
      latest.expectedS +=
          fix.movedM / Math.max(LiveWeights.MIN_SPEED_MPS, weights.liveSpeedMps(fix.edge));
    }
    latest.progress = progress;
  }

  private void planned(
      VehicleUpdate update, ReadOnlyContext context, Collector<DecisionRequest> out)
      throws Exception {
    if (update.plan.stops.isEmpty()) {
      ended();
      return;
    }
    Watch watch = watch();
    planState.update(update.plan);
    watch.atRisk.removeIf(
        id -> update.plan.stops.stream().noneMatch(stop -> stop.shipmentId.equals(id)));
    long changedMs = 0;
    for (PlanStop stop : update.plan.stops) {
      changedMs = Math.max(changedMs, stop.eventTimeMs);
    }
    if (update.progress != null) {
      Latest latest = latest();
      advance(latest, update.progress, context);
      latest.nextCheckMs = Long.MIN_VALUE;
      latestState.update(latest);
      changedMs = Math.max(changedMs, update.progress.fix.eventTimeMs);
    }
    seen(watch, changedMs, context);
    Vehicle vehicle = new Vehicle(watch, context, out);
    if (vehicle.isPlanned()) {
      vehicle.armPeriodic(vehicle.latest.progress.fix.eventTimeMs);
    }
    if (update.cause != null) {
      vehicle.ask(update.cause);
    }
    vehicle.askWaiting(changedMs);
    vehicle.askTouches();
    watchState.update(watch);
  }

  /** Without stops nothing is asked. A vehicle that was forgotten before stays so. */
  private void ended() throws Exception {
    planState.clear();
    Watch watch = watchState.value();
    if (watch != null) {
      watch.waiting.clear();
      watch.atRisk.clear();
      watch.periodicMs = 0;
      watchState.update(watch);
    }
  }

  private void touched(TileEvent event, ReadOnlyContext context, Collector<DecisionRequest> out)
      throws Exception {
    String key = Touch.key(event);
    if (event.cleared) {
      touchState.remove(key);
      return;
    }
    Touch before = touchState.get(key);
    if (before == null && touches() >= MAX_TOUCHES) {
      touchesDropped.inc();
      return;
    }
    Touch touch = new Touch(event);
    touch.asked = before != null && before.asked && before.event.eventTimeMs == event.eventTimeMs;
    touchState.put(key, touch);
    Watch watch = watch();
    seen(watch, event.eventTimeMs, context);
    new Vehicle(watch, context, out).askTouches();
    watchState.update(watch);
  }

  private int touches() throws Exception {
    int count = 0;
    for (Iterator<String> keys = touchState.keys().iterator(); keys.hasNext(); keys.next()) {
      count++;
    }
    return count;
  }

  private void paced(TripFeatures features, ReadOnlyContext context) throws Exception {
    Latest latest = latestState.value();
    if (latest == null) {
      return;
    }
    Watch watch = watch();
    seen(watch, features.windowEndMs, context);
    if (features.distanceM >= LEAST_PACE_M
        && latest.drivenM >= LEAST_PACE_M
        && features.movingS > 0) {
      double liveMps = latest.drivenM / latest.expectedS;
      double pace = features.distanceM / features.movingS / liveMps;
      watch.pace = (float) ((watch.pace + Math.max(0.5, Math.min(2, pace))) / 2);
    }
    latest.drivenM = 0;
    latest.expectedS = 0;
    latestState.update(latest);
    watchState.update(watch);
  }

  @Override
  public void onTimer(long timestampMs, OnTimerContext context, Collector<DecisionRequest> out)
      throws Exception {
    Watch watch = watchState.value();
    if (watch == null) {
      return;
    }
    if (timestampMs == watch.idleMs && forgetIfIdle(watch, timestampMs, context)) {
      return;
    }
    Vehicle vehicle = new Vehicle(watch, context, out);
    vehicle.askWaiting(timestampMs);
    if (timestampMs == watch.periodicMs) {
      vehicle.lookPeriodically(timestampMs);
    }
    watchState.update(watch);
  }

  private boolean forgetIfIdle(Watch watch, long nowMs, OnTimerContext context) throws Exception {
    Latest latest = latestState.value();
    long seenMs =
        latest == null ? watch.seenMs : Math.max(watch.seenMs, latest.progress.fix.eventTimeMs);
    boolean planned = planState.value() != null;
    watch.idleMs = (planned ? nowMs : seenMs) + settings.vehicleIdle().toMillis();
    if (watch.idleMs <= nowMs) {
      latestState.clear();
      watchState.clear();
      touchState.clear();
      return true;
    }
    context.timerService().registerEventTimeTimer(watch.idleMs);
    return false;
  }

  private Latest latest() throws Exception {
    Latest latest = latestState.value();
    return latest == null ? new Latest() : latest;
  }

  private Watch watch() throws Exception {
    Watch watch = watchState.value();
    return watch == null ? new Watch() : watch;
  }

  private void seen(Watch watch, long eventTimeMs, ReadOnlyContext context) {
    watch.seenMs =
        Math.max(Math.max(watch.seenMs, eventTimeMs), context.timerService().currentWatermark());
    if (watch.idleMs == 0) {
      watch.idleMs = watch.seenMs + settings.vehicleIdle().toMillis();
      context.timerService().registerEventTimeTimer(watch.idleMs);
    }
  }

  /** The vehicle if it has a watch, which begins with its first plan. */
  private Vehicle vehicle(ReadOnlyContext context, Collector<DecisionRequest> out)
      throws Exception {
    Watch watch = watchState.value();
    return watch == null ? null : new Vehicle(watch, context, out);
  }

  /** One vehicle while one of its updates is handled. Who made it writes its watch to state. */
  private final class Vehicle {
    final Watch watch;
    final Latest latest;

    private final VehiclePlan plan;
    private final ReadOnlyContext context;
    private final Collector<DecisionRequest> out;

    Vehicle(Watch watch, ReadOnlyContext context, Collector<DecisionRequest> out) throws Exception {
      this.watch = watch;
      this.context = context;
      this.out = out;
      plan = planState.value();
      latest = latestState.value();
    }

    /** Whether there is a route to decide on: stops remain, and the position is known. */
    boolean isPlanned() {
      return plan != null
          && latest != null
          && plan.legs.size() == plan.stops.size()
          && plan.networkId.equals(ways.networkId());
    }

    void armPeriodic(long fromMs) {
      if (watch.periodicMs == 0) {
        long everyMs = settings.periodicLook().toMillis();
        long phaseMs = MathUtils.murmurHash(context.getCurrentKey().hashCode()) % everyMs;
        watch.periodicMs = fromMs + everyMs - Math.floorMod(fromMs - phaseMs, everyMs);
        context.timerService().registerEventTimeTimer(watch.periodicMs);
      }
    }

    void lookPeriodically(long nowMs) throws Exception {
      watch.periodicMs = 0;
      if (isPlanned()
          && nowMs - latest.progress.fix.eventTimeMs <= settings.periodicLook().toMillis()) {
        armPeriodic(nowMs);
        request(new Cause(TriggerKind.PERIODIC, "", nowMs, Cause.NO_RECORD));
      }
    }

    /** Asks at once, or when the cause may ask again; of changes with one cause for the latest. */
    void ask(Cause change) throws Exception {
      String key = change.key();
      Cause cause = change;
      for (Cause waiting : watch.waiting) {
        if (waiting.key().equals(key) && waiting.eventTimeMs > cause.eventTimeMs) {
          cause = waiting;
        }
      }
      Long askedMs = watch.askedMs.get(key);
      long nowMs = nowMs(cause);
      long freeMs = askedMs == null ? nowMs : askedMs + settings.triggerInterval().toMillis();
      watch.waiting.removeIf(waiting -> waiting.key().equals(key));
      if (isPlanned() && nowMs >= freeMs) {
        watch.askedMs.values().removeIf(ms -> ms + settings.triggerInterval().toMillis() <= nowMs);
        watch.askedMs.put(key, nowMs);
        request(cause);
      } else {
        watch.waiting.add(cause);
        if (isPlanned()) {
          context.timerService().registerEventTimeTimer(freeMs);
        }
      }
    }

    /** Asks for what waited and may ask now. */
    void askWaiting(long nowMs) throws Exception {
      if (!isPlanned()) {
        return;
      }
      for (Cause cause : List.copyOf(watch.waiting)) {
        Long askedMs = watch.askedMs.get(cause.key());
        if (askedMs == null || askedMs + settings.triggerInterval().toMillis() <= nowMs) {
          watch.askedMs.put(cause.key(), nowMs);
          watch.waiting.remove(cause);
          request(cause);
        }
      }
    }

    /** Asks for each road event that meets the remaining route and has not asked yet. */
    void askTouches() throws Exception {
      if (!isPlanned()) {
        return;
      }
      List<String> unasked = new ArrayList<>();
      for (Touch touch : touchState.values()) {
        if (!touch.asked) {
          unasked.add(touch.event.eventId);
        }
      }
      if (unasked.isEmpty()) {
        return;
      }
      for (RoadEventAhead ahead : requests.eventsAhead(situation(fixMs()))) {
        TileEvent event = ahead.event();
        if (unasked.contains(event.eventId) && !markAsked(event)) {
          ask(new Cause(TriggerKind.ROAD_EVENT, event.eventId, event.sinceMs, event.appendTimeMs));
        }
      }
    }

    /** Marks the event's state as asked for in all tiles; whether one was before. */
    private boolean markAsked(TileEvent event) throws Exception {
      boolean asked = false;
      List<Touch> unasked = new ArrayList<>();
      for (Touch touch : touchState.values()) {
        if (touch.event.eventId.equals(event.eventId)) {
          if (touch.asked) {
            asked |= touch.event.eventTimeMs >= event.eventTimeMs;
          } else {
            unasked.add(touch);
          }
        }
      }
      for (Touch touch : unasked) {
        touch.asked = true;
        touchState.put(Touch.key(touch.event), touch);
      }
      return asked;
    }

    void checkRisk() throws Exception {
      if (!isPlanned()) {
        return;
      }
      Situation situation = situation(fixMs());
      List<String> newly = updateRisk(situation, requests.arrivalsS(situation));
      if (!newly.isEmpty()) {
        FusedFix fix = latest.progress.fix;
        ask(new Cause(TriggerKind.STOP_AT_RISK, newly.get(0), fix.eventTimeMs, fix.appendTimeMs));
      }
    }

    /** The shipments whose stops are at risk now and were not when last looked at. */
    private List<String> updateRisk(Situation situation, double[] arriveS) {
      double slackS = settings.riskSlack().toMillis() / 1e3;
      double hysteresisS = settings.riskHysteresis().toMillis() / 1e3;
      List<String> atRisk = new ArrayList<>();
      List<String> newly = new ArrayList<>();
      for (int i = 0; i < situation.stops(); i++) {
        PlanStop stop = situation.stop(i);
        boolean was = watch.atRisk.contains(stop.shipmentId);
        if (!situation.arrived(i)
            && Arrivals.isLate(
                stop, arriveS[i], situation.nowMs(), was ? slackS + hysteresisS : slackS)) {
          atRisk.add(stop.shipmentId);
          if (!was) {
            newly.add(stop.shipmentId);
          }
        }
      }
      watch.atRisk = atRisk;
      return newly;
    }

    private void request(Cause cause) throws Exception {
      Situation situation = situation(nowMs(cause));
      updateRisk(situation, requests.arrivalsS(situation));
      watch.sequence = watch.sequence == 0 ? situation.nowMs() : watch.sequence + 1;
      DecisionRequest request = requests.build(situation, cause, watch.sequence);
      request.setNextLookS(nextLookS(situation.nowMs()));
      Releases.Route route =
          releases(context.getBroadcastState(RELEASES).immutableEntries())
              .route(request.getVehicleId());
      request.setModel(route.answers().map(Releases::version).orElse(null));
      request.setComparedModel(route.compared().map(Releases::version).orElse(null));
      out.collect(request);
    }

    private float nextLookS(long nowMs) {
      long everyMs = settings.periodicLook().toMillis();
      return (watch.periodicMs > nowMs ? watch.periodicMs - nowMs : everyMs) / 1e3f;
    }

    private Situation situation(long nowMs) throws Exception {
      restoreWeights(context.getBroadcastState(WEIGHTS).immutableEntries());
      ReadOnlyBroadcastState<String, Bounds> bounds = context.getBroadcastState(BOUNDS);
      Bounds held = bounds.get(BOUNDS_KEY);
      return new Situation(
          context.getCurrentKey(),
          plan,
          latest.progress,
          eventsAt(nowMs),
          watch.pace,
          held == null ? DEFAULT_BOUNDS : held,
          nowMs);
    }

    /** The newest state of each event, tile by tile; its edges, which all tiles tell, once. */
    private List<TileEvent> eventsAt(long nowMs) throws Exception {
      List<TileEvent> told = new ArrayList<>();
      touchState.values().forEach(touch -> told.add(touch.event));
      Map<String, TileEvent> newest = new HashMap<>();
      for (TileEvent event : told) {
        newest.merge(event.eventId, event, this::newer);
      }
      List<TileEvent> events = new ArrayList<>();
      for (TileEvent event : told) {
        TileEvent whole = newest.get(event.eventId);
        if (event.eventTimeMs == whole.eventTimeMs && event.validUntilMs > nowMs) {
          events.add(event == whole ? event : event.withoutEdges());
        }
      }
      return events;
    }

    private TileEvent newer(TileEvent a, TileEvent b) {
      boolean oursAtLast =
          a.eventTimeMs == b.eventTimeMs
              && !a.networkId.equals(ways.networkId())
              && b.networkId.equals(ways.networkId());
      return b.eventTimeMs > a.eventTimeMs || oursAtLast ? b : a;
    }

    private long nowMs(Cause cause) {
      return latest == null ? cause.eventTimeMs : Math.max(fixMs(), cause.eventTimeMs);
    }

    private long fixMs() {
      return latest.progress.fix.eventTimeMs;
    }
  }
}
