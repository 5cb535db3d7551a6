// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.traffic;

import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.Candidates;
import io.headway.kernels.roads.GeoMath;
import io.headway.schemas.GeoPoint;
import io.headway.schemas.RoadEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds the directed road edges that a road event concerns: places along its geometry, a few metres
 * apart, each go to the nearest edge within reach that runs the geometry's way; an edge that the
 * geometry follows for too short a stretch (a crossing street, the edge after the last node) is
 * left out. Reused; not thread-safe.
 */
public final class EventEdges {
  /** How far an edge may lie beside the geometry, metres. */
  public static final double REACH_M = 25;

  /** Largest angle between the geometry and the edge, degrees. */
  private static final double MAX_TURN_DEG = 40;

  private static final double STEP_M = 5;

  /** Most places looked at, so that a geometry across a country costs no more than a city's. */
  private static final int MAX_PLACES = 20_000;

  /** An edge is concerned from this much of it on, or from half of its length. */
  private static final double MIN_COVER_M = 15;

  private static final int CAPACITY = 16;

  /** Distance along an edge over which its direction is taken, metres. */
  private static final double HEADING_M = 4;

  private final RoadMap roads;
  private final Candidates candidates = new Candidates(CAPACITY);
  private final double[] before = new double[2];
  private final double[] after = new double[2];

  /** For a road network. */
  public EventEdges(RoadMap roads) {
    this.roads = roads;
  }

  /** The edges of an event, ascending, each once; empty when it lies on none. */
  public int[] of(RoadEvent event) {
    List<GeoPoint> points = event.getGeometry();
    double stepM = Math.max(STEP_M, lengthM(points) / MAX_PLACES);
    Map<Integer, Double> coveredM = new TreeMap<>();
    for (int i = 1; i < points.size(); i++) {
      cover(points.get(i - 1), points.get(i), stepM, coveredM);
    }
    List<Integer> edges = new ArrayList<>();
    coveredM.forEach(
        (edge, metres) -> {
          double enough = Math.min(MIN_COVER_M, roads.network().edgeLengthM(edge) / 2);
          if (metres >= enough) {
            edges.add(edge);
          }
        });
    return edges.stream().mapToInt(Integer::intValue).toArray();
  }

  private static double lengthM(List<GeoPoint> points) {
    double lengthM = 0;
    for (int i = 1; i < points.size(); i++) {
      lengthM += distanceM(points.get(i - 1), points.get(i));
    }
    return lengthM;
  }

  private static double distanceM(GeoPoint a, GeoPoint b) {
    return GeoMath.distanceM(a.getLatDeg(), a.getLonDeg(), b.getLatDeg(), b.getLonDeg());
  }

  private void cover(GeoPoint a, GeoPoint b, double stepM, Map<Integer, Double> coveredM) {
    double lengthM = distanceM(a, b);
    int places = (int) Math.ceil(lengthM / stepM);
    if (places == 0) {
      return;
    }
    double headingDeg =
        GeoMath.headingDeg(a.getLatDeg(), a.getLonDeg(), b.getLatDeg(), b.getLonDeg());
    for (int i = 0; i < places; i++) {
      double share = (i + 0.5) / places;
      int edge =
          nearest(
              a.getLatDeg() + share * (b.getLatDeg() - a.getLatDeg()),
              a.getLonDeg() + share * (b.getLonDeg() - a.getLonDeg()),
              headingDeg);
      if (edge >= 0) {
        coveredM.merge(edge, lengthM / places, Double::sum);
      }
    }
  }

  private int nearest(double latDeg, double lonDeg, double headingDeg) {
    int found = roads.index().nearest(latDeg, lonDeg, REACH_M, candidates);
    for (int i = 0; i < found; i++) {
      double edgeHeadingDeg = headingDeg(candidates.edge(i), candidates.offsetM(i));
      if (GeoMath.headingDifferenceDeg(headingDeg, edgeHeadingDeg) <= MAX_TURN_DEG) {
        return candidates.edge(i);
      }
    }
    return -1;
  }

  private double headingDeg(int edge, double offsetM) {
    roads.network().pointAt(edge, offsetM - HEADING_M / 2, before);
    roads.network().pointAt(edge, offsetM + HEADING_M / 2, after);
    return GeoMath.headingDeg(before[0], before[1], after[0], after[1]);
  }
}
