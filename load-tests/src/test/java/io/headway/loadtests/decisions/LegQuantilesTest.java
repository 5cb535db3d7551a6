// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headway.functions.decision.Scenarios;
import io.headway.schemas.Bounds;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Leg;
import io.headway.schemas.PlannedStop;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.RoadEventOnRoute;
import io.headway.schemas.Trigger;
import io.headway.schemas.TriggerKind;
import io.headway.schemas.VehiclePosition;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LegQuantilesTest {
  private static final Path REPORT =
      Path.of("..", "functions", "models", "lateness-quantiles", "metrics.json");
  private static final double SERVICE_S = 180;

  /** The recipe wrote down what the trees that it fitted say of a request. */
  @Test
  void aLegTakesTheQuantilesThatWereFitted() throws Exception {
    JsonNode example = new ObjectMapper().readTree(REPORT.toFile()).get("example");
    DecisionRequest request = request(example);
    Scenarios drawn = new Scenarios();

    try (LegModel model = LegModel.quantiles()) {
      LegQuantiles.decode(request, model.ask(request)).drawInto(request, drawn);
    }

    assertThat(drawn.count()).isEqualTo(8);
    for (int l = 0; l < request.getLegs().size(); l++) {
      double[] travelS = Arrays.copyOfRange(drawn.travelS(), 8 * l, 8 * l + 8);
      assertThat(travelS).isSorted();
      assertThat(travelS[0]).isLessThan(travelS[7]);
      double liveS = request.getLegs().get(l).getLiveS();
      JsonNode fitted = example.at("/legs/" + l + "/log_ratio_quantiles");
      for (int k = 0; k < 4; k++) {
        assertThat(travelS[2 * k]).isEqualTo(travelS[2 * k + 1]);
        assertThat(travelS[2 * k])
            .isCloseTo(liveS * Math.exp(fitted.get(k).asDouble()), withPercentage(0.01));
      }
    }
    assertThat(Arrays.copyOf(drawn.serviceS(), 8)).containsOnly(SERVICE_S);
  }

  private static DecisionRequest request(JsonNode example) {
    Instant at = Instant.parse(example.get("requested_at").asText());
    DecisionRequest request =
        DecisionRequest.newBuilder()
            .setDecisionId("d-1")
            .setVehicleId("v-1")
            .setSequence(1)
            .setTrigger(new Trigger(TriggerKind.PERIODIC, "", at, null))
            .setRequestedAt(at)
            .setPlanVersion(1)
            .setWeightsEpoch(1)
            .setPosition(new VehiclePosition(at, 41.15, -8.61, 9f, 17, 12f))
            .setStops(
                List.of(new PlannedStop("s-1", 41.15, -8.6, at, at, (float) SERVICE_S, null, null)))
            .setLegs(new ArrayList<>())
            .setCandidates(List.of())
            .setRoadEvents(new ArrayList<>())
            .setPace((float) example.get("pace").asDouble())
            .setBounds(Bounds.newBuilder().build())
            .build();
    for (JsonNode leg : example.get("legs")) {
      List<Integer> events = new ArrayList<>();
      float factor = (float) leg.get("speed_factor").asDouble();
      if (factor < 1) {
        events.add(request.getRoadEvents().size());
        request
            .getRoadEvents()
            .add(new RoadEventOnRoute("e-1", RoadEventKind.INCIDENT, factor, 500.0, 5f, 60f));
      }
      request
          .getLegs()
          .add(
              new Leg(
                  leg.get("from_stop").asInt(),
                  0,
                  leg.get("distance_m").asDouble(),
                  leg.get("usual_s").asDouble(),
                  leg.get("live_s").asDouble(),
                  1f,
                  true,
                  events,
                  null));
    }
    return request;
  }
}
