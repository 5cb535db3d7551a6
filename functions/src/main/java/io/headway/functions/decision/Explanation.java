// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import io.headway.schemas.AppliedBound;
import io.headway.schemas.Appraisal;
import io.headway.schemas.Candidate;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.CostParts;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.Factor;
import io.headway.schemas.Leg;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.RoadEventOnRoute;
import io.headway.schemas.StopLateness;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Why a decision is what it is: one sentence for a dispatcher, and the factors that moved it. What
 * it saves is told in parts that add up. How late stops may be is told by the scenarios over which
 * was costed; times of arrival are those at live speeds (the point estimate), whoever costed.
 */
final class Explanation {
  /** Most factors of one name. */
  private static final int EACH_MAX = 3;

  private static final double LIVE_RATIO_WORTH_TELLING = 1.1;
  private static final double PACE_WORTH_TELLING = 0.05;
  private static final double MINUTES_WORTH_TELLING = 0.5;

  private final List<CandidateCost> costs;
  private final Choice choice;
  private final DecisionRequest request;
  private final Candidate keep;
  private final Candidate chosen;
  private final Arrivals kept;
  private final Arrivals taken;

  /** Of KEEP, by stop; null where a single scenario was costed. */
  private final Map<Integer, StopLateness> likelyLate;

  private final List<GainParts.Part> gain;

  /**
   * @param timetable room to work in; overwritten
   * @param scenarios room to work in; overwritten
   */
  Explanation(Appraisal appraisal, Choice choice, Timetable timetable, Scenarios scenarios) {
    costs = choice.costs(appraisal);
    this.choice = choice;
    request = appraisal.getRequest();
    keep = request.getCandidates().get(0);
    chosen = request.getCandidates().get(choice.candidate());
    PointEstimate.drawInto(request, scenarios);
    timetable.begin(request, scenarios);
    kept = Arrivals.of(request, keep, timetable, scenarios);
    taken = choice.candidate() == 0 ? kept : Arrivals.of(request, chosen, timetable, scenarios);
    boolean sampled = choice.abstention() == null && !appraisal.getHalves().isEmpty();
    CostParts keepParts = costs.get(0).getParts();
    likelyLate = sampled && keepParts != null ? byStop(keepParts) : null;
    CandidateCost cost = costs.get(choice.candidate());
    gain =
        choice.candidate() == 0 || keepParts == null || cost.getParts() == null
            ? List.of()
            : GainParts.of(keepParts, cost.getParts());
  }

  private static Map<Integer, StopLateness> byStop(CostParts parts) {
    return parts.getStops().stream()
        .collect(Collectors.toMap(StopLateness::getStop, Function.identity()));
  }

  /** One sentence: what to do, what brought it up, and what it is good for. */
  String reason() {
    return action() + ": " + cause() + "; " + effect() + doubt() + ".";
  }

  /** What the model would have done, where it was not sure. */
  private String doubt() {
    Choice.Abstention abstention = choice.abstention();
    if (abstention == null) {
      return "";
    }
    String preferred = name(request.getCandidates().get(abstention.candidate()).getKind());
    Certainty certainty = abstention.certainty();
    return "; the model would prefer %s, but is not sure: on average that saves %s, give or take %s"
        .formatted(preferred, euros(certainty.gainEur()), euros(certainty.marginEur()));
  }

