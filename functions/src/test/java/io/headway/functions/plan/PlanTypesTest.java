// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlanTypesTest {

  @ParameterizedTest
  @ValueSource(
      classes = {
        Cause.class,
        LocatedEvent.class,
        Latest.class,
        PlanStop.class,
        PlannedLeg.class,
        RouteTile.class,
        SetOut.class,
        TileEvent.class,
        Touch.class,
        Track.class,
        VehiclePlan.class,
        VehicleProgress.class,
        VehicleUpdate.class,
        Watch.class
      })
  void whatIsExchangedAndStoredIsSerialisedWithoutKryo(Class<?> type) {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(type);
  }
}
