// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.GeoMath;
import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.Draws.Stream;
import java.util.List;

/**
 * What the city is like and nobody sees: how fast each road is at each time, and what drivers and
 * customers are like. Time goes in slots of {@link #SLOT_MS} from the epoch; within a slot a road
 * has one speed:
 *
 * <pre>
 * log speed(e, s) = log usual(e) + profile(class, hour) + weather(s) + g_s(zone(e), class)
 *                 + spread·t_ν(e, s div 5) + log incidents(e, s)
 * driver:   log pace ~ N(0, spread²)             ground speed = pace · speed
 * customer: log factor ~ N(0, spread_c²)         service = expected · factor · exp(spread·z − b)
 * </pre>
 *
 * where b makes the mean service the expected one, g is a {@link SpeedField}, the weather a Markov
 * chain, incidents a marked Poisson process with a known hazard. In a city that goes by a recording
 * {@link RecordedTraffic} stands for all between usual speed and incidents. Vehicles change nothing
 * of it. Every part has a known law, so whoever holds observations can draw it again given them.
 *
 * <p>Not thread-safe: slots are drawn as they are asked for; a second world of equal parameters is
 * equal.
 */
final class HiddenWorld {
  /** Length of a slot: the grain of time of everything hidden. */
  static final long SLOT_MS = 60_000;

  /** Classes of roads that the field and the rush hours tell apart. */
  static final int CLASSES = 3;

  /** Slowest speed of an open road. */
  static final double MIN_SPEED_MPS = 0.4;

  /** Fastest speed, as a multiple of the usual one. */
  static final double MAX_SPEED_RATIO = 1.6;

  static final double LEAST_BREAKDOWN_MIN = 15;
  static final double MOST_BREAKDOWN_MIN = 60;

  private static final double MAX_SERVICE_S = 3_600;
  private static final int MAX_ZONES_A_SIDE = 6;
  private static final double ZONE_M = 1_800;

  /** A city's incidents begin to be so long before it. */
  static final int WARM_UP_SLOTS = 300;

  private static final int SPARE_SLOTS = 720;

  private final CityParameters parameters;
  private final RoadNetwork network;
  private final RushHour rushHour;
  private final Traffic traffic;
  private final Incidents incidents;
  private final short[] component;
  private final float[] usualMps;
  private final float[] lengthM;

  /** Log factor of the service time by place; null where the seed says it. */
  private final double[] logFactors;

  /** First slot that exists: the start, less the time that lets incidents come to be. */
  private final long firstSlot;

  private long nextSlot;
  private final Traffic.State[] stateAt;
  private final float[][] baseAt;

  HiddenWorld(CityParameters parameters, RoadNetwork network) {
    this.parameters = parameters;
    this.network = network;
    int edges = network.edgeCount();
    component = new short[edges];
    usualMps = new float[edges];
    lengthM = new float[edges];
    rushHour = new RushHour(parameters);
    traffic = zones();
    incidents = new Incidents(parameters, network);
    firstSlot = slotOf(parameters.startMs()) - WARM_UP_SLOTS;
    nextSlot = firstSlot;
    logFactors = null;
    int slots = WARM_UP_SLOTS + (int) (parameters.durationMs() / SLOT_MS) + 1 + SPARE_SLOTS;
    stateAt = new Traffic.State[slots];
    baseAt = new float[slots][];
  }

  /**
   * A world of the same laws that is in a slot as is said, and goes on as a seed says.
   *
   * @param slots how many it has
   * @param now the traffic in its first slot
   * @param sites where incidents are looked at
   * @param begun those that began up to then, numbered from 0 on
   * @param logFactors log factor of the service time by place
   */
  HiddenWorld(
      HiddenWorld law,
      long seed,
      long slot,
      int slots,
      Traffic.State now,
      Incidents.Sites sites,
      List<Incident> begun,
      double[] logFactors) {
    parameters = law.parameters.withSeed(seed);
    network = law.network;
    component = law.component;
    usualMps = law.usualMps;
    lengthM = law.lengthM;
    rushHour = law.rushHour;
    traffic = law.traffic;
    this.logFactors = logFactors;
    firstSlot = slot;
    nextSlot = slot + 1;
    stateAt = new Traffic.State[slots];
    baseAt = new float[slots][];
    incidents = new Incidents(law.incidents, sites);
    begun.forEach(incidents::add);
    keep(slot, now);
  }

