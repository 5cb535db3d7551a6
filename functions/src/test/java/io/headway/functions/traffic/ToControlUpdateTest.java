// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.ingest.Fate;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.functions.ingest.Inputs;
import io.headway.schemas.Bounds;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.co.CoProcessOperator;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.Test;

class ToControlUpdateTest {
  private static final String TOPIC = "bounds";

  @Test
  void everySetOfBoundsTakesEffectOrIsADuplicateAcrossARestoreToo() throws Exception {
    OperatorSubtaskState state;
    ToControlUpdate function = new ToControlUpdate();
    try (var harness = harness(function)) {
      harness.open();
      harness.processElement1(new WeightDelta(), 0);
      harness.processElement2(bounds(3), 0);
      harness.processElement2(bounds(3), 0);
      harness.processElement2(bounds(2), 0);

      assertThat(harness.extractOutputValues()).hasSize(2);
      assertThat(harness.extractOutputValues().get(0).weights).isNotNull();
      assertThat(harness.extractOutputValues().get(1).bounds.getVersion()).isEqualTo(3);
      assertThat(function.fates().get(TOPIC, Fate.APPLIED)).isEqualTo(1);
      assertThat(function.fates().get(TOPIC, Fate.DUPLICATE)).isEqualTo(2);
      state = harness.snapshot(1, 1);
    }
    ToControlUpdate restored = new ToControlUpdate();
    try (var harness = harness(restored)) {
      harness.initializeState(state);
      harness.open();
      harness.processElement2(bounds(3), 0);
      harness.processElement2(bounds(4), 0);

      assertThat(harness.extractOutputValues()).hasSize(1);
      assertThat(restored.fates().get(TOPIC, Fate.APPLIED)).isEqualTo(2);
      assertThat(restored.fates().get(TOPIC, Fate.DUPLICATE)).isEqualTo(3);
    }
  }

  @Test
  void updatesTravelWithoutKryo() {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(ControlUpdate.class);
  }

  private static Inbound<Bounds> bounds(long version) {
    Bounds bounds = Inputs.bounds();
    bounds.setVersion(version);
    return Inputs.inbound(InputType.BOUNDS, version, bounds);
  }

  private static TwoInputStreamOperatorTestHarness<WeightDelta, Inbound<Bounds>, ControlUpdate>
      harness(ToControlUpdate function) throws Exception {
    var harness =
        new TwoInputStreamOperatorTestHarness<WeightDelta, Inbound<Bounds>, ControlUpdate>(
            new CoProcessOperator<>(function));
    harness.setup(
        Types.POJO(ControlUpdate.class)
            .createSerializer(harness.getExecutionConfig().getSerializerConfig()));
    return harness;
  }
}
