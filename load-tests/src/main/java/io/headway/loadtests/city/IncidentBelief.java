// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.Draws.Stream;
import io.headway.schemas.GeoPoint;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.RoadEventKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What reports tell of incidents. Of a reported one the road, the birth and the kind are known, the
 * factor but for its rounding; its end once it is cleared, or announced; before, it lives on at
 * least as long as a clearance would have taken to come. Of those that nobody reported the law is
 * known: a Poisson process, thinned by what would have been reported by now. What speeds tell of
 * unreported ones is not in it. Not thread-safe.
 */
final class IncidentBelief {
  /** When the queue of an ended incident is gone, slots. */
  private static final int QUEUE_SLOTS = 30;

  /** How finely severities are told apart. */
  private static final int SEVERITIES = 1_000;

  private final CityParameters believed;
  private final RoadNetwork network;
  private final Incidents law;
  private final Map<String, Known> known = new LinkedHashMap<>();
  private final Map<List<Double>, Integer> edgeByEnd = new HashMap<>();
  private final List<Double> ratioOf = new ArrayList<>();
  private final long startMs;
  private final long firstSlot;
  private long ratioFrom = Long.MIN_VALUE;

  /**
   * An incident that was reported.
   *
   * @param severities that make the factor that was reported: the least and how many more
   */
  private record Known(
      int edge,
      RoadEventKind kind,
      long bornMs,
      long reportedMs,
      long endMs,
      double[] severities) {}

  /**
   * @param law rates and lives
   */
  IncidentBelief(CityParameters believed, RoadNetwork network, Incidents law) {
    this.believed = believed;
    this.network = network;
    this.law = law;
    startMs = believed.startMs();
    firstSlot = HiddenWorld.slotOf(startMs) - HiddenWorld.WARM_UP_SLOTS;
    for (int e = 0; e < network.edgeCount(); e++) {
      edgeByEnd.put(end(network, e), e);
    }
  }

  private static List<Double> end(RoadNetwork network, int edge) {
    int last = network.edgePointCount(edge) - 1;
    return List.of(
        network.edgePointLatDeg(edge, last - 1),
        network.edgePointLonDeg(edge, last - 1),
        network.edgePointLatDeg(edge, last),
        network.edgePointLonDeg(edge, last));
  }

  /** Takes a report in; null says nothing. */
  void add(RoadEvent event) {
    if (event == null || event.getGeometry().size() < 2) {
      return;
    }
    List<GeoPoint> line = event.getGeometry();
    GeoPoint before = line.get(line.size() - 2);
    GeoPoint last = line.get(line.size() - 1);
    Integer edge =
        edgeByEnd.get(
            List.of(before.getLatDeg(), before.getLonDeg(), last.getLatDeg(), last.getLonDeg()));
    if (edge == null) {
      return;
    }
    Known first = known.get(event.getEventId());
    Instant until = event.getValidUntil();
    known.put(
        event.getEventId(),
        new Known(
            edge,
            event.getKind(),
            event.getValidFrom().toEpochMilli(),
            first == null ? event.getEventTime().toEpochMilli() : first.reportedMs,
            until == null ? Long.MAX_VALUE : until.toEpochMilli(),
            first == null ? severities(edge, event) : first.severities));
  }

  private double[] severities(int edge, RoadEvent event) {
    List<Integer> stretch = RoadReports.stretch(network, edge, event.getKind());
    double least = 1;
    int count = 0;
    for (int i = 0; i < SEVERITIES; i++) {
      double severity = (i + 0.5) / SEVERITIES;
      double factor = Incidents.speedFactor(event.getKind(), severity);
      if (RoadReports.reported(network, edge, factor, stretch) == event.getSpeedFactor()) {
        least = Math.min(least, severity);
        count++;
      }
    }
    // None fits a report of another origin: any severity may be.
    return count == 0 ? new double[] {0, 1} : new double[] {least, (double) count / SEVERITIES};
  }

  /** How many times as often as in dry weather incidents begin in a slot, as far as is known. */
  void weather(long slot, double ratio) {
    if (ratioFrom == Long.MIN_VALUE) {
      ratioFrom = slot;
    }
    ratioOf.add(ratio);
  }

  private double ratio(long slot) {
    int i = (int) Math.max(0, Math.min(ratioOf.size() - 1, slot - ratioFrom));
    return ratioOf.get(i);
  }

  /**
   * Whether an incident that was reported slows an edge at a moment, a slot before it or after: on
   * it, or in the queue behind it; one that is not known to have ended still lasts.
   */
  boolean slows(int edge, long ms) {
    long slot = HiddenWorld.slotOf(ms);
    for (Known one : known.values()) {
      long end = one.endMs == Long.MAX_VALUE ? Long.MAX_VALUE : HiddenWorld.slotOf(one.endMs);
      Incident incident =
          new Incident(0, one.edge, one.kind, HiddenWorld.slotOf(one.bornMs), end, 0);
      if (law.slows(incident, edge, slot - 1)
          || law.slows(incident, edge, slot)
          || law.slows(incident, edge, slot + 1)) {
        return true;
      }
    }
    return false;
  }

