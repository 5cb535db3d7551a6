// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.schemas.DecisionKind;
import io.headway.schemas.TriggerKind;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Doing anything has to save EUR 1, and EUR 0.25 are as good as nothing. */
class MomentTest {
  @ParameterizedTest
  @CsvSource({
    "10, 11.5, 0, 1.5", // it is best to keep the plan
    "10, 10.1, 0, 0.1",
    "10, 9.5, 0, 0", // what is saved is too little to be worth it, and no harm done
    "10, 7, 2, 0", // more than enough is saved: who keeps the plan loses what is beyond it
    "10, 8.9, 0.1, 0",
  })
  void regretIsOfWhatTheBoundsLeaveToBeSaved(
      double keepEur, double waitEur, double keepRegretEur, double waitRegretEur) {
    Moment moment = moment(waitEur + 1 < keepEur ? 1 : 0, keepEur, waitEur);

    assertThat(moment.regretEur(0)).isCloseTo(keepRegretEur, within(1e-9));
    assertThat(moment.regretEur(1)).isCloseTo(waitRegretEur, within(1e-9));
    assertThat(moment.isError(0, 1)).isEqualTo(keepRegretEur > 0.25);
    assertThat(moment.isError(1, 0.3)).isEqualTo(waitRegretEur > 0.075);
    assertThat(moment.gainEur(1)).isCloseTo(keepEur - waitEur, within(1e-9));
  }

  /** Beside KEEP at 10 and an action that is cheaper or dearer than the rival. */
  @ParameterizedTest
  @CsvSource({
    "7, 8, 2, 1", // both are worth it
    "7, 9.5, 2, 2", // what is not is worth as much as to keep the plan
    "7, 10.5, 2, 2.5",
    "9.02, 10, 0, 0", // the rival saves a little less than the minimum
    "8.98, 10, 0.02, 0.02", // or a little more
    "8.98, 10.5, 0.02, 0.52",
  })
  void regretIsTheSameOnBothSidesOfTheMinimumGain(
      double rivalEur, double otherEur, double keepRegretEur, double otherRegretEur) {
    Moment moment = moment(rivalEur < 9 ? 1 : 0, 10.0, rivalEur, otherEur);

    assertThat(moment.regretEur(0)).isCloseTo(keepRegretEur, within(1e-9));
    assertThat(moment.regretEur(1)).isCloseTo(0, within(1e-9));
    assertThat(moment.regretEur(2)).isCloseTo(otherRegretEur, within(1e-9));
  }

  private static Moment moment(int best, Double... eur) {
    Action[] actions = new Action[eur.length];
    Arrays.fill(actions, new Action(DecisionKind.RESEQUENCE, List.of(), List.of()));
    actions[0] = new Action(DecisionKind.KEEP, List.of(), List.of());
    return new Moment(
        "D-1",
        TriggerKind.PERIODIC,
        List.of(actions),
        List.of(eur),
        1,
        best,
        0,
        0.25,
        1_024,
        true,
        Collections.nCopies(eur.length, true));
  }
}
