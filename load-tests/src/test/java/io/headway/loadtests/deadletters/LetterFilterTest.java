// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headway.schemas.DeadLetterCause;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LetterFilterTest {
  private static final Instant NOW = Instant.parse("2026-03-03T08:00:00Z");

  private final FilterOptions options = new FilterOptions();

  @Test
  void withoutConditionsEveryLetterIsTaken() throws CannotDo {
    assertThat(takes(DeadLetterCause.LATE, NOW)).isTrue();
  }

  @Test
  void everyConditionMustHold() throws CannotDo {
    options.causes = Set.of(DeadLetterCause.FUTURE);
    assertThat(takes(DeadLetterCause.FUTURE, NOW)).isTrue();
    assertThat(takes(DeadLetterCause.LATE, NOW)).isFalse();

    options.key = "van-1";
    assertThat(takes(DeadLetterCause.FUTURE, NOW)).isTrue();
    options.key = "van-10";
    assertThat(takes(DeadLetterCause.FUTURE, NOW)).isFalse();

    options.key = null;
    options.topics = Set.of("shipments");
    assertThat(takes(DeadLetterCause.FUTURE, NOW)).isFalse();
    options.topics = Set.of("shipments", "telemetry");
    assertThat(takes(DeadLetterCause.FUTURE, NOW)).isTrue();
  }

  @Test
  void sinceIsWithinAndUntilIsNot() throws CannotDo {
    options.since = "15m";
    options.until = "2026-03-03T07:50:00Z";

    assertThat(takes(DeadLetterCause.LATE, NOW.minusSeconds(901))).isFalse();
    assertThat(takes(DeadLetterCause.LATE, NOW.minusSeconds(900))).isTrue();
    assertThat(takes(DeadLetterCause.LATE, NOW.minusSeconds(601))).isTrue();
    assertThat(takes(DeadLetterCause.LATE, NOW.minusSeconds(600))).isFalse();
  }

  @Test
  void whatIsNoTimeIsRefusedWithItsOption() {
    options.until = "yesterday";
    assertThatThrownBy(() -> options.at(NOW))
        .isInstanceOf(CannotDo.class)
        .hasMessageContaining("--until is 'yesterday'");
  }

  private boolean takes(DeadLetterCause cause, Instant written) throws CannotDo {
    return options.at(NOW).takes(LettersAtHand.letter(1, written.toEpochMilli(), cause, "junk"));
  }
}