  /** Edge and slot of birth of the first reported incident whose end is not known yet. */
  Optional<long[]> firstOpen() {
    return known.values().stream()
        .filter(one -> one.endMs == Long.MAX_VALUE)
        .map(one -> new long[] {one.edge, HiddenWorld.slotOf(one.bornMs)})
        .findFirst();
  }

  /**
   * The law at a moment.
   *
   * @param sites where incidents are looked at
   */
  Law at(long ms, Incidents.Sites sites) {
    long slot = HiddenWorld.slotOf(ms);
    double[] expected = new double[(int) (slot - firstSlot) + 1];
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      sum += sites.meanPerSlot() * ratio(firstSlot + i);
      expected[i] = sum;
    }
    List<Known> still = new ArrayList<>();
    for (Known one : known.values()) {
      boolean lingers =
          one.endMs == Long.MAX_VALUE || HiddenWorld.slotOf(one.endMs) > slot - QUEUE_SLOTS;
      if (lingers && sites.contains(one.edge)) {
        still.add(one);
      }
    }
    return new Law(ms, sites, still, expected);
  }

  /** A law that can be drawn from. Thread-safe. */
  final class Law {
    private final long ms;
    private final long slot;
    private final Incidents.Sites sites;
    private final List<Known> still;
    private final double[] expected;

    private Law(long ms, Incidents.Sites sites, List<Known> still, double[] expected) {
      this.ms = ms;
      this.sites = sites;
      slot = HiddenWorld.slotOf(ms);
      this.still = still;
      this.expected = expected;
    }

    /** Where incidents are looked at. */
    Incidents.Sites sites() {
      return sites;
    }

    /** The incidents up to the slot of the moment that may be, those that are known and others. */
    List<Incident> draw(long seed) {
      List<Incident> drawn = new ArrayList<>(still.size() + 4);
      for (Known one : still) {
        drawn.add(drawn(one, drawn.size(), seed));
      }
      double mean = expected[expected.length - 1];
      int count = Draws.poisson(Draws.bits(seed, Stream.INCIDENT_COUNT, -1, 0), mean);
      for (int i = 0; i < count; i++) {
        unreported(i, drawn, seed);
      }
      return drawn;
    }

    private Incident drawn(Known one, int id, long seed) {
      long born = HiddenWorld.slotOf(one.bornMs);
      long end;
      if (one.endMs != Long.MAX_VALUE) {
        end = HiddenWorld.slotOf(one.endMs);
      } else {
        // It would have been cleared half the report's delay after its end.
        long delayMs = one.reportedMs > startMs ? one.reportedMs - one.bornMs : 0;
        long aliveMs = ms - delayMs / 2 - RoadReports.CLEARED_AFTER_MS - RoadReports.SEND_MS;
        // And it was reported while it held.
        aliveMs = Math.max(aliveMs, one.reportedMs);
        double leastMin = Math.floorDiv(aliveMs - one.bornMs, HiddenWorld.SLOT_MS) + 0.5;
        double u = Draws.uniform(seed, Stream.INCIDENT_LIFE, id, -2);
        end = Incidents.endSlot(born, law.lifeMin(one.kind, Math.max(0, leastMin), u));
      }
      double severity =
          one.severities[0]
              + one.severities[1] * Draws.uniform(seed, Stream.INCIDENT_SEVERITY, id, -2);
      double factor = Incidents.speedFactor(one.kind, Math.min(1, severity));
      return new Incident(id, one.edge, one.kind, born, end, factor);
    }

    private void unreported(int i, List<Incident> into, long seed) {
      double at = Draws.uniform(seed, Stream.INCIDENT_COUNT, i, -3) * expected[expected.length - 1];
      int found = Arrays.binarySearch(expected, at);
      long born = firstSlot + Math.min(found < 0 ? -1 - found : found, expected.length - 1);
      Incident incident = law.drawn(sites, seed, -5, i, born, into.size());
      if (incident.endSlot() <= slot - QUEUE_SLOTS || wouldBeKnown(incident, i, seed)) {
        return;
      }
      into.add(incident);
    }

    private boolean wouldBeKnown(Incident incident, int i, long seed) {
      long bits = Draws.bits(seed, Stream.INCIDENT_REPORT, i, -3);
      return RoadReports.reportMs(believed, incident, bits).stream()
          .anyMatch(reportMs -> reportMs + RoadReports.SEND_MS <= ms);
    }
  }
}
