// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

class PlanSettingsTest {

  @Test
  void whatIsOutOfRangeIsRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PlanSettings.builder().vehicleIdle(Duration.ZERO).build())
        .withMessageContaining("vehicleIdle")
        .withMessageContaining("PT0S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PlanSettings.builder().offNetworkDetourFactor(0.9).build())
        .withMessageContaining("offNetworkDetourFactor");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PlanSettings.builder().riskSlack(Duration.ofSeconds(-1)).build())
        .withMessageContaining("riskSlack");
  }

  @Test
  void settingsTravelWithTheOperators() throws Exception {
    PlanSettings settings = PlanSettings.builder().offRoute(4, 300).build();

    assertThat(InstantiationUtil.clone(settings)).isEqualTo(settings);
  }
}
