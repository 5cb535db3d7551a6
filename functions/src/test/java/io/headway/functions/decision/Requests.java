// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Bounds;
import io.headway.schemas.Candidate;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Leg;
import io.headway.schemas.PlannedStop;
import io.headway.schemas.Trigger;
import io.headway.schemas.TriggerKind;
import io.headway.schemas.VehiclePosition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Requests for tests. */
final class Requests {
  /** The moment that they decide for. */
  static final Instant T = Instant.parse("2024-05-17T08:00:00Z");

  private Requests() {}

  /** A request without stops, legs and candidates, under the default bounds. */
  static DecisionRequest empty() {
    return DecisionRequest.newBuilder()
        .setDecisionId("d-1")
        .setVehicleId("v-1")
        .setSequence(1)
        .setTrigger(new Trigger(TriggerKind.PERIODIC, "", T, null))
        .setRequestedAt(T)
        .setPlanVersion(1)
        .setWeightsEpoch(1)
        .setPosition(new VehiclePosition(T, 41.15, -8.61, 9f, 17, 12f))
        .setStops(new ArrayList<>())
        .setLegs(new ArrayList<>())
        .setCandidates(new ArrayList<>())
        .setRoadEvents(new ArrayList<>())
        .setBounds(Bounds.newBuilder().build())
        .build();
  }

  static PlannedStop stop(String shipment, double startS, double endS, double serviceS) {
    return new PlannedStop(
        shipment, 41.15, -8.6, after(startS), after(endS), (float) serviceS, null, null);
  }

  static Leg leg(int from, int to, double distanceM, double liveS) {
    return new Leg(from, to, distanceM, liveS, liveS, 1f, true, List.of(), null);
  }

  static Candidate candidate(
      DecisionKind kind, int stop, List<Integer> order, List<Integer> legs, List<Integer> route) {
    int moved = (int) IntStream.range(0, order.size()).filter(p -> order.get(p) != p).count();
    return new Candidate(kind, stop, order, legs, moved, route, 1f);
  }

  static Instant after(double seconds) {
    return T.plusMillis(Math.round(seconds * 1000));
  }

  /**
   * A request of 1 to 8 stops with candidates of every kind, some of its stops told or arrived at,
   * under weights and limits that differ from seed to seed.
   */
  static DecisionRequest random(long seed) {
    Random random = new Random(seed);
    DecisionRequest request = empty();
    request.setDecisionId("random-" + seed);
    int n = 1 + random.nextInt(8);
    boolean firstArrived = random.nextInt(4) == 0;
    for (int i = 0; i < n; i++) {
      double startS = random.nextInt(7200) - 1800;
      PlannedStop stop = stop("s-" + i, startS, startS + random.nextInt(1800), 60);
      if (random.nextInt(4) == 0) {
        stop.setNotifiedAt(after(-random.nextInt(1200)));
      }
      if (i == 0 && firstArrived) {
        stop.setArrivedAt(after(-random.nextInt(600)));
      }
      request.getStops().add(stop);
    }
    for (int from = -1; from < n; from++) {
      for (int to = 0; to < n; to++) {
        request.getLegs().add(leg(from, to, random.nextInt(9000), 30 + random.nextInt(900)));
      }
    }
    int reroutes = random.nextInt(4);
    for (int k = 0; k < reroutes; k++) {
      request.getLegs().add(leg(-1, 0, random.nextInt(9000), 30 + random.nextInt(900)));
    }

    List<Integer> plan = new ArrayList<>(IntStream.range(0, n).boxed().toList());
    List<Candidate> candidates = request.getCandidates();
    candidates.add(onMatrix(DecisionKind.KEEP, -1, plan));
    for (int k = 0; k < reroutes; k++) {
      Candidate reroute = onMatrix(DecisionKind.REROUTE, -1, plan);
      List<Integer> legs = new ArrayList<>(reroute.getLegs());
      legs.set(0, (n + 1) * n + k);
      reroute.setLegs(legs);
      reroute.setRoute(List.of(17, 100 + k));
      reroute.setDetourRatio(0.8f + random.nextFloat());
      candidates.add(reroute);
    }
    for (int k = 0; k < random.nextInt(4); k++) {
      List<Integer> order = new ArrayList<>(plan);
      Collections.shuffle(firstArrived ? order.subList(1, n) : order, random);
      candidates.add(onMatrix(DecisionKind.RESEQUENCE, -1, order));
    }
    for (int i = firstArrived ? 1 : 0; i < n; i++) {
      if (random.nextBoolean()) {
        candidates.add(onMatrix(DecisionKind.NOTIFY_LATE, i, plan));
      }
      if (random.nextInt(3) == 0) {
        candidates.add(onMatrix(DecisionKind.DISPATCH_BACKUP, i, plan));
      }
    }
    if (random.nextBoolean()) {
      Candidate wait = onMatrix(DecisionKind.WAIT, -1, plan);
      wait.setRoute(reroutes == 0 ? List.of() : List.of(17, 100 + random.nextInt(reroutes)));
      candidates.add(1 + random.nextInt(candidates.size()), wait);
    }

    request.setNextLookS(random.nextInt(1200));
    Bounds bounds = request.getBounds();
    bounds.setWaitS(60 + random.nextInt(600));
    bounds.setBackupResponseS(random.nextInt(3000));
    bounds.getWeights().setRiskWeight(random.nextDouble());
    bounds.getWeights().setRiskLevel(random.nextBoolean() ? 0.9 : random.nextDouble());
    bounds.getWeights().setGraceMin(random.nextInt(10));
    bounds.getWeights().setNotifiedRatio(random.nextDouble());
    if (random.nextInt(3) == 0) {
      bounds.setAllowedKinds(List.of(DecisionKind.KEEP, DecisionKind.REROUTE, DecisionKind.WAIT));
    }
    return request;
  }

  /** Scenarios of log-normal spread around the legs' live times and the expected services. */
  static Scenarios randomScenarios(DecisionRequest request, int count, long seed) {
    Random random = new Random(~seed);
    Scenarios scenarios = new Scenarios().reset(request, count);
    for (int l = 0; l < request.getLegs().size(); l++) {
      for (int s = 0; s < count; s++) {
        scenarios.travelS()[l * count + s] =
            request.getLegs().get(l).getLiveS() * Math.exp(random.nextGaussian() / 2);
      }
    }
    for (int i = 0; i < request.getStops().size() * count; i++) {
      scenarios.serviceS()[i] = 120 * random.nextDouble();
    }
    return scenarios;
  }

  private static Candidate onMatrix(DecisionKind kind, int stop, List<Integer> order) {
    int n = order.size();
    List<Integer> legs = new ArrayList<>();
    int from = -1;
    for (int to : order) {
      legs.add((from + 1) * n + to);
      from = to;
    }
    return candidate(kind, stop, order, legs, List.of());
  }
}
