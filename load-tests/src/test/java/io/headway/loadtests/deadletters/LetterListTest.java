// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.deadletters;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.DeadLetterCause;
import org.junit.jupiter.api.Test;

class LetterListTest {

  @Test
  void allAreCountedAndTheNewestAreShownNewestFirst() {
    LetterList list = new LetterList(2);
    for (int i : new int[] {2, 0, 3, 1}) {
      list.add(LettersAtHand.letter(i, 1_000L * i, DeadLetterCause.FUTURE, "junk"));
    }

    String text = list.text(0);

    assertThat(text).contains("4 dead letters").containsPattern("telemetry +FUTURE +4");
    assertThat(text).containsSubsequence("0:3", "0:2").doesNotContain("0:1", "0:0 ");
  }

  @Test
  void withALimitOfNothingOnlyCountsAreKept() {
    LetterList list = new LetterList(0);
    list.add(LettersAtHand.letter(1, 0, DeadLetterCause.FUTURE, "junk"));

    assertThat(list.text(3)).doesNotContain("0:1").contains("3 records");
    assertThat(list.json(3)).contains("\"dead_letters\":1", "\"newest\":[]");
  }

  @Test
  void whatASenderWroteCannotSteerATerminal() {
    Letter letter = LettersAtHand.letter(1, 0, DeadLetterCause.MALFORMED, "junk");
    letter.content().setDetail("\u001b[31mred\u202e");
    LetterList list = new LetterList(1);
    list.add(letter);

    assertThat(list.text(0)).contains(".[31mred.").doesNotContain("\u001b", "\u202e");
  }

  @Test
  void onlyTheBeginningOfBytesIsShownInHex() {
    String view = PayloadView.hex(new byte[600], 10_000);

    assertThat(view.lines()).hasSize(33);
    assertThat(view).startsWith("000000  00 00").endsWith("512 of 10,000 bytes shown");
  }
}
