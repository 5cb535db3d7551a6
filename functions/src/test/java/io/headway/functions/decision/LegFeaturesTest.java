// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Leg;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.RoadEventOnRoute;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class LegFeaturesTest {
  private static final Offset<Double> ROUNDING = Offset.offset(1e-5);

  @Test
  void eachLegIsARowOfNumbersThatCanBeComputedByHand() {
    DecisionRequest request = twoStops();

    float[] rows = written(request);

    // 08:00 is a third of a day: sin 120° = 0.8660254, cos 120° = -0.5.
    assertRow(rows, 0, 5.7071104, 0.6931472, 1, -0.2231436, 0, 0.8660254, -0.5, 0.25, 8.0067008, 1);
    // Begun after 600 s of driving, 300 s of waiting for the window and 120 s of service.
    assertRow(rows, 1, 4.7874917, 0, 0, -0.2231436, 17, 0.8660254, -0.5, 1, 6.9087548, 0);
    // Only the second candidate drives it, from where the vehicle is.
    assertRow(rows, 2, 6.2166061, -2, 1, -0.2231436, 0, 0.8660254, -0.5, 0, 8.2942996, 1);
    // Then on to the first stop: 50 s of driving, and 1,750 s until the other's window and service.
    assertRow(rows, 3, 4.6151205, 3, 1, -0.2231436, 30, 0.8660254, -0.5, 1, 6.6858609, 0);
  }

  @Test
  void rowsBeyondTheLegsAreZero() {
    float[] rows = written(twoStops());

    assertThat(rows).hasSize(LegFeatures.LEGS_MAX * LegFeatures.FEATURES);
    for (int i = 4 * LegFeatures.FEATURES; i < rows.length; i++) {
      assertThat(rows[i]).isZero();
    }
  }

  @Test
  void aStopThatTheVehicleStandsAtIsNotDrivenTo() {
    DecisionRequest request = twoStops();
    request.getStops().get(0).setArrivedAt(Requests.after(-100));
    request.getStops().get(0).setWindowStart(Requests.after(-200));
    request.getLegs().get(0).setUsualS(0);
    request.getLegs().get(0).setLiveS(0);

    float[] rows = written(request);

    assertThat(rows[1]).as("without times there is no ratio").isZero();
    // 20 s of the service of 120 s are left.
    assertThat((double) rows[LegFeatures.FEATURES + 4]).isCloseTo(20 / 60.0, ROUNDING);
  }

  @Test
  void whatLiesFarAheadIsNotToldApart() {
    DecisionRequest request = twoStops();
    request.getStops().get(0).setWindowStart(Requests.after(50 * 3600));

    assertThat(written(request)[LegFeatures.FEATURES + 4]).isEqualTo(600);
  }

  @Property(tries = 500, seed = "11")
  void everyNumberIsFinite(@ForAll long seed) {
    DecisionRequest request = Requests.random(seed);
    request.setPace(3 * new Random(seed).nextFloat() - 1);
    request.getLegs().get(0).setDistanceM(Double.MAX_VALUE / 2);

    for (float value : written(request)) {
      assertThat(value).isFinite();
    }
  }

  @Test
  void moreLegsThanAModelTakesAreRefused() {
    DecisionRequest request = twoStops();
    request.setLegs(Collections.nCopies(129, request.getLegs().get(0)));

    assertThatThrownBy(() -> written(request))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("d-1")
        .hasMessageContaining("129")
        .hasMessageContaining("128");
  }

  @Test
  void aLegWhoseTimeIsNotKnownIsRefused() {
    DecisionRequest request = twoStops();
    request.getLegs().get(1).setLiveS(Double.POSITIVE_INFINITY);

    assertThatThrownBy(() -> written(request))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("leg 1")
        .hasMessageContaining("Infinity");
  }

  private static DecisionRequest twoStops() {
    DecisionRequest request = Requests.empty();
    request.setPace(0.8f);
    request.setStops(
        List.of(Requests.stop("a", 900, 1800, 120), Requests.stop("b", 1700, 4000, 100)));
    request.setRoadEvents(
        List.of(
            new RoadEventOnRoute("slow", RoadEventKind.INCIDENT, 0.25f, 300.0, 5f, 60f),
            new RoadEventOnRoute("less", RoadEventKind.INCIDENT, 0.5f, 900.0, 5f, 60f),
            new RoadEventOnRoute("shut", RoadEventKind.CLOSURE, 0f, 1200.0, 5f, 60f)));
    request.setLegs(
        List.of(
            leg(-1, 0, 3000, 300, 600, true, List.of(0, 1)),
            leg(0, 1, 1000, 119.0, 119.0, false, List.of()),
            leg(-1, 1, 4000, 500, 50, true, List.of(1, 2)),
            leg(1, 0, 800, 100, 9000, true, List.of())));
    request.setCandidates(
        List.of(
            Requests.candidate(DecisionKind.KEEP, -1, List.of(0, 1), List.of(0, 1), List.of()),
            Requests.candidate(
                DecisionKind.RESEQUENCE, -1, List.of(1, 0), List.of(2, 3), List.of())));
    return request;
  }

  private static Leg leg(
      int from,
      int to,
      double distanceM,
      double usualS,
      double liveS,
      boolean onNetwork,
      List<Integer> events) {
    return new Leg(
        from, to, distanceM, usualS, liveS, (float) (liveS / usualS), onNetwork, events, null);
  }

  private static float[] written(DecisionRequest request) {
    FloatBuffer into = FloatBuffer.allocate(LegFeatures.LEGS_MAX * LegFeatures.FEATURES);
    LegFeatures.write(request, into);
    assertThat(into.hasRemaining()).isFalse();
    return into.array();
  }

  private static void assertRow(float[] rows, int leg, double... expected) {
    for (int f = 0; f < LegFeatures.FEATURES; f++) {
      assertThat((double) rows[leg * LegFeatures.FEATURES + f])
          .as("leg %d, feature %d", leg, f)
          .isCloseTo(expected[f], ROUNDING);
    }
  }
}
