// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.functions.decision.LegTimes;
import io.headway.functions.decision.Scenarios;
import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSession;
import io.headway.schemas.DecisionRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** Scenarios from the project's model of lateness, drawn as the job draws them. Not thread-safe. */
final class LatenessScenarios implements AutoCloseable {
  private static final String MODEL = "/io/headway/functions/models/lateness/lateness-1.onnx";

  private final ModelSession session;
  private final Model.Runner runner;

  LatenessScenarios() {
    try (InputStream in = LatenessScenarios.class.getResourceAsStream(MODEL)) {
      byte[] onnx = Objects.requireNonNull(in, MODEL).readAllBytes();
      session =
          ModelSession.open(ModelReference.of("lateness", 1, "resource:" + MODEL, onnx), onnx, 1);
      runner = session.runner(LegTimes.SIGNATURE, 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ModelException e) {
      throw new IllegalStateException("The project's own model of lateness cannot be opened", e);
    }
  }

  void drawInto(DecisionRequest request, int count, Scenarios scenarios) {
    try {
      LegTimes.encode(request, runner.batch().input(0));
      runner.run(1);
      LegTimes.decode(request, runner.batch().output(0)).drawInto(request, count, scenarios);
    } catch (ModelException e) {
      throw new IllegalStateException(
          "The model of lateness does not answer request " + request.getDecisionId(), e);
    }
  }

  @Override
  public void close() {
    runner.close();
    session.close();
  }
}
