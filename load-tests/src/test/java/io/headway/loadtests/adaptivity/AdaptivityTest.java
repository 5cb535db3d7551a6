// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.adaptivity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.loadtests.adaptivity.Adaptivity.Event;
import io.headway.loadtests.adaptivity.PublishedPlans.Position;
import io.headway.loadtests.adaptivity.PublishedRecords.Answer;
import io.headway.loadtests.adaptivity.PublishedRecords.Appended;
import io.headway.loadtests.adaptivity.PublishedRecords.Question;
import io.headway.loadtests.results.Figure;
import io.headway.schemas.RoadEvent;
import io.headway.schemas.Shipment;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdaptivityTest {
  private static final long T = 1_000_000;
  private static Trips trips;

  private final List<Appended<Shipment>> shipments = new ArrayList<>();
  private final List<Appended<RoadEvent>> events = new ArrayList<>();
  private final Map<String, List<Appended<Position>>> fixes = new HashMap<>();
  private final Map<Question, Answer> answers = new HashMap<>();

  @BeforeAll
  static void build(@TempDir Path folder) throws Exception {
    trips = new Trips(folder);
  }

  @Test
  void onlyWhatIsSoonAndByScenariosCountsWhole() {
    for (int i = 0; i < 4; i++) {
      drives("v-" + i);
    }
    happens("e", 5, T);
    answered("e", T, "v-0", 50, true);
    answered("e", T, "v-1", 50, false);
    answered("e", T, "v-2", 51, true);

    Adaptivity adaptivity = measured();
    assertThat(adaptivity.events()).containsExactly(new Event(4, 1, 2, 3));
    assertThat(adaptivity.answeredMs().getTotalCount()).isEqualTo(3);
    assertThat(adaptivity.answeredMs().getMaxValue()).isEqualTo(51);
    assertThat(adaptivity.unexpected()).isZero();
  }

  @Test
  void whoIsTouchedIsToldByWhatWasKnownWhenTheEventCame() {
    drives("v");
    fixes.get("v").add(new Appended<>(T + 1, trips.at(8)));
    shipments.add(new Appended<>(T + 2, trips.planned("w", 0)));
    fixes.put("w", new ArrayList<>(List.of(new Appended<>(T - 9, trips.at(0)))));
    happens("before", 5, T);
    happens("after", 5, T + 10);
    answered("after", T + 10, "v", 3, true);
    answered("after", T + 10, "w", 3, true);

    Adaptivity adaptivity = measured();
    assertThat(adaptivity.events()).containsExactly(new Event(1, 0, 0, 0), new Event(1, 1, 1, 1));
    assertThat(adaptivity.unexpected()).as("v had passed by").isOne();
  }

  @Test
  void whatIsOverTouchesNobody() {
    drives("v");
    happens("e", 5, T);
    RoadEvent event = events.get(0).value();
    event.setValidUntil(event.getEventTime());
    assertThat(measured().events()).isEmpty();
  }

  @Test
  void sharesAreOfVehiclesAndTheirIntervalsOverEvents() {
    for (int i = 0; i < Adaptivity.TOUCHED_MOST; i++) {
      drives("v-" + i);
    }
    for (int e = 0; e < 10; e++) {
      happens("e-" + e, 5, T + e);
      for (int i = 0; i < Adaptivity.TOUCHED_MOST && e % 2 == 0; i++) {
        answered("e-" + e, T + e, "v-" + i, 10, true);
      }
    }
    Figure half = measured().share("half", Event::generativeSoon);
    assertThat(half.value()).isEqualTo(0.5);
    // Ten tosses of a coin; as one of 640 vehicles it would be 0.04 each way.
    assertThat(half.low()).isCloseTo(0.2, within(0.01));
    assertThat(half.high()).isCloseTo(0.8, within(0.01));

    drives("one more");
    Adaptivity wide = measured();
    assertThat(wide.wide()).isEqualTo(10);
    assertThat(wide.touched()).isZero();
    assertThat(wide.share("none", Event::generativeSoon).value()).isNaN();
    assertThat(wide.shareOfWide("half", Event::answered).value())
        .isCloseTo(0.5 * 64 / 65, within(1e-9));
  }

  private void drives(String vehicle) {
    shipments.add(new Appended<>(T - 20, trips.planned(vehicle, 0)));
    fixes.put(vehicle, new ArrayList<>(List.of(new Appended<>(T - 10, trips.at(1)))));
  }

  private void happens(String id, int place, long appendMs) {
    RoadEvent event = trips.event(id, trips.way[place]);
    event.setEventTime(Instant.ofEpochMilli(appendMs));
    events.add(new Appended<>(appendMs, event));
  }

  private void answered(
      String event, long appendMs, String vehicle, long afterMs, boolean generative) {
    answers.put(new Question(event, appendMs, vehicle), new Answer(appendMs + afterMs, generative));
  }

  private Adaptivity measured() {
    return Adaptivity.of(new PublishedRecords(shipments, events, fixes, answers), trips.roads);
  }
}
