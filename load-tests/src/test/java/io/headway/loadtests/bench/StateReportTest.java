// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.headway.loadtests.results.Figure;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StateReportTest {

  @Test
  void whatBelongsToTheCityCountsForNoVehicle() {
    StateReport report = new StateReport(10, 30);
    report.add(
        Map.of("PlanRoute", 1_000L, "WeightEpoch", 5_000L),
        Map.of("PlanRoute", 3_000L, "WeightEpoch", 5_000L, "FuseVehicle", 400L));
    report.add(
        Map.of("PlanRoute", 1_000L, "WeightEpoch", 7_000L),
        Map.of("PlanRoute", 3_400L, "WeightEpoch", 7_000L, "FuseVehicle", 400L));

    assertThat(report.figures())
        .extracting(Figure::name, Figure::value)
        .containsExactly(
            tuple("bytes_per_vehicle", 130.0),
            tuple("fuse_vehicle_bytes_per_vehicle", 20.0),
            tuple("plan_route_bytes_per_vehicle", 110.0),
            tuple("weight_epoch_bytes_per_vehicle", 0.0),
            tuple("bytes_with_30_vehicles", 9_600.0));
  }
}
