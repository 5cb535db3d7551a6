// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The pipeline of {@code models/lateness}, which its recipe writes. */
class LatenessBaselineTest {
  private static final Path MODELS = Path.of("models", "lateness");
  private static final Offset<Double> ROUNDING = within(1e-9);

  private JsonNode report;
  private LatenessBaseline baseline;

  @BeforeEach
  void load() throws IOException {
    report = new ObjectMapper().readTree(MODELS.resolve("lateness-baseline.json").toFile());
    baseline =
        LatenessBaseline.load(
            MODELS.resolve("lateness-baseline").toUri().toString(), new Configuration());
  }

  @AfterEach
  void close() {
    baseline.close();
  }

  @Test
  void itGivesTheProbabilitiesThatTheRecipeGot() {
    List<StopFeatures> stops = new ArrayList<>();
    for (JsonNode example : report.get("examples")) {
      JsonNode inputs = example.get("inputs");
      stops.add(
          new StopFeatures(
              inputs.get(0).asDouble(),
              inputs.get(1).asDouble(),
              inputs.get(2).asInt(),
              inputs.get(3).asDouble()));
    }
    assertThat(stops).hasSizeGreaterThan(4);

    double[] late = baseline.lateProbabilities(stops);

    for (int i = 0; i < late.length; i++) {
      assertThat(late[i])
          .as("of %s", stops.get(i))
          .isCloseTo(report.get("examples").get(i).get("late").asDouble(), ROUNDING);
    }
  }

  @Test
  void theStopsOfKeepAreItsRows() {
    DecisionRequest request = twoStops();

    // Begun after 600 s of driving, 300 s of waiting for the window and 120 s of service.
    assertThat(StopFeatures.ofKeep(request))
        .containsExactly(
            new StopFeatures(10, 20, 0, 2), new StopFeatures(19, 64 - 19, 1, 720.0 / 420));
    assertThat(baseline.lateProbabilities(request))
        .containsExactly(
            new double[] {byHand(10, 20, 0, 2), byHand(19, 64 - 19, 1, 720.0 / 420)}, ROUNDING);
  }

  @Test
  void ofAStopThatTheVehicleStandsAtItIsKnown() {
    DecisionRequest request = twoStops();
    request.getStops().get(0).setArrivedAt(Requests.after(-100));

    assertThat(StopFeatures.ofKeep(request)[0]).isNull();
    // The service of the first began with its window, at 900 s, and lasts 120 s.
    assertThat(StopFeatures.ofKeep(request)[1]).isEqualTo(new StopFeatures(19, 45, 0, 1));
    assertThat(baseline.lateProbabilities(request)[0]).isZero();

    request.getStops().get(0).setWindowEnd(Requests.after(-101));
    assertThat(baseline.lateProbabilities(request))
        .containsExactly(new double[] {1, byHand(19, 45, 0, 1)}, ROUNDING);
  }

  @Test
  void whereNoStopIsAheadNothingIsAsked() {
    DecisionRequest request = twoStops();
    request.getStops().get(0).setArrivedAt(Requests.after(-100));
    request
        .getCandidates()
        .set(0, Requests.candidate(DecisionKind.KEEP, -1, List.of(0), List.of(0), List.of()));

    assertThat(baseline.lateProbabilities(request)).containsExactly(0);
  }

  private double byHand(double... features) {
    double score = report.get("intercept").asDouble();
    for (int i = 0; i < features.length; i++) {
      score += number("weights", i) * (features[i] - number("mean", i)) / number("std", i);
    }
    return 1 / (1 + Math.exp(-score));
  }

  private double number(String array, int index) {
    return report.get(array).get(index).asDouble();
  }

  private static DecisionRequest twoStops() {
    DecisionRequest request = Requests.empty();
    request.setStops(
        List.of(Requests.stop("a", 900, 1800, 120), Requests.stop("b", 1700, 3840, 100)));
    request.setLegs(List.of(Requests.leg(-1, 0, 3000, 600), Requests.leg(0, 1, 1000, 120)));
    request.getLegs().get(0).setUsualS(300);
    request
        .getCandidates()
        .add(Requests.candidate(DecisionKind.KEEP, -1, List.of(0, 1), List.of(0, 1), List.of()));
    return request;
  }
}
