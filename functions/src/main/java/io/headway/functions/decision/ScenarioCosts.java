// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Candidate;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Costs every candidate of a request over S scenarios, by {@link CostModel} and {@link Timetable}.
 * Only what lies ahead is charged: hours and kilometres from t on, and the lateness of stops that
 * the vehicle has not arrived at.
 *
 * <p><b>WAIT</b> means to go on for {@code wait_s} and then to decide. What can still be decided
 * then: every candidate that leaves on the same first leg as KEEP, and the REROUTE whose {@code
 * route} is the WAIT's own (its diversion node still lies ahead); of those, what the request's
 * bounds allow by kind and by detour. A receiver is then told, and a second vehicle called, {@code
 * wait_s} later. What will be seen by then is the quarter of KEEP's first-leg time (its ratio to
 * the usual time, as the usual time is one number), {@link Quarters}: for each the later action of
 * least J is chosen on one half of its scenarios and charged on the other. Ties go to the earlier
 * candidate. J(WAIT) is that of the costs so charged, pooled.
 *
 * <p><b>Later notices.</b> Whatever is decided now, the baseline goes on deciding, and can still
 * tell a receiver ({@link LaterNotices}). Otherwise telling now would seem to save what telling
 * later saves as well. What else the baseline would do later is left out.
 *
 * <p>Holds buffers that grow to the largest request: one object a thread. Nothing is allocated by
 * scenario.
 */
public final class ScenarioCosts {

  /** Costs that differ by less are equal but for the order in which they were added up. */
  private static final double TIE_EUR = 1e-9;

  private final Timetable timetable = new Timetable();
  private final Quarters quarters = new Quarters();
  private final LaterNotices laterNotices = new LaterNotices();
  private final CostBreakdown breakdown;

  /** Where a charge is written down in parts too; null where it is not. */
  private CostBreakdown into;

  private int count;
  private int candidateCount;
  private double[] costEur = {};
  private double[] lateMin = {};
  private double[] gathered = {};
  private double[] scratch = {};
  private int[] laterRow = {};

  /** Writes no scenarios down by themselves. */
  public ScenarioCosts() {
    this(0);
  }

  /**
   * @param samples how many scenarios are written down by themselves, at most
   */
  public ScenarioCosts(int samples) {
    breakdown = new CostBreakdown(samples);
  }

  /**
   * The costs of all candidates, in their order.
   *
   * @throws IllegalArgumentException when the request cannot be costed: its first candidate is not
   *     KEEP, it has an unknown kind, or weights are out of range
   */
  public List<CandidateCost> cost(DecisionRequest request, Scenarios scenarios) {
    List<Candidate> candidates = request.getCandidates();
    if (candidates.isEmpty() || candidates.get(0).getKind() != DecisionKind.KEEP) {
      throw new IllegalArgumentException(
          "Request %s: its first candidate is not KEEP, so there is nothing to measure a gain against; put KEEP first"
              .formatted(request.getDecisionId()));
    }
    CostModel model = new CostModel(request.getBounds().getWeights());
    makeRoom(candidates.size(), scenarios.count());
    timetable.begin(request, scenarios);
    laterNotices.begin(request, model);

    // Notices drive as KEEP does: one after the other, they share one drive.
    for (int c = 0; c < candidates.size(); c++) {
      if (drivesAsKeep(candidates.get(c))) {
        charge(request, candidates.get(c), scenarios, model, 0, c);
      }
    }
    for (int c = 0; c < candidates.size(); c++) {
      Candidate candidate = candidates.get(c);
      if (!drivesAsKeep(candidate) && candidate.getKind() != DecisionKind.WAIT) {
        charge(request, candidate, scenarios, model, 0, c);
      }
    }
    List<CandidateCost> costs = new ArrayList<>(candidates.size());
    for (int c = 0; c < candidates.size(); c++) {
      if (candidates.get(c).getKind() == DecisionKind.WAIT) {
        chargeWait(request, c, scenarios, model);
      }
      costs.add(summary(c, model));
    }
    tellParts(request, scenarios, model, costs);
    return costs;
  }

