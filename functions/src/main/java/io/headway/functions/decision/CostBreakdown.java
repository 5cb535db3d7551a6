// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.CandidateCost;
import io.headway.schemas.CostParts;
import io.headway.schemas.ScenarioSample;
import io.headway.schemas.StopLateness;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the cost of a candidate is made of, scenario by scenario. A reusable buffer, for one thread.
 */
final class CostBreakdown {
  private int stops;
  private int count;
  private double actionEur;
  private double[] workedS = {};
  private double km;
  private double[] noticeEur = {};
  private double[] latenessEur = {};
  private double[] lateMin = {};
  private double[] scratch = {};
  private double[] weights = {};
  private final int sampleCount;
  private final List<ScenarioSample> samples = new ArrayList<>();

  /**
   * @param sampleCount how many scenarios are written down by themselves, at most
   */
  CostBreakdown(int sampleCount) {
    this.sampleCount = sampleCount;
  }

  /**
   * Takes a candidate that was just driven.
   *
   * @param stops of the request
   * @param order how many of them the candidate makes
   * @param actionEur price of the action
   */
  void begin(int stops, int order, int count, double actionEur, Timetable timetable) {
    this.stops = stops;
    this.count = count;
    this.actionEur = actionEur;
    km = timetable.km();
    if (noticeEur.length < count) {
      workedS = new double[count];
      noticeEur = new double[count];
      scratch = new double[count];
      weights = new double[count];
    }
    if (latenessEur.length < stops * count) {
      latenessEur = new double[stops * count];
      lateMin = new double[stops * count];
    }
    System.arraycopy(timetable.workedS(), 0, workedS, 0, count);
    Arrays.fill(noticeEur, 0, count, 0);
    Arrays.fill(latenessEur, 0, stops * count, 0);
    Arrays.fill(lateMin, 0, stops * count, 0);
    samples.clear();
    for (int s = 0; s < Math.min(sampleCount, count); s++) {
      List<Float> arriveS = new ArrayList<>(order);
      for (int p = 0; p < order; p++) {
        arriveS.add((float) timetable.arriveS()[p * count + s]);
      }
      samples.add(new ScenarioSample(0.0, arriveS));
    }
  }

  /** A stop is late in a scenario. */
  void late(int stop, int scenario, double minutes, double eur) {
    lateMin[stop * count + scenario] = minutes;
    latenessEur[stop * count + scenario] = eur;
  }

  /** The receiver of a stop is told at a later look in a scenario. */
  void toldLater(int stop, int scenario, double noticeEur, double savedEur) {
    this.noticeEur[scenario] += noticeEur;
    latenessEur[stop * count + scenario] -= savedEur;
  }

  /**
   * Writes what is known of the costs in all scenarios, which stand from {@code from} on, into the
   * candidate's cost.
   */
  void tell(CandidateCost cost, CostModel model, double[] costsEur, int from) {
    cost.setParts(parts(model, costsEur, from));
    cost.setSpreadEur(
        List.of(
            scratch[(count - 1) / 10], scratch[(count - 1) / 2], scratch[9 * (count - 1) / 10]));
    for (int s = 0; s < samples.size(); s++) {
      samples.get(s).setCostEur(costsEur[from + s]);
    }
    cost.setSamples(List.copyOf(samples));
  }

  /**
   * The parts of J. Afterwards the costs stand sorted in {@link #scratch}.
   *
   * @param costsEur of the candidate, from {@code from} on, in all scenarios
   */
  CostParts parts(CostModel model, double[] costsEur, int from) {
    model.weights(costsEur, from, count, scratch, weights);
    double hours = 0;
    double notices = 0;
    double all = 0;
    for (int s = 0; s < count; s++) {
      all += weights[s];
      hours += weights[s] * workedS[s] / 3600;
      notices += weights[s] * noticeEur[s];
    }
    List<StopLateness> late = new ArrayList<>();
    for (int stop = 0; stop < stops; stop++) {
      StopLateness lateness = lateness(stop);
      if (lateness.getProbability() > 0) {
        late.add(lateness);
      }
    }
    return new CostParts(
        model.drivingEur(hours, 0), model.drivingEur(0, all * km), all * actionEur + notices, late);
  }

  private StopLateness lateness(int stop) {
    double eur = 0;
    double minutes = 0;
    int times = 0;
    for (int s = 0; s < count; s++) {
      eur += weights[s] * latenessEur[stop * count + s];
      minutes += lateMin[stop * count + s];
      times += lateMin[stop * count + s] > 0 ? 1 : 0;
    }
    return new StopLateness(stop, eur, (float) times / count, (float) (minutes / count));
  }
}
