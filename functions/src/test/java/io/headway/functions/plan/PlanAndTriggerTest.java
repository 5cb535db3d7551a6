// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.fusion.FusedFix;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.TestModels;
import io.headway.functions.release.ModelUse;
import io.headway.functions.traffic.ControlUpdate;
import io.headway.functions.traffic.TripFeatures;
import io.headway.functions.traffic.WeightDelta;
import io.headway.schemas.Bounds;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import io.headway.schemas.Shipment;
import io.headway.schemas.TriggerKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.co.CoBroadcastWithKeyedOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanAndTriggerTest {
  @TempDir private static Path folder;
  private static GridCity city;
  private static Ways ways;

  private KeyedTwoInputStreamOperatorTestHarness<
          String, VehicleUpdate, ControlUpdate, DecisionRequest>
      harness;

  @BeforeAll
  static void build() {
    city = new GridCity(folder, 6, 24);
    ways = new Ways(city.map, PlanSettings.builder().build());
  }

  @BeforeEach
  void open() throws Exception {
    harness = harness(city);
    harness.open();
  }

  private static KeyedTwoInputStreamOperatorTestHarness<
          String, VehicleUpdate, ControlUpdate, DecisionRequest>
      harness(GridCity roads, ModelRelease... released) throws Exception {
    KeyedTwoInputStreamOperatorTestHarness<String, VehicleUpdate, ControlUpdate, DecisionRequest>
        harness =
            new KeyedTwoInputStreamOperatorTestHarness<>(
                new CoBroadcastWithKeyedOperator<>(
                    new PlanAndTrigger(
                        PlanSettings.builder().triggerInterval(Duration.ofSeconds(30)).build(),
                        Duration.ofMinutes(15),
                        roads.uri(),
                        null,
                        new ModelUse("lateness", TestModels.SUM, 1, List.of(released))),
                    List.of(
                        PlanAndTrigger.BOUNDS, PlanAndTrigger.WEIGHTS, PlanAndTrigger.RELEASES)),
                update -> update.vehicleId,
                null,
                Types.STRING);
    harness.setup();
    return harness;
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void aChangedShipmentAsksAtOnce() throws Exception {
    give(planned(100, changed("a", 100), at(100, 2, 50), 3600, 20.5));

    DecisionRequest request = only(asked());
    assertThat(request.getTrigger().getKind()).isEqualTo(TriggerKind.SHIPMENT_CHANGED);
    assertThat(request.getTrigger().getReference()).isEqualTo("a");
    assertThat(request.getTrigger().getAppendTime()).isEqualTo(Instant.ofEpochMilli(Given.ms(101)));
    assertThat(request.getRequestedAt()).isEqualTo(Instant.ofEpochMilli(Given.ms(100)));
    assertThat(request.getSequence()).isEqualTo(Given.ms(100));
    assertThat(request.getDecisionId())
        .isEqualTo(
            UUID.nameUUIDFromBytes(
                    ("v-1|SHIPMENT_CHANGED|a|" + Given.ms(100)).getBytes(StandardCharsets.UTF_8))
                .toString());
    assertThat(request.getNetworkId()).isEqualTo(city.map.network().id());
    assertThat(request.getPlannedMs()).isPositive();
  }

  @Test
  void aRequestNamesTheVersionThatIsReleasedForItsVehicle() throws Exception {
    harness.processElement2(new StreamRecord<>(ControlUpdate.of(release(1, ModelRole.STABLE))));
    harness.processElement2(new StreamRecord<>(ControlUpdate.of(release(2, ModelRole.CANARY))));
    DecisionRequest request = ask(0);
    // The canary's file is opened beside; until then the stable version answers.
    for (int i = 1; i < 10_000 && request.getModel().getVersion() != 2; i++) {
      assertThat(request.getModel().getVersion()).isEqualTo(1);
      request = ask(i);
    }
    assertThat(request.getModel().getRole()).isEqualTo(ModelRole.CANARY);
    assertThat(request.getComparedModel().getVersion()).isEqualTo(1);

    ModelRelease retired = release(2, ModelRole.RETIRED);
    retired.setRevision(2);
    harness.processElement2(new StreamRecord<>(ControlUpdate.of(retired)));
    request = ask(10_000);
    assertThat(request.getModel().getVersion()).isEqualTo(1);
    assertThat(request.getComparedModel()).isNull();
  }

  /** A request, each time later than the last by more than a cause has to wait. */
  private DecisionRequest ask(int i) throws Exception {
    int s = 100 + 40 * i;
    give(planned(s, changed("a", s), at(s, 2, 50), 3600, 20.5));
    return only(asked());
  }

  @Test
  void releasesAreInTheCheckpointAndKnownBeforeTheFirstRequest() throws Exception {
    harness.processElement2(new StreamRecord<>(ControlUpdate.of(release(1, ModelRole.STABLE))));
    OperatorSubtaskState snapshot = harness.snapshot(1, 1);
    harness.close();

    harness = harness(city);
    harness.initializeState(snapshot);
    harness.open();
    give(planned(100, changed("a", 100), at(100, 2, 50), 3600, 20.5));
    assertThat(only(asked()).getModel().getVersion()).isEqualTo(1);
  }

  @Test
  void whatWasReleasedAtSubmissionIsKnownBeforeTheFirstRequest() throws Exception {
    harness.close();
    harness = harness(city, release(1, ModelRole.STABLE));
    harness.open();
    give(planned(100, changed("a", 100), at(100, 2, 50), 3600, 20.5));
    assertThat(only(asked()).getModel().getVersion()).isEqualTo(1);
  }

  @Test
  void whatWasReleasedAtSubmissionIsKnownThoughAnotherVersionIsHeardOfFirst() throws Exception {
    harness.close();
    harness = harness(city, release(1, ModelRole.STABLE));
    harness.open();
    harness.processElement2(new StreamRecord<>(ControlUpdate.of(release(2, ModelRole.RETIRED))));
    give(planned(100, changed("a", 100), at(100, 2, 50), 3600, 20.5));
    assertThat(only(asked()).getModel().getVersion()).isEqualTo(1);
  }

  @Test
  void aVersionThatDoesNotFitIsNotAsked() throws Exception {
    ModelRelease other = release(2, ModelRole.STABLE);
    other.setUri(TestModels.reference("pick").uri());
    other.setSha256(TestModels.reference("pick").sha256());
    harness.close();
    harness = harness(city, release(1, ModelRole.STABLE), other);
    harness.open();
    give(planned(100, changed("a", 100), at(100, 2, 50), 3600, 20.5));
    assertThat(only(asked()).getModel().getVersion()).isEqualTo(1);
  }

  @Test
  void withoutAReleaseTheBaselineIsAsked() throws Exception {
    give(planned(100, changed("a", 100), at(100, 2, 50), 3600, 20.5));
    assertThat(only(asked()).getModel()).isNull();
  }

  private static ModelRelease release(int version, ModelRole role) {
    ModelReference file = TestModels.reference("sum");
    return ModelRelease.newBuilder()
        .setModel("lateness:" + version)
        .setName("lateness")
        .setVersion(version)
        .setRevision(1)
        .setUri(file.uri())
        .setSha256(file.sha256())
        .setRole(role)
        .setShare(1)
        .setReleasedAt(Instant.EPOCH)
        .build();
  }

  @Test
  void changesInAShortTimeAskOnceMoreWithTheNewest() throws Exception {
    give(planned(100, changed("a", 100), at(100, 2, 50), 3600, 20.5));
    give(planned(101, changed("b", 101), at(101, 2, 55), 3600, 20.5, 21.5));
    give(planned(102, changed("c", 102), at(102, 2, 60), 3600, 20.5, 21.5, 22.5));
    assertThat(asked()).hasSize(1);

    watermark(130);

    DecisionRequest request = only(asked());
    assertThat(request.getTrigger().getReference()).isEqualTo("c");
    assertThat(request.getStops()).hasSize(3);
    watermark(200);
    assertThat(asked()).isEmpty();
  }

  @Test
  void aChangeThatComesLateDoesNotTakeThePlaceOfTheNewest() throws Exception {
    give(planned(100, changed("a", 100), at(100, 2, 50), 3600, 20.5));
    give(planned(102, changed("c", 102), at(102, 2, 60), 3600, 20.5, 21.5));
    give(planned(101, changed("b", 101), at(102, 2, 60), 3600, 20.5, 21.5, 22.5));
    assertThat(asked()).hasSize(1);

    watermark(130);

    DecisionRequest request = only(asked());
    assertThat(request.getTrigger().getReference()).isEqualTo("c");
    assertThat(request.getStops()).hasSize(3);
  }

  @Test
  void aCauseWaitsForThePosition() throws Exception {
    VehicleUpdate withoutPosition = planned(100, changed("a", 100), null, 3600, 20.5);
    give(withoutPosition);
    assertThat(asked()).isEmpty();

    give(planned(150, null, at(150, 2, 50), 3600, 20.5));

    DecisionRequest request = only(asked());
    assertThat(request.getTrigger().getReference()).isEqualTo("a");
    assertThat(request.getTrigger().getEventTime()).isEqualTo(Instant.ofEpochMilli(Given.ms(100)));
    assertThat(request.getRequestedAt()).isEqualTo(Instant.ofEpochMilli(Given.ms(150)));
  }

  @Test
  void aStopAtRiskAsksOnceUntilItWasSafe() throws Exception {
    // 20.5 - 2.25 blocks of 20 s: 365 s to drive.
    give(planned(0, null, at(0, 2, 50), 380, 20.5));
    give(at(10, 2, 150));
    assertThat(asked()).isEmpty();

    // Standing still eats the slack.
    give(at(30, 2, 150));
    DecisionRequest request = only(asked());
    assertThat(request.getTrigger().getKind()).isEqualTo(TriggerKind.STOP_AT_RISK);
    assertThat(request.getTrigger().getReference()).isEqualTo("s-0");
    assertThat(request.getTrigger().getEventTime()).isEqualTo(Instant.ofEpochMilli(Given.ms(30)));

    for (int i = 4; i < 20; i++) {
      give(at(10 * i, 2, 150));
    }
    // A little better is not safe.
    give(at(200, 11, 100));
    give(at(210, 11, 100));
    give(at(220, 11, 100));
    assertThat(asked()).isEmpty();

    give(at(240, 20, 0));
    give(at(390, 20, 0));
    assertThat(asked()).hasSize(1);
  }

  @Test
  void aRequestSpeaksForTheStopsThatAreAtRiskAlready() throws Exception {
    give(planned(0, changed("s-0", 0), at(0, 2, 50), 100, 20.5));
    assertThat(asked()).hasSize(1);

    give(at(10, 2, 150));
    give(at(20, 3, 50));

    assertThat(asked()).isEmpty();
  }

  @Test
  void aRoadEventOnTheRemainingRouteAsksOnceForAllItsTiles() throws Exception {
    give(planned(0, null, at(0, 2, 50), 3600, 20.5));
    give(touch(event("e", 60, 0.3, 10, 11), 1));
    give(touch(event("e", 60, 0.3, 10, 11), 2));
    give(touch(event("e", 60, 0.3, 10, 11), 1));

    DecisionRequest request = only(asked());
    assertThat(request.getTrigger().getKind()).isEqualTo(TriggerKind.ROAD_EVENT);
    assertThat(request.getTrigger().getReference()).isEqualTo("e");
    assertThat(request.getRequestedAt()).isEqualTo(Instant.ofEpochMilli(Given.ms(60)));
    assertThat(request.getRoadEvents()).hasSize(1);
    assertThat(request.getRoadEvents().get(0).getAheadM()).isCloseTo(8 * 200 - 50, within(2.0));
    assertThat(request.getLegs().get(0).getRoadEvents()).containsExactly(0);
    // Two blocks of 20 s at 0.3 of the speed, though the second one's tile had not spoken yet.
    assertThat(request.getLegs().get(0).getLiveS())
        .isCloseTo(request.getLegs().get(0).getUsualS() + 2 * (20 / 0.3 - 20), within(0.5));
  }

  @Test
  void theOlderStateOfAnEventThatATileStillTellsOfDoesNotCount() throws Exception {
    give(planned(0, null, at(0, 2, 50), 3600, 20.5));
    give(touch(event("e", 60, 0, 10, 11), 1));
    give(touch(event("e", 60, 0, 10, 11), 2));
    asked();

    give(touch(event("e", 120, 0.5, 10), 2));

    DecisionRequest request = only(asked());
    assertThat(request.getRoadEvents().get(0).getSpeedFactor()).isEqualTo(0.5f);
    assertThat(request.getLegs().get(0).getLiveS())
        .isCloseTo(request.getLegs().get(0).getUsualS() + 20, within(0.5));
  }

  @Test
  void aNewStateOfTheEventAsksAgainAfterTheInterval() throws Exception {
    give(planned(0, null, at(0, 2, 50), 3600, 20.5));
    give(touch(event("e", 60, 0.3, 10), 1));
    give(touch(event("e", 70, 0.1, 10), 1));
    give(touch(event("f", 71, 0.1, 12), 1));
    assertThat(asked())
        .extracting(request -> request.getTrigger().getReference())
        .containsExactly("e", "f");

    watermark(90);
    assertThat(asked())
        .filteredOn(request -> request.getTrigger().getKind() == TriggerKind.ROAD_EVENT)
        .extracting(request -> request.getTrigger().getReference())
        .containsExactly("e");
  }

  @Test
  void anEventBehindTheVehicleOrTakenBackDoesNotAsk() throws Exception {
    give(planned(0, null, at(0, 2, 50), 3600, 20.5));
    give(at(90, 12, 50));
    give(touch(event("behind", 100, 0.3, 10), 1));
    TileEvent over = event("over", 100, 0.3, 15).asCleared();
    over.tile = 1;
    give(VehicleUpdate.of(Given.VEHICLE, over));

    assertThat(asked()).isEmpty();
  }

  @Test
  void anEventThatCameBeforeTheRouteAsksWhenTheRouteComes() throws Exception {
    give(touch(event("e", 60, 0.3, 10), 1));
    assertThat(asked()).isEmpty();

    give(planned(70, null, at(70, 2, 50), 3600, 20.5));

    assertThat(only(asked()).getTrigger().getKind()).isEqualTo(TriggerKind.ROAD_EVENT);
  }

  @Test
  void everyPlanIsLookedAtPeriodicallyAtTheVehiclesOwnMoment() throws Exception {
    give(planned(0, null, at(0, 2, 50), 36000, 20.5));
    long phase = -1;
    for (int i = 0; i < 4; i++) {
      give(at(300 * i + 1, 2 + i, 60));
      watermark(300 * (i + 1));
      DecisionRequest request = only(asked());
      assertThat(request.getTrigger().getKind()).isEqualTo(TriggerKind.PERIODIC);
      assertThat(request.getTrigger().getReference()).isEmpty();
      assertThat(request.getNextLookS()).isEqualTo(300f);
      assertThat(request.getTrigger().getAppendTime()).isNull();
      long atMs = request.getTrigger().getEventTime().toEpochMilli();
      if (i > 0) {
        assertThat(atMs % 300_000).isEqualTo(phase);
      }
      phase = atMs % 300_000;
    }
  }

  @Test
  void aRequestTellsWhenTheVehicleIsLookedAtNext() throws Exception {
    give(planned(100, changed("a", 100), at(100, 2, 50), 3600, 20.5));
    DecisionRequest request = only(asked());
    double nextS = 100 + request.getNextLookS();
    watermark(nextS - 0.01);
    assertThat(asked()).isEmpty();
    watermark(nextS);
    assertThat(only(asked()).getTrigger().getKind()).isEqualTo(TriggerKind.PERIODIC);
  }

  @Test
  void aSilentVehicleIsNotLookedAtUntilItSpeaks() throws Exception {
    give(planned(0, null, at(0, 2, 50), 36000, 20.5));
    watermark(3600);
    assertThat(asked()).hasSizeLessThanOrEqualTo(1);

    give(at(4000, 3, 50));
    watermark(4300);
    assertThat(asked()).extracting(r -> r.getTrigger().getKind()).contains(TriggerKind.PERIODIC);
  }

  @Test
  void theNewestBoundsHold() throws Exception {
    control(ControlUpdate.of(bounds(7)));
    control(ControlUpdate.of(bounds(5)));
    give(planned(0, changed("a", 0), at(0, 2, 50), 3600, 20.5));

    assertThat(only(asked()).getBounds().getVersion()).isEqualTo(7);
  }

  @Test
  void beforeAnyBoundsTheContractsDefaultsHold() throws Exception {
    give(planned(0, changed("a", 0), at(0, 2, 50), 3600, 20.5));

    assertThat(only(asked()).getBounds()).isEqualTo(Bounds.newBuilder().build());
  }

  @Test
  void liveWeightsTimeTheLegsAndOldEpochsChangeNothing() throws Exception {
    control(ControlUpdate.of(weights(2, 5f, 5, 6, 7)));
    control(ControlUpdate.of(weights(1, 1f, 8)));
    give(planned(0, changed("a", 0), at(0, 2, 50), 3600, 20.5));

    DecisionRequest request = only(asked());
    assertThat(request.getWeightsEpoch()).isEqualTo(2);
    assertThat(request.getLegs().get(0).getLiveS() - request.getLegs().get(0).getUsualS())
        .isCloseTo(3 * 20, within(0.5));
  }

  @Test
  void weightsAndBoundsAreThereAfterARestore() throws Exception {
    control(ControlUpdate.of(weights(2, 5f, 5, 6, 7)));
    control(ControlUpdate.of(bounds(7)));
    restore();

    give(planned(0, changed("a", 0), at(0, 2, 50), 3600, 20.5));

    DecisionRequest request = only(asked());
    assertThat(request.getWeightsEpoch()).isEqualTo(2);
    assertThat(request.getBounds().getVersion()).isEqualTo(7);
    assertThat(request.getLegs().get(0).getLiveS() - request.getLegs().get(0).getUsualS())
        .isCloseTo(3 * 20, within(0.5));
  }

  @Test
  void weightsOfTheOldRoadNetworkDoNotComeBackWithIt() throws Exception {
    control(ControlUpdate.of(weights(2, 5f, 5, 6, 7)));
    GridCity other = new GridCity(folder, 6, 12);
    restore(other);
    control(ControlUpdate.of(bounds(7)));
    WeightDelta delta = new WeightDelta();
    delta.epoch = 3;
    delta.networkId = other.map.network().id();
    control(ControlUpdate.of(delta));
    restore(city);

    give(planned(0, changed("a", 0), at(0, 2, 50), 3600, 20.5));

    DecisionRequest request = only(asked());
    assertThat(request.getWeightsEpoch()).isEqualTo(3);
    assertThat(request.getLegs().get(0).getLiveS()).isEqualTo(request.getLegs().get(0).getUsualS());
  }

  @Test
  void theTimeOfTheWayDrivenGivesThePace() throws Exception {
    give(planned(0, null, at(0, 2, 50), 3600, 20.5));
    for (int c = 3; c < 10; c++) {
      give(at(25 * c, c, 50));
    }
    TripFeatures features = new TripFeatures();
    features.vehicleId = Given.VEHICLE;
    features.windowEndMs = Given.ms(300);
    features.distanceM = 700;
    features.movingS = 140;
    give(VehicleUpdate.of(features));
    give(planned(310, changed("a", 310), at(310, 11, 50), 3600, 20.5));

    // Half the speed of the empty road, smoothed by halves from 1.
    assertThat(only(asked()).getPace()).isEqualTo(0.75f);
  }

  @Test
  void anEmptyPlanEndsWhatIsAsked() throws Exception {
    give(planned(0, changed("a", 0), at(0, 2, 50), 3600, 20.5));
    give(touch(event("e", 10, 0.3, 10), 1));
    asked();
    give(VehicleUpdate.of(Given.VEHICLE, new VehiclePlan(), null, null));
    watermark(2000);

    assertThat(asked()).isEmpty();
    give(planned(2100, changed("b", 2100), at(2100, 2, 50), 3600, 20.5));
    assertThat(only(asked()).getSequence()).isEqualTo(Given.ms(0) + 2);
  }

  @Test
  void anIdleVehicleIsForgottenOnceItsPlanIsOver() throws Exception {
    give(planned(0, changed("a", 0), at(0, 2, 50), 3600, 20.5));
    give(touch(event("e", 10, 0.3, 10), 1));
    give(at(3600, 4, 50));
    give(end());
    watermark(24 * 3600);
    assertThat(harness.numKeyedStateEntries()).isPositive();

    watermark(25 * 3600);

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void aPlanIsKeptUntilItIsSaidToBeOverHoweverLongTheVehicleIsSilent() throws Exception {
    give(planned(0, null, at(0, 2, 50), 36000, 20.5));
    watermark(60 * 3600);
    asked();

    give(touch(event("e", 60 * 3600, 0.3, 10), 1));

    assertThat(only(asked()).getTrigger().getReference()).isEqualTo("e");
    give(end());
    watermark(120 * 3600);
    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void theEndOfAPlanThatWasForgottenLeavesNothingBehind() throws Exception {
    give(planned(0, changed("a", 0), at(0, 2, 50), 3600, 20.5));
    give(end());
    watermark(25 * 3600);

    give(end());

    assertThat(harness.numKeyedStateEntries()).isZero();
  }

  @Test
  void anEventOfTheNextRouteThatComesBeforeTheEndOfThisPlanAsksWithTheNext() throws Exception {
    give(planned(0, null, at(0, 2, 50), 3600, 4.5));
    give(touch(event("e", 60, 0.3, 10), 1));
    give(end());
    assertThat(asked()).isEmpty();

    give(planned(70, null, at(70, 2, 50), 3600, 20.5));

    DecisionRequest request = only(asked());
    assertThat(request.getTrigger().getKind()).isEqualTo(TriggerKind.ROAD_EVENT);
    assertThat(request.getTrigger().getReference()).isEqualTo("e");
  }

  @Test
  void anEventForAVehicleWithoutAPlanIsForgottenWithIt() throws Exception {
    give(touch(event("e", 60, 0.3, 10), 1));
    assertThat(harness.numKeyedStateEntries()).isPositive();

    watermark(25 * 3600);

    assertThat(harness.numKeyedStateEntries()).isZero();
    assertThat(harness.numEventTimeTimers()).isZero();
  }

  @Test
  void numbersOfRequestsAscendThoughTheVehicleWasForgotten() throws Exception {
    give(planned(0, changed("a", 0), at(0, 2, 50), 3600, 20.5));
    give(touch(event("e", 10, 0.3, 10), 1));
    long before = asked().get(1).getSequence();
    give(end());
    watermark(25 * 3600);
    assertThat(harness.numKeyedStateEntries()).isZero();

    give(planned(26 * 3600, changed("b", 26 * 3600), at(26 * 3600, 2, 50), 360000, 20.5));

    assertThat(only(asked()).getSequence()).isGreaterThan(before);
  }

  private static VehicleUpdate end() {
    return VehicleUpdate.of(Given.VEHICLE, new VehiclePlan(), null, null);
  }

  @Test
  void aPlanOfAnotherNetworkIsNotAskedAbout() throws Exception {
    VehicleUpdate update = planned(0, changed("a", 0), at(0, 2, 50), 3600, 20.5);
    update.plan.networkId = "another";
    give(update);
    give(at(10, 2, 60));

    assertThat(asked()).isEmpty();
  }

  @Test
  void aRestoreInTheMiddleContinuesAsIfNothingHadHappened() throws Exception {
    List<Step> steps = new ArrayList<>();
    steps.add(() -> control(ControlUpdate.of(weights(1, 4f, 5, 6, 7))));
    steps.add(() -> give(planned(0, changed("a", 0), at(0, 2, 50), 420, 20.5)));
    steps.add(() -> give(planned(1, changed("b", 1), at(1, 2, 60), 420, 20.5, 22.5)));
    steps.add(() -> give(touch(event("e", 20, 0, 10), 1)));
    steps.add(() -> watermark(40));
    steps.add(() -> control(ControlUpdate.of(bounds(3))));
    for (int c = 3; c < 9; c++) {
      int column = c;
      steps.add(() -> give(at(40 * column, column, 50)));
    }
    steps.add(() -> control(ControlUpdate.of(weights(2, 1f, 12))));
    steps.add(() -> give(touch(event("e", 330, 0.5, 10), 1)));
    steps.add(() -> watermark(700));
    List<String> expected = new ArrayList<>();
    for (Step step : steps) {
      step.run();
      expected.addAll(described());
    }
    assertThat(expected).hasSizeGreaterThan(5);
    for (int at = 1; at < steps.size(); at += 3) {
      harness.close();
      harness = harness(city);
      harness.open();
      List<String> actual = new ArrayList<>();
      for (int i = 0; i < steps.size(); i++) {
        if (i == at) {
          restore();
        }
        steps.get(i).run();
        actual.addAll(described());
      }
      assertThat(actual).as("restored before step %d", at).isEqualTo(expected);
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  private void restore() throws Exception {
    restore(city);
  }

  private void restore(GridCity roads) throws Exception {
    OperatorSubtaskState state = harness.snapshot(1, 1);
    harness.close();
    harness = harness(roads);
    harness.initializeState(state);
    harness.open();
  }

  /** A plan along row 2 whose stops s-0, s-1 … lie at these columns. */
  private static VehicleUpdate planned(
      double atS, Cause cause, VehicleProgress progress, double windowEndS, double... columns) {
    VehiclePlan plan = new VehiclePlan();
    plan.version = 1;
    plan.networkId = city.map.network().id();
    for (int i = 0; i < columns.length; i++) {
      Shipment shipment = Given.planned("s-" + i, atS, i, 2, columns[i]);
      shipment.setWindowEnd(Instant.ofEpochMilli(Given.ms(windowEndS)));
      plan.stops = Stops.after(plan.stops, shipment, ways).stops();
      if (progress != null) {
        FusedFix fix = progress.fix;
        plan.legs.add(
            i == 0
                ? ways.from(fix.latDeg, fix.lonDeg, fix.edge, fix.offsetM, plan.stops.get(0))
                : ways.between(plan.stops.get(i - 1), plan.stops.get(i)));
      }
    }
    return VehicleUpdate.of(Given.VEHICLE, plan, cause, progress);
  }

  private static Cause changed(String id, double atS) {
    return new Cause(TriggerKind.SHIPMENT_CHANGED, id, Given.ms(atS), Given.ms(atS + 1));
  }

  /** Progress on a route that began in column 2 of row 2. */
  private static VehicleProgress at(double atS, int column, double offsetM) {
    VehicleProgress progress = new VehicleProgress();
    progress.fix = Given.fix(atS, city, city.edge(2, column, 2, column + 1), offsetM);
    progress.routeIndex = column - 2;
    progress.routeOffsetM = (float) offsetM;
    progress.drivenM = 100;
    return progress;
  }

  private static TileEvent event(String id, double atS, double factor, int... columns) {
    int[] edges = Arrays.stream(columns).map(c -> city.edge(2, c, 2, c + 1)).toArray();
    TileEvent event = Given.tileEvent(id, atS, factor, edges);
    event.networkId = city.map.network().id();
    return event;
  }

  private static VehicleUpdate touch(TileEvent event, int tile) {
    event.tile = tile;
    return VehicleUpdate.of(Given.VEHICLE, event);
  }

  private static Bounds bounds(long version) {
    return Bounds.newBuilder().setVersion(version).build();
  }

  private static WeightDelta weights(long epoch, float speedMps, int... columns) {
    WeightDelta delta = new WeightDelta();
    delta.epoch = epoch;
    delta.upToMs = Given.ms(0);
    delta.networkId = city.map.network().id();
    delta.edges = new int[columns.length];
    delta.speedMps = new float[columns.length];
    delta.observations = new int[columns.length];
    delta.eventFactor = new float[columns.length];
    for (int i = 0; i < columns.length; i++) {
      delta.edges[i] = city.edge(2, columns[i], 2, columns[i] + 1);
      delta.speedMps[i] = speedMps;
      delta.observations[i] = 9;
      delta.eventFactor[i] = 1;
    }
    return delta;
  }

  private void give(VehicleProgress progress) throws Exception {
    give(VehicleUpdate.of(Given.VEHICLE, progress));
  }

  private void give(VehicleUpdate update) throws Exception {
    harness.processElement1(new StreamRecord<>(update));
  }

  private void control(ControlUpdate update) throws Exception {
    harness.processElement2(new StreamRecord<>(update));
  }

  private void watermark(double atS) throws Exception {
    harness.processBothWatermarks(new Watermark(Given.ms(atS)));
  }

  private List<DecisionRequest> asked() {
    List<DecisionRequest> asked = harness.extractOutputValues();
    harness.getOutput().clear();
    return asked;
  }

  private List<String> described() {
    return asked().stream()
        .map(
            request -> {
              request.setPlannedMs(null);
              return request.toString();
            })
        .toList();
  }

  private static <T> T only(List<T> values) {
    assertThat(values).hasSize(1);
    return values.get(0);
  }
}
