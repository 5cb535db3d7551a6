// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.decision.CostModel;
import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.kernels.routing.Router;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.GeoPoint;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In a city in which nothing is random but when a closure ends, all futures can be told. */
class DecisionJudgeTest {
  private static final CityParameters CERTAIN = Cities.certain();
  private static final long REPORTED_AFTER_MS = 30_000;
  private static final int LONGEST_SLOTS = 700;
  private static final double NEXT_LOOK_MS = 240_000;

  private final RoadNetwork network = Cities.network();
  private final City city = new City(CERTAIN, network);
  private final float[] edgeS = Router.freeSeconds(network);
  private Vehicle known;
  private long ms;
  private Futures futures;
  private int closed;
  private long born;
  private List<Action> actions;

  private void closeARoadAhead(boolean underWay) {
    Moments moments = new Moments(CERTAIN);
    Moments.Detour detour = underWay ? moments.detour() : moments.detourBeforeDeparture();
    ms = detour.ms();
    known =
        new Hindsight(CERTAIN, network, new ActionLog(), Moments.BOUNDS).at(detour.vehicle(), ms);
    closed =
        underWay
            ? known.way()[known.at() + 2]
            : city.routes.between(known.place(), known.stops().get(0).place()).edges()[2];
    born = HiddenWorld.slotOf(ms) - 1;
    CityBelief belief =
        new CityBelief(
            CERTAIN,
            new RoadMap(network, new RoadIndex(network)),
            city.places,
            IntStream.of(detour.vehicle()));
    belief.add(report());
    futures = belief.futures(detour.vehicle(), ms);
    List<String> ids = new ArrayList<>();
    known.stops().forEach(stop -> ids.add(known.shipmentId(stop)));
    String last = ids.get(ids.size() - 1);
    Collections.swap(ids, 0, 1);
    actions =
        List.of(
            new Action(DecisionKind.KEEP, List.of(), List.of()),
            new Action(DecisionKind.REROUTE, List.of(), detour.route()),
            new Action(DecisionKind.NOTIFY_LATE, List.of(last), List.of()),
            new Action(DecisionKind.DISPATCH_BACKUP, List.of(last), List.of()),
            new Action(DecisionKind.RESEQUENCE, ids, List.of()),
            new Action(DecisionKind.WAIT, List.of(), detour.route()));
  }

  private FeedRecord report() {
    List<GeoPoint> line =
        IntStream.range(0, network.edgePointCount(closed))
            .mapToObj(
                i ->
                    new GeoPoint(
                        network.edgePointLatDeg(closed, i), network.edgePointLonDeg(closed, i)))
            .toList();
    long bornMs = born * HiddenWorld.SLOT_MS;
    RoadEvent event =
        RoadEvent.newBuilder()
            .setEventId("E-0")
            .setEventTime(Instant.ofEpochMilli(bornMs + REPORTED_AFTER_MS))
            .setKind(RoadEventKind.CLOSURE)
            .setValidFrom(Instant.ofEpochMilli(bornMs))
            .setSpeedFactor(0)
            .setGeometry(line)
            .build();
    return new FeedRecord(
        Topics.ROAD_EVENTS.name(),
        "E-0".getBytes(StandardCharsets.UTF_8),
        Wire.bytes(event),
        ms - 1);
  }

  /** A future and how likely it is. */
  private record Possible(double share, double[] eur) {}

  private List<Possible> all() {
    HiddenWorld law = new HiddenWorld(CERTAIN, network);
    long slot = HiddenWorld.slotOf(ms);
    Incidents incidents = law.incidents(slot);
    // It was not cleared, which takes half the delay of its report.
    long aliveMs = ms - REPORTED_AFTER_MS / 2 - RoadReports.CLEARED_AFTER_MS - RoadReports.SEND_MS;
    long bornMs = born * HiddenWorld.SLOT_MS;
    long least = Math.floorDiv(aliveMs - bornMs, HiddenWorld.SLOT_MS) + 1;
    double alive = incidents.survival(RoadEventKind.CLOSURE, least - 0.5);
    List<Possible> all = new ArrayList<>();
    for (long life = least; life < LONGEST_SLOTS; life++) {
      double share =
          (incidents.survival(RoadEventKind.CLOSURE, life - 0.5)
                  - incidents.survival(RoadEventKind.CLOSURE, life + 0.5))
              / alive;
      if (share < 1e-9) {
        continue;
      }
      Incident incident = new Incident(0, closed, RoadEventKind.CLOSURE, born, born + life, 0);
      HiddenWorld world =
          new HiddenWorld(
              law,
              1,
              slot,
              LONGEST_SLOTS,
              new Traffic.State(Weather.DRY, new double[law.traffic().components()]),
              incidents.sites(),
              List.of(incident),
              new double[city.places.size()]);
      Vehicle vehicle = known.branch(world, 1, (double) ms, futures.services(), 0.5);
      all.add(new Possible(share, eur(vehicle)));
    }
    return all;
  }

