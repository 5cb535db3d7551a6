// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.headway.schemas.CostWeights;
import io.headway.schemas.DecisionKind;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CostModelTest {
  private final CostModel model = new CostModel(CostWeights.newBuilder().build());

  @Property(tries = 1000, seed = "1")
  void cvarIsTheMeanOfTheWorstShare(
      @ForAll @Size(min = 1, max = 64) List<@DoubleRange(min = -1000, max = 1000) Double> costs,
      @ForAll @IntRange(max = 99) int percent) {
    double level = percent / 100.0;
    CostWeights weights = CostWeights.newBuilder().setRiskLevel(level).build();
    double[] values = new double[costs.size() + 3];
    Arrays.fill(values, 1e9);
    for (int i = 0; i < costs.size(); i++) {
      values[3 + i] = costs.get(i);
    }
    double cvar = new CostModel(weights).cvarEur(values, 3, costs.size(), new double[costs.size()]);
    assertThat(cvar).isCloseTo(PlainCosts.cvar(costs, level), within(1e-9));
  }

  @Test
  void theEdgeOfTheTailCountsWithItsFraction() {
    double[] costs = new double[15];
    Arrays.setAll(costs, i -> i);
    // The worst tenth of 15 is one and a half: 14 whole, 13 half.
    assertThat(model.cvarEur(costs, 0, 15, new double[15]))
        .isCloseTo((14 + 0.5 * 13) / 1.5, within(1e-9));
  }

  @Test
  void latenessIsCappedAndAMissedWindowChargedOnce() {
    assertThat(model.latenessEur(0, false)).isZero();
    assertThat(model.latenessEur(5, false)).isEqualTo(2.5);
    assertThat(model.latenessEur(5.1, false)).isEqualTo(2.55 + 8);
    assertThat(model.latenessEur(600, false)).isEqualTo(30 + 8);
    assertThat(model.latenessEur(600, true)).isEqualTo(19);
  }

  @Test
  void aReceiverIsToldInTimeAQuarterOfAnHourAhead() {
    assertThat(model.toldInTime(0, 900)).isTrue();
    assertThat(model.toldInTime(0, 899)).isFalse();
    assertThat(model.toldInTime(Double.POSITIVE_INFINITY, 1e9)).isFalse();
  }

  @Test
  void actionsCostTheirPriceAndMovedStops() {
    assertThat(model.actionEur(DecisionKind.KEEP, 0)).isZero();
    assertThat(model.actionEur(DecisionKind.WAIT, 0)).isZero();
    assertThat(model.actionEur(DecisionKind.RESEQUENCE, 3)).isEqualTo(1.5);
    assertThat(model.actionEur(DecisionKind.REROUTE, 0)).isEqualTo(0.3);
    assertThat(model.actionEur(DecisionKind.NOTIFY_LATE, 0)).isEqualTo(0.5);
    assertThat(model.actionEur(DecisionKind.DISPATCH_BACKUP, 0)).isEqualTo(25);
    assertThatThrownBy(() -> model.actionEur(DecisionKind.UNKNOWN, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void weightsThatGiveNoObjectiveAreRefusedByName() {
    assertThatThrownBy(() -> new CostModel(CostWeights.newBuilder().setRiskLevel(1).build()))
        .hasMessageContaining("weights.risk_level is 1.0");
    assertThatThrownBy(() -> new CostModel(CostWeights.newBuilder().setRiskWeight(1.5).build()))
        .hasMessageContaining("weights.risk_weight is 1.5");
  }
}
