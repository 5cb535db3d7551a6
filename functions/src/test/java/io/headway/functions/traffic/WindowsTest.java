// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.fusion.FusedFix;
import io.headway.functions.ingest.Inputs;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.OneInputTransformation;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class WindowsTest {
  private static final long T0 = Inputs.T0;

  @Test
  void anEdgesSpeedIsAllMetresOverAllSeconds() throws Exception {
    try (var harness = edgeSpeed()) {
      harness.open();
      harness.processElement(observation(7, 100, 10), T0 + 1_000);
      harness.processElement(observation(7, 100, 40), T0 + 59_999);
      harness.processElement(observation(7, 90, 10), T0 + 60_000);
      harness.processElement(observation(-9, 50, 5), T0 + 2_000);
      harness.processWatermark(T0 + 59_999);

      List<EdgeMean> means = harness.extractOutputValues();
      assertThat(means).hasSize(2).allMatch(m -> m.windowEndMs == T0 + 60_000);
      EdgeMean onRoad = means.stream().filter(m -> m.edge == 7).findFirst().orElseThrow();
      assertThat(onRoad.speedMps).isEqualTo(4);
      assertThat(onRoad.observations).isEqualTo(2);
      assertThat(means).anyMatch(m -> m.edge == -9 && m.speedMps == 10);

      harness.processWatermark(T0 + 119_999);
      assertThat(harness.extractOutputValues()).hasSize(3);
      assertThat(harness.numKeyedStateEntries()).isZero();
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void aLegThatIsReportedAfterItsWindowNoLongerCounts() throws Exception {
    try (var harness = edgeSpeed()) {
      harness.open();
      harness.processElement(observation(-9, 500, 50), T0 + 2_000);
      harness.processWatermark(T0 + 59_999);
      harness.processElement(observation(-9, 900, 10), T0 + 3_000);
      harness.processWatermark(T0 + 119_999);

      assertThat(harness.extractOutputValues()).hasSize(1);
      assertThat(harness.numKeyedStateEntries()).isZero();
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void anEdgeOfTheNewRoadNetworkIsNotMixedWithThatOfTheOldOne() throws Exception {
    try (var harness = edgeSpeed()) {
      harness.open();
      EdgeObservation old = observation(7, 100, 100);
      old.networkHash = 1;
      harness.processElement(old, T0 + 1_000);
      EdgeObservation ours = observation(7, 100, 10);
      ours.networkHash = 2;
      harness.processElement(ours, T0 + 2_000);
      harness.processWatermark(T0 + 59_999);

      EdgeMean mean = harness.extractOutputValues().get(0);
      assertThat(mean.networkHash).isEqualTo(2);
      assertThat(mean.speedMps).isEqualTo(10);
      assertThat(mean.observations).isEqualTo(1);
    }
  }

  @Test
  void tripFeaturesTellHowAVehicleDroveInTheWindow() throws Exception {
    try (var harness = tripFeatures()) {
      harness.open();
      for (int second = 0; second <= 60; second++) {
        boolean moves = second > 0 && second <= 30;
        FusedFix fix = new FusedFix();
        fix.vehicleId = "v1";
        fix.eventTimeMs = T0 + second * 1_000L;
        fix.latDeg = 41 + Math.min(second, 30) * 10 / 111_195.0;
        fix.lonDeg = -8;
        fix.movedM = second == 0 ? 500 : moves ? 10 : 0.2f;
        fix.elapsedS = second == 0 ? 60 : 1;
        harness.processElement(fix, fix.eventTimeMs);
      }
      harness.processWatermark(T0 + 599_999);

      assertThat(harness.extractOutputValues()).hasSize(1);
      TripFeatures features = harness.extractOutputValues().get(0);
      assertThat(features.vehicleId).isEqualTo("v1");
      assertThat(features.windowEndMs).isEqualTo(T0 + 600_000);
      assertThat(features.fixes).isEqualTo(61);
      assertThat(features.distanceM).isCloseTo(306, within(0.1));
      assertThat(features.displacementM).isCloseTo(300, within(0.5));
      assertThat(features.elapsedS).isEqualTo(60);
      assertThat(features.movingS).isEqualTo(30);
      assertThat(harness.numKeyedStateEntries()).isZero();
      assertThat(harness.numEventTimeTimers()).isZero();
    }
  }

  private static KeyedOneInputStreamOperatorTestHarness<Integer, EdgeObservation, EdgeMean>
      edgeSpeed() throws Exception {
    KeySelector<EdgeObservation, Integer> key = observation -> observation.edge;
    return harness(
        input(EdgeObservation.class)
            .keyBy(key, Types.INT)
            .window(TumblingEventTimeWindows.of(Duration.ofMinutes(1)))
            .aggregate(new EdgeSpeed(), new EdgeSpeed.AtWindowEnd()),
        key,
        Types.INT,
        EdgeMean.class);
  }

  private static KeyedOneInputStreamOperatorTestHarness<String, FusedFix, TripFeatures>
      tripFeatures() throws Exception {
    KeySelector<FusedFix, String> key = fix -> fix.vehicleId;
    return harness(
        input(FusedFix.class)
            .keyBy(key, Types.STRING)
            .window(TumblingEventTimeWindows.of(Duration.ofMinutes(10)))
            .aggregate(new TripFeaturesWindow(), new TripFeaturesWindow.AtWindowEnd()),
        key,
        Types.STRING,
        TripFeatures.class);
  }

  private static <T> SingleOutputStreamOperator<T> input(Class<T> type) {
    return StreamExecutionEnvironment.getExecutionEnvironment()
        .fromSequence(0, 0)
        .map(i -> (T) null)
        .returns(Types.POJO(type));
  }

  /** The window operator by itself, as Flink would run it. */
  @SuppressWarnings("unchecked")
  private static <K, I, O> KeyedOneInputStreamOperatorTestHarness<K, I, O> harness(
      SingleOutputStreamOperator<O> windowed,
      KeySelector<I, K> key,
      TypeInformation<K> keyType,
      Class<O> outputType)
      throws Exception {
    var window = (OneInputTransformation<I, O>) windowed.getTransformation();
    var harness =
        new KeyedOneInputStreamOperatorTestHarness<K, I, O>(
            window.getOperatorFactory(), key, keyType);
    harness.setup(
        Types.POJO(outputType)
            .createSerializer(harness.getExecutionConfig().getSerializerConfig()));
    return harness;
  }

  private static EdgeObservation observation(int edge, float distanceM, float seconds) {
    EdgeObservation observation = new EdgeObservation();
    observation.edge = edge;
    observation.distanceM = distanceM;
    observation.seconds = seconds;
    return observation;
  }
}
