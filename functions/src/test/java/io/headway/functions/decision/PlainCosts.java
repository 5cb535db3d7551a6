// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.Candidate;
import io.headway.schemas.CostWeights;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Leg;
import io.headway.schemas.PlannedStop;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The decision problem written down as straightforwardly as possible, one scenario at a time and
 * without regard to speed: what {@link ScenarioCosts} is compared with.
 */
final class PlainCosts {
  /** One scenario of one candidate. */
  record Outcome(double costEur, double lateMin) {}

  private final DecisionRequest request;
  private final Scenarios scenarios;
  private final CostWeights weights;

  PlainCosts(DecisionRequest request, Scenarios scenarios) {
    this.request = request;
    this.scenarios = scenarios;
    weights = request.getBounds().getWeights();
  }

  /** All scenarios of a candidate, WAIT included. */
  List<Outcome> outcomes(int c) {
    Candidate candidate = request.getCandidates().get(c);
    if (candidate.getKind() == DecisionKind.WAIT) {
      return waiting(candidate);
    }
    return outcomes(candidate, 0);
  }

  double objective(List<Outcome> outcomes) {
    double beta = weights.getRiskWeight();
    return (1 - beta) * mean(outcomes) + beta * cvar(costs(outcomes), weights.getRiskLevel());
  }

  static double mean(List<Outcome> outcomes) {
    return outcomes.stream().mapToDouble(Outcome::costEur).average().orElseThrow();
  }

  static List<Double> costs(List<Outcome> outcomes) {
    return outcomes.stream().map(Outcome::costEur).toList();
  }

  static double cvar(List<Double> costs, double level) {
    List<Double> worstFirst = costs.stream().sorted(Comparator.reverseOrder()).toList();
    double wanted = (1 - level) * costs.size();
    double left = wanted;
    double sum = 0;
    for (double cost : worstFirst) {
      double weight = Math.min(1, left);
      sum += weight * cost;
      left -= weight;
    }
    return sum / wanted;
  }

  private List<Outcome> outcomes(Candidate candidate, double decidedS) {
    boolean mayTell =
        scenarios.count() > 1
            && candidate.getKind() != DecisionKind.DISPATCH_BACKUP
            && request.getBounds().getAllowedKinds().contains(DecisionKind.NOTIFY_LATE);
    List<Outcome> outcomes = new ArrayList<>();
    for (int s = 0; s < scenarios.count(); s++) {
      Map<Integer, Double> toldLaterS = mayTell ? toldLater(candidate, s, decidedS) : Map.of();
      outcomes.add(outcome(candidate, s, decidedS, toldLaterS));
    }
    return outcomes;
  }

  /** Which stops the baseline tells later in a scenario, and when. */
  private Map<Integer, Double> toldLater(Candidate candidate, int s, double decidedS) {
    Map<Integer, Double> toldS = new HashMap<>();
    List<Integer> order = candidate.getOrder();
    double[] arriveS = new double[order.size()];
    double[] departS = new double[order.size()];
    double clock = 0;
    double lastLateS = 0;
    for (int p = 0; p < order.size(); p++) {
      PlannedStop stop = request.getStops().get(order.get(p));
      arriveS[p] =
          p == 0 && stop.getArrivedAt() != null
              ? seconds(stop.getArrivedAt())
              : clock + time(candidate.getLegs().get(p), s);
      clock = Math.max(arriveS[p], seconds(stop.getWindowStart()));
      clock = Math.max(0, clock + scenarios.serviceS()[order.get(p) * scenarios.count() + s]);
      departS[p] = clock;
      if (isUntold(candidate, order.get(p), toldS) && arriveS[p] > seconds(stop.getWindowEnd())) {
        lastLateS = Math.max(lastLateS, arriveS[p]);
      }
    }
    double firstS =
        candidate.getKind() == DecisionKind.NOTIFY_LATE
            ? decidedS + request.getBounds().getCooldownS()
            : decidedS;
    for (double look = Math.max(1, request.getNextLookS()); look < lastLateS; look += 300) {
      if (look >= firstS) {
        int told = toldAt(candidate, look, arriveS, departS, toldS);
        if (told >= 0) {
          firstS = look + request.getBounds().getCooldownS();
          toldS.put(told, look);
        }
      }
    }
    return toldS;
  }

