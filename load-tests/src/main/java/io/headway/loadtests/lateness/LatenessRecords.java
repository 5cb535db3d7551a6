// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.loadtests.kafka.TopicReader;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Shipment;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Gathers, by vehicle, what a city's topics say. One thread reads, then one asks. */
final class LatenessRecords implements TopicReader.Handler {
  static final List<String> TOPICS =
      List.of(Topics.DECISION_REQUESTS.name(), Topics.SHIPMENTS.name(), Topics.DECISIONS.name());

  private final Map<String, PlanHistory> vehicles = new HashMap<>();

  @Override
  public void read(ConsumerRecord<byte[], byte[]> message) {
    try {
      if (message.topic().equals(Topics.SHIPMENTS.name())) {
        Shipment shipment = Shipment.getDecoder().decode(message.value());
        of(shipment.getVehicleId()).add(PlanChange.of(shipment));
      } else if (message.topic().equals(Topics.DECISIONS.name())) {
        Decision decision = Decision.getDecoder().decode(message.value());
        if (decision.getKind() == DecisionKind.REROUTE) {
          of(decision.getVehicleId()).rerouted(decision.getDecidedAt().toEpochMilli());
        }
      } else {
        DecisionRequest request = DecisionRequest.getDecoder().decode(message.value());
        of(request.getVehicleId()).add(KeptPlan.of(request));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          message.topic() + " offset " + message.offset() + " cannot be decoded.", e);
    }
  }

  /** Tells what became of every request, vehicle by vehicle. */
  void realise(Consumer<RealisedPlan> into) {
    vehicles.values().forEach(history -> history.realise(into));
  }

  private PlanHistory of(String vehicle) {
    return vehicles.computeIfAbsent(vehicle, id -> new PlanHistory());
  }
}
