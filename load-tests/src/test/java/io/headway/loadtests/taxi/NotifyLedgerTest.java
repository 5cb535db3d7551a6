// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.taxi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class NotifyLedgerTest {
  private static final long MINUTE_MS = 60_000;

  private final NotifyLedger ledger = new NotifyLedger();

  @Test
  void judgesByTheArrival() {
    promisedBy10("early", "late", "untold late", "untold early", "exact", "open", "open untold");
    told("early", 1);
    told("late", 4);
    told("exact", 2);
    told("open", 3);
    arrived("early", 9);
    arrived("late", 14);
    arrived("untold late", 12);
    arrived("untold early", 8);
    arrived("exact", 10);

    NotifyScore score = ledger.score();

    assertThat(score).isEqualTo(new NotifyScore(1, 2, 5, 2, 1, 0, 1, 2, 1, 600));
    assertThat(score.precision()).hasValue(1 / 3.0);
    assertThat(score.recall()).hasValue(0.5);
  }

  @Test
  void countsWhoWasToldAQuarterOfAnHourAhead() {
    promisedBy10("a", "b");
    told("a", 0);
    told("b", 1);
    arrived("a", 15);
    arrived("b", 15);
    assertThat(ledger.score().notifiedBeforeArrival()).isEqualTo(2);
    assertThat(ledger.score().notifiedAhead()).isEqualTo(1);
  }

  @Test
  void tellingAfterTheArrivalIsWrongAndTheArrivalWasMissed() {
    promisedBy10("a", "b");
    arrived("a", 14);
    told("a", 15);
    told("b", 15);
    arrived("b", 14);
    assertThat(ledger.score().right()).isZero();
    assertThat(ledger.score().wrong()).isEqualTo(2);
    assertThat(ledger.score().notifiedBeforeArrival()).isZero();
    assertThat(ledger.score().missed()).isEqualTo(2);
  }

  @Test
  void aTripCountsOnceHoweverOftenItWasTold() {
    promisedBy10("a");
    assertThat(ledger.told("a", 3 * MINUTE_MS)).isTrue();
    assertThat(ledger.told("a", 4 * MINUTE_MS)).isFalse();
    arrived("a", 14);
    assertThat(ledger.told("a", 15 * MINUTE_MS)).isFalse();
    assertThat(ledger.score().right()).isEqualTo(1);
    assertThat(ledger.score().leadMedianS()).isEqualTo(660);
  }

  @Test
  void leavesOutWhatItWasNeverPromised() {
    assertThat(ledger.told("unknown", 0)).isFalse();
    arrived("unknown", 5);
    assertThat(ledger.score()).isEqualTo(new NotifyScore(0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    assertThat(ledger.score().precision()).isEqualTo(OptionalDouble.empty());
    assertThat(ledger.score().recall()).isEqualTo(OptionalDouble.empty());
  }

  @Test
  void forgetsArrivalsAfterAnHour() {
    promisedBy10("old", "new");
    arrived("old", 5);
    arrived("new", 66);
    assertThat(ledger.told("old", 67 * MINUTE_MS)).isFalse();
    assertThat(ledger.told("new", 67 * MINUTE_MS)).isTrue();
  }

  private void promisedBy10(String... shipmentIds) {
    for (String id : shipmentIds) {
      ledger.promised(id, 10 * MINUTE_MS);
    }
  }

  private void told(String shipmentId, int minute) {
    assertThat(ledger.told(shipmentId, minute * MINUTE_MS)).isTrue();
  }

  private void arrived(String shipmentId, int minute) {
    ledger.arrived(shipmentId, minute * MINUTE_MS);
  }
}