  /** The stop that saves the most at a look at live speeds; negative for none. */
  private int toldAt(
      Candidate candidate,
      double look,
      double[] arriveS,
      double[] departS,
      Map<Integer, Double> toldS) {
    int best = -1;
    double bestEur = request.getBounds().getMinimumGainEur();
    double clock = 0;
    for (int p = 0; p < arriveS.length; p++) {
      int i = candidate.getOrder().get(p);
      if (departS[p] <= look) {
        continue;
      }
      PlannedStop stop = request.getStops().get(i);
      double arrive = arriveS[p];
      if (arrive > look) {
        double live = request.getLegs().get(candidate.getLegs().get(p)).getLiveS();
        double setOut = p == 0 ? 0 : departS[p - 1];
        arrive = setOut > look ? clock + live : look + live * (arrive - look) / (arrive - setOut);
        double late = Math.max(0, arrive - seconds(stop.getWindowEnd())) / 60;
        boolean inTime = arrive >= look + 60 * weights.getNotifyAheadMin();
        double saved = inTime ? (1 - weights.getNotifiedRatio()) * lateEur(late) : 0;
        if (isUntold(candidate, i, toldS)
            && arriveS[p] > seconds(stop.getWindowEnd())
            && saved - weights.getNotifyEur() >= bestEur) {
          best = i;
          bestEur = saved - weights.getNotifyEur();
        }
      }
      clock = Math.max(look, Math.max(arrive, seconds(stop.getWindowStart())) + stop.getServiceS());
    }
    return best;
  }

  private boolean isUntold(Candidate candidate, int i, Map<Integer, Double> toldS) {
    PlannedStop stop = request.getStops().get(i);
    boolean now = candidate.getKind() == DecisionKind.NOTIFY_LATE && candidate.getStop() == i;
    return !now
        && stop.getNotifiedAt() == null
        && stop.getArrivedAt() == null
        && !toldS.containsKey(i);
  }

  private double lateEur(double late) {
    double eur = weights.getLateEurPerMin() * Math.min(late, weights.getLateCapMin());
    return late > weights.getGraceMin() ? eur + weights.getMissedEur() : eur;
  }

  private Outcome outcome(
      Candidate candidate, int s, double decidedS, Map<Integer, Double> toldLaterS) {
    double eur = 0;
    double lateMin = 0;
    double clock = 0;
    double hours = 0;
    for (int p = 0; p < candidate.getOrder().size(); p++) {
      int i = candidate.getOrder().get(p);
      PlannedStop stop = request.getStops().get(i);
      double arrive;
      if (candidate.getKind() == DecisionKind.DISPATCH_BACKUP && i == candidate.getStop()) {
        hours += Math.max(clock, decidedS) / 3600;
        arrive = decidedS + request.getBounds().getBackupResponseS();
      } else if (p == 0 && stop.getArrivedAt() != null) {
        arrive = seconds(stop.getArrivedAt());
      } else {
        Leg leg = request.getLegs().get(candidate.getLegs().get(p));
        arrive = clock + scenarios.travelS()[candidate.getLegs().get(p) * scenarios.count() + s];
        eur += weights.getKmEur() * leg.getDistanceM() / 1000;
      }
      clock = Math.max(arrive, seconds(stop.getWindowStart()));
      clock += scenarios.serviceS()[i * scenarios.count() + s];
      if (stop.getArrivedAt() != null) {
        clock = Math.max(0, clock);
        continue;
      }
      double late = Math.max(0, arrive - seconds(stop.getWindowEnd())) / 60;
      double charge = lateEur(late);
      boolean told =
          stop.getNotifiedAt() != null
              && arrive >= seconds(stop.getNotifiedAt()) + 60 * weights.getNotifyAheadMin();
      if (candidate.getKind() == DecisionKind.NOTIFY_LATE && candidate.getStop() == i) {
        told |= arrive >= decidedS + 60 * weights.getNotifyAheadMin();
      }
      if (toldLaterS.containsKey(i)) {
        told |= arrive >= toldLaterS.get(i) + 60 * weights.getNotifyAheadMin();
        eur += weights.getNotifyEur();
      }
      eur += told ? weights.getNotifiedRatio() * charge : charge;
      lateMin += late;
    }
    hours += clock / 3600;
    eur += weights.getHourEur() * hours + weights.getMovedStopEur() * candidate.getMovedStops();
    eur +=
        switch (candidate.getKind()) {
          case REROUTE -> weights.getRerouteEur();
          case NOTIFY_LATE -> weights.getNotifyEur();
          case DISPATCH_BACKUP -> weights.getBackupEur();
          default -> 0;
        };
    return new Outcome(eur, lateMin);
  }