  static long slotOf(long ms) {
    return Math.floorDiv(ms, SLOT_MS);
  }

  /** Speed of an edge for a driver of pace 1, metres a second; 0 when it is closed. */
  double speedMps(int edge, long slot) {
    float[] base = base(slot);
    double factor = incidents.speedFactor(edge, slot);
    if (factor == 0) {
      return 0;
    }
    double log = base[component[edge]] + traffic.roadNoise(parameters.seed(), edge, slot);
    double ratio = Math.min(MAX_SPEED_RATIO, Math.exp(log)) * factor;
    return Math.max(MIN_SPEED_MPS, usualMps[edge] * ratio);
  }

  /** Length of an edge, metres: as the network says, which is slower to ask. */
  float lengthM(int edge) {
    return lengthM[edge];
  }

  /** Whether traffic may not enter an edge in a slot. */
  boolean closed(int edge, long slot) {
    drawUpTo(slot);
    return incidents.closed(edge, slot);
  }

  /** Log of a driver's pace. */
  double logPace(int vehicle) {
    return parameters.get(Knob.PACE_SPREAD)
        * Draws.normal(Draws.bits(parameters.seed(), Stream.PACE, vehicle, 0));
  }

  /** Log of a customer's factor of the service time. */
  double logFactor(int customer) {
    return logFactors != null
        ? logFactors[customer]
        : parameters.get(Knob.CUSTOMER_SPREAD)
            * Draws.normal(Draws.bits(parameters.seed(), Stream.CUSTOMER, customer, 0));
  }

  /** Seconds at a stop. */
  double serviceS(int customer, int vehicle, int shipment, double expectedS, long slot) {
    double ofCustomers = parameters.get(Knob.CUSTOMER_SPREAD);
    double ofVisits = parameters.get(Knob.SERVICE_SPREAD);
    double own = logFactor(customer);
    double visit =
        ofVisits * Draws.normal(Draws.bits(parameters.seed(), Stream.SERVICE, vehicle, shipment));
    // The mean over customers and visits is what was expected.
    double bias = (ofCustomers * ofCustomers + ofVisits * ofVisits) / 2;
    return Math.min(MAX_SERVICE_S, expectedS * Math.exp(own + visit - bias));
  }

  /**
   * Minutes that a vehicle stands still from the beginning of a slot on, if it is under way then;
   * mostly 0. A breakdown begins with a fixed probability a slot and lasts 15 to 60 minutes,
   * evenly.
   */
  double breakdownMin(int vehicle, long slot) {
    long bits = Draws.bits(parameters.seed(), Stream.BREAKDOWN, vehicle, slot);
    double chance = parameters.get(Knob.BREAKDOWNS_PER_H) * SLOT_MS / 3_600_000;
    return Draws.uniform(bits) < chance
        ? LEAST_BREAKDOWN_MIN
            + (MOST_BREAKDOWN_MIN - LEAST_BREAKDOWN_MIN) * Draws.uniform(Draws.next(bits))
        : 0;
  }

  /**
   * Log speed of a class of roads at a moment of the day, when it is dry, over the usual one. Its
   * mean over the working day is about 0.
   */
  double profile(int roadGroup, long slot) {
    return rushHour.logSpeed(roadGroup, slot);
  }

  /** Class of roads, 0 (main roads) to 2 (side streets). */
  static int group(RoadClass roadClass) {
    return switch (roadClass) {
      case MOTORWAY, TRUNK, PRIMARY -> 0;
      case SECONDARY, TERTIARY -> 1;
      case RESIDENTIAL, SERVICE -> 2;
    };
  }

