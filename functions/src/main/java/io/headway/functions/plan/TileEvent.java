// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import io.headway.schemas.RoadEventKind;

/**
 * A road event as one map tile sees it. LocateEvent sends it to the tile, {@link TouchedVehicles}
 * on to the vehicles whose routes it meets there. A Flink POJO.
 */
public class TileEvent {
  /** The tile, see {@link MapTile}. */
  public int tile;

  /** The event. */
  public String eventId;

  /** When this state of the event was reported, milliseconds since the epoch. */
  public long eventTimeMs;

  /**
   * Append time of the record that reported it, milliseconds since the epoch; {@link
   * Cause#NO_RECORD} where no record brought it to a route.
   */
  public long appendTimeMs;

  /** What disturbs the road. */
  public RoadEventKind kind;

  /** From when it holds, milliseconds since the epoch. */
  public long validFromMs;

  /** Until when it holds (exclusive), milliseconds since the epoch. */
  public long validUntilMs;

  /** Share of the usual speed that remains, 0 (closed) to 1. */
  public float speedFactor;

  /**
   * For a vehicle: since when its route meets the event, milliseconds since the epoch. The latest
   * of the report, the beginning and the route, whichever of them was heard of last; the report's
   * for a new state of an event that the route met before.
   */
  public long sinceMs;

  /** Identity of the road network that the edges belong to; empty without one. */
  public String networkId = "";

  /**
   * All directed edges of the event, in whichever tile they are at home, ascending: a vehicle that
   * is told by its first tile knows all that is closed. At most {@link LocateEvent#MAX_EDGES}.
   */
  public int[] edges = {};

  /** True when the event no longer holds in this tile. */
  public boolean cleared;

  /** The same event in a tile. */
  TileEvent at(int otherTile) {
    TileEvent copy = copy();
    copy.tile = otherTile;
    return copy;
  }

  /** The same event, with nothing but its tile to say. */
  TileEvent withoutEdges() {
    TileEvent copy = copy();
    copy.edges = new int[0];
    return copy;
  }

  /** The same event, no longer holding in this tile. */
  TileEvent asCleared() {
    TileEvent copy = withoutEdges();
    copy.cleared = true;
    return copy;
  }

  /**
   * The same event, as it concerns a route. When the route came to meet it later than it was
   * reported, the vehicle's way brought the change and no record did.
   */
  TileEvent on(RouteTile route) {
    TileEvent copy = copy();
    copy.sinceMs = Math.max(Math.max(eventTimeMs, validFromMs), route.sinceMs);
    if (copy.sinceMs > eventTimeMs) {
      copy.appendTimeMs = Cause.NO_RECORD;
    }
    return copy;
  }

  /**
   * The same event, as it concerns a route that met an older state of it. Its record brought the
   * change, so the moment is the report's even where the route is younger: each state has its own.
   */
  TileEvent reported() {
    TileEvent copy = copy();
    copy.sinceMs = eventTimeMs;
    return copy;
  }

  private TileEvent copy() {
    TileEvent copy = new TileEvent();
    copy.tile = tile;
    copy.eventId = eventId;
    copy.eventTimeMs = eventTimeMs;
    copy.appendTimeMs = appendTimeMs;
    copy.kind = kind;
    copy.validFromMs = validFromMs;
    copy.validUntilMs = validUntilMs;
    copy.speedFactor = speedFactor;
    copy.sinceMs = sinceMs;
    copy.networkId = networkId;
    copy.edges = edges;
    copy.cleared = cleared;
    return copy;
  }
}
