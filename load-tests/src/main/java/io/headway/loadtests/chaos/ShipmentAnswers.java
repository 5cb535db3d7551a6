// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import io.headway.schemas.Decision;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import io.headway.schemas.Trigger;
import io.headway.schemas.TriggerKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Whether every shipment that was planned was decided on, as far as a person can tell from the
 * topics alone: a decision names it, or a change of the same vehicle soon after it, for the job
 * answers changes in quick succession once, and those from before a vehicle's position was known
 * with its first decision. Holds for a feed without a dispatcher, who also plans anew what nothing
 * has to be decided about. Not thread-safe.
 */
final class ShipmentAnswers {
  private final long togetherMs;
  private final Map<String, List<Planned>> planned = new HashMap<>();
  private final Map<String, TreeSet<Long>> answeredMs = new HashMap<>();

  /**
   * @param together changes further apart in event time are not answered together
   */
  ShipmentAnswers(Duration together) {
    togetherMs = together.toMillis();
  }

  private record Planned(String shipmentId, long eventMs, long appendMs) {}

  /** Takes a record of the topic of shipments. */
  void add(Shipment shipment, long appendMs) {
    if (shipment.getStatus() == ShipmentStatus.PLANNED) {
      planned
          .computeIfAbsent(shipment.getVehicleId(), vehicle -> new ArrayList<>())
          .add(
              new Planned(
                  shipment.getShipmentId(), shipment.getEventTime().toEpochMilli(), appendMs));
    }
  }

  /** Takes a record of the topic of decisions. */
  void add(Decision decision) {
    Trigger trigger = decision.getTrigger();
    if (trigger.getKind() == TriggerKind.SHIPMENT_CHANGED) {
      answeredMs
          .computeIfAbsent(decision.getVehicleId(), vehicle -> new TreeSet<>())
          .add(trigger.getEventTime().toEpochMilli());
    }
  }

  /** How many shipments were planned. */
  long count() {
    return planned.values().stream().mapToLong(List::size).sum();
  }

  /**
   * Shipments that were planned by a record appended before a moment and never decided on, with
   * what is known of them.
   */
  List<String> unanswered(long beforeMs) {
    List<String> unanswered = new ArrayList<>();
    planned.forEach(
        (vehicle, shipments) -> {
          TreeSet<Long> answers = answeredMs.getOrDefault(vehicle, new TreeSet<>());
          for (Planned shipment : shipments) {
            Long answer = answers.ceiling(shipment.eventMs);
            boolean answered =
                answer != null
                    && (answer - shipment.eventMs <= togetherMs || answer.equals(answers.first()));
            if (shipment.appendMs < beforeMs && !answered) {
              unanswered.add(
                  "%s %s of %s, appended %s; changes of the vehicle decided on: %s"
                      .formatted(
                          vehicle,
                          shipment.shipmentId,
                          Instant.ofEpochMilli(shipment.eventMs),
                          Instant.ofEpochMilli(shipment.appendMs),
                          answers.stream().map(Instant::ofEpochMilli).toList()));
            }
          }
        });
    return unanswered;
  }
}