  private List<Outcome> waiting(Candidate wait) {
    List<List<Outcome>> later = new ArrayList<>();
    Candidate keep = request.getCandidates().get(0);
    for (Candidate candidate : request.getCandidates()) {
      boolean sameStart = candidate.getLegs().get(0).equals(keep.getLegs().get(0));
      boolean possible =
          switch (candidate.getKind()) {
            case KEEP, NOTIFY_LATE, DISPATCH_BACKUP -> true;
            case RESEQUENCE -> sameStart;
            case REROUTE ->
                candidate.getRoute().equals(wait.getRoute())
                    && candidate.getDetourRatio() <= request.getBounds().getMaximumDetourRatio();
            default -> false;
          };
      if (possible && request.getBounds().getAllowedKinds().contains(candidate.getKind())) {
        boolean actsLater =
            candidate.getKind() == DecisionKind.NOTIFY_LATE
                || candidate.getKind() == DecisionKind.DISPATCH_BACKUP;
        later.add(outcomes(candidate, actsLater ? request.getBounds().getWaitS() : 0));
      }
    }
    int count = scenarios.count();
    List<Outcome> pooled = new ArrayList<>();
    for (int s = 0; s < count; s++) {
      List<Integer> choosers = choosers(wait, s);
      List<Outcome> best = null;
      double bestEur = 0;
      for (List<Outcome> action : later) {
        double eur = objective(choosers.stream().map(action::get).toList());
        if (best == null || eur < bestEur - 1e-9) {
          best = action;
          bestEur = eur;
        }
      }
      pooled.add(best.get(s));
    }
    return pooled;
  }

  /** The scenarios on which is chosen what a scenario is charged. */
  private List<Integer> choosers(Candidate candidate, int self) {
    int count = scenarios.count();
    List<Integer> choosers =
        IntStream.range(0, count)
            .filter(o -> o % 2 != self % 2 && quarter(candidate, o) == quarter(candidate, self))
            .boxed()
            .toList();
    if (choosers.isEmpty()) {
      choosers = IntStream.range(0, count).filter(o -> o % 2 != self % 2).boxed().toList();
    }
    return choosers.isEmpty() ? List.of(self) : choosers;
  }

  /** In which quarter of a first leg's times a scenario lies: how many quartiles it exceeds. */
  private int quarter(Candidate candidate, int s) {
    if (request.getStops().get(candidate.getOrder().get(0)).getArrivedAt() != null) {
      return 0;
    }
    int count = scenarios.count();
    int leg = candidate.getLegs().get(0);
    double[] times = IntStream.range(0, count).mapToDouble(o -> time(leg, o)).sorted().toArray();
    int quarter = 0;
    for (int k = 1; k <= 3; k++) {
      if (time(leg, s) > times[(int) Math.ceil(k * count / 4.0) - 1]) {
        quarter++;
      }
    }
    return quarter;
  }

  private double time(int leg, int s) {
    return scenarios.travelS()[leg * scenarios.count() + s];
  }

  private double seconds(Instant moment) {
    return (moment.toEpochMilli() - request.getRequestedAt().toEpochMilli()) / 1000.0;
  }
}
