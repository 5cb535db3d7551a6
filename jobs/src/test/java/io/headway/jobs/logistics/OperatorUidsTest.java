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
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    LogisticsJob.build(
        env,
        Configuration.fromMap(Map.of(LogisticsOptions.BOOTSTRAP_SERVERS.key(), "localhost:9092", "headway.kafka.properties.default.api.timeout.ms", "100")));

    Set<Transformation<?>> operators = new HashSet<>();
    for (Transformation<?> transformation : env.getTransformations()) {
      operators.addAll(transformation.getTransitivePredecessors());
    }
    operators.removeIf(operator -> !(operator instanceof PhysicalTransformation));

    assertThat(operators)
        .hasSizeGreaterThan(20)
        .allSatisfy(operator -> assertThat(operator.getUid()).isEqualTo(operator.getName()))
        .extracting(Transformation::getUid)
        .doesNotHaveDuplicates();
  }
}
