// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.functions.decision.DrawnTimes;
import io.headway.loadtests.decisions.LegModel;
import io.headway.schemas.DecisionRequest;
import java.util.List;

/** What the model that comes with the job expects: its scenarios. */
final class ModelForecast implements Forecast {
  private final LegModel model = LegModel.scenario();

  @Override
  public float[][] of(DecisionRequest request) {
    float[] ratios = DrawnTimes.decode(request, model.ask(request)).travelRatio();
    List<Integer> legs = request.getCandidates().get(0).getLegs();
    float[][] travelS = new float[legs.size()][DrawnTimes.COUNT];
    for (int p = 0; p < travelS.length; p++) {
      int leg = legs.get(p);
      double liveS = request.getLegs().get(leg).getLiveS();
      for (int s = 0; s < DrawnTimes.COUNT; s++) {
        travelS[p][s] = (float) (liveS * ratios[leg * DrawnTimes.COUNT + s]);
      }
    }
    return travelS;
  }

  @Override
  public void close() {
    model.close();
  }
}