  private double[] eur(Vehicle vehicle) {
    PlanCost cost =
        new PlanCost(
            Moments.BOUNDS, new LaterLooks(Moments.BOUNDS, city, edgeS, NEXT_LOOK_MS, List.of()));
    return actions.stream()
        .mapToDouble(action -> cost.eur(vehicle.branch(vehicle.world()), ms, action))
        .toArray();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void drawnFuturesCostWhatAllOfThemDo(boolean underWay) {
    closeARoadAhead(underWay);
    List<Possible> all = all();
    assertThat(all.stream().mapToDouble(Possible::share).sum()).isCloseTo(1, within(1e-6));
    int draws = 4_096;
    double[][] eur = new double[draws][];
    for (int n = 0; n < draws; n++) {
      eur[n] = eur(futures.draw(known, 7, n));
    }
    for (int a = 0; a < actions.size(); a++) {
      int action = a;
      double mean = all.stream().mapToDouble(one -> one.share * one.eur[action]).sum();
      double variance =
          all.stream().mapToDouble(one -> one.share * Math.pow(one.eur[action] - mean, 2)).sum();
      double drawn =
          IntStream.range(0, draws).mapToDouble(n -> eur[n][action]).average().orElseThrow();
      assertThat(drawn)
          .as("%s", actions.get(a).kind())
          .isCloseTo(mean, within(4 * Math.sqrt(variance / draws) + 1e-6));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theBestIsThatOfAllFutures(boolean underWay) {
    closeARoadAhead(underWay);
    List<Possible> all = all();
    CostModel costs = new CostModel(Moments.BOUNDS.getWeights());
    double[] objective = new double[actions.size()];
    for (int a = 0; a < objective.length; a++) {
      int action = a;
      List<Possible> worstFirst =
          all.stream().sorted((x, y) -> Double.compare(y.eur[action], x.eur[action])).toList();
      double mean = 0;
      double tail = 0;
      double rest = 1 - Moments.BOUNDS.getWeights().getRiskLevel();
      double tailShare = rest;
      for (Possible one : worstFirst) {
        mean += one.share * one.eur[action];
        double share = Math.min(rest, one.share);
        tail += share * one.eur[action];
        rest -= share;
      }
      objective[a] = costs.objectiveEur(mean, tail / tailShare);
    }
    int best =
        IntStream.range(0, objective.length)
            .reduce((a, b) -> charged(objective, b) < charged(objective, a) ? b : a)
            .orElseThrow();
    Race.Judged judged =
        new DecisionJudge(city, Moments.BOUNDS, edgeS, Race.LAST)
            .judge(futures, known, ms, actions, NEXT_LOOK_MS, List.of(), 3);
    assertThat(judged.resolved()).isTrue();
    assertThat(charged(objective, judged.best()) - charged(objective, best))
        .isBetween(0.0, judged.toleranceEur());
    for (int a = 0; a < objective.length; a++) {
      assertThat(judged.objectiveEur()[a])
          .as("%s", actions.get(a).kind())
          .isCloseTo(objective[a], within(judged.toleranceEur()));
    }
    // What is at stake here is more than the tolerance, or the test could not fail.
    assertThat(objective[2] - objective[best]).isGreaterThan(judged.toleranceEur());
  }

  /** J with what doing anything has to be worth. */
  private static double charged(double[] objective, int action) {
    return objective[action] + (action == 0 ? 0 : Moments.BOUNDS.getMinimumGainEur());
  }
}
