// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import java.util.Arrays;

/** Collects the edges of one {@link WeightDelta}. Not thread-safe. */
final class DeltaWriter {
  private final int[] edges;
  private final float[] speedMps;
  private final int[] observations;
  private final float[] eventFactor;
  private int size;

  DeltaWriter(int capacity) {
    edges = new int[capacity];
    speedMps = new float[capacity];
    observations = new int[capacity];
    eventFactor = new float[capacity];
  }

  void add(int edge, float edgeSpeedMps, int edgeObservations, float edgeFactor) {
    edges[size] = edge;
    speedMps[size] = edgeSpeedMps;
    observations[size] = edgeObservations;
    eventFactor[size] = edgeFactor;
    size++;
  }

  int size() {
    return size;
  }

  /** A delta with these edges, without number, time and network. */
  WeightDelta finish() {
    WeightDelta delta = new WeightDelta();
    delta.edges = Arrays.copyOf(edges, size);
    delta.speedMps = Arrays.copyOf(speedMps, size);
    delta.observations = Arrays.copyOf(observations, size);
    delta.eventFactor = Arrays.copyOf(eventFactor, size);
    return delta;
  }
}