  /** What moved the decision: at most {@value #EACH_MAX} of a name, the weightiest first. */
  List<Factor> factors() {
    List<Factor> factors = new ArrayList<>();
    for (RoadEventOnRoute event : eventsNearestFirst()) {
      factors.add(new Factor("road_event_ahead_m", event.getAheadM(), text(event)));
    }
    double[] lateMin = lateMin();
    for (int stop : stopsBy(lateMin)) {
      factors.add(new Factor("stop_late_min", lateMin[stop], wouldBeLate(stop)));
    }
    for (GainParts.Part part : gain) {
      factors.add(
          new Factor(
              "saved_%s_eur".formatted(part.what().name().toLowerCase(Locale.ROOT)),
              part.eur(),
              text(part)));
    }
    if (choice.candidate() != 0) {
      addWhatItChanges(factors);
    }
    if (choice.abstention() != null) {
      factors.add(
          new Factor(
              "unsure_gain_eur",
              choice.abstention().certainty().gainEur(),
              "what the model would prefer saves so much more than this on average, too little to be sure"));
    }
    addSlowestLeg(factors);
    if (Math.abs(request.getPace() - 1) >= PACE_WORTH_TELLING) {
      factors.add(
          new Factor(
              "pace",
              (double) request.getPace(),
              "the vehicle drives at %s of the live speed of its roads"
                  .formatted(twoDecimals(request.getPace()))));
    }
    long offNetwork = request.getLegs().stream().filter(DecisionWriter::offNetwork).count();
    if (offNetwork > 0) {
      factors.add(
          new Factor(
              "off_network_legs",
              (double) offNetwork,
              "%d of %d legs are great circles at learned speeds, because an end is off the road network"
                  .formatted(offNetwork, request.getLegs().size())));
    }
    return factors;
  }

  private void addWhatItChanges(List<Factor> factors) {
    double[] savedMin = less(kept.lateMin, taken.lateMin);
    for (int stop : stopsBy(savedMin)) {
      factors.add(
          new Factor(
              "late_saved_min",
              savedMin[stop],
              "%s: %s less late".formatted(shipment(stop), minutes(savedMin[stop]))));
    }
    switch (chosen.getKind()) {
      case REROUTE -> {
        double detourKm = (firstLeg(chosen).getDistanceM() - firstLeg(keep).getDistanceM()) / 1000;
        factors.add(
            new Factor(
                "detour_km",
                detourKm,
                detourKm < 0
                    ? "the other way is %s shorter".formatted(distance(-1000 * detourKm))
                    : "the other way is %s longer".formatted(distance(1000 * detourKm))));
      }
      case RESEQUENCE ->
          factors.add(
              new Factor(
                  "moved_stops",
                  (double) chosen.getMovedStops(),
                  "%d stops change their place".formatted(chosen.getMovedStops())));
      case NOTIFY_LATE ->
          factors.add(
              new Factor(
                  "notice_min",
                  taken.arriveMin[chosen.getStop()],
                  "told %s ahead of the arrival"
                      .formatted(minutes(taken.arriveMin[chosen.getStop()]))));
      case DISPATCH_BACKUP ->
          factors.add(
              new Factor(
                  "backup_response_min",
                  taken.arriveMin[chosen.getStop()],
                  "a second vehicle is at %s in %s"
                      .formatted(
                          shipment(chosen.getStop()), minutes(taken.arriveMin[chosen.getStop()]))));
      default -> {}
    }
  }

  private void addSlowestLeg(List<Factor> factors) {
    keep.getLegs().stream()
        .filter(l -> l >= 0)
        .map(l -> request.getLegs().get(l))
        .max(Comparator.comparingDouble(Leg::getLiveRatio))
        .filter(leg -> leg.getLiveRatio() >= LIVE_RATIO_WORTH_TELLING)
        .ifPresent(
            leg ->
                factors.add(
                    new Factor(
                        "live_ratio",
                        (double) leg.getLiveRatio(),
                        "the way to %s takes %s times its usual time"
                            .formatted(
                                shipment(leg.getToStop()), twoDecimals(leg.getLiveRatio())))));
  }

  private String action() {
    return switch (chosen.getKind()) {
      case KEEP -> "Keep the plan";
      case REROUTE -> "Reroute";
      case RESEQUENCE -> "Change the order of stops";
      case NOTIFY_LATE -> "Tell the receiver of " + shipment(chosen.getStop());
      case DISPATCH_BACKUP ->
          "Send a second vehicle for "
              + String.join(", ", DecisionWriter.shipmentIds(request, chosen));
      case WAIT -> "Wait " + request.getBounds().getWaitS() + " s before deciding";
      case UNKNOWN -> throw new IllegalStateException("A kind that is UNKNOWN is never chosen");
    };
  }

