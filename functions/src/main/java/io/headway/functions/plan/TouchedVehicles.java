// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Tells vehicles of the road events that their remaining routes meet; keyed by map tile. The first
 * input are the tiles of the routes, the second those of the events; whichever comes first, a
 * vehicle is told once of an event that holds, again when the event changes, and once more when it
 * ends or the route no longer meets it.
 *
 * <p>An event is told from the moment at which it begins to hold. It is forgotten when it ends,
 * which a timer sees to. A tile's state is bounded by the routes that meet it and by {@value
 * #MAX_EVENTS} events; of more the one that ends first is forgotten.
 */
public final class TouchedVehicles
    extends KeyedCoProcessFunction<Integer, RouteTile, TileEvent, VehicleUpdate> {
  private static final long serialVersionUID = 1;

  /** Most events that a tile holds. */
  static final int MAX_EVENTS = 256;

  private transient MapState<String, RouteTile> routeState;
  private transient MapState<String, TileEvent> eventState;

  @Override
  public void open(OpenContext context) {
    routeState =
        getRuntimeContext()
            .getMapState(
                new MapStateDescriptor<>(
                    "routes", Types.STRING, TypeInformation.of(RouteTile.class)));
    eventState =
        getRuntimeContext()
            .getMapState(
                new MapStateDescriptor<>(
                    "events", Types.STRING, TypeInformation.of(TileEvent.class)));
  }

  @Override
  public void processElement1(RouteTile route, Context context, Collector<VehicleUpdate> out)
      throws Exception {
    RouteTile before = routeState.get(route.vehicleId);
    if (route.subscribed) {
      routeState.put(route.vehicleId, route);
    } else {
      routeState.remove(route.vehicleId);
    }
    for (TileEvent event : eventState.values()) {
      if (!holds(event, context)) {
        continue;
      }
      boolean met = before != null && before.meets(event);
      boolean meets = route.subscribed && route.meets(event);
      if (meets && !met) {
        out.collect(VehicleUpdate.of(route.vehicleId, event.on(route)));
      } else if (met && !meets) {
        out.collect(VehicleUpdate.of(route.vehicleId, event.asCleared()));
      }
    }
  }

  @Override
  public void processElement2(TileEvent event, Context context, Collector<VehicleUpdate> out)
      throws Exception {
    TileEvent before = eventState.get(event.eventId);
    if (before != null && before.eventTimeMs > event.eventTimeMs) {
      return;
    }
    boolean ended =
        event.cleared || event.validUntilMs <= context.timerService().currentWatermark();
    if (ended) {
      eventState.remove(event.eventId);
    } else {
      makeRoom(event, context, out);
      eventState.put(event.eventId, event);
    }
    if (before != null) {
      takeBackTimers(before, context);
    }
    if (!ended) {
      context.timerService().registerEventTimeTimer(event.validUntilMs);
    }
    boolean held = before != null && holds(before, context);
    boolean holds = !ended && holds(event, context);
    if (!ended && !holds) {
      context.timerService().registerEventTimeTimer(event.validFromMs);
    }
    for (RouteTile route : routeState.values()) {
      boolean met = held && route.meets(before);
      if (holds && route.meets(event)) {
        boolean changed = met && event.eventTimeMs > before.eventTimeMs;
        out.collect(
            VehicleUpdate.of(route.vehicleId, changed ? event.reported() : event.on(route)));
      } else if (met) {
        out.collect(VehicleUpdate.of(route.vehicleId, before.asCleared()));
      }
    }
  }

  @Override
  public void onTimer(long timestampMs, OnTimerContext context, Collector<VehicleUpdate> out)
      throws Exception {
    List<TileEvent> events = new ArrayList<>();
    eventState.values().forEach(events::add);
    for (TileEvent event : events) {
      if (event.validUntilMs <= timestampMs) {
        eventState.remove(event.eventId);
        tell(event.asCleared(), event, out);
      } else if (event.validFromMs == timestampMs && event.validFromMs > event.eventTimeMs) {
        tell(event, event, out);
      }
    }
  }

  private void makeRoom(TileEvent event, Context context, Collector<VehicleUpdate> out)
      throws Exception {
    if (eventState.contains(event.eventId)) {
      return;
    }
    int count = 0;
    TileEvent first = null;
    for (TileEvent held : eventState.values()) {
      count++;
      if (first == null || held.validUntilMs < first.validUntilMs) {
        first = held;
      }
    }
    if (count >= MAX_EVENTS) {
      eventState.remove(first.eventId);
      takeBackTimers(first, context);
      if (holds(first, context)) {
        tell(first.asCleared(), first, out);
      }
    }
  }

  /** Takes back the timers of a state that is over early, where no event of the tile needs them. */
  private void takeBackTimers(TileEvent over, Context context) throws Exception {
    boolean beginNeeded = false;
    boolean endNeeded = false;
    for (TileEvent event : eventState.values()) {
      beginNeeded |= isMomentOf(event, over.validFromMs);
      endNeeded |= isMomentOf(event, over.validUntilMs);
    }
    if (!beginNeeded) {
      context.timerService().deleteEventTimeTimer(over.validFromMs);
    }
    if (!endNeeded) {
      context.timerService().deleteEventTimeTimer(over.validUntilMs);
    }
  }

  private static boolean isMomentOf(TileEvent event, long ms) {
    return event.validFromMs == ms || event.validUntilMs == ms;
  }

  /** Tells every vehicle whose route meets an event. */
  private void tell(TileEvent what, TileEvent event, Collector<VehicleUpdate> out)
      throws Exception {
    for (RouteTile route : routeState.values()) {
      if (route.meets(event)) {
        out.collect(VehicleUpdate.of(route.vehicleId, what.on(route)));
      }
    }
  }

  /** Whether an event has begun, as far as its timer has not still to say so. */
  private static boolean holds(TileEvent event, Context context) {
    return event.validFromMs
        <= Math.max(event.eventTimeMs, context.timerService().currentWatermark());
  }
}
