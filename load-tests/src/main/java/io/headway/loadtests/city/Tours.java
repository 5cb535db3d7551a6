// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.GeoMath;
import io.headway.loadtests.city.Draws.Stream;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The rounds of deliveries: each serves a district, begins at its depot and is driven again and
 * again, as regular rounds are. The order is that of nearest neighbours, improved by exchanging
 * pairs of legs (2-opt) on straight distances. Not thread-safe: rounds are laid when asked for.
 */
final class Tours {
  private static final int SAMPLE_RATIO = 4;

  private final CityParameters parameters;
  private final Places places;
  private final int[][] stops;

  Tours(CityParameters parameters, Places places) {
    this.parameters = parameters;
    this.places = places;
    this.stops = new int[Math.max(parameters.count(Knob.TOURS), places.depots())][];
  }

  /** The round that a vehicle drives as its n-th. */
  int tourOf(int vehicle, int round) {
    int depot = vehicle % places.depots();
    int ofDepot = stops.length / places.depots();
    long draw = Draws.bits(parameters.seed(), Stream.ROUND, vehicle, round);
    return Draws.below(draw, ofDepot) * places.depots() + depot;
  }

  int depot(int tour) {
    return tour % places.depots();
  }

  /** The places of a round in order, without the depot; not to be changed. */
  int[] stops(int tour) {
    if (stops[tour] == null) {
      stops[tour] = lay(tour);
    }
    return stops[tour];
  }

  private int[] lay(int tour) {
    long seed = parameters.seed();
    int customers = places.size() - places.depots();
    int least = parameters.count(Knob.STOPS_MIN);
    int most = Math.max(least, parameters.count(Knob.STOPS_MAX));
    int count = least + Draws.below(Draws.bits(seed, Stream.TOUR, tour, 0), most - least + 1);
    count = Math.min(count, customers / 2);
    int centre = places.depots() + Draws.below(Draws.bits(seed, Stream.TOUR, tour, 1), customers);
    Integer[] sample =
        IntStream.range(0, SAMPLE_RATIO * count)
            .map(
                i ->
                    places.depots()
                        + Draws.below(Draws.bits(seed, Stream.TOUR, tour, 2 + i), customers))
            .distinct()
            .boxed()
            .toArray(Integer[]::new);
    Arrays.sort(sample, Comparator.comparingDouble(place -> metres(centre, place)));
    int[] order = new int[Math.min(count, sample.length)];
    for (int i = 0; i < order.length; i++) {
      order[i] = sample[i];
    }
    nearestFirst(depot(tour), order);
    exchange(depot(tour), order);
    return order;
  }

  private void nearestFirst(int from, int[] order) {
    int here = from;
    for (int i = 0; i < order.length; i++) {
      int best = i;
      for (int j = i + 1; j < order.length; j++) {
        if (metres(here, order[j]) < metres(here, order[best])) {
          best = j;
        }
      }
      int place = order[best];
      order[best] = order[i];
      order[i] = place;
      here = place;
    }
  }

  private void exchange(int depot, int[] order) {
    boolean better = true;
    for (int sweep = 0; sweep < 10 && better; sweep++) {
      better = false;
      for (int i = 0; i < order.length - 1; i++) {
        for (int j = i + 1; j < order.length; j++) {
          int before = i == 0 ? depot : order[i - 1];
          int after = j == order.length - 1 ? depot : order[j + 1];
          double now = metres(before, order[i]) + metres(order[j], after);
          double then = metres(before, order[j]) + metres(order[i], after);
          if (then < now - 1) {
            reverse(order, i, j);
            better = true;
          }
        }
      }
    }
  }

  private static void reverse(int[] order, int from, int to) {
    for (int i = from, j = to; i < j; i++, j--) {
      int place = order[i];
      order[i] = order[j];
      order[j] = place;
    }
  }

  private double metres(int a, int b) {
    return GeoMath.distanceM(
        places.latDeg(a), places.lonDeg(a), places.latDeg(b), places.lonDeg(b));
  }
}
