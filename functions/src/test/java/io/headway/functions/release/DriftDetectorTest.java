// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.Test;

/** Windows of 20 legs, of which as many as in a jam are outside together. */
class DriftDetectorTest {
  private static final double LIMIT = 0.25;
  private static final int LEGS = 20;
  private static final int LONGEST = 100_000;

  /** Half of the legs of a window share their fate. */
  private static double share(Random random, double rate) {
    int outside = random.nextDouble() < rate ? LEGS / 2 : 0;
    for (int i = 0; i < LEGS / 2; i++) {
      outside += random.nextDouble() < rate ? 1 : 0;
    }
    return (double) outside / LEGS;
  }

  private static int windowsToAlarm(Random random, double rateBefore, int change, double rate) {
    DriftDetector detector = new DriftDetector();
    for (int n = 1; n <= LONGEST; n++) {
      detector.add(share(random, n <= change ? rateBefore : rate), LIMIT);
      if (detector.isAlarmed()) {
        return n;
      }
    }
    return LONGEST;
  }

  @Test
  void atTheLimitAlarmsAreAsRareAsIsSaid() {
    Random random = new Random(1);
    int runs = 100;
    double sum = 0;
    for (int run = 0; run < runs; run++) {
      sum += windowsToAlarm(random, LIMIT, 0, LIMIT);
    }
    assertThat(sum / runs).isGreaterThan(DriftDetector.WINDOWS_TO_FALSE_ALARM);
  }

  @Test
  void aRateThatRisesLateIsFoundAsSoonAsOneThatWasHighFromTheBeginning() {
    Random random = new Random(2);
    for (int run = 0; run < 50; run++) {
      assertThat(windowsToAlarm(random, 0, 0, 0.5)).isLessThan(60);
      assertThat(windowsToAlarm(random, 0.2, 1_000, 0.5)).isBetween(1_001, 1_060);
    }
  }

  @Test
  void itIsKeptWithoutKryo() {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(DriftDetector.class);
  }
}
