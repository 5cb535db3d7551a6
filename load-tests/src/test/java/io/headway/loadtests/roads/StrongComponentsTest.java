// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.roads;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class StrongComponentsTest {
  @Test
  void twoNodesAreTogetherWhenEachReachesTheOther() {
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      int nodes = 1 + random.nextInt(15);
      int[] arcs = random.ints(2L * random.nextInt(3 * nodes), 0, nodes).toArray();

      int[] component = StrongComponents.of(nodes, arcs);

      boolean[][] reaches = reachability(nodes, arcs);
      for (int a = 0; a < nodes; a++) {
        for (int b = 0; b < nodes; b++) {
          assertThat(component[a] == component[b]).isEqualTo(reaches[a][b] && reaches[b][a]);
        }
      }
    }
  }

  private static boolean[][] reachability(int nodes, int[] arcs) {
    boolean[][] reaches = new boolean[nodes][nodes];
    for (int n = 0; n < nodes; n++) {
      reaches[n][n] = true;
    }
    for (int i = 0; i < arcs.length; i += 2) {
      reaches[arcs[i]][arcs[i + 1]] = true;
    }
    for (int via = 0; via < nodes; via++) {
      for (int a = 0; a < nodes; a++) {
        for (int b = 0; b < nodes; b++) {
          reaches[a][b] |= reaches[a][via] && reaches[via][b];
        }
      }
    }
    return reaches;
  }

  @Test
  void theLargestIsTheOneWithMostNodes() {
    assertThat(StrongComponents.largest(new int[] {0, 1, 2, 1, 2, 1})).isEqualTo(1);
  }

  @Test
  void aRoadOfAMillionNodesNeedsNoRecursion() {
    int nodes = 1_000_000;
    int[] arcs = new int[2 * nodes];
    for (int n = 0; n < nodes; n++) {
      arcs[2 * n] = n;
      arcs[2 * n + 1] = (n + 1) % nodes;
    }
    assertThat(StrongComponents.of(nodes, arcs)).containsOnly(0);
  }
}
