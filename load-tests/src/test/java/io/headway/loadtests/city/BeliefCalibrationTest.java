// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.loadtests.city.BeliefCalibration.Variable;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.commons.statistics.inference.ChiSquareTest;
import org.junit.jupiter.api.Test;

/** Ranks of the truth are uniform if the belief is right, and are not if it is wrong. */
class BeliefCalibrationTest {
  private static final int CITIES = 64;
  private static final int BINS = 8;
  private static final RoadMap ROADS =
      new RoadMap(Cities.network(), new RoadIndex(Cities.network()));

  @Test
  void ranksAreUniform() {
    ranks(UnaryOperator.identity())
        .forEach(
            (variable, counts) ->
                assertThat(p(counts))
                    .as("%s: %s", variable, Arrays.toString(counts))
                    .isGreaterThan(0.001));
  }

  @Test
  void aBeliefInTooSteadyAFieldIsCaught() {
    Map<Variable, long[]> ranks = ranks(city -> city.with(Knob.FIELD_SPREAD, 0.08));
    assertThat(p(ranks.get(Variable.MEAN_FIELD))).isLessThan(1e-6);
  }

  @Test
  void inCitiesOfRecordedSpeedsRanksAreUniformAndABeliefInTooLikeCabsIsCaught() {
    RecordedSpeeds speeds = waves(0.8);
    UnaryOperator<CityParameters> recorded = city -> city.withRecorded(speeds);
    Map<Variable, long[]> right = ranks(recorded, UnaryOperator.identity());
    for (Variable variable :
        new Variable[] {
          Variable.FIELD, Variable.MEAN_FIELD, Variable.EDGE_SPEED, Variable.PLAN, Variable.SERVICE
        }) {
      long[] counts = right.get(variable);
      assertThat(p(counts)).as("%s: %s", variable, Arrays.toString(counts)).isGreaterThan(0.001);
    }
    RecordedSpeeds alike = waves(0.05);
    Map<Variable, long[]> wrong = ranks(recorded, city -> city.withRecorded(alike));
    assertThat(p(wrong.get(Variable.EDGE_SPEED))).isLessThan(1e-4);
  }

  private static RecordedSpeeds waves(double ofCabs) {
    return Recordings.of(
        6,
        (minute, east, north, random) -> {
          int day = minute / Recordings.DAY_MIN;
          double wave = Math.sin(minute / 40.0 + 3 * east + 2 * north * day);
          return 0.5 * wave + ofCabs * random.nextGaussian();
        });
  }

  private static Map<Variable, long[]> ranks(UnaryOperator<CityParameters> believed) {
    return ranks(UnaryOperator.identity(), believed);
  }

  private static Map<Variable, long[]> ranks(
      UnaryOperator<CityParameters> kind, UnaryOperator<CityParameters> believed) {
    Map<Variable, long[]> counts = new EnumMap<>(Variable.class);
    for (Variable variable : Variable.values()) {
      counts.put(variable, new long[BINS]);
    }
    for (int seed = 1; seed <= CITIES; seed++) {
      CityParameters city =
          kind.apply(
              Cities.parameters().withSeed(seed).with(Knob.DURATION_H, 0.75).with(Knob.WEATHER, 5));
      BeliefCalibration.ranks(city, believed.apply(city), ROADS)
          .forEach(
              (variable, one) ->
                  counts.get(variable)[one.rank() * BINS / (BeliefCalibration.DRAWS + 1)]++);
    }
    return counts;
  }

  private static double p(long[] counts) {
    return ChiSquareTest.withDefaults().test(counts).getPValue();
  }
}
