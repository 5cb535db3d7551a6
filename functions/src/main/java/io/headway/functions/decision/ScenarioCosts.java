// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Bounds;
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
 * <p><b>Later notices.</b> Whatever is decided now, a receiver can still be told at the next look,
 * {@code next_look_s} from now but not before {@code wait_s}, when the quarter of the candidate's
 * own first leg is seen. So where the bounds allow notices, in each quarter a receiver is told then
 * if that saves at least {@code minimum_gain_eur} on average, chosen and charged on swapped halves,
 * each stop for itself. Otherwise telling now would seem to save what telling later saves as well.
 * That one look tells one receiver is left out. What a notice gains is measured by never telling
 * this receiver; whether now is the moment J says. Over a single scenario, the point estimate,
 * nothing is told later: the baseline decides as if it were not asked again.
 *
 * <p>Holds buffers that grow to the largest request: one object a thread. Nothing is allocated by
 * scenario.
 */
public final class ScenarioCosts {
  private static final int NO_STOP = -1;
  private static final int NO_LEG = -2;

  private final Timetable timetable = new Timetable();
  private final Quarters quarters = new Quarters();
  private int count;
  private int candidateCount;
  private int seenLeg;
  private double[] costEur = {};
  private double[] lateMin = {};
  private double[] gathered = {};
  private double[] scratch = {};
  private double[] savedEur = {};
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
    seenLeg = NO_LEG;

    // Notices drive as KEEP does: one after the other, they share one drive.
    for (int c = 0; c < candidates.size(); c++) {
      if (drivesAsKeep(candidates.get(c))) {
        charge(request, candidates.get(c), scenarios, model, 0, c, NO_STOP);
        if (candidates.get(c).getKind() == DecisionKind.NOTIFY_LATE) {
          int untold = candidates.get(c).getStop();
          charge(request, candidates.get(0), scenarios, model, 0, referenceRow(c), untold);
        }
      }
    }
    for (int c = 0; c < candidates.size(); c++) {
      Candidate candidate = candidates.get(c);
      if (!drivesAsKeep(candidate) && candidate.getKind() != DecisionKind.WAIT) {
        charge(request, candidate, scenarios, model, 0, c, NO_STOP);
      }
    }
    for (int c = 0; c < candidates.size(); c++) {
      if (candidates.get(c).getKind() != DecisionKind.NOTIFY_LATE) {
        System.arraycopy(costEur, 0, costEur, referenceRow(c) * count, count);
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
   * Cost in EUR of what a candidate's gain is measured by: KEEP, or for a notice KEEP without ever
   * telling this receiver.
   */
  public double referenceEur(int candidate, int scenario) {
    return costEur[referenceRow(candidate) * count + scenario];
  }

  /** Below the candidates lie those that are decided later, and below them the references. */
  private int referenceRow(int candidate) {
    return 2 * candidateCount + candidate;
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

  /**
   * Writes costs and lateness of a candidate, decided {@code decidedS} after t, into a row.
   *
   * @param untold the stop whose receiver is never told, or {@link #NO_STOP}
   */
  private void charge(
      DecisionRequest request,
      Candidate candidate,
      Scenarios scenarios,
      CostModel model,
      double decidedS,
      int row,
      int untold) {
    seeFirstLeg(candidate, scenarios);
    timetable.drive(request, candidate, scenarios, decidedS);
    int base = row * count;
    double actionEur = model.actionEur(candidate.getKind(), candidate.getMovedStops());
    double km = timetable.km();
    double[] workedS = timetable.workedS();
    for (int s = 0; s < count; s++) {
      costEur[base + s] = actionEur + model.drivingEur(workedS[s] / 3600, km);
    }
    Arrays.fill(lateMin, base, base + count, 0);
    double laterS = laterNoticeS(request);
    for (int p = 0; p < candidate.getOrder().size(); p++) {
      int stop = candidate.getOrder().get(p);
      if (timetable.arrived(stop)) {
        continue;
      }
      double toldS = timetable.toldS(stop);
      if (candidate.getKind() == DecisionKind.NOTIFY_LATE && candidate.getStop() == stop) {
        toldS = Math.min(toldS, decidedS);
      }
      double[] arriveS = timetable.arriveS();
      double windowEndS = timetable.windowEndS(stop);
      if (toldS == Double.POSITIVE_INFINITY
          && laterS < Double.POSITIVE_INFINITY
          && stop != untold) {
        double leastEur = request.getBounds().getMinimumGainEur();
        chargeToldLater(base, arriveS, p * count, windowEndS, laterS, leastEur, model);
      } else {
        chargeLateness(base, arriveS, p * count, windowEndS, toldS, model);
      }
    }
  }

  /** When a receiver can be told next, in seconds; infinite where that is left out. */
  private double laterNoticeS(DecisionRequest request) {
    Bounds bounds = request.getBounds();
    return count > 1 && bounds.getAllowedKinds().contains(DecisionKind.NOTIFY_LATE)
        ? Math.max(bounds.getWaitS(), request.getNextLookS())
        : Double.POSITIVE_INFINITY;
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

  /** The same for a stop whose receiver was not told and can be later, if it saves so much. */
  private void chargeToldLater(
      int base,
      double[] arriveS,
      int row,
      double windowEndS,
      double laterS,
      double leastEur,
      CostModel model) {
    boolean saves = false;
    for (int s = 0; s < count; s++) {
      savedEur[s] = 0;
      double lateS = arriveS[row + s] - windowEndS;
      if (lateS > 0) {
        double minutes = lateS / 60;
        double eur = model.latenessEur(minutes, false);
        lateMin[base + s] += minutes;
        costEur[base + s] += eur;
        savedEur[s] = eur - model.latenessEur(minutes, model.toldInTime(laterS, arriveS[row + s]));
        saves |= savedEur[s] > 0;
      }
    }
    if (saves) {
      chargeLaterNotice(base, model.actionEur(DecisionKind.NOTIFY_LATE, 0), leastEur);
    }
  }

  private void chargeLaterNotice(int base, double noticeEur, double leastEur) {
    for (int cell = 0; cell < Quarters.CELLS; cell++) {
      double sumEur = 0;
      int choosers = quarters.choose(cell);
      for (int i = 0; i < choosers; i++) {
        sumEur += savedEur[quarters.choosers()[i]];
      }
      if (sumEur >= choosers * (noticeEur + leastEur)) {
        for (int i = quarters.start(cell); i < quarters.start(cell + 1); i++) {
          int s = quarters.members()[i];
          costEur[base + s] += noticeEur - savedEur[s];
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
        charge(request, candidate, scenarios, model, waitS, row, NO_STOP);
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
    int leg = timetable.arrived(candidate.getOrder().get(0)) ? -1 : candidate.getLegs().get(0);
    if (leg == seenLeg) {
      return;
    }
    seenLeg = leg;
    if (leg < 0) {
      quarters.begin(count);
    } else {
      quarters.begin(count, scenarios.travelS(), leg * count);
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
      if (best < 0 || eur < bestEur) {
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
    int reference = referenceRow(candidate) * count;
    cost.setReferenceEur(
        model.objectiveEur(
            mean(costEur, reference, count), model.cvarEur(costEur, reference, count, scratch)));
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
    candidateCount = candidates;
    count = scenarioCount;
    int cells = 3 * candidates * count;
    if (costEur.length < cells) {
      costEur = new double[cells];
      lateMin = new double[cells];
    }
    if (scratch.length < count) {
      scratch = new double[count];
      gathered = new double[count];
      savedEur = new double[count];
    }
    if (laterRow.length < candidates) {
      laterRow = new int[candidates];
    }
  }
}
