// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.decision.CostModel;
import io.headway.loadtests.city.Judgement.Untold;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Alternative;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.Shipment;
import io.headway.schemas.ShipmentStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HindsightTest {
  private static final Alternative KEEP =
      Cities.alternative(DecisionKind.KEEP, List.of(), List.of());

  private final CityParameters parameters = Cities.settled().with(Knob.DURATION_H, 4);
  private final long ms = parameters.startMs() + 90_000;

  @Test
  void keepReproducesWhatReallyHappens() throws IOException {
    CityFeed feed = CityFeedTest.feed(parameters);
    Map<String, Shipment> arrived = new HashMap<>();
    Map<String, Long> delivered = new HashMap<>();
    for (FeedRecord record : CityFeedTest.all(feed)) {
      if (record.topic().equals("shipments")) {
        Shipment s = Shipment.fromByteBuffer(ByteBuffer.wrap(record.value()));
        if (s.getStatus() == ShipmentStatus.ARRIVED) {
          arrived.put(s.getShipmentId(), s);
        } else if (s.getStatus() == ShipmentStatus.DELIVERED) {
          delivered.put(s.getShipmentId(), s.getEventTime().toEpochMilli());
        }
      }
    }
    Hindsight hindsight = feed.hindsight(Moments.BOUNDS);
    CostModel costs = new CostModel(Moments.BOUNDS.getWeights());
    int told = 0;
    for (int v = 0; v < 40; v++) {
      List<Stop> stops = List.copyOf(hindsight.at(v, ms).stops());
      double startM = hindsight.at(v, ms).drivenM((double) ms);
      String id = Vehicle.keyOf(v);
      String last = Vehicle.shipmentId(v, stops.get(stops.size() - 1).number());
      Verdict verdict =
          hindsight
              .of(
                  Cities.decision(
                      id,
                      ms,
                      KEEP,
                      Cities.alternative(DecisionKind.NOTIFY_LATE, List.of(last), List.of())))
              .verdict()
              .orElseThrow();
      double late = 0;
      for (Stop stop : stops) {
        if (stop.arrivedMs() > 0) {
          continue;
        }
        Shipment s = arrived.get(Vehicle.shipmentId(v, stop.number()));
        double lateMs = s.getEventTime().toEpochMilli() - (double) s.getWindowEnd().toEpochMilli();
        late += costs.latenessEur(Math.max(0, lateMs / 60_000), false);
      }
      double hours = (delivered.get(last) - ms) / 3_600_000.0;
      double endM = truthful(hindsight, v, delivered.get(last));
      double expected = costs.drivingEur(hours, (endM - startM) / 1000) + late;
      assertThat(verdict.outcomes().get(0).costEur()).isCloseTo(expected, within(0.01));
      told++;
    }
    assertThat(told).isEqualTo(40);
  }

  private static double truthful(Hindsight hindsight, int v, long ms) {
    return hindsight.at(v, ms).drivenM((double) ms);
  }

  @Test
  void aVerdictIsTheSameDuringTheRunAndAfterItAndInAnyOrder() {
    CityFeed feed = CityFeedTest.feed(parameters);
    Moments.Detour detour = new Moments(parameters).detour();
    String id = Vehicle.keyOf(detour.vehicle());
    Decision decision =
        Cities.decision(
            id,
            detour.ms(),
            Cities.alternative(DecisionKind.REROUTE, List.of(), detour.route()),
            KEEP);
    Hindsight during = feed.hindsight(Moments.BOUNDS);
    feed.act(decision, detour.ms() + 800);
    Verdict now = during.of(decision).verdict().orElseThrow();
    CityFeedTest.all(feed);
    Hindsight after = feed.hindsight(Moments.BOUNDS);
    after.at(detour.vehicle(), detour.ms() + 3_600_000);
    assertThat(after.of(decision)).isEqualTo(now);
    assertThat(now.outcomes().get(0).costEur()).isNotEqualTo(now.outcomes().get(1).costEur());
  }

  @Test
  void theLogOfWhatWasDoneBringsTheTrueVehicleBack() throws IOException {
    CityFeed feed = CityFeedTest.feed(parameters);
    Moments.Detour detour = new Moments(parameters).detour();
    String id = Vehicle.keyOf(detour.vehicle());
    feed.act(
        Cities.decision(
            id, detour.ms(), Cities.alternative(DecisionKind.REROUTE, List.of(), detour.route())),
        detour.ms() + 800);
    List<Shipment> arrivals = new ArrayList<>();
    for (FeedRecord record : CityFeedTest.all(feed)) {
      if (record.topic().equals("shipments")) {
        Shipment s = Shipment.fromByteBuffer(ByteBuffer.wrap(record.value()));
        if (s.getVehicleId().equals(id) && s.getStatus() == ShipmentStatus.ARRIVED) {
          arrivals.add(s);
        }
      }
    }
    Hindsight hindsight = feed.hindsight(Moments.BOUNDS);
    assertThat(arrivals).isNotEmpty();
    for (Shipment s : arrivals) {
      long atMs = s.getEventTime().toEpochMilli();
      Stop stop = hindsight.at(detour.vehicle(), atMs + 1).stops().get(0);
      assertThat(Vehicle.shipmentId(detour.vehicle(), stop.number())).isEqualTo(s.getShipmentId());
      assertThat(stop.arrivedMs()).isEqualTo(atMs);
    }
  }

  @Test
  void tellingAReceiverHalvesTheCostOfALateStop() {
    // Windows so tight and traffic so thick that most stops are late.
    CityParameters jam =
        parameters
            .with(Knob.RUSH_HOUR, 2)
            .with(Knob.INCIDENTS, 10)
            .with(Knob.WINDOW_MIN, 2)
            .with(Knob.TIGHT_WINDOW_MIN, 2);
    Hindsight hindsight = CityFeedTest.feed(jam).hindsight(Moments.BOUNDS);
    int better = 0;
    for (int v = 0; v < 40; v++) {
      List<Stop> stops = List.copyOf(hindsight.at(v, ms).stops());
      String last = Vehicle.shipmentId(v, stops.get(stops.size() - 1).number());
      Verdict verdict =
          hindsight
              .of(
                  Cities.decision(
                      Vehicle.keyOf(v),
                      ms,
                      KEEP,
                      Cities.alternative(DecisionKind.NOTIFY_LATE, List.of(last), List.of())))
              .verdict()
              .orElseThrow();
      double gain = verdict.outcomes().get(0).costEur() - verdict.outcomes().get(1).costEur();
      assertThat(gain).isBetween(-0.5 - 1e-9, 19.0 - 0.5 + 1e-9);
      better += gain > 0 ? 1 : 0;
      assertThat(verdict.best()).isEqualTo(gain >= 1 ? 1 : 0);
    }
    assertThat(better).isPositive();
  }

  @Test
  void everyKindOfDecisionIsCosted() {
    Moments.Detour detour = new Moments(parameters).detour();
    Hindsight hindsight = CityFeedTest.feed(parameters).hindsight(Moments.BOUNDS);
    List<Stop> stops = hindsight.at(detour.vehicle(), detour.ms()).stops();
    List<String> ids = new ArrayList<>();
    for (Stop stop : stops) {
      ids.add(Vehicle.shipmentId(detour.vehicle(), stop.number()));
    }
    List<String> swapped = new ArrayList<>(ids);
    Collections.swap(swapped, ids.size() - 1, ids.size() - 2);
    Verdict verdict =
        hindsight
            .of(
                Cities.decision(
                    Vehicle.keyOf(detour.vehicle()),
                    detour.ms(),
                    KEEP,
                    Cities.alternative(DecisionKind.WAIT, List.of(), List.of()),
                    Cities.alternative(DecisionKind.REROUTE, List.of(), detour.route()),
                    Cities.alternative(DecisionKind.RESEQUENCE, swapped, List.of()),
                    Cities.alternative(
                        DecisionKind.DISPATCH_BACKUP,
                        ids.subList(ids.size() - 1, ids.size()),
                        List.of())))
            .verdict()
            .orElseThrow();
    assertThat(verdict.outcomes()).hasSize(5);
    double keep = verdict.outcomes().get(0).costEur();
    assertThat(verdict.outcomes().get(1).costEur()).isEqualTo(keep);
    for (Verdict.Outcome outcome : verdict.outcomes().subList(2, 5)) {
      assertThat(outcome.costEur()).isPositive().isNotEqualTo(keep);
    }
    // EUR 25, and half an hour of a second vehicle.
    assertThat(verdict.outcomes().get(4).costEur()).isGreaterThan(25 + 15);
  }

  @Test
  void whatCannotBeToldSaysWhy() {
    Hindsight hindsight = CityFeedTest.feed(parameters).hindsight(Moments.BOUNDS);
    Alternative wait = Cities.alternative(DecisionKind.WAIT, List.of(), List.of());
    Alternative tellNobody =
        Cities.alternative(DecisionKind.NOTIFY_LATE, List.of("S0-77"), List.of());

    assertThat(hindsight.of(Cities.decision("V3", ms, KEEP))).isEqualTo(Untold.ONE_CANDIDATE);
    assertThat(hindsight.of(Cities.decision("taxi", ms, KEEP, wait)))
        .isEqualTo(Untold.UNKNOWN_VEHICLE);
    assertThat(hindsight.of(Cities.decision("V3", ms, tellNobody, KEEP))).isEqualTo(Untold.STALE);
    assertThat(hindsight.of(Cities.decision("V3", ms, wait, tellNobody)))
        .isEqualTo(Untold.INCOMPLETE);
  }

  @Test
  void aWayAnOrderOrATailOfAnotherPlanIsNotCarriedOut() {
    Moments.Detour detour = new Moments(parameters).detour();
    Hindsight hindsight = CityFeedTest.feed(parameters).hindsight(Moments.BOUNDS);
    List<String> ids = new ArrayList<>();
    for (Stop stop : hindsight.at(detour.vehicle(), detour.ms()).stops()) {
      ids.add(Vehicle.shipmentId(detour.vehicle(), stop.number()));
    }
    List<String> allButTheLast = new ArrayList<>(ids.subList(0, ids.size() - 1));
    Collections.swap(allButTheLast, ids.size() - 2, ids.size() - 3);

    for (Alternative stale :
        List.of(
            Cities.alternative(
                DecisionKind.REROUTE,
                List.of(),
                detour.route().subList(0, detour.route().size() - 1)),
            Cities.alternative(DecisionKind.RESEQUENCE, allButTheLast, List.of()),
            Cities.alternative(
                DecisionKind.DISPATCH_BACKUP,
                ids.subList(ids.size() - 2, ids.size() - 1),
                List.of()))) {
      assertThat(
              hindsight.of(
                  Cities.decision(Vehicle.keyOf(detour.vehicle()), detour.ms(), stale, KEEP)))
          .isEqualTo(Untold.STALE);
    }
  }

  @Test
  void aReportAddsUpItsVerdicts() {
    Hindsight hindsight = CityFeedTest.feed(parameters).hindsight(Moments.BOUNDS);
    List<Decision> decisions = new ArrayList<>();
    for (int v = 0; v < 40; v++) {
      List<Stop> stops = hindsight.at(v, ms).stops();
      String last = Vehicle.shipmentId(v, stops.get(stops.size() - 1).number());
      decisions.add(
          Cities.decision(
              Vehicle.keyOf(v),
              ms,
              Cities.alternative(DecisionKind.DISPATCH_BACKUP, List.of(last), List.of()),
              KEEP));
    }
    decisions.add(Cities.decision("nobody", ms, KEEP));
    HindsightReport report = HindsightReport.of(hindsight, decisions);
    int untold = report.untold().values().stream().mapToInt(Integer::intValue).sum();
    assertThat(report.moments() + untold).isEqualTo(41);
    assertThat(report.untold()).containsEntry(Untold.ONE_CANDIDATE, 1);
    assertThat(report.regretEurMean()).isGreaterThan(5);
    assertThat(report.gainEurMean()).isCloseTo(-report.regretEurMean(), within(5.0));
    assertThat(report.byKind().get(DecisionKind.DISPATCH_BACKUP).moments())
        .isEqualTo(report.moments());
  }
}
