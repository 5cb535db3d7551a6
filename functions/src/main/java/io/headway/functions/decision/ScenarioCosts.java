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
 * wait_s} later. What will be seen by then is which quarter of the scenarios the first leg belongs
 * to: scenarios are put in 4 groups by the quartiles of KEEP's first-leg time (its ratio to the
 * usual time, as the usual time is one number). In each group the later action of least J is chosen
 * on the scenarios of even number and charged on those of odd number, and the other way round,
 * because a minimum taken on the scenarios that it is charged on would always favour waiting. Where
 * a half of a group is empty, the half of all scenarios chooses; a single scenario chooses for
 * itself, as nothing can be learned. Ties go to the earlier candidate. J(WAIT) is that of the costs
 * so charged, pooled.
 *
 * <p>Holds buffers that grow to the largest request: one object a thread. Nothing is allocated by
 * scenario.
 */
public final class ScenarioCosts {
  private static final int GROUPS = 4;

  private final Timetable timetable = new Timetable();
  private int count;
  private double[] costEur = {};
  private double[] lateMin = {};
  private double[] gathered = {};
  private double[] scratch = {};
  private int[] group = {};
  private int[] members = {};
  private final int[] cellStart = new int[2 * GROUPS + 1];
  private int[] laterRow = {};

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
    return costs;
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
    for (int s = 0; s < count; s++) {
      costEur[base + s] = actionEur + model.drivingEur(workedS[s] / 3600, km);
    }
    Arrays.fill(lateMin, base, base + count, 0);
    for (int p = 0; p < candidate.getOrder().size(); p++) {
      int stop = candidate.getOrder().get(p);
      if (timetable.arrived(stop)) {
        continue;
      }
      double toldS = timetable.toldS(stop);
      if (candidate.getKind() == DecisionKind.NOTIFY_LATE && candidate.getStop() == stop) {
        toldS = Math.min(toldS, decidedS);
      }
      chargeLateness(
          base, timetable.arriveS(), p * count, timetable.windowEndS(stop), toldS, model);
    }
  }

  private void chargeLateness(
      int base, double[] arriveS, int row, double windowEndS, double toldS, CostModel model) {
    double[] eur = costEur;
    double[] late = lateMin;
    for (int s = 0, n = count; s < n; s++) {
      double lateS = arriveS[row + s] - windowEndS;
      if (lateS > 0) {
        double minutes = lateS / 60;
        late[base + s] += minutes;
        eur[base + s] += model.latenessEur(minutes, model.toldInTime(toldS, arriveS[row + s]));
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
    groupByFirstLeg(request, scenarios);
    for (int g = 0; g < GROUPS; g++) {
      for (int half = 0; half < 2; half++) {
        int charged = 2 * g + 1 - half;
        if (cellStart[charged] == cellStart[charged + 1]) {
          continue;
        }
        int row = cheapest(later, 2 * g + half, half, model) * count;
        for (int i = cellStart[charged]; i < cellStart[charged + 1]; i++) {
          costEur[wait * count + members[i]] = costEur[row + members[i]];
          lateMin[wait * count + members[i]] = lateMin[row + members[i]];
        }
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

  /**
   * Sorts the scenarios into cells: cell 2g holds the even ones of group g, 2g + 1 the odd ones.
   */
  private void groupByFirstLeg(DecisionRequest request, Scenarios scenarios) {
    Candidate keep = request.getCandidates().get(0);
    Arrays.fill(group, 0, count, 0);
    if (!timetable.arrived(keep.getOrder().get(0))) {
      int first = keep.getLegs().get(0) * count;
      double[] travelS = scenarios.travelS();
      System.arraycopy(travelS, first, scratch, 0, count);
      Arrays.sort(scratch, 0, count);
      for (int k = 1; k < GROUPS; k++) {
        double quartile = scratch[(k * count + GROUPS - 1) / GROUPS - 1];
        for (int s = 0; s < count; s++) {
          group[s] += travelS[first + s] > quartile ? 1 : 0;
        }
      }
    }
    int n = 0;
    for (int cell = 0; cell < 2 * GROUPS; cell++) {
      cellStart[cell] = n;
      for (int s = cell % 2; s < count; s += 2) {
        if (group[s] == cell / 2) {
          members[n++] = s;
        }
      }
    }
    cellStart[2 * GROUPS] = n;
  }

  /**
   * The row of least J among the later ones, over the scenarios of a cell, or what stands for it.
   */
  private int cheapest(int later, int cell, int half, CostModel model) {
    int best = -1;
    double bestEur = Double.POSITIVE_INFINITY;
    for (int k = 0; k < later; k++) {
      int n = gather(laterRow[k] * count, cell, half);
      double eur = model.objectiveEur(mean(gathered, 0, n), model.cvarEur(gathered, 0, n, scratch));
      if (best < 0 || eur < bestEur) {
        best = laterRow[k];
        bestEur = eur;
      }
    }
    return best;
  }

  private int gather(int base, int cell, int half) {
    int n = 0;
    for (int i = cellStart[cell]; i < cellStart[cell + 1]; i++) {
      gathered[n++] = costEur[base + members[i]];
    }
    if (n == 0) {
      for (int s = half; s < count; s += 2) {
        gathered[n++] = costEur[base + s];
      }
    }
    if (n == 0) {
      gathered[n++] = costEur[base];
    }
    return n;
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
    count = scenarioCount;
    int cells = 2 * candidates * count;
    if (costEur.length < cells) {
      costEur = new double[cells];
      lateMin = new double[cells];
    }
    if (scratch.length < count) {
      scratch = new double[count];
      gathered = new double[count];
      group = new int[count];
      members = new int[count];
    }
    if (laterRow.length < candidates) {
      laterRow = new int[candidates];
    }
  }
}
