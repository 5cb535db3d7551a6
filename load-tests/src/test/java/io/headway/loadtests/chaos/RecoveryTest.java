// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.loadtests.chaos.ChaosRun.Recovery;
import org.junit.jupiter.api.Test;

class RecoveryTest {

  @Test
  void aBrokerThatStallsRestartsNothing() {
    assertThat(stalled(Double.NaN, 0, "").holds(false)).isTrue();
    assertThat(stalled(16, 1, "TimeoutException: Expiring 3 record(s)").holds(false)).isFalse();
  }

  @Test
  void orTheSourceThatWasWokenTwiceAndThatOnce() {
    String woken = "Caused by: org.apache.kafka.common.errors.WakeupException";
    assertThat(stalled(16, 1, woken).holds(false)).isTrue();
    assertThat(stalled(16, 2, woken).holds(false)).isFalse();
  }

  private static Recovery stalled(double detectedS, long restarts, String cause) {
    return new Recovery(Fault.BROKER_STALLED, detectedS, detectedS, 18, 19, 0, restarts, 0, cause);
  }
}