  /** What costs are made of: of KEEP, and of what saves something, which alone can be chosen. */
  private void tellParts(
      DecisionRequest request, Scenarios scenarios, CostModel model, List<CandidateCost> costs) {
    int row = 2 * candidateCount;
    for (CandidateCost cost : costs) {
      Candidate candidate = request.getCandidates().get(cost.getCandidate());
      boolean saves = cost.getObjectiveEur() < costs.get(0).getObjectiveEur();
      if (cost.getCandidate() == 0 || (saves && candidate.getKind() != DecisionKind.WAIT)) {
        into = breakdown;
        charge(request, candidate, scenarios, model, 0, row);
        into = null;
        breakdown.tell(cost, model, costEur, row * count);
      }
    }
  }

  /** Cost in EUR of a candidate of the last request in one of its scenarios. */
  public double costEur(int candidate, int scenario) {
    return costEur[candidate * count + scenario];
  }

  /**
   * Minutes late, summed over stops, of a candidate of the last request in one of its scenarios.
   */
  public double lateMin(int candidate, int scenario) {
    return lateMin[candidate * count + scenario];
  }

  private static boolean drivesAsKeep(Candidate candidate) {
    return candidate.getKind() == DecisionKind.KEEP
        || candidate.getKind() == DecisionKind.NOTIFY_LATE;
  }

  /** Writes costs and lateness of a candidate, decided {@code decidedS} after t, into a row. */
  private void charge(
      DecisionRequest request,
      Candidate candidate,
      Scenarios scenarios,
      CostModel model,
      double decidedS,
      int row) {
    timetable.drive(request, candidate, scenarios, decidedS);
    int base = row * count;
    double actionEur = model.actionEur(candidate.getKind(), candidate.getMovedStops());
    double km = timetable.km();
    double[] workedS = timetable.workedS();
    if (into != null) {
      into.begin(
          request.getStops().size(), candidate.getOrder().size(), count, actionEur, timetable);
    }
    for (int s = 0; s < count; s++) {
      costEur[base + s] = actionEur + model.drivingEur(workedS[s] / 3600, km);
    }
    Arrays.fill(lateMin, base, base + count, 0);
    for (int p = 0; p < candidate.getOrder().size(); p++) {
      int stop = candidate.getOrder().get(p);
      if (!timetable.arrived(stop)) {
        double toldS = timetable.toldS(stop);
        if (candidate.getKind() == DecisionKind.NOTIFY_LATE && candidate.getStop() == stop) {
          toldS = Math.min(toldS, decidedS);
        }
        chargeLateness(base, stop, p * count, toldS, model);
      }
    }
    if (laterNotices.drive(request, candidate, timetable, scenarios, decidedS)) {
      chargeLaterNotices(base, candidate.getOrder(), model);
    }
  }

  private void chargeLateness(int base, int stop, int row, double toldS, CostModel model) {
    double[] eur = costEur;
    double[] late = lateMin;
    double[] arriveS = timetable.arriveS();
    double windowEndS = timetable.windowEndS(stop);
    for (int s = 0, n = count; s < n; s++) {
      double lateS = arriveS[row + s] - windowEndS;
      if (lateS > 0) {
        double minutes = lateS / 60;
        late[base + s] += minutes;
        double lateEur = model.latenessEur(minutes, model.toldInTime(toldS, arriveS[row + s]));
        eur[base + s] += lateEur;
        if (into != null) {
          into.late(stop, s, minutes, lateEur);
        }
      }
    }
  }

  private void chargeLaterNotices(int base, List<Integer> order, CostModel model) {
    double noticeEur = model.actionEur(DecisionKind.NOTIFY_LATE, 0);
    for (int s = 0; s < count; s++) {
      if (!laterNotices.tell(s)) {
        continue;
      }
      for (int p = 0; p < order.size(); p++) {
        double toldS = laterNotices.toldS(p);
        if (toldS < Double.POSITIVE_INFINITY) {
          double arriveS = timetable.arriveS()[p * count + s];
          double minutes = Math.max(0, arriveS - timetable.windowEndS(order.get(p))) / 60;
          double savedEur =
              model.latenessEur(minutes, false)
                  - model.latenessEur(minutes, model.toldInTime(toldS, arriveS));
          costEur[base + s] += noticeEur - savedEur;
          if (into != null) {
            into.toldLater(order.get(p), s, noticeEur, savedEur);
          }
        }
      }
    }
  }

