// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.release.LegOutcome;
import io.headway.schemas.Appraisal;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DeliveredStop;
import io.headway.schemas.ExpectedArrival;
import io.headway.schemas.ModelRole;
import io.headway.schemas.ModelVersion;
import java.util.List;
import java.util.Optional;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A vehicle has left a for b; the model expects it there after 100 to 200 s. */
class ArrivalWatchTest {
  private final ArrivalWatch watch = new ArrivalWatch();

  @BeforeEach
  void setOut() {
    assertThat(see(0, "a", -100L, true)).isEmpty();
    assertThat(see(10, "b", null, true)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"109, true", "111, false", "209, false", "211, true"})
  void anArrivalIsInsideOrOutside(long arrivedS, boolean outside) {
    LegOutcome leg = see(300, "b", arrivedS, true).orElseThrow();
    assertThat(leg.outside).isEqualTo(outside);
    assertThat(leg.model).isEqualTo("scenario:3");
    assertThat(leg.revision).isEqualTo(5);
    assertThat(leg.requestedAtMs).isEqualTo(Requests.after(10).toEpochMilli());
    assertThat(see(310, "b", arrivedS, true)).as("told once").isEmpty();
  }

  @Test
  void whoIsNotThereWhenTheTimeIsOverIsOutside() {
    assertThat(see(200, "b", null, true)).isEmpty();
    assertThat(see(211, "b", null, true).orElseThrow().outside).isTrue();
    assertThat(see(220, "b", null, true)).as("it set out before").isEmpty();
    assertThat(see(230, "b", 225L, true)).isEmpty();
  }

  @Test
  void theBaselinesRequestsTellToo() {
    assertThat(see(150, "b", 140L, false).orElseThrow().outside).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"109, true", "111, false", "211, true"})
  void aStopThatIsDeliveredWhenSomebodyLooksTellsWhenItWasReached(long arrivedS, boolean outside) {
    assertThat(seeDelivered("b", arrivedS).orElseThrow().outside).isEqualTo(outside);
    assertThat(see(450, "c", 420L, true).orElseThrow().outside).as("the leg after").isFalse();
  }

  @Test
  void whatWentWhileNobodyLookedIsLeftOut() {
    assertThat(see(300, "c", null, true)).as("cancelled").isEmpty();
    assertThat(see(450, "c", 420L, true).orElseThrow().outside).isFalse();
  }

  @Test
  void aStopThatNobodySaidWasReachedIsLeftOut() {
    assertThat(seeDelivered("b", null)).isEmpty();
  }

  @Test
  void anotherStopThatWasDeliveredTellsNothing() {
    assertThat(seeDelivered("a", 5L)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"REROUTE", "RESEQUENCE", "DISPATCH_BACKUP"})
  void aLegThatADecisionChangesIsLeftOut(DecisionKind kind) {
    watch.decided(kind);
    assertThat(see(150, "b", 140L, true)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"KEEP", "WAIT", "NOTIFY_LATE"})
  void aLegThatNoDecisionChangesIsNot(DecisionKind kind) {
    watch.decided(kind);
    assertThat(see(150, "b", 140L, true)).isPresent();
  }

  @Test
  void ofAVehicleThatHasNotSetOutNothingIsExpected() {
    ArrivalWatch fresh = new ArrivalWatch();
    fresh.see(appraisal(0, "a", null, true));
    assertThat(fresh.see(appraisal(150, "a", 140L, true))).isEmpty();
  }

  @Test
  void itIsKeptWithoutKryo() {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(ArrivalWatch.class);
  }

  private Optional<LegOutcome> see(long atS, String next, Long arrivedS, boolean generative) {
    return watch.see(appraisal(atS, next, arrivedS, generative));
  }

  /** After 300 s c is next, and this was delivered last. */
  private Optional<LegOutcome> seeDelivered(String shipmentId, Long arrivedS) {
    Appraisal appraisal = appraisal(300, "c", null, true);
    appraisal
        .getRequest()
        .setDelivered(
            new DeliveredStop(shipmentId, arrivedS == null ? null : Requests.after(arrivedS)));
    return watch.see(appraisal);
  }

  private static Appraisal appraisal(long atS, String next, Long arrivedS, boolean generative) {
    DecisionRequest request = Requests.empty();
    request.setRequestedAt(Requests.after((double) atS));
    request.getStops().add(Requests.stop(next, 0, 1_440, 60));
    request.getStops().get(0).setArrivedAt(arrivedS == null ? null : Requests.after(arrivedS));
    request
        .getCandidates()
        .add(Requests.candidate(DecisionKind.KEEP, -1, List.of(0), List.of(0), List.of()));
    request.setModel(
        new ModelVersion("scenario", 3, 5L, ModelRole.STABLE, "file:///m", "0".repeat(64)));
    Appraisal appraisal = new Appraisal();
    appraisal.setRequest(request);
    appraisal.setExpectedArrival(
        generative && arrivedS == null ? new ExpectedArrival(next, 100f, 200f) : null);
    return appraisal;
  }
}
