// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Appraisal;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.HalfCosts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Costs requests, by the point estimate or by scenarios that a model draws; the latter with all
 * that {@link Choice} needs to tell whether the model is sure. Holds buffers: one object a thread.
 */
public final class Appraiser {
  private final Scenarios scenarios = new Scenarios();
  private final ScenarioCosts scenarioCosts = new ScenarioCosts();

  /** Draws the scenarios of a request. */
  @FunctionalInterface
  public interface Draw {
    /** Resets the buffer for the request and writes all its values. */
    void into(DecisionRequest request, Scenarios scenarios);
  }

  /** What the baseline says: the costs by {@link PointEstimate}. */
  public Appraisal baseline(DecisionRequest request) {
    return baseline(request, PointEstimate::drawInto);
  }

  /** What another baseline says, which draws the one scenario that it counts on. */
  public Appraisal baseline(DecisionRequest request, Draw draw) {
    draw.into(request, scenarios);
    return appraisal(request, DecisionSource.BASELINE);
  }

  /** What a model says: the costs by its scenarios, those of the baseline beside them. */
  public Appraisal generative(DecisionRequest request, Draw draw) {
    PointEstimate.drawInto(request, scenarios);
    List<CandidateCost> baseline = scenarioCosts.cost(request, scenarios);
    draw.into(request, scenarios);
    Appraisal appraisal = appraisal(request, DecisionSource.GENERATIVE);
    appraisal.setBaselineCosts(baseline);
    if (scenarios.count() > 1) {
      CostModel model = new CostModel(request.getBounds().getWeights());
      appraisal.setHalves(List.of(half(appraisal, 0, model), half(appraisal, 1, model)));
    }
    return appraisal;
  }

  private Appraisal appraisal(DecisionRequest request, DecisionSource source) {
    Appraisal appraisal = new Appraisal();
    appraisal.setRequest(request);
    appraisal.setCosts(scenarioCosts.cost(request, scenarios));
    appraisal.setBaselineCosts(List.of());
    appraisal.setHalves(List.of());
    appraisal.setSource(source);
    return appraisal;
  }

  /** The scenarios of even number for 0, of odd number for 1. */
  private HalfCosts half(Appraisal appraisal, int half, CostModel model) {
    int candidates = appraisal.getCosts().size();
    int n = (scenarios.count() + 1 - half) / 2;
    double[][] eur = new double[candidates][n];
    double[] heap = new double[n];
    List<Double> objectives = new ArrayList<>(candidates);
    List<Double> references = new ArrayList<>(candidates);
    List<Double> means = new ArrayList<>(candidates);
    double[] reference = new double[n];
    for (int c = 0; c < candidates; c++) {
      double sum = 0;
      for (int i = 0; i < n; i++) {
        eur[c][i] = scenarioCosts.costEur(c, 2 * i + half);
        sum += eur[c][i];
        reference[i] = scenarioCosts.referenceEur(c, 2 * i + half);
      }
      double mean = sum / n;
      means.add(mean);
      objectives.add(model.objectiveEur(mean, model.cvarEur(eur[c], 0, n, heap)));
      double referenceMean = Arrays.stream(reference).average().orElseThrow();
      references.add(model.objectiveEur(referenceMean, model.cvarEur(reference, 0, n, heap)));
      for (int i = 0; i < n; i++) {
        eur[c][i] -= mean;
      }
    }
    List<Double> covariances = new ArrayList<>(candidates * (candidates + 1) / 2);
    for (int a = 0; a < candidates; a++) {
      for (int b = a; b < candidates; b++) {
        covariances.add(dot(eur[a], eur[b]) / n);
      }
    }
    return new HalfCosts(n, objectives, references, means, covariances);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
