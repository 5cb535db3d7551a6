// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.roads;

import java.util.Arrays;

/** Strongly connected components of a directed graph: Tarjan's algorithm without recursion. */
final class StrongComponents {
  private StrongComponents() {}

  /**
   * Component of each node, numbered from 0.
   *
   * @param arcs from-node and to-node, alternating
   */
  static int[] of(int nodeCount, int[] arcs) {
    int[] first = new int[nodeCount + 1];
    for (int i = 0; i < arcs.length; i += 2) {
      first[arcs[i] + 1]++;
    }
    for (int n = 0; n < nodeCount; n++) {
      first[n + 1] += first[n];
    }
    int[] next = Arrays.copyOf(first, nodeCount);
    int[] heads = new int[arcs.length / 2];
    for (int i = 0; i < arcs.length; i += 2) {
      heads[next[arcs[i]]++] = arcs[i + 1];
    }
    System.arraycopy(first, 0, next, 0, nodeCount);

    int[] component = new int[nodeCount];
    int[] visit = new int[nodeCount];
    int[] low = new int[nodeCount];
    int[] open = new int[nodeCount];
    int[] path = new int[nodeCount];
    Arrays.fill(component, -1);
    int visits = 0;
    int openSize = 0;
    int components = 0;
    for (int root = 0; root < nodeCount; root++) {
      if (visit[root] != 0) {
        continue;
      }
      int depth = 0;
      path[0] = root;
      open[openSize++] = root;
      visit[root] = low[root] = ++visits;
      while (depth >= 0) {
        int node = path[depth];
        if (next[node] < first[node + 1]) {
          int head = heads[next[node]++];
          if (visit[head] == 0) {
            visit[head] = low[head] = ++visits;
            open[openSize++] = head;
            path[++depth] = head;
          } else if (component[head] < 0) {
            low[node] = Math.min(low[node], visit[head]);
          }
          continue;
        }
        if (low[node] == visit[node]) {
          int member;
          do {
            member = open[--openSize];
            component[member] = components;
          } while (member != node);
          components++;
        }
        if (--depth >= 0) {
          low[path[depth]] = Math.min(low[path[depth]], low[node]);
        }
      }
    }
    return component;
  }

  /** The component with the most nodes; of equals the one that comes first. */
  static int largest(int[] component) {
    int[] size = new int[component.length + 1];
    int largest = 0;
    for (int c : component) {
      size[c]++;
    }
    for (int c = 1; c < size.length; c++) {
      largest = size[c] > size[largest] ? c : largest;
    }
    return largest;
  }
}
