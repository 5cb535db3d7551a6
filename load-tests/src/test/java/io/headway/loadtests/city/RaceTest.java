// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.schemas.Bounds;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Costs are normal here, so J is known. */
class RaceTest {
  private static final double KEEP_EUR = 20;
  private static final double TOLERANCE_EUR = 0.25;
  private static final double GAIN_EUR = 1;

  /** E[c] and CVaR of a normal law: the mean of its dearest tenth is 1.755 deviations over it. */
  private static final double OF_SPREAD = 0.2 * 1.755;

  private static final Bounds BOUNDS = Bounds.newBuilder().setMinimumGainEur(GAIN_EUR).build();

  /** KEEP of mean {@value #KEEP_EUR}, and a rival so much dearer. */
  private static Race.Judged run(double dearerEur, double spreadEur) {
    return run(Race.LAST, dearerEur, spreadEur);
  }

  private static Race.Judged run(int last, double dearerEur, double spreadEur) {
    return new Race(BOUNDS, last)
        .run(
            2,
            (future, racing, eur) -> {
              SplittableRandom random = new SplittableRandom(future);
              eur[0] = KEEP_EUR + random.nextGaussian();
              eur[1] =
                  KEEP_EUR
                      + dearerEur
                      + spreadEur * random.nextGaussian()
                      - OF_SPREAD * (spreadEur - 1);
            });
  }

  @Test
  void whatIsFarApartTakesTheFirstFuturesAlone() {
    Race.Judged judged = run(-5, 1);
    assertThat(judged.best()).isEqualTo(1);
    assertThat(judged.resolved()).isTrue();
    assertThat(judged.sure()).containsOnly(true);
    assertThat(judged.futures()).isEqualTo(Race.FIRST);
    assertThat(judged.toleranceEur()).isEqualTo(TOLERANCE_EUR);
    assertThat(judged.objectiveEur()[0]).isCloseTo(KEEP_EUR + OF_SPREAD, within(0.15));
    assertThat(judged.objectiveEur()[1]).isCloseTo(KEEP_EUR + OF_SPREAD - 5, within(0.15));
  }

  /** Nobody errs there, but which is best is not told by that. */
  @Test
  void goesOnWhereARivalSavesAboutTheMinimumGain() {
    Race.Judged judged = run(-GAIN_EUR, 4);
    assertThat(judged.resolved()).isTrue();
    assertThat(judged.futures()).isGreaterThan(Race.FIRST);
  }

  /** It is told that KEEP is best, but not whether the rival would have been an error. */
  @Test
  void goesOnWhereRegretIsAboutTheTolerance() {
    Race.Judged judged = run(TOLERANCE_EUR, 4);
    assertThat(judged.best()).isZero();
    assertThat(judged.resolved()).isTrue();
    assertThat(judged.sure()).containsExactly(true, false);
    assertThat(judged.futures()).isEqualTo(Race.LAST);
  }

  /** Whether the rival is just worth it or just not changes little for what saves nothing. */
  @Test
  void regretDoesNotJumpWhereARivalSavesAboutTheMinimumGain() {
    double[] dearer = {0, -GAIN_EUR, 0};
    Race.Judged judged =
        new Race(BOUNDS, Race.LAST)
            .run(
                3,
                (future, racing, eur) -> {
                  SplittableRandom random = new SplittableRandom(future);
                  for (int a = 0; a < eur.length; a++) {
                    eur[a] = KEEP_EUR + dearer[a] + random.nextGaussian();
                  }
                });
    assertThat(judged.sure()).containsOnly(true);
    double bestEur = judged.objectiveEur()[0] - judged.objectiveEur()[judged.best()];
    double otherEur = judged.objectiveEur()[0] - judged.objectiveEur()[2];
    assertThat(Race.worthEur(bestEur, GAIN_EUR) - Race.worthEur(otherEur, GAIN_EUR))
        .isBetween(0.0, TOLERANCE_EUR);
  }

  @Test
  void asManyFuturesAreDrawnAsAreAllowed() {
    assertThat(run(3_000, TOLERANCE_EUR / 2 - GAIN_EUR, 400).futures()).isEqualTo(3_000);
    assertThat(run(500, -5, 1).futures()).isEqualTo(500);
  }

  @Test
  void endsUnresolvedWhereNothingIsTold() {
    Race.Judged judged = run(TOLERANCE_EUR / 2 - GAIN_EUR, 400);
    assertThat(judged.resolved()).isFalse();
    assertThat(judged.futures()).isEqualTo(Race.LAST);
  }

  @Test
  void whatDoesNotAlwaysApplyIsNeverTheBest() {
    Race.Judged judged =
        new Race(BOUNDS, Race.LAST)
            .run(
                2,
                (future, racing, eur) -> {
                  eur[0] = KEEP_EUR;
                  eur[1] = future == 100 ? Double.NaN : 0;
                });
    assertThat(judged.best()).isZero();
    assertThat(judged.objectiveEur()[1]).isNaN();
  }

  @Test
  void whatIsSureToBeWorseIsTriedNoMore() {
    int[] tried = new int[3];
    Race.Judged judged =
        new Race(BOUNDS, Race.LAST)
            .run(
                3,
                (future, racing, eur) -> {
                  SplittableRandom random = new SplittableRandom(future);
                  double[] dearer = {0, -GAIN_EUR, 10};
                  for (int a = 0; a < eur.length; a++) {
                    double spread = random.nextGaussian();
                    if (racing[a]) {
                      eur[a] = KEEP_EUR + dearer[a] + 3 * spread;
                      tried[a]++;
                    }
                  }
                });
    assertThat(tried[0]).isEqualTo(judged.futures());
    assertThat(tried[2]).isEqualTo(Race.FIRST).isLessThan(judged.futures());
    assertThat(judged.objectiveEur()[2] - judged.objectiveEur()[0]).isCloseTo(10, within(0.5));
  }
}
