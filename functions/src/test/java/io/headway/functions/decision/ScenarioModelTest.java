// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSession;
import io.headway.functions.release.BundledModels;
import io.headway.schemas.DecisionRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The model of scenarios that comes with the job, and the smaller one to roll out beside it. */
class ScenarioModelTest {
  private static final int REQUESTS = 20;
  private static final int LARGEST_BYTES = 4_000_000;

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void itIsSmall(int version) throws Exception {
    assertThat(Files.size(file(version))).isLessThan(LARGEST_BYTES);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void whatARequestIsToldDoesNotDependOnItsBatchMates(int version) throws Exception {
    try (ModelSession session = open(version);
        Model.Runner together = session.runner(DrawnTimes.SIGNATURE, REQUESTS);
        Model.Runner alone = session.runner(DrawnTimes.SIGNATURE, 1)) {
      for (int r = 0; r < REQUESTS; r++) {
        DrawnTimes.encode(request(r), together.batch().input(r));
      }
      together.run(REQUESTS);
      for (int r = 0; r < REQUESTS; r++) {
        DrawnTimes.encode(request(r), alone.batch().input(0));
        alone.run(1);
        DrawnTimes with = DrawnTimes.decode(request(r), together.batch().output(r));
        DrawnTimes without = DrawnTimes.decode(request(r), alone.batch().output(0));
        assertNear(with.travelRatio(), without.travelRatio());
        assertNear(with.serviceRatio(), without.serviceRatio());
      }
    }
  }

  /** Long legs mean more than short ones: of many scenarios the middle is near the estimate. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void itsScenariosLieAroundTheLiveEstimate(int version) throws Exception {
    try (ModelSession session = open(version);
        Model.Runner runner = session.runner(DrawnTimes.SIGNATURE, 1)) {
      for (int r = 0; r < REQUESTS; r++) {
        DrawnTimes.encode(request(r), runner.batch().input(0));
        runner.run(1);
        DrawnTimes drawn = DrawnTimes.decode(request(r), runner.batch().output(0));
        for (int l = 0; l < request(r).getLegs().size(); l++) {
          float[] leg =
              Arrays.copyOfRange(
                  drawn.travelRatio(), l * DrawnTimes.COUNT, (l + 1) * DrawnTimes.COUNT);
          Arrays.sort(leg);
          assertThat(leg[0]).isLessThan(leg[DrawnTimes.COUNT - 1]);
          assertThat(leg[DrawnTimes.COUNT / 2]).isBetween(0.25f, 4f);
        }
      }
    }
  }

  private static Path file(int version) {
    return Path.of("models", "scenario", "scenario-%d.onnx".formatted(version));
  }

  private static ModelSession open(int version) throws Exception {
    byte[] onnx = Files.readAllBytes(file(version));
    ModelReference reference =
        ModelReference.of(BundledModels.SCENARIO, version, file(version).toUri().toString(), onnx);
    return ModelSession.open(reference, onnx, 1);
  }

  private static DecisionRequest request(int r) {
    DecisionRequest request = Requests.random(r);
    request.setNoiseSeed(7919L * r - 50_000);
    return request;
  }

  private static void assertNear(float[] values, float[] expected) {
    assertThat(values).hasSameSizeAs(expected);
    for (int i = 0; i < values.length; i++) {
      assertThat(values[i]).isCloseTo(expected[i], within(1e-5f * expected[i]));
    }
  }
}
