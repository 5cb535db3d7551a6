// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OffNetworkTest {
  @Test
  void aBoundBelongsToTheClassThatBeginsThere() {
    double[] boundsM = {1_000, 1_500, 2_000, 3_000, 4_000, 6_000, 9_000, 13_000, 20_000};

    assertThat(OffNetwork.classOf(0)).isZero();
    for (int i = 0; i < boundsM.length; i++) {
      assertThat(OffNetwork.classOf(Math.nextDown(boundsM[i]))).isEqualTo(i);
      assertThat(OffNetwork.classOf(boundsM[i])).isEqualTo(i + 1);
    }
    assertThat(OffNetwork.classOf(1e7)).isEqualTo(OffNetwork.CLASSES - 1);
  }

  @Test
  void classesStandApartFromEdges() {
    for (int i = 0; i < OffNetwork.CLASSES; i++) {
      assertThat(OffNetwork.edgeOf(i)).isNegative();
      assertThat(OffNetwork.ofEdge(OffNetwork.edgeOf(i))).isEqualTo(i);
    }
  }
}
