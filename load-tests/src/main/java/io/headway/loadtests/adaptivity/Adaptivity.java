// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.adaptivity;

import io.headway.functions.roads.RoadMap;
import io.headway.loadtests.adaptivity.PublishedPlans.Position;
import io.headway.loadtests.adaptivity.PublishedRecords.Answer;
import io.headway.loadtests.adaptivity.PublishedRecords.Appended;
import io.headway.loadtests.adaptivity.PublishedRecords.Question;
import io.headway.loadtests.results.Figure;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.Shipment;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.HdrHistogram.Histogram;

/**
 * How soon the job had a new decision for each vehicle that a road event touches. Which these are
 * is told by {@link PublishedPlans} as they were when the event was appended, whether the job
 * thought so or not.
 *
 * @param events those that touched anybody
 * @param answeredMs from an event's append to that of the vehicle's decision on it, of the touched
 *     vehicles that got one
 * @param unexpected decisions on these events for vehicles that were not told to be touched
 */
public record Adaptivity(List<Event> events, Histogram answeredMs, long unexpected) {
  /** An event that touches more vehicles is reported apart. */
  public static final int TOUCHED_MOST = 64;

  /** How soon a decision is to be there, milliseconds. */
  public static final long SOON_MS = 50;

  private static final long HISTOGRAM_MAX_MS = 3_600_000;

  /**
   * One state of a road event.
   *
   * @param touched vehicles that it touches, at least 1
   * @param generativeSoon of these, with a decision by scenarios within {@link #SOON_MS}
   * @param anySoon of these, with any decision within that time
   * @param answered of these, with any decision at all
   */
  public record Event(int touched, int generativeSoon, int anySoon, int answered) {
    boolean isWide() {
      return touched > TOUCHED_MOST;
    }
  }

  /**
   * Looks at a stretch of time when it is over.
   *
   * @param kafka how to reach the brokers
   * @param fromMs begin of the stretch, by append times
   * @param untilMs its end; what was decided later about what came before counts
   */
  public static Adaptivity of(Map<String, Object> kafka, RoadMap roads, long fromMs, long untilMs)
      throws IOException {
    return of(PublishedRecords.read(kafka, fromMs, untilMs), roads);
  }

  static Adaptivity of(PublishedRecords records, RoadMap roads) {
    PublishedPlans plans = new PublishedPlans(roads);
    Map<String, Integer> seen = new HashMap<>();
    Histogram answeredMs = new Histogram(HISTOGRAM_MAX_MS, 3);
    List<Event> events = new ArrayList<>();
    Set<Question> asked = new HashSet<>();
    int shipment = 0;
    for (Appended<RoadEvent> at : records.roadEvents()) {
      if (!PublishedPlans.slows(at.value())) {
        continue;
      }
      List<Appended<Shipment>> shipments = records.shipments();
      for (; shipment < shipments.size() && isBefore(shipments.get(shipment), at); shipment++) {
        plans.take(shipments.get(shipment).value());
      }
      records.fixes().forEach((vehicle, fixes) -> move(plans, vehicle, fixes, at, seen));
      List<String> touched = plans.touchedBy(plans.edgesOf(at.value()));
      if (!touched.isEmpty()) {
        events.add(event(at, touched, records.answers(), asked, answeredMs));
      }
    }
    Set<Long> appends = new HashSet<>();
    asked.forEach(question -> appends.add(question.appendMs()));
    long unexpected =
        records.answers().keySet().stream()
            .filter(question -> appends.contains(question.appendMs()) && !asked.contains(question))
            .count();
    return new Adaptivity(events, answeredMs, unexpected);
  }

  private static boolean isBefore(Appended<?> record, Appended<?> other) {
    return record.appendMs() < other.appendMs();
  }

  /** Takes a vehicle to where it was when an event was appended. */
  private static void move(
      PublishedPlans plans,
      String vehicle,
      List<Appended<Position>> fixes,
      Appended<RoadEvent> until,
      Map<String, Integer> seen) {
    int next = seen.getOrDefault(vehicle, 0);
    int before = next;
    while (next < fixes.size() && isBefore(fixes.get(next), until)) {
      next++;
    }
    if (next > before) {
      plans.take(vehicle, fixes.get(next - 1).value());
      seen.put(vehicle, next);
    }
  }

  private static Event event(
      Appended<RoadEvent> at,
      List<String> touched,
      Map<Question, Answer> answers,
      Set<Question> asked,
      Histogram answeredMs) {
    int generativeSoon = 0;
    int anySoon = 0;
    int answered = 0;
    for (String vehicle : touched) {
      Question question = new Question(at.value().getEventId(), at.appendMs(), vehicle);
      asked.add(question);
      Answer answer = answers.get(question);
      if (answer == null) {
        continue;
      }
      long tookMs = Math.max(0, answer.appendMs() - at.appendMs());
      answered++;
      anySoon += tookMs <= SOON_MS ? 1 : 0;
      generativeSoon += tookMs <= SOON_MS && answer.generative() ? 1 : 0;
      if (touched.size() <= TOUCHED_MOST) {
        answeredMs.recordValue(Math.min(tookMs, HISTOGRAM_MAX_MS));
      }
    }
    return new Event(touched.size(), generativeSoon, anySoon, answered);
  }

  /**
   * Of the touched vehicles of events that touch few enough, the share that a count is of, with its
   * interval over events.
   */
  public Figure share(String name, ToIntFunction<Event> count) {
    return share(name, events.stream().filter(event -> !event.isWide()).toList(), count);
  }

  /** The same of events that touch more. */
  public Figure shareOfWide(String name, ToIntFunction<Event> count) {
    return share(name, events.stream().filter(Event::isWide).toList(), count);
  }

  private static Figure share(String name, List<Event> events, ToIntFunction<Event> count) {
    return Figure.ofSums(
        name,
        events.stream().mapToDouble(count::applyAsInt).toArray(),
        events.stream().mapToDouble(Event::touched).toArray(),
        "");
  }

  /** Vehicles touched by events that touch few enough. */
  public long touched() {
    return events.stream().filter(event -> !event.isWide()).mapToLong(Event::touched).sum();
  }

  /** Events that touch so many that they are reported apart. */
  public long wide() {
    return events.stream().filter(Event::isWide).count();
  }
}
