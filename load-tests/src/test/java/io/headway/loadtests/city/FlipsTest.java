// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.schemas.DecisionKind;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlipsTest {
  private static final double MINUTE_MS = 60_000;

  private final Flips flips = new Flips();

  /** Stops by number; the first is being served if its number is below 0. */
  private static List<Stop> stops(int... numbers) {
    return Arrays.stream(numbers)
        .mapToObj(n -> new Stop(Math.abs(n), 0, 0, 0, 0, 0, 0, n < 0 ? 1 : 0))
        .toList();
  }

  private void reroute(int vehicle, List<Stop> stops, double minute) {
    flips.acted(vehicle, DecisionKind.REROUTE, stops, stops, minute * MINUTE_MS);
  }

  private void resequence(List<Stop> before, List<Stop> after, double minute) {
    flips.acted(1, DecisionKind.RESEQUENCE, before, after, minute * MINUTE_MS);
  }

  @Test
  void aWayToTheSameStopThatIsChangedAgainWithinHalfAnHourIsAFlip() {
    reroute(1, stops(1, 2), 0);
    assertThat(flips.count()).isZero();
    reroute(1, stops(1, 2), 29.9);
    assertThat(flips.count()).isEqualTo(1);
    reroute(1, stops(1, 2), 60);
    assertThat(flips.count()).isEqualTo(1);
  }

  @Test
  void aWayToAnotherStopOrOfAnotherVehicleIsNone() {
    reroute(1, stops(1, 2), 0);
    // While the first is being served, the way is that to the second.
    reroute(1, stops(-1, 2), 5);
    reroute(2, stops(1, 2), 6);
    assertThat(flips.count()).isZero();
    reroute(1, stops(2), 10);
    assertThat(flips.count()).isEqualTo(1);
  }

  @Test
  void aStopThatIsMovedAgainIsAFlipHoweverManyAre() {
    resequence(stops(1, 2, 3, 4), stops(2, 1, 3, 4), 0);
    resequence(stops(2, 1, 3, 4), stops(2, 1, 4, 3), 6);
    assertThat(flips.count()).isZero();
    resequence(stops(2, 1, 4, 3), stops(1, 2, 3, 4), 12);
    assertThat(flips.count()).isEqualTo(1);
  }

  @Test
  void otherKindsChangeNothingAgain() {
    resequence(stops(1, 2), stops(2, 1), 0);
    reroute(1, stops(2, 1), 1);
    flips.acted(1, DecisionKind.NOTIFY_LATE, stops(2, 1), stops(2, 1), 2 * MINUTE_MS);
    flips.acted(1, DecisionKind.NOTIFY_LATE, stops(2, 1), stops(2, 1), 3 * MINUTE_MS);
    flips.acted(1, DecisionKind.DISPATCH_BACKUP, stops(2, 1), stops(2), 4 * MINUTE_MS);
    assertThat(flips.count()).isZero();
  }
}
