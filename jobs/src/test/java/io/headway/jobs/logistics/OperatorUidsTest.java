// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.PhysicalTransformation;
import org.junit.jupiter.api.Test;

class OperatorUidsTest {
  @Test
  void everyOperatorHasItsNameForUid() {
    Set<Transformation<?>> operators =
        operators(Map.of(LogisticsOptions.DECISION_REQUESTS.key(), "true"));

    assertThat(operators)
        .hasSizeGreaterThan(20)
        .allSatisfy(operator -> assertThat(operator.getUid()).isEqualTo(operator.getName()))
        .extracting(Transformation::getUid)
        .doesNotHaveDuplicates()
        .contains("decisions", "dead-letters", "decision-requests");
  }

  @Test
  void requestsAreRecordedOnlyWhenAskedFor() {
    assertThat(operators(Map.of()))
        .extracting(Transformation::getUid)
        .contains("decisions", "dead-letters")
        .doesNotContain("decision-requests");
  }

  private static Set<Transformation<?>> operators(Map<String, String> options) {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    Configuration config = Configuration.fromMap(options);
    config.set(LogisticsOptions.BOOTSTRAP_SERVERS, "localhost:9092");
    config.setString("headway.kafka.properties.default.api.timeout.ms", "100");
    LogisticsJob.build(env, config);
    Set<Transformation<?>> operators = new HashSet<>();
    for (Transformation<?> transformation : env.getTransformations()) {
      operators.addAll(transformation.getTransitivePredecessors());
    }
    operators.removeIf(operator -> !(operator instanceof PhysicalTransformation));
    return operators;
  }
}
