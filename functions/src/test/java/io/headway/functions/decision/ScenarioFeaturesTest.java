// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Leg;
import io.headway.schemas.PlannedStop;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.RoadEventOnRoute;
import io.headway.schemas.RoadState;
import java.nio.FloatBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ScenarioFeaturesTest {
  private static final Offset<Double> ROUNDING = Offset.offset(1e-5);

  @Test
  void aLegBeginsWithTheNumbersOfLegFeatures() {
    DecisionRequest request = Requests.random(5);
    FloatBuffer plain = FloatBuffer.allocate(LegFeatures.LEGS_MAX * LegFeatures.FEATURES);
    LegFeatures.write(request, plain);
    float[] legs = legs(request);
    for (int l = 0; l < request.getLegs().size(); l++) {
      assertThat(Arrays.copyOfRange(legs, l * 36, l * 36 + 10))
          .isEqualTo(Arrays.copyOfRange(plain.array(), l * 10, l * 10 + 10));
    }
  }

  @Test
  void whatIsKnownOfTheRoadsFollows() {
    DecisionRequest request = request();
    request
        .getLegs()
        .get(0)
        .setRoadState(new RoadState(0.5f, 2f, 90f, 3f, 1.5f, 7f, 0.5f, 99f, 20f, 0.25f, 0.75f, 11));

    assertThat(Arrays.copyOfRange(legs(request), 10, 22))
        .usingComparatorWithPrecision(1e-5f)
        .containsExactly(
            0.5f,
            0.693147f,
            1.5f,
            1.386294f,
            0.405465f,
            2.079442f,
            -0.693147f,
            4.605170f,
            3.044522f,
            0.25f,
            0.75f,
            2.484907f);
    assertThat(Arrays.copyOfRange(legs(request), 36 + 10, 36 + 22))
        .as("a leg that follows no roads")
        .containsOnly(0);
  }

  @Test
  void theRoadEventsOnALegAreToldByKindAndTheNearestByAgeAndDistance() {
    DecisionRequest request = request();
    request.setRoadEvents(
        List.of(
            new RoadEventOnRoute("far", RoadEventKind.ROADWORKS, 0.5f, 3_000.0, 100f, 600f),
            new RoadEventOnRoute("near", RoadEventKind.CLOSURE, 0f, 1_000.0, 9f, 29f)));
    request.getLegs().get(0).setRoadEvents(List.of(0, 1));

    float[] legs = legs(request);
    assertThat(Arrays.copyOfRange(legs, 22, 26)).containsExactly(1, 0, 1, 0);
    assertThat((double) legs[26]).isCloseTo(Math.log(10), ROUNDING);
    assertThat((double) legs[27]).isCloseTo(Math.log(30), ROUNDING);
    assertThat((double) legs[28]).isCloseTo(Math.log(1_001), ROUNDING);
    assertThat(Arrays.copyOfRange(legs, 36 + 22, 36 + 29)).containsOnly(0);
  }

  @Test
  void theTripTheWeekAndThePlacesEndTheRow() {
    DecisionRequest request = request();
    // The epoch began on a Thursday: Saturday noon is two and a half of seven days later.
    request.setRequestedAt(Instant.parse("1970-01-03T12:00:00Z"));
    request.setDistanceSinceStartM(Math.E - 1);

    float[] legs = legs(request);
    assertThat((double) legs[29]).isCloseTo(1, ROUNDING);
    assertThat((double) legs[30]).isCloseTo(Math.sin(2 * Math.PI * 2.5 / 7), ROUNDING);
    assertThat((double) legs[31]).isCloseTo(Math.cos(2 * Math.PI * 2.5 / 7), ROUNDING);
    assertThat(Arrays.copyOfRange(legs, 32, 36)).containsExactly(41.15f, -8.61f, 41.2f, -8.5f);
    assertThat(Arrays.copyOfRange(legs, 36 + 32, 36 + 36))
        .containsExactly(41.2f, -8.5f, 41.3f, -8.4f);
  }

  @Test
  void aServiceThatHasBegunIsToldByHowLongItHasLasted() {
    DecisionRequest request = request();
    request.getStops().get(0).setArrivedAt(Requests.after(-600));
    request.getStops().get(0).setWindowStart(Requests.after(-90));

    float[] stops = stops(request);
    assertThat((double) stops[0]).isCloseTo(Math.log(121), ROUNDING);
    assertThat(Arrays.copyOfRange(stops, 1, 3)).containsExactly(1, 1.5f);
    assertThat(Arrays.copyOfRange(stops, 4, 6)).containsExactly(0, 0);

    request.getStops().get(0).setWindowStart(Requests.after(60));
    assertThat(stops(request)[2]).as("it waits for the window").isZero();
    request.getStops().get(0).setWindowStart(Requests.after(-90_000));
    assertThat(stops(request)[2]).isEqualTo(10);
    request.getStops().get(0).setArrivedAt(Requests.after(-80_000));
    assertThat(stops(request)[2]).as("at most an hour").isEqualTo(60);
  }

  @Test
  void rowsBeyondTheRequestAreZero() {
    float[] legs = legs(request());
    assertThat(legs).hasSize(128 * 36);
    assertThat(Arrays.copyOfRange(legs, 2 * 36, legs.length)).containsOnly(0);
    float[] stops = stops(request());
    assertThat(stops).hasSize(64 * 3);
    assertThat(Arrays.copyOfRange(stops, 2 * 3, stops.length)).containsOnly(0);
  }

  @Test
  void tooManyLegsOrStopsAreRefusedByName() {
    DecisionRequest legs = request();
    legs.setLegs(Collections.nCopies(129, Requests.leg(-1, 0, 1_000, 100)));
    assertThatThrownBy(() -> legs(legs)).hasMessageContaining("d-1 has 129 legs");
    DecisionRequest stops = request();
    stops.setStops(Collections.nCopies(65, Requests.stop("s", 0, 1, 1)));
    assertThatThrownBy(() -> stops(stops)).hasMessageContaining("d-1 has 65 stops");
  }

  @Property(tries = 300, seed = "12")
  void everyNumberIsFinite(@ForAll long seed) {
    DecisionRequest request = Requests.random(seed);
    Leg leg = request.getLegs().get(0);
    leg.setRoadState(new RoadState(1f, 0f, 1e9f, 0f, -1f, 0f, 1e9f, 0f, 0f, 0f, 0f, 0));
    request.setRoadEvents(
        List.of(new RoadEventOnRoute("e", RoadEventKind.UNKNOWN, 1f, 0.0, -5f, -5f)));
    leg.setRoadEvents(List.of(0));
    request.setDistanceSinceStartM(-1);
    for (float value : legs(request)) {
      assertThat(value).isFinite();
    }
    for (float value : stops(request)) {
      assertThat(value).isFinite();
    }
  }

  private static DecisionRequest request() {
    DecisionRequest request = Requests.empty();
    request.getStops().add(at(Requests.stop("a", 0, 3_600, 120), 41.2, -8.5));
    request.getStops().add(at(Requests.stop("b", 0, 3_600, 60), 41.3, -8.4));
    request.getLegs().add(Requests.leg(-1, 0, 5_000, 600));
    request.getLegs().add(Requests.leg(0, 1, 5_000, 600));
    return request;
  }

  private static PlannedStop at(PlannedStop stop, double latDeg, double lonDeg) {
    stop.setLatDeg(latDeg);
    stop.setLonDeg(lonDeg);
    return stop;
  }

  private static float[] legs(DecisionRequest request) {
    FloatBuffer into = FloatBuffer.allocate(LegFeatures.LEGS_MAX * ScenarioFeatures.OF_LEG);
    ScenarioFeatures.writeLegs(request, into);
    assertThat(into.hasRemaining()).isFalse();
    return into.array();
  }

  private static float[] stops(DecisionRequest request) {
    FloatBuffer into = FloatBuffer.allocate(ScenarioFeatures.STOPS_MAX * ScenarioFeatures.OF_STOP);
    ScenarioFeatures.writeStops(request, into);
    assertThat(into.hasRemaining()).isFalse();
    return into.array();
  }
}
