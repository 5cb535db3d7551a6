// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Appraisal;
import io.headway.schemas.Candidate;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.ExpectedArrival;
import io.headway.schemas.HalfCosts;
import io.headway.schemas.PlannedStop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Costs requests, by the point estimate or by scenarios that a model draws; the latter with all
 * that {@link Choice} needs to tell whether the model is sure. Holds buffers: one object a thread.
 */
public final class Appraiser {
  /** Fewer have no tenths. */
  private static final int LEAST_SCENARIOS = 10;

  private final Scenarios scenarios = new Scenarios();
  private final ScenarioCosts scenarioCosts;

  /** Writes no scenarios down by themselves. */
  public Appraiser() {
    this(0);
  }

  /**
   * @param samples how many scenarios of a model are written down by themselves, at most
   */
  public Appraiser(int samples) {
    scenarioCosts = new ScenarioCosts(samples);
  }

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
    appraisal.setExpectedArrival(expectedArrival(request));
    if (scenarios.count() > 1) {
      CostModel model = new CostModel(request.getBounds().getWeights());
      appraisal.setHalves(List.of(half(appraisal, 0, model), half(appraisal, 1, model)));
    }
    return appraisal;
  }

  private ExpectedArrival expectedArrival(DecisionRequest request) {
    Candidate keep = request.getCandidates().get(0);
    PlannedStop next = request.getStops().get(keep.getOrder().get(0));
    if (next.getArrivedAt() != null || scenarios.count() < LEAST_SCENARIOS) {
      return null;
    }
    int from = keep.getLegs().get(0) * scenarios.count();
    double[] travelS = Arrays.copyOfRange(scenarios.travelS(), from, from + scenarios.count());
    Arrays.sort(travelS);
    // Of n equally likely to be the greatest, and what comes, a tenth of n + 1 lies below it.
    int tenth = (scenarios.count() + 1) / 10 - 1;
    return new ExpectedArrival(
        next.getShipmentId(),
        (float) travelS[tenth],
        (float) travelS[scenarios.count() - 1 - tenth]);
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
    List<Double> means = new ArrayList<>(candidates);
    for (int c = 0; c < candidates; c++) {
      double sum = 0;
      for (int i = 0; i < n; i++) {
        eur[c][i] = scenarioCosts.costEur(c, 2 * i + half);
        sum += eur[c][i];
      }
      double mean = sum / n;
      means.add(mean);
      objectives.add(model.objectiveEur(mean, model.cvarEur(eur[c], 0, n, heap)));
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
    return new HalfCosts(n, objectives, means, covariances);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
