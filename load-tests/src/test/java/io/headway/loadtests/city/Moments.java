// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.routing.Route;
import io.headway.kernels.routing.Router;
import io.headway.schemas.Bounds;
import java.util.Arrays;
import java.util.List;

/** Finds moments of a city that tests need. */
final class Moments {
  static final Bounds BOUNDS = Bounds.newBuilder().build();

  /** A vehicle under way and another way to its next stop. */
  record Detour(int vehicle, long ms, List<Integer> route) {}

  private final CityParameters parameters;
  private final City city;
  private final Hindsight truth;

  Moments(CityParameters parameters) {
    this.parameters = parameters;
    city = new City(parameters, Cities.network());
    truth = new Hindsight(parameters, Cities.network(), new ActionLog(), BOUNDS);
  }

  /** While driving. */
  Detour detour() {
    return detour(parameters.startMs() + 120_000, true);
  }

  /** While it waits to set out. */
  Detour detourBeforeDeparture() {
    return detour(parameters.startMs() + 1_000, false);
  }

  private Detour detour(long ms, boolean driving) {
    Router router = new Router(city.network);
    float[] seconds = Router.freeSeconds(city.network);
    for (int v = 0; v < parameters.count(Knob.VEHICLES); v++) {
      Vehicle vehicle = truth.at(v, ms);
      if (vehicle.stops().isEmpty() || vehicle.speedMps() > 0 != driving) {
        continue;
      }
      int target = vehicle.stops().get(0).place();
      int edge = vehicle.edge();
      double offsetM = vehicle.offsetM((double) ms);
      int toEdge = city.places.edge(target);
      int[] usual = city.routes.from(edge, offsetM, target);
      if (usual.length < 8) {
        continue;
      }
      float[] slowed = seconds.clone();
      for (int i = 3; i < usual.length - 1; i++) {
        slowed[usual[i]] *= 10;
      }
      Route other = router.route(edge, offsetM, toEdge, city.places.offsetM(target), slowed);
      if (other != null && !Arrays.equals(other.edges(), usual)) {
        return new Detour(v, ms, Arrays.stream(other.edges()).boxed().toList());
      }
    }
    throw new AssertionError("No vehicle has another way to go.");
  }
}
