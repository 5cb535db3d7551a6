// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.city;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.routing.Router;
import io.headway.loadtests.feed.FeedRecord;
import io.headway.schemas.Alternative;
import io.headway.schemas.Bounds;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Prices of bounds, where every other vehicle drives its stops backwards and will be late. */
class CityJudgeTest {
  private static final String BOUND = "allowed_kinds";
  private static final Alternative KEEP =
      Cities.alternative(DecisionKind.KEEP, List.of(), List.of());
  private static final Alternative WAIT =
      Cities.alternative(DecisionKind.WAIT, List.of(), List.of());

  /** Nothing is done later, so that what is not done now is not made good. */
  private static final Bounds BOUNDS =
      Bounds.newBuilder().setAllowedKinds(List.of(DecisionKind.KEEP, DecisionKind.WAIT)).build();

  private final CityParameters city = Cities.settled();
  private final CityParameters certain =
      city.with(Knob.FIELD_SPREAD, 0)
          .with(Knob.NOISE_SPREAD, 0)
          .with(Knob.PACE_SPREAD, 0)
          .with(Knob.WEATHER, 0)
          .with(Knob.INCIDENTS, 0)
          .with(Knob.BREAKDOWNS_PER_H, 0)
          .with(Knob.CUSTOMER_SPREAD, 0)
          .with(Knob.SERVICE_SPREAD, 0);
  private final long ms = city.startMs() + 90_000;

  private static CityJudge judge(CityParameters city) {
    return new CityJudge(
        city,
        new RoadMap(Cities.network(), new RoadIndex(Cities.network())),
        hindsight(city),
        IntStream.range(0, 40),
        Router.freeSeconds(Cities.network()),
        BOUNDS,
        1_024,
        1);
  }

  private static Hindsight hindsight(CityParameters city) {
    ActionLog done = new ActionLog();
    long startMs = city.startMs() + 1_000;
    Hindsight before = new Hindsight(city, Cities.network(), new ActionLog(), BOUNDS);
    for (int v = 0; v < 40; v += 2) {
      List<String> ids = new ArrayList<>();
      for (Stop stop : before.at(v, startMs).stops()) {
        ids.add(0, Vehicle.shipmentId(v, stop.number()));
      }
      done.add(v, new ActionLog.Action(startMs, DecisionKind.RESEQUENCE, ids, List.of()));
    }
    return new Hindsight(city, Cities.network(), done, BOUNDS);
  }

  /** To keep, where WAIT is free and it is forbidden to tell the receiver of the last stop. */
  private Decision keep(CityParameters city, int vehicle) {
    return Cities.decision(Vehicle.keyOf(vehicle), ms, KEEP, WAIT, tell(city, vehicle));
  }

  private Alternative tell(CityParameters city, int vehicle) {
    List<Stop> stops = hindsight(city).at(vehicle, ms).stops();
    String last = Vehicle.shipmentId(vehicle, stops.get(stops.size() - 1).number());
    Alternative tell = Cities.alternative(DecisionKind.NOTIFY_LATE, List.of(last), List.of());
    tell.setHeldBackBy(BOUND);
    return tell;
  }

  @Test
  void boundsCostWhatTheBestThatTheyHoldBackWouldHaveSaved() {
    CityJudge judge = judge(certain);
    Hindsight hindsight = hindsight(certain);
    int dear = 0;
    for (int v = 0; v < 40; v++) {
      Decision decision = keep(certain, v);
      // In this city the truth is the one future there is.
      List<Verdict.Outcome> truth = hindsight.of(decision).verdict().orElseThrow().outcomes();
      double gainEur = truth.get(0).costEur() - truth.get(2).costEur();
      BoundsPrice price = judge.price(decision, null, judge.of(decision, null, 0)).orElseThrow();
      assertThat(price.heldBack()).isEqualTo(Set.of(BOUND));
      if (gainEur > BOUNDS.getMinimumGainEur()) {
        dear++;
        assertThat(price.by()).isEqualTo(BOUND);
        assertThat(price.eur()).isCloseTo(gainEur, within(1e-6));
        assertThat(price.matters()).isEqualTo(gainEur > price.toleranceEur()).isTrue();
      } else {
        assertThat(price.by()).isNull();
        assertThat(price.eur()).isZero();
        assertThat(price.matters()).isFalse();
      }
    }
    assertThat(dear).isBetween(10, 30);
  }

  @Test
  void aMomentAtWhichBoundsLeftNothingIsNotJudgedButPriced() {
    CityJudge judge = judge(certain);
    Decision nothing = Cities.decision("V3", ms, KEEP);
    Decision nothingFree = Cities.decision("V3", ms, KEEP, tell(certain, 3));
    Decision nothingHeldBack = Cities.decision("V3", ms, KEEP, WAIT);

    Judgement judgement = judge.of(nothingFree, null, 0);
    assertThat(judgement).isEqualTo(Judgement.Untold.ONE_CANDIDATE);
    assertThat(judge.price(nothingFree, null, judgement).orElseThrow().heldBack())
        .containsExactly(BOUND);
    assertThat(judge.price(nothing, null, judge.of(nothing, null, 0))).isEmpty();
    assertThat(judge.price(nothingHeldBack, null, judge.of(nothingHeldBack, null, 0)))
        .contains(new BoundsPrice(Set.of(), null, 0, 0));
  }

  @Test
  void whatBoundsHoldBackAndWhatTheyCostChangesNoJudgement() {
    CityJudge priced = judge(city);
    CityJudge plain = judge(city);
    for (FeedRecord record : CityFeedTest.all(CityFeedTest.feed(city))) {
      if (record.sendAtMs() > ms) {
        break;
      }
      priced.add(record);
      plain.add(record);
    }
    List<Judgement> withPrices = new ArrayList<>();
    List<Judgement> without = new ArrayList<>();
    int dear = 0;
    for (int v = 0; v < 12; v++) {
      Decision decision = keep(city, v);
      Judgement judgement = priced.of(decision, null, 0);
      Optional<BoundsPrice> price = priced.price(decision, null, judgement);
      dear += price.orElseThrow().by() != null ? 1 : 0;
      withPrices.add(judgement);
      withPrices.add(priced.of(decision, null, 0));
      Judgement alone = plain.of(Cities.decision(Vehicle.keyOf(v), ms, KEEP, WAIT), null, 0);
      without.add(alone);
      without.add(alone);
    }
    assertThat(dear).isPositive();
    assertThat(without).allMatch(judgement -> judgement instanceof Moment);
    // To the last bit: records of doubles are equal only then.
    assertThat(withPrices).isEqualTo(without);
  }
}
