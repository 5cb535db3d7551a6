// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.loadtests.deadletters.Replayer.Outcome;
import io.headway.schemas.DeadLetterCause;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReplayableTest {

  @ParameterizedTest
  @EnumSource(names = {"LATE", "NO_PLAN", "NO_GEOMETRY", "UNKNOWN"})
  void whatWouldFailAgainIsRefusedWithTheReason(DeadLetterCause cause) {
    assertThat(Replayable.refusal(LettersAtHand.letter(1, 0, cause, "junk"))).isNotBlank();
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"LATE", "NO_PLAN", "NO_GEOMETRY", "UNKNOWN"})
  void whatAFixCanMendIsReplayable(DeadLetterCause cause) {
    assertThat(Replayable.refusal(LettersAtHand.letter(1, 0, cause, "junk"))).isNull();
  }

  @Test
  void aTombstoneIsNotReplayable() {
    assertThat(Replayable.refusal(LettersAtHand.letter(1, 0, DeadLetterCause.MALFORMED, "")))
        .contains("tombstone");
  }

  @Test
  void aFailureIsTold() {
    assertThat(DeadLettersCommand.exitCode(Map.of(Outcome.SENT, 9L, Outcome.FAILED, 1L), false))
        .isEqualTo(1);
  }

  @Test
  void onlyARefusedLetterThatWasNamedCannotBeDoneAsAsked() {
    for (Outcome refused :
        new Outcome[] {Outcome.NOT_REPLAYABLE, Outcome.TOO_MANY_ATTEMPTS, Outcome.SOURCE_GONE}) {
      assertThat(DeadLettersCommand.exitCode(Map.of(refused, 1L), true)).isEqualTo(2);
      assertThat(DeadLettersCommand.exitCode(Map.of(refused, 1L), false)).isZero();
    }
    assertThat(DeadLettersCommand.exitCode(Map.of(Outcome.ALREADY_SENT, 1L), true)).isZero();
  }
}
