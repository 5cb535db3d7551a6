// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.headway.schemas.Candidate;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.CostParts;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.PlannedStop;
import io.headway.schemas.StopLateness;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ScenarioCostsTest {
  private final ScenarioCosts scenarioCosts = new ScenarioCosts();

  @Property(tries = 500, seed = "2")
  void equalsTheStraightforwardComputation(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 64) int count) {
    DecisionRequest request = Requests.random(seed);
    Scenarios scenarios = Requests.randomScenarios(request, count, seed);
    PlainCosts plain = new PlainCosts(request, scenarios);
    List<CandidateCost> costs = scenarioCosts.cost(request, scenarios);
    for (int c = 0; c < costs.size(); c++) {
      CandidateCost cost = costs.get(c);
      List<PlainCosts.Outcome> expected = plain.outcomes(c);
      double level = request.getBounds().getWeights().getRiskLevel();
      assertThat(cost.getCandidate()).isEqualTo(c);
      assertThat(cost.getMeanEur()).isCloseTo(PlainCosts.mean(expected), within(1e-9));
      assertThat(cost.getCvarEur())
          .isCloseTo(PlainCosts.cvar(PlainCosts.costs(expected), level), within(1e-9));
      assertThat(cost.getObjectiveEur()).isCloseTo(plain.objective(expected), within(1e-9));
      assertThat(cost.getLateProbability())
          .isEqualTo((float) expected.stream().filter(o -> o.lateMin() > 0).count() / count);
      assertThat((double) cost.getLateMin())
          .isCloseTo(
              expected.stream().mapToDouble(PlainCosts.Outcome::lateMin).average().orElseThrow(),
              within(1e-3));
      for (int s = 0; s < count; s++) {
        assertThat(scenarioCosts.costEur(c, s)).isCloseTo(expected.get(s).costEur(), within(1e-9));
        assertThat(scenarioCosts.lateMin(c, s)).isCloseTo(expected.get(s).lateMin(), within(1e-9));
      }
    }
  }

  @Property(tries = 300, seed = "5")
  void partsAddUpToTheObjective(@ForAll long seed, @ForAll @IntRange(min = 1, max = 64) int count) {
    DecisionRequest request = Requests.random(seed);
    List<CandidateCost> costs =
        scenarioCosts.cost(request, Requests.randomScenarios(request, count, seed));
    assertThat(costs.get(0).getParts()).isNotNull();
    for (CandidateCost cost : costs) {
      DecisionKind kind = request.getCandidates().get(cost.getCandidate()).getKind();
      boolean saves = cost.getObjectiveEur() < costs.get(0).getObjectiveEur();
      assertThat(cost.getParts() != null)
          .isEqualTo(cost.getCandidate() == 0 || (saves && kind != DecisionKind.WAIT));
      if (cost.getParts() != null) {
        assertThat(sum(cost.getParts())).isCloseTo(cost.getObjectiveEur(), within(1e-9));
      }
    }
  }

  private static double sum(CostParts parts) {
    return parts.getHoursEur()
        + parts.getDistanceEur()
        + parts.getActionsEur()
        + parts.getStops().stream().mapToDouble(StopLateness::getEur).sum();
  }

  @Property(tries = 300, seed = "3")
  void withOneScenarioWaitingIsNeverCheaperThanTheBestActionNow(@ForAll long seed) {
    DecisionRequest request = Requests.random(seed);
    // A second vehicle that comes later can make an earlier notice count: leave that out.
    request.getStops().forEach(stop -> stop.setNotifiedAt(null));
    Scenarios scenarios = new Scenarios();
    PointEstimate.drawInto(request, scenarios);
    List<CandidateCost> costs = scenarioCosts.cost(request, scenarios);
    double bestNowEur =
        costs.stream()
            .filter(c -> kind(request, c) != DecisionKind.WAIT)
            .mapToDouble(CandidateCost::getObjectiveEur)
            .min()
            .orElseThrow();
    costs.stream()
        .filter(c -> kind(request, c) == DecisionKind.WAIT)
        .forEach(c -> assertThat(c.getObjectiveEur()).isGreaterThanOrEqualTo(bestNowEur));
  }

  @Property(tries = 200, seed = "4")
  void theOrderOfScenariosMattersOnlyToWhatIsDecidedLater(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 64) int count) {
    DecisionRequest request = Requests.random(seed);
    request.getBounds().setAllowedKinds(List.of(DecisionKind.KEEP, DecisionKind.WAIT));
    Scenarios scenarios = Requests.randomScenarios(request, count, seed);
    List<Integer> order = new ArrayList<>(IntStream.range(0, count).boxed().toList());
    Collections.shuffle(order, new Random(seed));
    Scenarios shuffled = new Scenarios().reset(request, count);
    for (int s = 0; s < count; s++) {
      for (int l = 0; l < request.getLegs().size(); l++) {
        shuffled.travelS()[l * count + s] = scenarios.travelS()[l * count + order.get(s)];
      }
      for (int i = 0; i < request.getStops().size(); i++) {
        shuffled.serviceS()[i * count + s] = scenarios.serviceS()[i * count + order.get(s)];
      }
    }
    List<CandidateCost> costs = scenarioCosts.cost(request, scenarios);
    List<CandidateCost> again = scenarioCosts.cost(request, shuffled);
    for (int c = 0; c < costs.size(); c++) {
      if (kind(request, costs.get(c)) != DecisionKind.WAIT) {
        assertThat(again.get(c).getObjectiveEur())
            .isCloseTo(costs.get(c).getObjectiveEur(), within(1e-9));
        assertThat(again.get(c).getLateProbability()).isEqualTo(costs.get(c).getLateProbability());
      }
    }
  }

  @Property(tries = 200, seed = "5")
  void aFurtherLateStopAddsItsLatenessAndItsDrive(@ForAll long seed) {
    DecisionRequest request = Requests.random(seed);
    Scenarios scenarios = new Scenarios();
    PointEstimate.drawInto(request, scenarios);
    double beforeEur = scenarioCosts.cost(request, scenarios).get(0).getObjectiveEur();

    int n = request.getStops().size();
    PlannedStop late = Requests.stop("late", -90_000, -86_400, 0);
    request.getStops().add(late);
    request.getLegs().add(Requests.leg(n - 1, n, 4000, 360));
    Candidate keep = request.getCandidates().get(0);
    List<Integer> order = new ArrayList<>(keep.getOrder());
    List<Integer> legs = new ArrayList<>(keep.getLegs());
    order.add(n);
    legs.add(request.getLegs().size() - 1);
    request.setCandidates(
        List.of(Requests.candidate(DecisionKind.KEEP, -1, order, legs, List.of())));
    PointEstimate.drawInto(request, scenarios);
    // Capped lateness 60 × 0.5, missed 8, six minutes at 30 an hour, 4 km at 0.25.
    assertThat(scenarioCosts.cost(request, scenarios).get(0).getObjectiveEur() - beforeEur)
        .isCloseTo(30 + 8 + 3 + 1, within(1e-9));
  }

  @Test
  void aStopThatWasReachedIsNotDrivenToAndNotChargedForItsLateness() {
    DecisionRequest request = Requests.empty();
    PlannedStop here = Requests.stop("s-0", -7200, -3600, 300);
    here.setArrivedAt(Requests.after(-120));
    request.getStops().add(here);
    request.getLegs().add(Requests.leg(-1, 0, 5000, 600));
    request
        .getCandidates()
        .add(Requests.candidate(DecisionKind.KEEP, -1, List.of(0), List.of(0), List.of()));
    CandidateCost cost = pointCosts(request).get(0);
    assertThat(cost.getObjectiveEur()).isCloseTo(30 * 180 / 3600.0, within(1e-9));
    assertThat(cost.getLateProbability()).isZero();
  }

  @Test
  void aServiceThatTakesLongerThanExpectedEndsNow() {
    DecisionRequest request = Requests.empty();
    PlannedStop here = Requests.stop("s-0", -7200, 3600, 300);
    here.setArrivedAt(Requests.after(-900));
    request.getStops().add(here);
    request.getStops().add(Requests.stop("s-1", 0, 3600, 0));
    request.getLegs().add(Requests.leg(0, 1, 0, 360));
    request
        .getCandidates()
        .add(Requests.candidate(DecisionKind.KEEP, -1, List.of(0, 1), List.of(-1, 0), List.of()));
    assertThat(pointCosts(request).get(0).getObjectiveEur()).isCloseTo(3, within(1e-9));
  }

  @Test
  void aNoticeHalvesTheLatenessOnlyWhenItIsEarlyEnough() {
    DecisionRequest request = Requests.empty();
    request.getStops().add(Requests.stop("s-0", -7200, 0, 0));
    request.getLegs().add(Requests.leg(-1, 0, 0, 15 * 60));
    List<Integer> first = List.of(0);
    request.getCandidates().add(Requests.candidate(DecisionKind.KEEP, -1, first, first, List.of()));
    request
        .getCandidates()
        .add(Requests.candidate(DecisionKind.NOTIFY_LATE, 0, first, first, List.of()));
    // 7.50 for the quarter of an hour, 7.50 for being late by it, 8 for missing the window.
    assertThat(objectives(request).get(0)).isCloseTo(23.0, within(1e-9));
    assertThat(objectives(request).get(1)).isCloseTo(7.5 + (7.5 + 8) / 2 + 0.5, within(1e-9));

    request.getLegs().get(0).setLiveS(15 * 60 - 0.6);
    assertThat(objectives(request).get(1) - objectives(request).get(0))
        .isCloseTo(0.5, within(1e-9));
  }

  @Test
  void aSecondVehicleIsChargedFromItsCallAndTheOwnOneUntilItsLastStop() {
    DecisionRequest request = Requests.empty();
    request.getStops().add(Requests.stop("s-0", 0, 7200, 60));
    request.getStops().add(Requests.stop("s-1", 0, 7200, 60));
    request.getStops().add(Requests.stop("s-2", 0, 7200, 60));
    request.getLegs().add(Requests.leg(-1, 0, 4000, 540));
    request.getLegs().add(Requests.leg(0, 1, 8000, 900));
    request.getLegs().add(Requests.leg(1, 2, 2000, 240));
    List<Integer> plan = List.of(0, 1, 2);
    request.getCandidates().add(Requests.candidate(DecisionKind.KEEP, -1, plan, plan, List.of()));
    request
        .getCandidates()
        .add(Requests.candidate(DecisionKind.DISPATCH_BACKUP, 1, plan, plan, List.of()));
    double ownS = 540 + 60;
    double secondS = 1800 + 60 + 240 + 60;
    assertThat(objectives(request).get(1))
        .isCloseTo(25 + 30 * (ownS + secondS) / 3600 + 0.25 * (4 + 2), within(1e-9));
  }

  @Test
  void aReceiverIsToldLaterByTheBaselineWhenItSeesThatItIsLate() {
    DecisionRequest request = Requests.empty();
    request.getStops().add(Requests.stop("s-0", 0, 2400, 0));
    request.getLegs().add(Requests.leg(-1, 0, 0, 1800));
    List<Integer> first = List.of(0);
    request.getCandidates().add(Requests.candidate(DecisionKind.KEEP, -1, first, first, List.of()));
    request
        .getCandidates()
        .add(Requests.candidate(DecisionKind.NOTIFY_LATE, 0, first, first, List.of()));
    Scenarios scenarios = new Scenarios().reset(request, 16);
    for (int s = 0; s < 16; s++) {
      // The slowest quarter is 60 minutes late, which costs EUR 38, half of it when told. After 25
      // minutes a quarter of the way is done, and at live speeds it would be 7.5 minutes late.
      scenarios.travelS()[s] = s < 12 ? 1200 + s : 6000;
      scenarios.serviceS()[s] = 0;
    }
    scenarioCosts.cost(request, scenarios);
    assertThat(scenarioCosts.costEur(0, 15)).isCloseTo(50 + 19 + 0.5, within(1e-9));
    assertThat(scenarioCosts.costEur(1, 15)).isCloseTo(50 + 19 + 0.5, within(1e-9));
    assertThat(scenarioCosts.costEur(0, 0)).isCloseTo(10, within(1e-9));
    assertThat(scenarioCosts.costEur(1, 0)).isCloseTo(10.5, within(1e-9));

    request.getBounds().setMinimumGainEur(18.6);
    scenarioCosts.cost(request, scenarios);
    assertThat(scenarioCosts.costEur(0, 15)).as("too little").isCloseTo(50 + 38, within(1e-9));

    request.getBounds().setMinimumGainEur(1.0);
    request.setNextLookS(5101);
    scenarioCosts.cost(request, scenarios);
    assertThat(scenarioCosts.costEur(0, 15)).as("too late").isCloseTo(50 + 38, within(1e-9));

    request.setNextLookS(300);
    request.getBounds().setAllowedKinds(List.of(DecisionKind.KEEP));
    scenarioCosts.cost(request, scenarios);
    assertThat(scenarioCosts.costEur(0, 15)).as("not allowed").isCloseTo(50 + 38, within(1e-9));
  }

  @Test
  void waitingPaysWhereTheFirstLegTellsWhichWayIsBetter() {
    DecisionRequest request = Requests.empty();
    request.getStops().add(Requests.stop("s-0", 0, 1200, 0));
    request.getLegs().add(Requests.leg(-1, 0, 5000, 1000));
    request.getLegs().add(Requests.leg(-1, 0, 5000, 1500));
    List<Integer> first = List.of(0);
    request
        .getCandidates()
        .add(Requests.candidate(DecisionKind.KEEP, -1, first, List.of(0), List.of()));
    request
        .getCandidates()
        .add(Requests.candidate(DecisionKind.REROUTE, -1, first, List.of(1), List.of(5, 6)));
    request
        .getCandidates()
        .add(Requests.candidate(DecisionKind.WAIT, -1, first, List.of(0), List.of(5, 6)));
    int count = 64;
    Scenarios scenarios = new Scenarios().reset(request, count);
    for (int s = 0; s < count; s++) {
      // In half of the scenarios the kept way is jammed.
      scenarios.travelS()[s] = (s / 2) % 2 == 0 ? 900 + s : 4000 + s;
      scenarios.travelS()[count + s] = 1500;
      scenarios.serviceS()[s] = 0;
    }
    List<CandidateCost> costs = scenarioCosts.cost(request, scenarios);
    assertThat(costs.get(2).getObjectiveEur())
        .isLessThan(costs.get(0).getObjectiveEur() - 1)
        .isLessThan(costs.get(1).getObjectiveEur() - 1);
    assertThat(costs.get(2).getLateProbability()).isEqualTo(0.5f);
  }

  @Test
  void aRequestWhoseFirstCandidateIsNotKeepIsRefused() {
    DecisionRequest request = Requests.random(1);
    request.getCandidates().remove(0);
    assertThatThrownBy(() -> pointCosts(request))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("random-1")
        .hasMessageContaining("put KEEP first");
  }

  @Test
  void aClosedLegIsRefusedByName() {
    DecisionRequest request = Requests.random(1);
    request.getLegs().get(0).setLiveS(Double.POSITIVE_INFINITY);
    assertThatThrownBy(() -> pointCosts(request))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("leg 0 has live_s Infinity");
  }

  @Test
  void scenariosCostNoMemory() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    DecisionRequest request = Requests.random(7);
    Scenarios few = Requests.randomScenarios(request, 1, 7);
    Scenarios many = Requests.randomScenarios(request, 256, 7);
    long[] bytes = new long[2];
    for (int round = 0; round < 200; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      scenarioCosts.cost(request, few);
      long between = threads.getCurrentThreadAllocatedBytes();
      scenarioCosts.cost(request, many);
      bytes[0] = between - before;
      bytes[1] = threads.getCurrentThreadAllocatedBytes() - between;
    }
    assertThat(bytes[1] - bytes[0]).isLessThan(2048);
  }

  private List<Double> objectives(DecisionRequest request) {
    return pointCosts(request).stream().map(CandidateCost::getObjectiveEur).toList();
  }

  private List<CandidateCost> pointCosts(DecisionRequest request) {
    Scenarios scenarios = new Scenarios();
    PointEstimate.drawInto(request, scenarios);
    return scenarioCosts.cost(request, scenarios);
  }

  private static DecisionKind kind(DecisionRequest request, CandidateCost cost) {
    return request.getCandidates().get(cost.getCandidate()).getKind();
  }
}
