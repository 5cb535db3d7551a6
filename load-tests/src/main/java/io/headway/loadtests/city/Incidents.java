// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.RoadClass;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.Draws.Stream;
import io.headway.schemas.RoadEventKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Incidents, closures and roadworks of a city.
 *
 * <p>They begin as a Poisson process with a rate a kilometre and hour by road class, times {@link
 * Weather#INCIDENT_RATIO}. How long one lasts has a hazard that grows with its age, Weibull with
 * shape {@link #LIFE_SHAPE}: P(life > a) = exp(−(a / scale)^shape), so what remains of one that has
 * lasted a is drawn by inverting P(life > a + r) / P(life > a). A queue grows upstream behind
 * incidents and roadworks, over every edge that leads to the blocked one.
 *
 * <p>Thread-compatible; the owner adds births in ascending order of slots.
 */
final class Incidents {
  /** Weibull shape of the life: above 1, the older the likelier to end. */
  static final double LIFE_SHAPE = 1.6;

  /** Share of the speed that remains within a queue. */
  static final double QUEUE_SPEED_FACTOR = 0.25;

  private static final double GROWTH_MPS = 1.0;
  private static final int MAX_UPSTREAM_EDGES = 64;
  private static final RoadEventKind[] KINDS = {
    RoadEventKind.INCIDENT, RoadEventKind.CLOSURE, RoadEventKind.ROADWORKS
  };
  private static final double[] KIND_SHARE = {0.62, 0.16, 0.22};

  private final RoadNetwork network;
  private final double lifeRatio;
  private final double growthMps;
  private final double[] perSlot;
  private final Sites sites;
  private final List<Incident> all = new ArrayList<>();

  /** What {@link #upstream} found; a matter of the roads alone, so worlds of one law share it. */
  private final int[][] upstreamOf;

  /** By edge: pairs of incident and metres from the edge's end to the blocked edge; −1: blocked. */
  private final int[][] byEdge;

  Incidents(CityParameters parameters, RoadNetwork network) {
    this.network = network;
    this.lifeRatio = parameters.get(Knob.INCIDENT_LIFE);
    this.growthMps = GROWTH_MPS * parameters.get(Knob.SPILL_BACK);
    this.byEdge = new int[network.edgeCount()][];
    this.upstreamOf = new int[network.edgeCount()][];
    double rate = parameters.get(Knob.INCIDENTS);
    double hours = HiddenWorld.SLOT_MS / 3_600_000.0;
    this.perSlot = new double[network.edgeCount()];
    Arrays.setAll(
        perSlot,
        e -> rate * perKmHour(network.edgeClass(e)) * network.edgeLengthM(e) / 1000 * hours);
    this.sites = sites(edge -> true);
  }

  /** None yet, of the same law, on some of its sites. */
  Incidents(Incidents law, Sites sites) {
    network = law.network;
    lifeRatio = law.lifeRatio;
    growthMps = law.growthMps;
    perSlot = law.perSlot;
    this.sites = sites;
    byEdge = new int[network.edgeCount()][];
    upstreamOf = law.upstreamOf;
  }

  /** Edges on which incidents may begin, and how many are expected there. Immutable. */
  static final class Sites {
    private final int[] edges;
    private final double[] cumulativePerSlot;

    /**
     * @param perSlot expected births in a slot of dry weather, by edge
     */
    private Sites(int[] edges, double[] perSlot) {
      this.edges = edges;
      cumulativePerSlot = new double[edges.length];
      double sum = 0;
      for (int i = 0; i < edges.length; i++) {
        sum += perSlot[edges[i]];
        cumulativePerSlot[i] = sum;
      }
    }

    /** Expected births in a slot of dry weather. */
    double meanPerSlot() {
      return edges.length == 0 ? 0 : cumulativePerSlot[edges.length - 1];
    }

    boolean contains(int edge) {
      return Arrays.binarySearch(edges, edge) >= 0;
    }

    /**
     * The edge of a birth.
     *
     * @param u uniform in (0, 1)
     */
    private int edge(double u) {
      int found = Arrays.binarySearch(cumulativePerSlot, u * meanPerSlot());
      return edges[Math.min(found < 0 ? -1 - found : found, edges.length - 1)];
    }
  }

  /** All its sites. */
  Sites sites() {
    return sites;
  }

  /** The sites on some edges. */
  Sites sites(IntPredicate on) {
    return new Sites(IntStream.range(0, perSlot.length).filter(on).toArray(), perSlot);
  }

  /** Births a kilometre of directed road and hour, in dry weather. */
  static double perKmHour(RoadClass roadClass) {
    return switch (roadClass) {
      case MOTORWAY, TRUNK -> 0.012;
      case PRIMARY -> 0.016;
      case SECONDARY -> 0.010;
      case TERTIARY -> 0.005;
      case RESIDENTIAL, SERVICE -> 0.003;
    };
  }

  /** Weibull scale of the life, minutes. */
  double lifeScaleMin(RoadEventKind kind) {
    return lifeRatio
        * switch (kind) {
          case INCIDENT -> 30;
          case CLOSURE -> 40;
          default -> 180;
        };
  }

  /** P(life > ageMin). */
  double survival(RoadEventKind kind, double ageMin) {
    return Math.exp(-Math.pow(ageMin / lifeScaleMin(kind), LIFE_SHAPE));
  }

  /**
   * Minutes that an incident lasts in all, given that it has lasted {@code ageMin}.
   *
   * @param u uniform in (0, 1)
   */
  double lifeMin(RoadEventKind kind, double ageMin, double u) {
    double scale = lifeScaleMin(kind);
    double aged = Math.pow(ageMin / scale, LIFE_SHAPE);
    return scale * Math.pow(aged - Math.log(u), 1 / LIFE_SHAPE);
  }

  /** Draws what begins in a slot. */
  void born(long seed, long slot, int weather) {
    double mean = sites.meanPerSlot() * Weather.INCIDENT_RATIO[weather];
    int count = Draws.poisson(Draws.bits(seed, Stream.INCIDENT_COUNT, slot, 0), mean);
    for (int i = 0; i < count; i++) {
      add(drawn(sites, seed, slot, i, slot, all.size()));
    }
  }

  /**
   * An incident, drawn.
   *
   * @param at where it may begin
   * @param group and {@code number}: the counters of its draws
   */
  Incident drawn(Sites at, long seed, long group, int number, long bornSlot, int id) {
    int edge = at.edge(Draws.uniform(seed, Stream.INCIDENT_PLACE, group, number));
    double u = Draws.uniform(seed, Stream.INCIDENT_KIND, group, number);
    RoadEventKind kind = KINDS[u < KIND_SHARE[0] ? 0 : u < KIND_SHARE[0] + KIND_SHARE[1] ? 1 : 2];
    double minutes = lifeMin(kind, 0, Draws.uniform(seed, Stream.INCIDENT_LIFE, group, number));
    double severity = Draws.uniform(seed, Stream.INCIDENT_SEVERITY, group, number);
    return new Incident(
        id, edge, kind, bornSlot, endSlot(bornSlot, minutes), speedFactor(kind, severity));
  }

  /**
   * What an incident leaves of the speed.
   *
   * @param severity uniform in (0, 1); the higher the more is left
   */
  static double speedFactor(RoadEventKind kind, double severity) {
    return switch (kind) {
      case INCIDENT -> 0.06 + 0.24 * severity;
      case CLOSURE -> 0;
      default -> 0.25 + 0.35 * severity;
    };
  }

  static long endSlot(long bornSlot, double lifeMin) {
    return bornSlot + Math.max(1, Math.round(lifeMin * 60_000 / HiddenWorld.SLOT_MS));
  }

  void add(Incident incident) {
    all.add(incident);
    reach(incident.edge(), incident.id(), -1);
    if (incident.kind() == RoadEventKind.CLOSURE || growthMps == 0) {
      return;
    }
    int[] upstream = upstream(incident.edge());
    for (int i = 0; i < upstream.length; i += 2) {
      reach(upstream[i], incident.id(), upstream[i + 1]);
    }
  }

  /** Every incident so far, in order of birth. Live. */
  List<Incident> all() {
    return all;
  }

  /** Share of an edge's speed that incidents leave in a slot; 0 when it is closed. */
  double speedFactor(int edge, long slot) {
    int[] pairs = byEdge[edge];
    if (pairs == null) {
      return 1;
    }
    double factor = 1;
    for (int i = 0; i < pairs.length; i += 2) {
      Incident incident = all.get(pairs[i]);
      if (pairs[i + 1] < 0) {
        if (slot >= incident.bornSlot() && slot < incident.endSlot()) {
          factor = Math.min(factor, incident.speedFactor());
        }
      } else {
        double filledM =
            Math.min(incident.queueM(slot, growthMps) - pairs[i + 1], network.edgeLengthM(edge));
        if (filledM > 0) {
          // Time is spent in proportion: a share of the edge at the queue's speed.
          double share = filledM / network.edgeLengthM(edge);
          factor = Math.min(factor, 1 / (1 - share + share / QUEUE_SPEED_FACTOR));
        }
      }
    }
    return factor;
  }

  /** Whether an incident slows an edge in a slot: it is on it, or its queue reaches onto it. */
  boolean slows(Incident incident, int edge, long slot) {
    if (edge == incident.edge()) {
      return slot >= incident.bornSlot() && slot < incident.endSlot();
    }
    double queueM = incident.queueM(slot, growthMps);
    if (queueM <= 0) {
      return false;
    }
    int[] upstream = upstream(incident.edge());
    for (int i = 0; i < upstream.length; i += 2) {
      if (upstream[i] == edge) {
        return upstream[i + 1] < queueM;
      }
    }
    return false;
  }

  /** Whether traffic may not enter an edge in a slot. */
  boolean closed(int edge, long slot) {
    return byEdge[edge] != null && speedFactor(edge, slot) == 0;
  }

  /** Edges that lead to one within the longest queue, nearest first: pairs of edge and metres. */
  private int[] upstream(int edge) {
    if (upstreamOf[edge] == null) {
      int[] queue = new int[MAX_UPSTREAM_EDGES];
      int[] metres = new int[MAX_UPSTREAM_EDGES];
      int size = upstream(edge, queue, metres);
      int[] pairs = new int[2 * size];
      for (int i = 0; i < size; i++) {
        pairs[2 * i] = queue[i];
        pairs[2 * i + 1] = metres[i];
      }
      upstreamOf[edge] = pairs;
    }
    return upstreamOf[edge];
  }

  private int upstream(int edge, int[] queue, int[] metres) {
    int size = 0;
    int head = -1;
    int at = edge;
    int distanceM = 0;
    while (true) {
      int node = network.edgeFrom(at);
      for (int i = 0; i < network.inEdgeCount(node) && size < MAX_UPSTREAM_EDGES; i++) {
        int in = network.inEdge(node, i);
        if (in != edge && in != network.reverseEdge(at) && !holds(queue, size, in)) {
          queue[size] = in;
          metres[size] = distanceM;
          size++;
        }
      }
      do {
        head++;
        if (head >= size) {
          return size;
        }
        at = queue[head];
        distanceM = metres[head] + (int) network.edgeLengthM(at);
      } while (distanceM >= Incident.MAX_QUEUE_M);
    }
  }

  private static boolean holds(int[] values, int size, int value) {
    for (int i = 0; i < size; i++) {
      if (values[i] == value) {
        return true;
      }
    }
    return false;
  }

  private void reach(int edge, int incident, int metres) {
    int[] pairs =
        byEdge[edge] == null ? new int[2] : Arrays.copyOf(byEdge[edge], byEdge[edge].length + 2);
    pairs[pairs.length - 2] = incident;
    pairs[pairs.length - 1] = metres;
    byEdge[edge] = pairs;
  }
}
