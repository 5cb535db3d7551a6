// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.decisions;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.roads.RoadMap;
import io.headway.kernels.roads.RoadIndex;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.city.Moment;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.decisions.DayRun.JudgedMoment;
import io.headway.loadtests.decisions.DayRun.Outcome;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.TriggerKind;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DayRunTest {
  private static final List<Policy> ASKED =
      List.of(
          Policy.KEEP,
          Policy.USUAL,
          Policy.BASELINE,
          Policy.LATENESS,
          Policy.QUANTILES,
          Policy.IDEAL_16);
  private static final CityParameters CITY =
      CityParameters.defaults()
          .withSeed(4)
          .with(Knob.VEHICLES, 30)
          .with(Knob.DURATION_H, 1)
          .with(Knob.CUSTOMERS, 300)
          .with(Knob.TOURS, 60)
          .with(Knob.INCIDENTS, 8)
          .with(Knob.TIGHT_SHARE, 0.6);

  @TempDir Path folder;
  private Path file;
  private RoadMap roads;

  @BeforeEach
  void layOut() throws Exception {
    file = folder.resolve("city.roads");
    SyntheticNetwork.build(4, 700, file);
    RoadNetwork network = RoadNetwork.open(file);
    roads = new RoadMap(network, new RoadIndex(network));
  }

  private Outcome day(Policy driver) throws Exception {
    return day(driver, CITY, ASKED);
  }

  private Outcome day(Policy driver, CityParameters city, List<Policy> asked) throws Exception {
    return DayRun.of(new DayRun.Settings(driver, city, file, roads, 0.08, asked, 256));
  }

  /** Periodic looks have the same ids in all cities. */
  @Test
  void eachCityIsAskedAtMomentsOfItsOwn() throws Exception {
    Set<String> first = periodic(CITY.withSeed(5));
    Set<String> second = periodic(CITY.withSeed(6));

    assertThat(first).hasSizeGreaterThan(5);
    assertThat(second).hasSizeGreaterThan(5);
    second.retainAll(first);
    assertThat(second).hasSizeLessThan(first.size() / 2);
  }

  private Set<String> periodic(CityParameters city) throws Exception {
    return day(Policy.KEEP, city, List.of()).moments().stream()
        .map(JudgedMoment::moment)
        .filter(moment -> moment.trigger() == TriggerKind.PERIODIC)
        .map(Moment::decisionId)
        .collect(Collectors.toSet());
  }

  @Test
  void whoDrivesIsAskedWhatItDecides() throws Exception {
    Outcome day = day(Policy.BASELINE);

    assertThat(day.moments()).hasSizeGreaterThan(10);
    for (JudgedMoment one : day.moments()) {
      assertThat(one.choices().keySet()).isEqualTo(EnumSet.copyOf(ASKED));
      assertThat(one.choices().get(Policy.BASELINE)).isEqualTo(one.moment().chosen());
      assertThat(one.choices().get(Policy.KEEP)).isZero();
      assertThat(one.moment().regretEur(one.moment().best())).isZero();
    }
    assertThat(day.decided().keySet()).contains(DecisionKind.KEEP).hasSizeGreaterThan(1);
    assertThat(day.costEur()).isPositive();
    assertThat(day.day().stops()).isPositive();
    assertThat(day.hindsights()).hasSizeGreaterThan(10);
    // An hour of 30 vehicles.
    assertThat(day.day().workedHours()).isBetween(10.0, 30.0);
    assertThat(day.prices()).hasSizeGreaterThanOrEqualTo(day.moments().size());
    // It is tried in a day in which bounds do hold something back.
    assertThat(day.prices()).anyMatch(price -> !price.heldBack().isEmpty());
    assertThat(day.backups()).hasSize(day.decided().getOrDefault(DecisionKind.DISPATCH_BACKUP, 0));
  }

  @Test
  void equalSettingsMakeEqualDays() throws Exception {
    Outcome first = day(Policy.IDEAL_16);
    Outcome second = day(Policy.IDEAL_16);

    assertThat(second.moments()).isEqualTo(first.moments()).isNotEmpty();
    assertThat(second.prices()).isEqualTo(first.prices());
    assertThat(second.costEur()).isEqualTo(first.costEur());
    assertThat(second.decided()).isEqualTo(first.decided());
  }

  @Test
  void quantilesDecide() throws Exception {
    Outcome day = day(Policy.QUANTILES);

    assertThat(day.moments()).hasSizeGreaterThan(10);
    for (JudgedMoment one : day.moments()) {
      assertThat(one.choices().get(Policy.QUANTILES)).isEqualTo(one.moment().chosen());
    }
    assertThat(day.decided().keySet()).contains(DecisionKind.KEEP).hasSizeGreaterThan(1);
  }

  @Test
  void whoKeepsDoesNothing() throws Exception {
    Outcome day = day(Policy.KEEP);
    assertThat(day.decided()).containsOnlyKeys(DecisionKind.KEEP);
    assertThat(day.day().flips() + day.day().told() + day.backups().size()).isZero();
  }
}