  private String cause() {
    String reference = request.getTrigger().getReference();
    return switch (request.getTrigger().getKind()) {
      case ROAD_EVENT ->
          request.getRoadEvents().stream()
              .filter(event -> event.getEventId().equals(reference))
              .findFirst()
              .map(Explanation::text)
              .orElse("road event " + reference + " touches the route no more");
      case SHIPMENT_CHANGED -> "shipment " + reference + " changed";
      case OFF_ROUTE -> "the vehicle left its route";
      case STOP_AT_RISK, PERIODIC, UNKNOWN -> {
        List<Integer> late = stopsBy(lateMin());
        if (!late.isEmpty()) {
          yield wouldBeLate(late.get(0));
        }
        List<RoadEventOnRoute> events = eventsNearestFirst();
        if (!events.isEmpty()) {
          yield text(events.get(0));
        }
        yield likelyLate == null ? "every stop is in time" : "no stop is likely to be late";
      }
    };
  }

  private String effect() {
    CandidateCost cost = costs.get(choice.candidate());
    if (chosen.getKind() == DecisionKind.KEEP) {
      return whyNothingElse();
    }
    double saved =
        gain.isEmpty()
            ? gainEur(cost)
            : gain.stream().mapToLong(GainParts.Part::cents).sum() / 100.0;
    String saves = "saves " + euros(saved) + inParts();
    if (chosen.getKind() == DecisionKind.NOTIFY_LATE) {
      return saves
          + ", told "
          + minutes(taken.arriveMin[chosen.getStop()])
          + " ahead of the arrival";
    }
    if (chosen.getKind() == DecisionKind.WAIT) {
      return saves;
    }
    List<Integer> stops = stopsBy(less(kept.lateMin, taken.lateMin));
    double[] earlierMin = less(kept.arriveMin, taken.arriveMin);
    if (stops.isEmpty()) {
      stops = stopsBy(earlierMin);
    }
    if (stops.isEmpty()) {
      return saves;
    }
    int stop = stops.get(0);
    return "%s, arrival at %s %s earlier"
        .formatted(saves, shipment(stop), minutes(earlierMin[stop]));
  }

  /** Minutes that stops are late if nothing is done: on average, where there are scenarios. */
  private double[] lateMin() {
    if (likelyLate == null) {
      return kept.lateMin;
    }
    double[] minutes = new double[kept.lateMin.length];
    likelyLate.forEach((stop, late) -> minutes[stop] = late.getLateMin());
    return minutes;
  }

  private String wouldBeLate(int stop) {
    if (likelyLate == null) {
      return "%s would be %s late".formatted(shipment(stop), minutes(kept.lateMin[stop]));
    }
    StopLateness late = likelyLate.get(stop);
    return "%s would be late with a probability of %s, by %s if so"
        .formatted(
            shipment(stop),
            twoDecimals(late.getProbability()),
            minutes(late.getLateMin() / late.getProbability()));
  }

  /** Those of a cent at least, the largest {@value #EACH_MAX} by name. */
  private String inParts() {
    List<GainParts.Part> told = gain.stream().filter(part -> part.cents() != 0).toList();
    if (told.size() < 2) {
      return "";
    }
    List<String> texts = new ArrayList<>(told.stream().limit(EACH_MAX).map(this::text).toList());
    long others = told.stream().skip(EACH_MAX).mapToLong(GainParts.Part::cents).sum();
    if (others != 0) {
      texts.add("%s %s otherwise".formatted(euros(Math.abs(others) / 100.0), lessOrMore(others)));
    }
    return " (" + String.join(", ", texts) + ")";
  }

  private String text(GainParts.Part part) {
    String what =
        switch (part.what()) {
          case DRIVING -> "driving and waiting";
          case ACTIONS -> "actions";
          case LATENESS -> "lateness at " + shipment(part.stop());
        };
    return "%s %s %s"
        .formatted(euros(Math.abs(part.cents()) / 100.0), lessOrMore(part.cents()), what);
  }

  private static String lessOrMore(long saved) {
    return saved < 0 ? "more" : "less";
  }

