// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.TriggerKind;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DecisionTallyTest {
  private final DecisionTally tally = new DecisionTally(() -> 0);

  @Test
  void ofEqualIdsTheLastOneCounts() {
    Decision first = Decisions.of(1, DecisionKind.REROUTE, TriggerKind.PERIODIC, null);
    Decision second = Decisions.of(1, DecisionKind.KEEP, TriggerKind.PERIODIC, null);

    assertThat(tally.add(first, 0)).isTrue();
    assertThat(tally.add(first, 0)).isFalse();
    assertThat(tally.add(second, 0)).isTrue();

    DecisionTally.Counts counts = tally.counts();
    assertThat(counts.decisions()).isEqualTo(1);
    assertThat(counts.byKind().get(DecisionKind.KEEP)).isEqualTo(1);
    assertThat(counts.bySource()).isEqualTo(Map.of(DecisionSource.BASELINE, 1L));
    assertThat(counts.repeated()).isEqualTo(2);
  }

  @Test
  void whatAModelLeftToTheBaselineIsCounted() {
    Decision first = Decisions.of(1, DecisionKind.REROUTE, TriggerKind.PERIODIC, null);
    Decision second = Decisions.of(2, DecisionKind.KEEP, TriggerKind.PERIODIC, null);
    second.setModelName("scenario");
    tally.add(first, 0);
    tally.add(second, 0);
    assertThat(tally.counts().abstained()).isEqualTo(1);

    Decision again = Decisions.of(2, DecisionKind.KEEP, TriggerKind.PERIODIC, null);
    tally.add(again, 0);
    assertThat(tally.counts().abstained()).isZero();
  }

  @Test
  void latencyRunsFromAppendToAppendOfDecisionsThatARecordBroughtAbout() {
    for (int i = 1; i <= 100; i++) {
      tally.add(Decisions.of(i, DecisionKind.KEEP, TriggerKind.ROAD_EVENT, 1_000L), 1_000 + i);
    }
    tally.add(Decisions.of(101, DecisionKind.KEEP, TriggerKind.PERIODIC, null), 99_000);

    DecisionTally.Latency latency = tally.counts().latency();
    assertThat(latency).isEqualTo(new DecisionTally.Latency(100, 50, 95, 99, 100));
    assertThat(tally.counts().latencyByTrigger())
        .isEqualTo(Map.of(TriggerKind.ROAD_EVENT, latency));
  }

  @Test
  void latencyIsNotMeasuredDuringWarmUp() {
    DecisionTally measuring = new DecisionTally(() -> 2_000);

    measuring.add(Decisions.of(1, DecisionKind.KEEP, TriggerKind.ROAD_EVENT, 1_999L), 9_000);
    measuring.add(Decisions.of(2, DecisionKind.KEEP, TriggerKind.ROAD_EVENT, 2_000L), 2_030);

    assertThat(measuring.counts().decisions()).isEqualTo(2);
    assertThat(measuring.counts().latency())
        .isEqualTo(new DecisionTally.Latency(1, 30, 30, 30, 30));
  }

  @Test
  void showsActionsNewestFirstAndKeepsOnlyWhereThereIsRoom() {
    for (int i = 0; i < 20; i++) {
      DecisionKind kind = i < 3 ? DecisionKind.WAIT : DecisionKind.KEEP;
      tally.add(Decisions.of(i, kind, TriggerKind.PERIODIC, null), 0);
    }

    assertThat(tally.counts().last())
        .extracting(DecisionTally.Shown::vehicleId)
        .containsExactly("V2", "V1", "V0", "V19", "V18", "V17", "V16", "V15");
  }
}
