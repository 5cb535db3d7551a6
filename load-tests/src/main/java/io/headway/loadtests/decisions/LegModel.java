// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import io.headway.functions.decision.DrawnTimes;
import io.headway.functions.decision.LegTimes;
import io.headway.functions.inference.ItemTensors;
import io.headway.functions.inference.Model;
import io.headway.functions.inference.ModelException;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.ModelSession;
import io.headway.functions.inference.ModelSignature;
import io.headway.functions.inference.RequestEncoder;
import io.headway.schemas.DecisionRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** One of the project's own models, asked about a request. Not thread-safe. */
public final class LegModel implements AutoCloseable {
  private static final String MODELS = "/io/headway/functions/models/";

  private final String name;
  private final RequestEncoder<DecisionRequest> encoder;
  private final ModelSession session;
  private final Model.Runner runner;

  private LegModel(
      String name, String file, ModelSignature signature, RequestEncoder<DecisionRequest> encoder) {
    this.name = name;
    this.encoder = encoder;
    String resource = MODELS + file;
    try (InputStream in = LegModel.class.getResourceAsStream(resource)) {
      byte[] onnx = Objects.requireNonNull(in, resource).readAllBytes();
      session =
          ModelSession.open(ModelReference.of(name, 1, "resource:" + resource, onnx), onnx, 1);
      runner = session.runner(signature, 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ModelException e) {
      throw new IllegalStateException("The project's own model " + name + " cannot be opened", e);
    }
  }

  /** The model of lateness, which gives {@link LegTimes}. */
  static LegModel lateness() {
    return new LegModel(
        "lateness", "lateness/lateness-1.onnx", LegTimes.SIGNATURE, LegTimes::encode);
  }

  /** The model of scenarios, which gives {@link DrawnTimes}. */
  public static LegModel scenario() {
    return new LegModel(
        "scenario", "scenario/scenario-1.onnx", DrawnTimes.SIGNATURE, DrawnTimes::encode);
  }

  /** The boosted trees, which give {@link LegQuantiles}. */
  static LegModel quantiles() {
    return new LegModel(
        "lateness-quantiles",
        "lateness-quantiles/lateness-quantiles-1.onnx",
        LegQuantiles.SIGNATURE,
        LegTimes::encode);
  }

  /** What it gives for a request, until it is asked again. */
  public ItemTensors ask(DecisionRequest request) {
    encoder.encode(request, runner.batch().input(0));
    try {
      runner.run(1);
    } catch (ModelException e) {
      throw new IllegalStateException(
          "The project's own model " + name + " does not answer " + request.getDecisionId(), e);
    }
    return runner.batch().output(0);
  }

  @Override
  public void close() {
    runner.close();
    session.close();
  }
}
