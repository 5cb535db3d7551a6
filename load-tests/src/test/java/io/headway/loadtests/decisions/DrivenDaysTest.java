// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.loadtests.city.Action;
import io.headway.loadtests.city.Judgement.Untold;
import io.headway.loadtests.city.Moment;
import io.headway.loadtests.decisions.DayRun.JudgedMoment;
import io.headway.loadtests.decisions.DayRun.Outcome;
import io.headway.loadtests.decisions.Statistics.Interval;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.TriggerKind;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DrivenDaysTest {
  private static final Action KEEP = new Action(DecisionKind.KEEP, List.of(), List.of());
  private static final Action WAIT = new Action(DecisionKind.WAIT, List.of(), List.of());

  /** In the middle nothing was judged; the last has two drivers' moments. */
  private final DrivenDays days =
      new DrivenDays(
          List.of(
              Map.of(Policy.KEEP, day(5, 1, once(10, 8)), Policy.BASELINE, day(7, 2)),
              Map.of(Policy.KEEP, day(0, 0), Policy.BASELINE, day(0, 0)),
              Map.of(
                  Policy.KEEP,
                  day(1, 2, once(10, 9), once(10, 7)),
                  Policy.BASELINE,
                  day(3, 1, twice(10, 4, 5, 6)))));

  private static Outcome day(double costEur, int untold, JudgedMoment... moments) {
    return new Outcome(
        Arrays.asList(moments),
        List.of(),
        untold == 0 ? Map.of() : Map.of(Untold.ONE_CANDIDATE, untold),
        Map.of(),
        List.of(),
        List.of(),
        costEur,
        null,
        2);
  }

  private static JudgedMoment once(double keepEur, double waitEur) {
    return new JudgedMoment(
        moment(keepEur, waitEur), null, Map.of(Policy.KEEP, 0), DecisionKind.KEEP);
  }

  private static JudgedMoment twice(
      double keepEur, double waitEur, double keepAgainEur, double waitAgainEur) {
    return new JudgedMoment(
        moment(keepEur, waitEur),
        moment(keepAgainEur, waitAgainEur),
        Map.of(Policy.KEEP, 0),
        DecisionKind.KEEP);
  }

  private static Moment moment(double keepEur, double waitEur) {
    int best = waitEur < keepEur ? 1 : 0;
    return new Moment(
        "D-1",
        TriggerKind.PERIODIC,
        List.of(KEEP, WAIT),
        List.of(keepEur, waitEur),
        0,
        best,
        0,
        0.25,
        256,
        true,
        List.of(waitEur != 7, true));
  }

  @Test
  void meansAreOfSeedsThatHaveMoments() {
    assertThat(days.moments()).hasSize(4);
    assertThat(days.perSeed(DrivenDays.regret(Policy.KEEP))).containsExactly(2, (1 + 3 + 6) / 3.0);
    assertThat(DrivenDays.mean(days.bySeed().get(1), DrivenDays.regret(Policy.KEEP))).isNaN();
  }

  @Test
  void momentsOfAGroupArePooled() {
    assertThat(days.ofMoments(one -> true, DrivenDays.regret(Policy.KEEP)).value()).isEqualTo(3);
    Interval some =
        days.ofMoments(
            one -> one.moment().objectiveEur().get(1) < 8, DrivenDays.regret(Policy.KEEP));
    // All of one seed, so of other cities they tell nothing.
    assertThat(some).isEqualTo(new Interval(4.5, Double.NaN, Double.NaN));
    assertThat(days.ofMoments(one -> false, DrivenDays.regret(Policy.KEEP)).value()).isNaN();
  }

  @Test
  void whatIsNotSureOfAPolicysChoiceIsCounted() {
    assertThat(days.notSure(Policy.KEEP).value()).isEqualTo(0.25);
  }

  @Test
  void whatTheFirstRunFoundBestIsChargedByTheSecond() {
    // WAIT in the first; in the second it costs EUR 1 more than KEEP.
    assertThat(days.regretByChance().value()).isEqualTo(1);
  }

  @Test
  void aRatioPoolsSeeds() {
    Interval ratio = days.ratio(Policy.KEEP, Outcome::costEur, Outcome::judgedS);
    assertThat(ratio.value()).isEqualTo(1);
    assertThat(ratio.low()).isZero();
    assertThat(ratio.high()).isEqualTo(2.5);
    assertThat(days.falseBackups(Policy.KEEP).value()).isNaN();
  }

  @Test
  void whatWasNotJudgedIsCountedByWhy() {
    assertThat(days.untold()).containsExactly(Map.entry(Untold.ONE_CANDIDATE, 6));
  }
}
