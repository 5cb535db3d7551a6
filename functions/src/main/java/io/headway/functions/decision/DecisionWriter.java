// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Alternative;
import io.headway.schemas.AppliedBound;
import io.headway.schemas.Appraisal;
import io.headway.schemas.Candidate;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.HalfCosts;
import io.headway.schemas.Leg;
import io.headway.schemas.ScenarioSummary;
import io.headway.schemas.StageLatency;
import java.util.ArrayList;
import java.util.List;

/** Writes down what was chosen and why. Holds buffers: one object a thread. */
public final class DecisionWriter {
  private final Timetable timetable = new Timetable();
  private final Scenarios scenarios = new Scenarios();

  Decision write(Appraisal appraisal, Choice choice) {
    DecisionRequest request = appraisal.getRequest();
    Candidate chosen = request.getCandidates().get(choice.candidate());
    List<CandidateCost> costs = choice.costs(appraisal);
    CandidateCost keepCost = costs.get(0);
    CandidateCost cost = costs.get(choice.candidate());
    Explanation explanation = new Explanation(appraisal, choice, timetable, scenarios);

    Decision decision = new Decision();
    decision.setDecisionId(request.getDecisionId());
    decision.setVehicleId(request.getVehicleId());
    decision.setSequence(request.getSequence());
    decision.setTrigger(request.getTrigger());
    decision.setDecidedAt(request.getRequestedAt());
    decision.setKind(chosen.getKind());
    decision.setShipmentIds(shipmentIds(request, chosen));
    decision.setRoute(route(chosen));
    decision.setReason(explanation.reason());
    decision.setCostEur(cost.getObjectiveEur());
    decision.setKeepCostEur(keepCost.getObjectiveEur());
    decision.setGainEur(keepCost.getObjectiveEur() - cost.getObjectiveEur());
    decision.setLateProbabilityBefore(keepCost.getLateProbability());
    decision.setLateProbabilityAfter(cost.getLateProbability());
    decision.setAlternatives(alternatives(appraisal, choice));
    decision.setFactors(explanation.factors());
    decision.setBoundsVersion(request.getBounds().getVersion());
    decision.setBoundsApplied(choice.applied());
    decision.setSource(
        choice.abstention() == null ? appraisal.getSource() : DecisionSource.BASELINE);
    decision.setFallbackCause(appraisal.getFallbackCause());
    decision.setModelName(appraisal.getModelName());
    decision.setModelVersion(
        appraisal.getModelName() == null
            ? null
            : Integer.toString(request.getModel().getVersion()));
    decision.setScenarios(
        decision.getSource() == DecisionSource.GENERATIVE ? scenarios(appraisal, choice) : null);
    decision.setPlanVersion(request.getPlanVersion());
    decision.setWeightsEpoch(request.getWeightsEpoch());
    decision.setNetworkId(request.getNetworkId());
    decision.setOffNetwork(request.getLegs().stream().anyMatch(DecisionWriter::offNetwork));
    decision.setLatency(new StageLatency(request.getPlannedMs(), appraisal.getImaginedMs(), null));
    return decision;
  }

  private static ScenarioSummary scenarios(Appraisal appraisal, Choice choice) {
    CandidateCost cost = appraisal.getCosts().get(choice.candidate());
    DecisionRequest request = appraisal.getRequest();
    List<Integer> order =
        cost.getSamples().isEmpty()
            ? List.of()
            : request.getCandidates().get(choice.candidate()).getOrder();
    return new ScenarioSummary(
        appraisal.getHalves().stream().mapToInt(HalfCosts::getScenarios).sum(),
        cost.getSpreadEur(),
        appraisal.getCosts().get(0).getSpreadEur(),
        order.stream().map(stop -> request.getStops().get(stop).getShipmentId()).toList(),
        cost.getSamples());
  }

  private static List<Alternative> alternatives(Appraisal appraisal, Choice choice) {
    DecisionRequest request = appraisal.getRequest();
    List<Alternative> alternatives = new ArrayList<>(choice.cheapestFirst().size());
    for (int c : choice.cheapestFirst()) {
      Candidate candidate = request.getCandidates().get(c);
      CandidateCost cost = choice.costs(appraisal).get(c);
      AppliedBound heldBack = choice.heldBack().get(c);
      alternatives.add(
          new Alternative(
              candidate.getKind(),
              shipmentIds(request, candidate),
              route(candidate),
              cost.getObjectiveEur(),
              cost.getLateProbability(),
              heldBack == null ? null : heldBack.getBound(),
              c == choice.baseline()));
    }
    return alternatives;
  }

  /** The way of a REROUTE. */
  private static List<Integer> route(Candidate candidate) {
    return candidate.getKind() == DecisionKind.REROUTE
        ? List.copyOf(candidate.getRoute())
        : List.of();
  }

  /** Whether a great circle stands in for roads; a leg of no length stands for the stop itself. */
  static boolean offNetwork(Leg leg) {
    return !leg.getOnNetwork() && leg.getDistanceM() > 0;
  }

  /** The shipments that a candidate concerns, as the contract of a decision lists them. */
  public static List<String> shipmentIds(DecisionRequest request, Candidate candidate) {
    List<Integer> order = candidate.getOrder();
    List<Integer> stops =
        switch (candidate.getKind()) {
          case NOTIFY_LATE -> List.of(candidate.getStop());
          case DISPATCH_BACKUP -> order.subList(order.indexOf(candidate.getStop()), order.size());
          case RESEQUENCE -> order;
          default -> List.of();
        };
    List<String> ids = new ArrayList<>(stops.size());
    for (int stop : stops) {
      ids.add(request.getStops().get(stop).getShipmentId());
    }
    return ids;
  }
}