  /** Which component of the field an edge belongs to. */
  int component(int edge) {
    return component[edge];
  }

  Traffic traffic() {
    return traffic;
  }

  /** How traffic stands in a slot. */
  Traffic.State trafficAt(long slot) {
    drawUpTo(slot);
    return stateAt[index(slot)];
  }

  /** Incidents that began up to and including a slot, and maybe later ones. */
  Incidents incidents(long slot) {
    drawUpTo(slot);
    return incidents;
  }

  private float[] base(long slot) {
    drawUpTo(slot);
    return baseAt[index(slot)];
  }

  private int index(long slot) {
    long index = slot - firstSlot;
    if (index < 0 || index >= stateAt.length) {
      throw new IllegalStateException(
          "Slot %d is outside the %d slots of this city from %d on; give it a longer duration_h"
              .formatted(slot, stateAt.length, firstSlot));
    }
    return (int) index;
  }

  private void drawUpTo(long slot) {
    while (nextSlot <= slot) {
      draw(nextSlot);
      nextSlot++;
    }
  }

  private void draw(long slot) {
    int i = index(slot);
    long seed = parameters.seed();
    Traffic.State now =
        i == 0
            ? traffic.first(seed, slot)
            : logFactors == null
                ? traffic.next(stateAt[i - 1], seed, slot)
                : traffic.imagined(stateAt[i - 1], seed, slot);
    keep(slot, now);
    incidents.born(seed, slot, traffic.weather(now));
  }

  private void keep(long slot, Traffic.State now) {
    int i = index(slot);
    stateAt[i] = now;
    baseAt[i] = new float[traffic.components()];
    traffic.logSpeeds(now, slot, baseAt[i]);
  }

  /** Lays zones over the network and tells each edge its component of the field. */
  private Traffic zones() {
    double south = Double.POSITIVE_INFINITY;
    double north = Double.NEGATIVE_INFINITY;
    double west = Double.POSITIVE_INFINITY;
    double east = Double.NEGATIVE_INFINITY;
    for (int n = 0; n < network.nodeCount(); n++) {
      south = Math.min(south, network.nodeLatDeg(n));
      north = Math.max(north, network.nodeLatDeg(n));
      west = Math.min(west, network.nodeLonDeg(n));
      east = Math.max(east, network.nodeLonDeg(n));
    }
    double heightM = GeoMath.northM(south, north);
    double widthM = GeoMath.eastM((south + north) / 2, west, east);
    int rows = zonesAlong(heightM);
    int columns = zonesAlong(widthM);
    for (int e = 0; e < component.length; e++) {
      int node = network.edgeFrom(e);
      int row =
          (int) Math.min(rows - 1, rows * (network.nodeLatDeg(node) - south) / (north - south));
      int column =
          (int) Math.min(columns - 1, columns * (network.nodeLonDeg(node) - west) / (east - west));
      component[e] = (short) ((row * columns + column) * CLASSES + group(network.edgeClass(e)));
      usualMps[e] = network.edgeFreeSpeedMps(e);
      lengthM[e] = network.edgeLengthM(e);
    }
    double[] eastM = new double[rows * columns];
    double[] northM = new double[rows * columns];
    for (int z = 0; z < eastM.length; z++) {
      int row = z / columns;
      eastM[z] = (z - row * columns + 0.5) * widthM / columns;
      northM[z] = (row + 0.5) * heightM / rows;
    }
    return parameters.recorded() == null
        ? new SimulatedTraffic(
            parameters, rushHour, new SpeedField(parameters, eastM, northM, CLASSES))
        : new RecordedTraffic(parameters.recorded(), network, rows, columns, CLASSES);
  }

  private static int zonesAlong(double metres) {
    return (int) Math.max(1, Math.min(MAX_ZONES_A_SIDE, Math.round(metres / ZONE_M)));
  }
}
