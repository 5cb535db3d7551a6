// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.roads;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class HilbertCurveTest {
  @Test
  void visitsEachCellOfABlockOnceAndStepsToANeighbour() {
    int side = 32;
    long corner = 1L << 29;
    long[][] cells = new long[side * side][];
    for (int i = 0; i < cells.length; i++) {
      long x = corner + i % side;
      long y = corner + i / side;
      double lon = (x + 0.5) / (1L << 30) * 360 - 180;
      double lat = (y + 0.5) / (1L << 30) * 180 - 90;
      cells[i] = new long[] {HilbertCurve.position(lat, lon), x, y};
    }
    Arrays.sort(cells, (a, b) -> Long.compare(a[0], b[0]));
    for (int i = 1; i < cells.length; i++) {
      assertThat(cells[i][0]).isEqualTo(cells[i - 1][0] + 1);
      long steps =
          Math.abs(cells[i][1] - cells[i - 1][1]) + Math.abs(cells[i][2] - cells[i - 1][2]);
      assertThat(steps).isEqualTo(1);
    }
  }

  @Test
  void theEdgesOfTheMapHaveAPosition() {
    assertThat(HilbertCurve.position(90, 180)).isNotNegative();
    assertThat(HilbertCurve.position(-90, -180)).isNotNegative();
  }
}
