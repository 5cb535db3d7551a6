// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headway.loadtests.cluster.JobStats;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.TriggerKind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static final Map<String, Long> RECORDS = Map.of("telemetry", 100L, "shipments", 10L);

  @Test
  void holdsWhenEveryRecordHasOneFateAndThereWereDecisions() {
    Summary summary = summary(100, 10, 1);

    assertThat(summary.unexplained()).isZero();
    assertThat(summary.holds()).isTrue();
    assertThat(summary(100, 10, 0).holds()).isFalse();
  }

  @Test
  void recordsMissingInOneTopicAreNotMadeUpForByAnother() {
    Summary summary = summary(98, 12, 1);

    assertThat(summary.unexplainedByTopic()).isEqualTo(Map.of("telemetry", 2L, "shipments", -2L));
    assertThat(summary.unexplained()).isEqualTo(4);
    assertThat(summary.holds()).isFalse();
  }

  @Test
  void writesTheFieldsOfTheResult() {
    ObjectNode json = summary(100, 10, 2).json();

    assertThat(json.at("/records_in/telemetry").asLong()).isEqualTo(100);
    assertThat(json.at("/accounted/fused").asLong()).isEqualTo(95);
    assertThat(json.at("/accounted/duplicate").asLong()).isEqualTo(5);
    assertThat(json.at("/accounted/late").isMissingNode()).isFalse();
    assertThat(json.at("/accounted_by_topic/shipments/applied").asLong()).isEqualTo(10);
    assertThat(json.at("/accounted_by_topic/telemetry/late").isMissingNode()).isTrue();
    assertThat(json.at("/unexplained").asLong()).isZero();
    assertThat(json.at("/decisions_by_kind/KEEP").asLong()).isEqualTo(2);
    assertThat(json.at("/decisions_by_source/BASELINE").asLong()).isEqualTo(2);
    assertThat(json.at("/latency_ms/p50").asLong()).isEqualTo(40);
    assertThat(json.at("/latency_ms/max").asLong()).isEqualTo(40);
    assertThat(json.at("/restarts").asLong()).isEqualTo(3);
  }

  @Test
  void whatWasNotMeasuredIsNull() {
    ObjectNode json = summary(100, 10, 0).json();

    for (String name : List.of("p50", "p95", "p99", "max")) {
      assertThat(json.at("/latency_ms/" + name).isNull()).isTrue();
    }
  }

  @Test
  void tellsAPersonTheSame() {
    assertThat(String.join("\n", summary(98, 10, 2).lines()))
        .contains("fused 93 · duplicate 5")
        .containsPattern("unexplained +2")
        .containsPattern("decisions +2 +KEEP 2")
        .contains("p50 40 ms");
  }

  private static Summary summary(long telemetry, long shipments, int decisions) {
    DecisionTally tally = new DecisionTally(() -> 0);
    for (int i = 0; i < decisions; i++) {
      tally.add(Decisions.of(i, DecisionKind.KEEP, TriggerKind.ROAD_EVENT, 1_000L), 1_040);
    }
    JobStats job =
        new JobStats(
            "RUNNING",
            1,
            1,
            Map.of(
                "telemetry", Map.of("fused", telemetry - 5, "duplicate", 5L, "late", 0L),
                "shipments", Map.of("applied", shipments)),
            Map.of(),
            0,
            0.1,
            4,
            0,
            120,
            1_000,
            3,
            null);
    return new Summary(RECORDS, job, tally.counts(), 5_000, 0, List.of());
  }
}
