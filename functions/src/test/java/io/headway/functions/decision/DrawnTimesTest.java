// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelSession;
import io.headway.functions.inference.TestModels;
import io.headway.schemas.DecisionRequest;
import org.junit.jupiter.api.Test;

class DrawnTimesTest {
  private static final int COUNT = DrawnTimes.COUNT;

  private final DecisionRequest request = request();
  private final DrawnTimes drawn = drawn();
  private final Scenarios scenarios = new Scenarios();

  @Test
  void aScenarioHasItsOwnTimesOfAllLegsAndServices() {
    drawn.drawInto(request, COUNT, scenarios);
    assertThat(scenarios.count()).isEqualTo(COUNT);
    for (int s = 0; s < COUNT; s++) {
      assertThat(scenarios.travelS()[s]).isEqualTo(120.0 * (1 + s));
      assertThat(scenarios.travelS()[COUNT + s]).isEqualTo(240.0 * (1 + COUNT + s));
      assertThat(scenarios.serviceS()[s]).isEqualTo(60.0 * (2 + s));
      assertThat(scenarios.serviceS()[COUNT + s]).isEqualTo(120.0 * (2 + COUNT + s));
    }
  }

  @Test
  void ofManyTheFirstCanBeTaken() {
    drawn.drawInto(request, 16, scenarios);
    assertThat(scenarios.count()).isEqualTo(16);
    for (int s = 0; s < 16; s++) {
      assertThat(scenarios.travelS()[16 + s]).isEqualTo(240.0 * (1 + COUNT + s));
      assertThat(scenarios.serviceS()[16 + s]).isEqualTo(120.0 * (2 + COUNT + s));
    }
  }

  @Test
  void moreThanThereAreAreRefused() {
    assertThatThrownBy(() -> drawn.drawInto(request, COUNT + 1, scenarios))
        .hasMessageContaining("257")
        .hasMessageContaining("256");
  }

  @Test
  void aServiceThatHasBegunLastsAtLeastAsLongAsItHas() {
    request.getStops().get(0).setArrivedAt(Requests.after(-300));
    request.getStops().get(0).setWindowStart(Requests.after(-300));
    drawn.drawInto(request, COUNT, scenarios);
    assertThat(scenarios.serviceS()[0]).isEqualTo(300);
    assertThat(scenarios.serviceS()[4]).isEqualTo(360);
  }

  @Test
  void aModelIsToldOfTheRequestAndItsNoise() throws Exception {
    DrawnTimes first = asked("drawn-as-live", 7);
    assertThat(first.travelRatio()).hasSize(2 * COUNT);
    assertThat(first.serviceRatio()).hasSize(2 * COUNT).containsOnly(1);
    assertThat(asked("drawn-as-live", 7).travelRatio()).isEqualTo(first.travelRatio());
    assertThat(asked("drawn-as-live", 8).travelRatio()).isNotEqualTo(first.travelRatio());
    assertThat(asked("drawn-as-live", -1).travelRatio()).hasSize(2 * COUNT);
  }

  @Test
  void timesThatNoTripTakesAreRefusedByName() {
    assertThatThrownBy(() -> asked("drawn-beyond-belief", 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("travel_ratio of leg 0 in scenario 0 is ");
  }

  private DrawnTimes asked(String model, long noiseSeed) throws Exception {
    request.setNoiseSeed(noiseSeed);
    try (ModelSession session =
            ModelSession.open(TestModels.reference(model), TestModels.bytes(model), 1);
        Model.Runner runner = session.runner(DrawnTimes.SIGNATURE, 1)) {
      DrawnTimes.encode(request, runner.batch().input(0));
      runner.run(1);
      return DrawnTimes.decode(request, runner.batch().output(0));
    }
  }

  private static DecisionRequest request() {
    DecisionRequest request = Requests.empty();
    request.getStops().add(Requests.stop("a", 0, 600, 60));
    request.getStops().add(Requests.stop("b", 0, 900, 120));
    request.getLegs().add(Requests.leg(-1, 0, 1_000, 120));
    request.getLegs().add(Requests.leg(0, 1, 2_000, 240));
    return request;
  }

  private static DrawnTimes drawn() {
    float[] travelRatio = new float[2 * COUNT];
    float[] serviceRatio = new float[2 * COUNT];
    for (int i = 0; i < 2 * COUNT; i++) {
      travelRatio[i] = 1 + i;
      serviceRatio[i] = 2 + i;
    }
    return new DrawnTimes(travelRatio, serviceRatio);
  }
}
