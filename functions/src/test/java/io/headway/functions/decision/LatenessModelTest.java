// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.inference.ItemTensors;
import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSession;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.TensorSpec;
import io.headway.schemas.DecisionRequest;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The models of lateness that are in the repository take the features that the job gives them. */
class LatenessModelTest {
  private static final int LEGS = LegFeatures.LEGS_MAX;
  private static final int REQUESTS = 20;
  private static final long LARGEST_BYTES = 200_000;

  private static final ModelSignature SIGNATURE =
      new ModelSignature(
          List.of(TensorSpec.floats("legs", LEGS, LegFeatures.FEATURES)),
          List.of(
              TensorSpec.floats("log_ratio_mean", LEGS),
              TensorSpec.floats("log_ratio_std", LEGS),
              TensorSpec.floats("shared_share", 1)));

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void everyLegOfEveryRequestGetsALaw(int version) throws Exception {
    Path file = Path.of("models", "lateness", "lateness-" + version + ".onnx");
    byte[] onnx = Files.readAllBytes(file);
    assertThat(onnx).hasSizeLessThan((int) LARGEST_BYTES);
    ModelReference reference =
        ModelReference.of("lateness", version, file.toUri().toString(), onnx);

    try (ModelSession session = ModelSession.open(reference, onnx, 1);
        Model.Runner together = session.runner(SIGNATURE, REQUESTS);
        Model.Runner alone = session.runner(SIGNATURE, 1)) {
      for (int r = 0; r < REQUESTS; r++) {
        LegFeatures.write(Requests.random(r), together.batch().input(r).floats("legs"));
      }
      together.run(REQUESTS);
      for (int r = 0; r < REQUESTS; r++) {
        DecisionRequest request = Requests.random(r);
        LegFeatures.write(request, alone.batch().input(0).floats("legs"));
        alone.run(1);
        ItemTensors laws = together.batch().output(r);
        assertThat(laws.floats("shared_share").get()).isBetween(0f, 1f);
        assertLaws(laws, alone.batch().output(0), request.getLegs().size());
      }
    }
  }

  private static void assertLaws(ItemTensors laws, ItemTensors alone, int legs) {
    FloatBuffer mean = laws.floats("log_ratio_mean");
    FloatBuffer std = laws.floats("log_ratio_std");
    FloatBuffer meanAlone = alone.floats("log_ratio_mean");
    FloatBuffer stdAlone = alone.floats("log_ratio_std");
    for (int l = 0; l < legs; l++) {
      assertThat(mean.get(l)).isBetween(-1.5f, 1.5f);
      assertThat(std.get(l)).isGreaterThan(0f).isLessThanOrEqualTo(1.5f);
      assertThat(meanAlone.get(l)).isCloseTo(mean.get(l), within(1e-5f));
      assertThat(stdAlone.get(l)).isCloseTo(std.get(l), within(1e-5f));
    }
  }
}