  private String whyNothingElse() {
    if (request.getCandidates().size() == 1) {
      return "nothing else can be done";
    }
    if (!choice.applied().isEmpty()) {
      AppliedBound bound = choice.applied().get(0);
      int held =
          choice.cheapestFirst().stream()
              .filter(c -> bound.equals(choice.heldBack().get(c)))
              .findFirst()
              .orElseThrow();
      double gainEur = gainEur(costs.get(held));
      String would = "%s would save %s".formatted(name(bound.getHeldBack()), euros(gainEur));
      return bound.getBound().equals(Choice.MINIMUM_GAIN)
          ? would + ", less than the minimum of " + euros(bound.getLimit())
          : would + " but is held back by " + bound.getBound();
    }
    int next = choice.cheapestFirst().stream().filter(c -> c != 0).findFirst().orElseThrow();
    double moreEur = costs.get(next).getObjectiveEur() - costs.get(0).getObjectiveEur();
    String name = name(request.getCandidates().get(next).getKind());
    return moreEur > 0
        ? "the next best, %s, costs %s more".formatted(name, euros(moreEur))
        : "the next best, %s, saves nothing".formatted(name);
  }

  private double gainEur(CandidateCost cost) {
    return costs.get(0).getObjectiveEur() - cost.getObjectiveEur();
  }

  private List<RoadEventOnRoute> eventsNearestFirst() {
    return request.getRoadEvents().stream()
        .sorted(Comparator.comparingDouble(RoadEventOnRoute::getAheadM))
        .limit(EACH_MAX)
        .toList();
  }

  /** Stops with a value worth telling, greatest first. */
  private static List<Integer> stopsBy(double[] minutes) {
    return IntStream.range(0, minutes.length)
        .filter(i -> minutes[i] >= MINUTES_WORTH_TELLING)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -minutes[i]))
        .limit(EACH_MAX)
        .toList();
  }

  private static double[] less(double[] from, double[] minutes) {
    double[] rest = new double[from.length];
    Arrays.setAll(rest, i -> from[i] - minutes[i]);
    return rest;
  }

  private Leg firstLeg(Candidate candidate) {
    return request.getLegs().get(candidate.getLegs().get(0));
  }

  private String shipment(int stop) {
    return request.getStops().get(stop).getShipmentId();
  }

  private static String name(DecisionKind kind) {
    return switch (kind) {
      case KEEP -> "keeping the plan";
      case REROUTE -> "a reroute";
      case RESEQUENCE -> "another order";
      case NOTIFY_LATE -> "a notice";
      case DISPATCH_BACKUP -> "a second vehicle";
      case WAIT -> "waiting";
      case UNKNOWN -> "a kind unknown to this version";
    };
  }

  private static String text(RoadEventOnRoute event) {
    String kind =
        event.getKind() == RoadEventKind.UNKNOWN
            ? "road event"
            : event.getKind().name().toLowerCase(Locale.ROOT);
    return "%s %s %s ahead".formatted(kind, event.getEventId(), distance(event.getAheadM()));
  }

  private static String distance(double metres) {
    return metres < 1000
        ? Math.round(metres) + " m"
        : String.format(Locale.ROOT, "%.1f km", metres / 1000);
  }

  private static String minutes(double minutes) {
    return Math.round(minutes) + " min";
  }

  private static String euros(double eur) {
    return String.format(Locale.ROOT, "EUR %.2f", eur);
  }

  private static String twoDecimals(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  /** By stop: minutes until the arrival, and minutes late of stops not yet arrived at. */
  private record Arrivals(double[] arriveMin, double[] lateMin) {
    static Arrivals of(
        DecisionRequest request, Candidate candidate, Timetable timetable, Scenarios scenarios) {
      timetable.drive(request, candidate, scenarios, 0);
      int stops = request.getStops().size();
      Arrivals arrivals = new Arrivals(new double[stops], new double[stops]);
      for (int p = 0; p < candidate.getOrder().size(); p++) {
        int stop = candidate.getOrder().get(p);
        double arriveS = timetable.arriveS()[p];
        arrivals.arriveMin[stop] = arriveS / 60;
        if (!timetable.arrived(stop)) {
          arrivals.lateMin[stop] = Math.max(0, arriveS - timetable.windowEndS(stop)) / 60;
        }
      }
      return arrivals;
    }
  }
}
