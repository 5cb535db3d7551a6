// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.loadtests.inference.Speeds.Speed;
import io.headway.loadtests.results.Figure;
import org.junit.jupiter.api.Test;

class SpeedsTest {

  @Test
  void timesAsManyIsThisOneOverThePeer() {
    Speeds fast = new Speeds();
    Speeds slow = new Speeds();
    for (int round = 1; round <= 3; round++) {
      fast.add(new Speed(3_000 * round, 2.0 / round));
      slow.add(new Speed(1_000 * round, 8.0 / round));
    }
    assertThat(fast.timesRecordsPerS("times", slow).value()).isCloseTo(3, within(1e-9));
    assertThat(fast.timesRecordsPerCpuS("times", slow).value()).isCloseTo(4, within(1e-9));
    assertThat(fast.meanRecordsPerS()).isEqualTo(6_000);
    assertThat(fast.figures("fast"))
        .extracting(Figure::name)
        .containsExactly("fast_records_per_s", "fast_cpu_us_per_record");
  }
}
