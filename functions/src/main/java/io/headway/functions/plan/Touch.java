// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

/** A road event that meets a vehicle's route in one tile. A Flink POJO. */
public class Touch {
  /** The event as the tile sees it. */
  public TileEvent event;

  /** Whether it asked for a decision. */
  public boolean asked;

  /** For Flink. */
  public Touch() {}

  Touch(TileEvent event) {
    this.event = event;
  }

  /** By what it is held. */
  static String key(TileEvent event) {
    return event.tile + "|" + event.eventId;
  }
}
