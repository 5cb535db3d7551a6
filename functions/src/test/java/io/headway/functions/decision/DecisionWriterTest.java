// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static io.headway.functions.decision.Appraisals.imagined;
import static io.headway.functions.decision.Appraisals.keepAt;
import static io.headway.functions.decision.Appraisals.with;
import static io.headway.schemas.DecisionKind.DISPATCH_BACKUP;
import static io.headway.schemas.DecisionKind.KEEP;
import static io.headway.schemas.DecisionKind.NOTIFY_LATE;
import static io.headway.schemas.DecisionKind.REROUTE;
import static io.headway.schemas.DecisionKind.WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.headway.schemas.Alternative;
import io.headway.schemas.Appraisal;
import io.headway.schemas.Bounds;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.Factor;
import io.headway.schemas.ModelRole;
import io.headway.schemas.ModelVersion;
import io.headway.schemas.RoadEventKind;
import io.headway.schemas.RoadEventOnRoute;
import io.headway.schemas.Trigger;
import io.headway.schemas.TriggerKind;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class DecisionWriterTest {
  private static final Pattern PARTS = Pattern.compile("saves EUR [0-9.]+ \\(([^)]*)\\)");
  private static final Pattern PART = Pattern.compile("^EUR ([0-9.]+) (less|more) ");

  private final ActionLedger ledger = new ActionLedger();

  @Test
  void keepingSaysThatNothingElseCanBeDone() {
    assertThat(decide(keepAt(20)).getReason())
        .isEqualTo("Keep the plan: every stop is in time; nothing else can be done.");
  }

  @Test
  void keepingSaysWhatTheNextBestWouldCost() {
    assertThat(decide(with(with(keepAt(20), REROUTE, 25), NOTIFY_LATE, 20.5)).getReason())
        .isEqualTo(
            "Keep the plan: every stop is in time; the next best, a notice, costs EUR 0.50 more.");
  }

  @Test
  void ofTwoThatOneBoundHeldBackTheReasonTellsTheGainOfTheBetter() {
    ledger.count(REROUTE, Requests.after(-30).toEpochMilli(), Bounds.newBuilder().build());

    assertThat(decide(with(with(keepAt(20), REROUTE, 20.4), REROUTE, 12.5)).getReason())
        .contains("a reroute would save EUR 7.50 but is held back by cooldown_s");
  }

  @Test
  void keepingSaysWhichBoundHeldBackWhatWouldHaveSavedSomething() {
    ledger.count(REROUTE, Requests.after(-30).toEpochMilli(), Bounds.newBuilder().build());
    Decision decision = decide(with(keepAt(20), REROUTE, 12.5));
    assertThat(decision.getReason())
        .isEqualTo(
            "Keep the plan: every stop is in time;"
                + " a reroute would save EUR 7.50 but is held back by cooldown_s.");
    assertThat(decision.getGainEur()).isZero();
    assertThat(decision.getAlternatives().get(0).getHeldBackBy()).isEqualTo("cooldown_s");
  }

  @Test
  void waitingSaysForHowLongAndWhy() {
    Appraisal appraisal = with(keepAt(20), WAIT, 12.5);
    appraisal
        .getRequest()
        .setTrigger(new Trigger(TriggerKind.ROAD_EVENT, "ev-2", Requests.T, null));
    appraisal
        .getRequest()
        .setRoadEvents(
            List.of(
                new RoadEventOnRoute("ev-1", RoadEventKind.CLOSURE, 0f, 300.0, 5f, 60f),
                new RoadEventOnRoute("ev-2", RoadEventKind.WEATHER, 0.7f, 2640.0, 5f, 60f)));
    assertThat(decide(appraisal).getReason())
        .isEqualTo("Wait 120 s before deciding: weather ev-2 2.6 km ahead; saves EUR 7.50.");
  }

  @Test
  void theDecisionNamesTheShipmentsOfItsKind() {
    assertThat(decide(with(keepAt(20), REROUTE, 10)).getShipmentIds()).isEmpty();
    assertThat(decide(with(keepAt(20), REROUTE, 10)).getRoute()).containsExactly(3, 4);
    assertThat(decide(with(keepAt(20), NOTIFY_LATE, 10)).getShipmentIds()).containsExactly("s-0");
    assertThat(decide(with(keepAt(20), NOTIFY_LATE, 10)).getRoute()).isEmpty();
    assertThat(decide(with(keepAt(60), DISPATCH_BACKUP, 10)).getShipmentIds())
        .containsExactly("s-0");
  }

  @Test
  void aModelThatAnsweredIsNamedWithTheVersionThatWasAskedFor() {
    Appraisal appraisal = with(keepAt(20), REROUTE, 10);
    appraisal
        .getRequest()
        .setModel(
            new ModelVersion("legs", 7, 0L, ModelRole.STABLE, "file:///legs.onnx", "0".repeat(64)));
    assertThat(decide(appraisal).getModelVersion()).isNull();
    appraisal.setSource(DecisionSource.GENERATIVE);
    appraisal.setModelName("legs");
    assertThat(decide(appraisal).getModelVersion()).isEqualTo("7");
  }

  @Test
  void aModelThatIsNotSureLeavesTheDecisionToTheBaselineAndSaysSo() {
    Appraisal appraisal = imagined(with(keepAt(20), REROUTE, 12), 8, 50);
    appraisal.setSource(DecisionSource.GENERATIVE);
    Decision decision = decide(appraisal);
    assertThat(decision.getSource()).isEqualTo(DecisionSource.BASELINE);
    assertThat(decision.getKind()).isEqualTo(KEEP);
    assertThat(decision.getReason())
        .isEqualTo(
            "Keep the plan: every stop is in time; the next best, a reroute, saves nothing;"
                + " the model would prefer a reroute, but is not sure:"
                + " on average that saves EUR 8.00, give or take EUR 10.33.");
    assertThat(decision.getFactors())
        .extracting(Factor::getName, Factor::getValue)
        .contains(tuple("unsure_gain_eur", 8.0));
    assertThat(decision.getAlternatives())
        .extracting(Alternative::getCostEur)
        .containsExactly(20.0, 20.0);
  }

  @Test
  void whatTheBaselineWouldHaveDoneIsTold() {
    Decision decision = decide(imagined(with(keepAt(20), REROUTE, 12), 8, 4));
    assertThat(decision.getKind()).isEqualTo(REROUTE);
    assertThat(decision.getAlternatives())
        .extracting(Alternative::getKind, Alternative::getBaselineChoice)
        .containsExactly(tuple(REROUTE, false), tuple(KEEP, true));
    assertThat(decide(with(keepAt(20), REROUTE, 12)).getAlternatives())
        .extracting(Alternative::getKind, Alternative::getBaselineChoice)
        .containsExactly(tuple(REROUTE, true), tuple(KEEP, false));
  }

  @Test
  void aStopThatIsReachedIsNotOffTheNetwork() {
    Appraisal appraisal = keepAt(20);
    appraisal.getRequest().getLegs().get(0).setOnNetwork(false);
    assertThat(decide(appraisal).getOffNetwork()).isTrue();
    assertThat(decide(appraisal).getFactors())
        .extracting(Factor::getName)
        .contains("off_network_legs");
    appraisal.getRequest().getLegs().get(0).setDistanceM(0);
    assertThat(decide(appraisal).getOffNetwork()).isFalse();
  }

  @Test
  void whatMattersNotIsNoFactor() {
    assertThat(decide(keepAt(20)).getFactors()).isEmpty();
  }

  /** Whoever costed, and whatever was done: what is told adds up to what is saved. */
  @Property(tries = 300, seed = "4")
  void whatIsSavedIsToldInPartsThatAddUp(@ForAll long seed, @ForAll boolean sampled) {
    DecisionRequest request = Requests.random(seed);
    Appraiser appraiser = new Appraiser();
    Appraisal appraisal =
        sampled
            ? appraiser.generative(request, (of, into) -> copy(of, into, seed))
            : appraiser.baseline(request);
    Decision decision = new DecisionWriter().write(appraisal, Choice.of(appraisal, ledger));
    List<Factor> saved =
        decision.getFactors().stream().filter(f -> f.getName().startsWith("saved_")).toList();
    if (decision.getKind() == KEEP || decision.getKind() == WAIT) {
      assertThat(saved).isEmpty();
      return;
    }
    assertThat(saved.stream().mapToDouble(Factor::getValue).sum())
        .isCloseTo(decision.getGainEur(), within(1e-9));
    long cents = Math.round(100 * decision.getGainEur());
    assertThat(decision.getReason())
        .contains(String.format(Locale.ROOT, "saves EUR %.2f", cents / 100.0));
    Matcher told = PARTS.matcher(decision.getReason());
    if (told.find()) {
      long sum = 0;
      for (String part : told.group(1).split(", ", -1)) {
        Matcher one = PART.matcher(part);
        assertThat(one.find()).as(part).isTrue();
        long of = Math.round(100 * Double.parseDouble(one.group(1)));
        sum += one.group(2).equals("less") ? of : -of;
      }
      assertThat(sum).as(decision.getReason()).isEqualTo(cents);
    }
  }

  private static void copy(DecisionRequest request, Scenarios into, long seed) {
    Scenarios drawn = Requests.randomScenarios(request, 64, seed);
    into.reset(request, 64);
    System.arraycopy(drawn.travelS(), 0, into.travelS(), 0, request.getLegs().size() * 64);
    System.arraycopy(drawn.serviceS(), 0, into.serviceS(), 0, request.getStops().size() * 64);
  }

  private Decision decide(Appraisal appraisal) {
    return new DecisionWriter().write(appraisal, Choice.of(appraisal, ledger));
  }
}