  private void chargeWait(DecisionRequest request, int wait, Scenarios scenarios, CostModel model) {
    List<Candidate> candidates = request.getCandidates();
    double waitS = request.getBounds().getWaitS();
    int later = 0;
    for (int c = 0; c < candidates.size(); c++) {
      Candidate candidate = candidates.get(c);
      if (!staysOpen(request, candidate, candidates.get(wait))) {
        continue;
      }
      int row = c;
      if (candidate.getKind() == DecisionKind.NOTIFY_LATE
          || candidate.getKind() == DecisionKind.DISPATCH_BACKUP) {
        row = candidates.size() + c;
        charge(request, candidate, scenarios, model, waitS, row);
      }
      laterRow[later++] = row;
    }
    seeFirstLeg(candidates.get(wait), scenarios);
    for (int cell = 0; cell < Quarters.CELLS; cell++) {
      if (quarters.start(cell) == quarters.start(cell + 1)) {
        continue;
      }
      int row = cheapest(later, quarters.choose(cell), model) * count;
      for (int i = quarters.start(cell); i < quarters.start(cell + 1); i++) {
        int s = quarters.members()[i];
        costEur[wait * count + s] = costEur[row + s];
        lateMin[wait * count + s] = lateMin[row + s];
      }
    }
  }

  private static boolean staysOpen(DecisionRequest request, Candidate candidate, Candidate wait) {
    if (StaticBounds.forbidding(request.getBounds(), candidate) != null) {
      return false;
    }
    return switch (candidate.getKind()) {
      case WAIT, UNKNOWN -> false;
      case REROUTE -> candidate.getRoute().equals(wait.getRoute());
      default -> candidate.getLegs().get(0).equals(request.getCandidates().get(0).getLegs().get(0));
    };
  }

  private void seeFirstLeg(Candidate candidate, Scenarios scenarios) {
    if (timetable.arrived(candidate.getOrder().get(0))) {
      quarters.begin(count);
    } else {
      quarters.begin(count, scenarios.travelS(), candidate.getLegs().get(0) * count);
    }
  }

  /** The row of least J among the later ones, over those who choose. */
  private int cheapest(int later, int choosers, CostModel model) {
    int best = -1;
    double bestEur = Double.POSITIVE_INFINITY;
    for (int k = 0; k < later; k++) {
      for (int i = 0; i < choosers; i++) {
        gathered[i] = costEur[laterRow[k] * count + quarters.choosers()[i]];
      }
      double eur =
          model.objectiveEur(
              mean(gathered, 0, choosers), model.cvarEur(gathered, 0, choosers, scratch));
      if (best < 0 || eur < bestEur - TIE_EUR) {
        best = laterRow[k];
        bestEur = eur;
      }
    }
    return best;
  }

  private CandidateCost summary(int candidate, CostModel model) {
    int base = candidate * count;
    double meanEur = mean(costEur, base, count);
    double cvarEur = model.cvarEur(costEur, base, count, scratch);
    int late = 0;
    for (int s = 0; s < count; s++) {
      if (lateMin[base + s] > 0) {
        late++;
      }
    }
    CandidateCost cost = new CandidateCost();
    cost.setCandidate(candidate);
    cost.setObjectiveEur(model.objectiveEur(meanEur, cvarEur));
    cost.setMeanEur(meanEur);
    cost.setCvarEur(cvarEur);
    cost.setLateProbability((float) late / count);
    cost.setLateMin((float) mean(lateMin, base, count));
    cost.setSpreadEur(List.of());
    cost.setSamples(List.of());
    return cost;
  }

  private static double mean(double[] values, int from, int count) {
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += values[i];
    }
    return sum / count;
  }

  private void makeRoom(int candidates, int scenarioCount) {
    candidateCount = candidates;
    count = scenarioCount;
    // The candidates, what is decided later, and one to take costs apart.
    int cells = (2 * candidates + 1) * count;
    if (costEur.length < cells) {
      costEur = new double[cells];
      lateMin = new double[cells];
    }
    if (scratch.length < count) {
      scratch = new double[count];
      gathered = new double[count];
    }
    if (laterRow.length < candidates) {
      laterRow = new int[candidates];
    }
  }
}
