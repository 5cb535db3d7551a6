// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.functions.ingest.InputType;
import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.SpeedWitness.Driven;
import io.headway.loadtests.feed.FeedRecord;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.avro.message.MissingSchemaException;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * What the records of the topics have told of a city so far, as a law of everything about it that
 * is hidden: speeds, weather, paces, incidents, customers. It knows how cities come to be ({@link
 * CityParameters} but for the seed, the roads, the places) and the records, nothing else. Not
 * thread-safe.
 */
final class CityBelief {
  private static final long SEED = Long.MIN_VALUE;

  private final RoadNetwork network;
  private final Places places;
  private final int vehicles;
  private final Map<Integer, Integer> drivers = new HashMap<>();
  private final HiddenWorld law;
  private final Incidents incidentLaw;
  private final SpeedWitness witness;
  private final TrafficSoFar traffic;
  private final IncidentBelief incidents;
  private final ServiceBelief services;
  private long slot;

  /**
   * @param believed what the city is taken to be like; its seed is not looked at
   * @param places where its customers are, which shipments say
   * @param followed vehicles whose drivers' paces are followed, which takes time with the square of
   *     their number; those of others are part of the error of what they tell
   */
  CityBelief(CityParameters believed, RoadMap roads, Places places, IntStream followed) {
    network = roads.network();
    this.places = places;
    vehicles = believed.count(Knob.VEHICLES);
    followed.forEach(vehicle -> drivers.putIfAbsent(vehicle, drivers.size()));
    // Its laws are those of a world of one and the same seed, so that nothing of the truth is in
    // it.
    law = new HiddenWorld(believed.withSeed(SEED), network);
    witness = new SpeedWitness(roads, this::observe);
    slot = HiddenWorld.slotOf(believed.startMs());
    traffic =
        new TrafficSoFar(
            law.traffic() instanceof RecordedTraffic recorded
                ? new RecordedTrafficBelief(recorded, believed)
                : new SimulatedTrafficBelief(
                    believed, (SimulatedTraffic) law.traffic(), drivers.size()),
            slot);
    incidentLaw = law.incidents(slot);
    incidents = new IncidentBelief(believed, network, incidentLaw);
    services = new ServiceBelief(believed, places);
    incidents.weather(slot, traffic.incidentRatio());
  }

  /** Takes a record in, in the order of sending. Records that are not sound say nothing. */
  void add(FeedRecord record) {
    advance(record.sendAtMs());
    witness.add(record);
    if (record.topic().equals(InputType.ROAD_EVENTS.topic())) {
      incidents.add(sound(InputType.ROAD_EVENTS, record));
    } else if (record.topic().equals(InputType.SHIPMENTS.topic())) {
      services.add(sound(InputType.SHIPMENTS, record));
    }
  }

  /** Lets time pass. */
  void advance(long toMs) {
    for (long to = HiddenWorld.slotOf(toMs); slot < to; slot++) {
      traffic.advance();
      incidents.weather(slot + 1, traffic.incidentRatio());
    }
  }

  IncidentBelief incidents() {
    return incidents;
  }

  /** What a followed vehicle may meet from a moment on; the records up to it have been taken in. */
  Futures futures(int vehicle, long ms) {
    return futures(vehicle, ms, incidentLaw.sites());
  }

  /**
   * The same without incidents far from where the vehicle is, its way and stops, and the routes
   * that it may be given: those it does not meet.
   *
   * @param known the vehicle at the moment
   * @param routes edges of each
   */
  Futures futuresNear(Vehicle known, Stream<List<Integer>> routes, long ms) {
    Surroundings near = new Surroundings();
    IntStream.concat(
            IntStream.concat(IntStream.of(known.edge()), Arrays.stream(known.way())),
            routes.flatMap(List::stream).mapToInt(Integer::intValue))
        .map(network::edgeTo)
        .forEach(node -> near.add(network.nodeLatDeg(node), network.nodeLonDeg(node)));
    known
        .stops()
        .forEach(stop -> near.add(places.latDeg(stop.place()), places.lonDeg(stop.place())));
    return futures(
        known.id(),
        ms,
        incidentLaw.sites(
            edge ->
                near.holds(
                    network.nodeLatDeg(network.edgeTo(edge)),
                    network.nodeLonDeg(network.edgeTo(edge)))));
  }

  /** The rectangle around some points, with a margin. */
  private static final class Surroundings {
    private static final double MARGIN_M = 2_000;

    private double south = 90;
    private double north = -90;
    private double west = 180;
    private double east = -180;

    void add(double latDeg, double lonDeg) {
      double latMargin = MARGIN_M / GeoMath.northM(0, 1);
      double lonMargin = MARGIN_M / GeoMath.eastM(latDeg, 0, 1);
      south = Math.min(south, latDeg - latMargin);
      north = Math.max(north, latDeg + latMargin);
      west = Math.min(west, lonDeg - lonMargin);
      east = Math.max(east, lonDeg + lonMargin);
    }

    boolean holds(double latDeg, double lonDeg) {
      return latDeg > south && latDeg < north && lonDeg > west && lonDeg < east;
    }
  }

  private Futures futures(int vehicle, long ms, Incidents.Sites sites) {
    advance(ms);
    return new Futures(
        law, traffic.law(drivers.get(vehicle)), incidents.at(ms, sites), services.law(), ms);
  }

  /** The value of a record, or null when it is not sound. */
  static <T extends SpecificRecordBase> T sound(InputType<T> type, FeedRecord record) {
    try {
      T value = type.decode(record.value());
      return type.faultOf(value) == null ? value : null;
    } catch (IOException | MissingSchemaException e) {
      return null;
    }
  }

  private void observe(Driven stretch) {
    int edge = stretch.edge();
    if (incidents.slows(edge, stretch.ms())) {
      return; // which speeds without incidents do not explain
    }
    long halfMs = (long) (500 * stretch.seconds());
    traffic.observe(
        HiddenWorld.slotOf(stretch.ms()),
        new TrafficBelief.Observation(
            edge,
            law.component(edge),
            drivers.getOrDefault(Vehicle.numberOf(stretch.vehicleId(), vehicles), -1),
            Math.log(stretch.speedMps() / network.edgeFreeSpeedMps(edge)),
            stretch.errorSpread(),
            HiddenWorld.slotOf(stretch.ms() - halfMs)
                == HiddenWorld.slotOf(stretch.ms() + halfMs)));
  }
}
