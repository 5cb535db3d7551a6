// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSession;
import io.headway.functions.inference.stream.ModelFiles;
import io.headway.functions.release.BundledModels;
import io.headway.functions.release.Releases;
import io.headway.schemas.DecisionRequest;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The model of scenarios that comes with the job. */
class ScenarioModelTest {
  private static final int REQUESTS = 20;
  private static final int LARGEST_BYTES = 4_000_000;

  private static byte[] onnx;
  private static ModelSession session;

  @BeforeAll
  static void open() throws Exception {
    ModelReference reference = Releases.reference(Releases.version(BundledModels.scenario()));
    onnx = ModelFiles.fetch(reference);
    session = ModelSession.open(reference, onnx, 1);
  }

  @AfterAll
  static void close() {
    session.close();
  }

  @Test
  void itIsSmall() {
    assertThat(onnx.length).isLessThan(LARGEST_BYTES);
  }

  @Test
  void whatARequestIsToldDoesNotDependOnItsBatchMates() throws Exception {
    try (Model.Runner together = session.runner(DrawnTimes.SIGNATURE, REQUESTS);
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
  @Test
  void itsScenariosLieAroundTheLiveEstimate() throws Exception {
    try (Model.Runner runner = session.runner(DrawnTimes.SIGNATURE, 1)) {
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
