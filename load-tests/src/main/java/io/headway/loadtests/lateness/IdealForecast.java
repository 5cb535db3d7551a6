// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.lateness;

import io.headway.functions.decision.Scenarios;
import io.headway.functions.roads.RoadMap;
import io.headway.kernels.routing.Router;
import io.headway.loadtests.city.CityFeed;
import io.headway.loadtests.city.CityJudge;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Bounds;
import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Leg;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * What is to be expected of the legs of KEEP by whoever knows how the city is made and has read all
 * records so far: scenarios from the judge's belief, {@value #SCENARIOS} of each request of a
 * sample. No model can do better.
 */
final class IdealForecast implements Forecast {
  static final int SCENARIOS = 4_096;

  private final CityJudge judge;
  private final double share;
  private final long seed;
  private final Scenarios scenarios = new Scenarios();

  /**
   * @param share of the requests that are sampled
   */
  IdealForecast(CityParameters city, RoadMap roads, CityFeed feed, double share) {
    this.share = share;
    seed = city.seed();
    Bounds bounds = Bounds.newBuilder().build();
    judge =
        new CityJudge(
            city,
            roads,
            feed.hindsight(bounds),
            IntStream.range(0, (int) city.get(Knob.VEHICLES)),
            Router.freeSeconds(roads.network()),
            bounds,
            CityJudge.FUTURES_MIN,
            seed);
  }

  @Override
  public void add(FeedRecord record) {
    judge.add(record);
  }

  @Override
  public float[][] of(DecisionRequest request) {
    long key = 31L * request.getDecisionId().hashCode() ^ (seed << 32);
    if (new SplittableRandom(key).nextDouble() >= share) {
      return null;
    }
    DecisionRequest keep = keepOf(request);
    judge.drawInto(keep, SCENARIOS, scenarios);
    float[][] travelS = new float[keep.getLegs().size()][SCENARIOS];
    for (int l = 0; l < travelS.length; l++) {
      for (int s = 0; s < SCENARIOS; s++) {
        travelS[l][s] = (float) scenarios.travelS()[l * SCENARIOS + s];
      }
    }
    return travelS;
  }

  /** The request without what else could be done: only the legs of KEEP, in their order. */
  private static DecisionRequest keepOf(DecisionRequest request) {
    Candidate keep = request.getCandidates().get(0);
    List<Leg> legs = new ArrayList<>();
    keep.getLegs().forEach(leg -> legs.add(request.getLegs().get(leg)));
    return DecisionRequest.newBuilder(request)
        .setLegs(legs)
        .setCandidates(
            List.of(
                Candidate.newBuilder(keep)
                    .setLegs(IntStream.range(0, legs.size()).boxed().toList())
                    .build()))
        .build();
  }

  /** Fair CRPS of a sample, in its unit (Ferro 2014). */
  static double crps(float[] sample, double came) {
    float[] sorted = sample.clone();
    Arrays.sort(sorted);
    double n = sorted.length;
    double off = 0;
    double spread = 0;
    for (int i = 0; i < sorted.length; i++) {
      off += Math.abs(sorted[i] - came);
      spread += (2.0 * i + 1 - n) * sorted[i];
    }
    return off / n - spread / (n * (n - 1));
  }
}
