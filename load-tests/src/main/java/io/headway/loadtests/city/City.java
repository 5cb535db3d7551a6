// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.RoadNetwork;

/**
 * What a city is made of, apart from its vehicles. Equal parameters and networks make equal cities.
 * Not thread-safe: routes, rounds and the hidden world grow as they are asked for.
 */
final class City {
  final CityParameters parameters;
  final RoadNetwork network;
  final Places places;
  final Tours tours;
  final UsualRoutes routes;
  final HiddenWorld world;

  City(CityParameters parameters, RoadNetwork network) {
    this.parameters = parameters;
    this.network = network;
    places = new Places(parameters, network);
    tours = new Tours(parameters, places);
    routes = new UsualRoutes(network, places);
    world = new HiddenWorld(parameters, network);
  }
}
