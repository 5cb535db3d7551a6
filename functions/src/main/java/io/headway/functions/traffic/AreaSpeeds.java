// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadNetwork;
import java.util.Arrays;

/**
 * How fast the neighbourhood of each edge is driven now, beside what is known of the edge itself: a
 * jam does not end at a junction. The network lies in square cells of {@value #CELL_M} m (or more,
 * where that would be more than {@value #CELLS_MAX}); the neighbourhood of an edge is the cell of
 * its first node and the eight around it. There and in the whole network this is the mean log of
 * free speed over observed speed, each edge weighing as much as its observation still counts
 * ({@link LiveWeights#remaining}).
 *
 * <p>A function of the weights alone. Not thread-safe.
 */
public final class AreaSpeeds {
  private static final double CELL_M = 1_000;
  private static final int CELLS_MAX = 1 << 18;

  private final LiveWeights weights;
  private final RoadNetwork network;
  private final int columns;
  private final int[] cellOf;

  /** Sums over the observed edges of each cell, then of each neighbourhood. */
  private final double[] cellWeight;

  private final double[] cellLog;
  private final double[] areaWeight;
  private final double[] areaLog;
  private double networkWeight;
  private double networkLog;
  private long epoch = -1;

  /**
   * @param network of the weights; null without one
   */
  public AreaSpeeds(RoadNetwork network, LiveWeights weights) {
    this.network = network;
    this.weights = weights;
    int edges = network == null ? 0 : network.edgeCount();
    cellOf = new int[edges];
    double south = Double.POSITIVE_INFINITY;
    double west = Double.POSITIVE_INFINITY;
    double north = Double.NEGATIVE_INFINITY;
    double east = Double.NEGATIVE_INFINITY;
    for (int e = 0; e < edges; e++) {
      south = Math.min(south, latDeg(e));
      north = Math.max(north, latDeg(e));
      west = Math.min(west, lonDeg(e));
      east = Math.max(east, lonDeg(e));
    }
    double middle = (south + north) / 2;
    double widthM = edges == 0 ? 0 : GeoMath.eastM(middle, west, east);
    double heightM = edges == 0 ? 0 : GeoMath.northM(south, north);
    double cellM = Math.max(CELL_M, Math.sqrt(widthM * heightM / CELLS_MAX));
    // A border of empty cells: every cell of an edge has eight around it.
    columns = (int) (widthM / cellM) + 3;
    int rows = (int) (heightM / cellM) + 3;
    for (int e = 0; e < edges; e++) {
      int column = (int) (GeoMath.eastM(middle, west, lonDeg(e)) / cellM) + 1;
      int row = (int) (GeoMath.northM(south, latDeg(e)) / cellM) + 1;
      cellOf[e] = row * columns + column;
    }
    cellWeight = new double[rows * columns];
    cellLog = new double[rows * columns];
    areaWeight = new double[rows * columns];
    areaLog = new double[rows * columns];
  }

  private double latDeg(int edge) {
    return network.nodeLatDeg(network.edgeFrom(edge));
  }

  private double lonDeg(int edge) {
    return network.nodeLonDeg(network.edgeFrom(edge));
  }

  /** Looks at the weights as they are now; costs something only when they have changed. */
  public void look() {
    if (epoch == weights.epoch()) {
      return;
    }
    epoch = weights.epoch();
    Arrays.fill(cellWeight, 0);
    Arrays.fill(cellLog, 0);
    networkWeight = 0;
    networkLog = 0;
    for (int e = weights.nextObserved(0); e >= 0; e = weights.nextObserved(e + 1)) {
      double weight = weights.remaining(e);
      double log = Math.log(network.edgeFreeSpeedMps(e) / weights.observedSpeedMps(e));
      cellWeight[cellOf[e]] += weight;
      cellLog[cellOf[e]] += weight * log;
      networkWeight += weight;
      networkLog += weight * log;
    }
    for (int cell = columns + 1; cell < cellWeight.length - columns - 1; cell++) {
      areaWeight[cell] = 0;
      areaLog[cell] = 0;
      for (int row = -columns; row <= columns; row += columns) {
        for (int near = cell + row - 1; near <= cell + row + 1; near++) {
          areaWeight[cell] += cellWeight[near];
          areaLog[cell] += cellLog[near];
        }
      }
    }
  }

  /** Mean log of time over usual time around an edge; 0 where nothing was observed. */
  public double areaLogRatio(int edge) {
    double weight = areaWeight[cellOf[edge]];
    return weight == 0 ? 0 : areaLog[cellOf[edge]] / weight;
  }

  /** The weight behind {@link #areaLogRatio}: a fresh observation of one edge counts 1. */
  public double areaWeight(int edge) {
    return areaWeight[cellOf[edge]];
  }

  /** Mean log of time over usual time in the whole network; 0 where nothing was observed. */
  public double networkLogRatio() {
    return networkWeight == 0 ? 0 : networkLog / networkWeight;
  }

  /** The weight behind {@link #networkLogRatio}. */
  public double networkWeight() {
    return networkWeight;
  }
}
