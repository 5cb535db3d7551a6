// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.StageLatency;
import io.headway.schemas.Trigger;
import io.headway.schemas.TriggerKind;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Decisions for tests. */
public final class Decisions {
  private Decisions() {}

  /**
   * A decision.
   *
   * @param appendTimeMs append time of the record that brought it about; null for none
   */
  public static Decision of(int number, DecisionKind kind, TriggerKind trigger, Long appendTimeMs) {
    return Decision.newBuilder()
        .setDecisionId(
            UUID.nameUUIDFromBytes(Integer.toString(number).getBytes(StandardCharsets.UTF_8))
                .toString())
        .setVehicleId("V" + number)
        .setSequence(1)
        .setTrigger(
            new Trigger(
                trigger,
                "",
                Instant.ofEpochMilli(number),
                appendTimeMs == null ? null : Instant.ofEpochMilli(appendTimeMs)))
        .setDecidedAt(Instant.ofEpochMilli(1000L * number))
        .setKind(kind)
        .setShipmentIds(List.of())
        .setRoute(List.of())
        .setReason("Reason " + number + ".")
        .setCostEur(1)
        .setKeepCostEur(3)
        .setGainEur(2)
        .setLateProbabilityBefore(1)
        .setLateProbabilityAfter(0)
        .setAlternatives(List.of())
        .setFactors(List.of())
        .setBoundsVersion(0)
        .setBoundsApplied(List.of())
        .setSource(DecisionSource.BASELINE)
        .setPlanVersion(1)
        .setWeightsEpoch(1)
        .setOffNetwork(false)
        .setLatency(new StageLatency(1f, 1f, 1f))
        .build();
  }
}
