// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.inference.TestModels;
import io.headway.functions.traffic.ControlUpdate;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import io.headway.schemas.ReleaseLimits;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.co.CoProcessOperator;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JudgeReleasesTest {
  private static final int MIN_REQUESTS = 10;

  private TwoInputStreamOperatorTestHarness<ControlUpdate, ReleaseEvidence, ModelRelease> harness;

  @BeforeEach
  void open() throws Exception {
    harness = judge(null);
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  @Test
  void aCanaryPastItsLimitIsRetiredOnceWithTheReason() throws Exception {
    harness.setProcessingTime(1_000);
    release(canary(1));
    compare(1, 2 * MIN_REQUESTS, true);

    ModelRelease verdict = harness.extractOutputValues().get(0);
    assertThat(harness.extractOutputValues()).hasSize(1);
    assertThat(verdict.getModel()).isEqualTo("lateness:4");
    assertThat(verdict.getRole()).isEqualTo(ModelRole.RETIRED);
    assertThat(verdict.getRevision()).isEqualTo(2);
    assertThat(verdict.getReleasedAt()).isEqualTo(Instant.ofEpochMilli(1_000));
    assertThat(verdict.getReason())
        .isEqualTo(
            "Retired by the job: 10 of 10 requests (100.0 %) led to another decision; the limit is 10.0 %.");
  }

  @Test
  void aShadowInsideItsLimitsStays() throws Exception {
    ModelRelease shadow = canary(1);
    shadow.setRole(ModelRole.SHADOW);
    release(shadow);
    compare(1, 10 * MIN_REQUESTS, false);
    assertThat(harness.extractOutputValues()).isEmpty();
  }

  @Test
  void aNewRevisionIsComparedAnewAndRequestsOfTheOldOneDoNotCount() throws Exception {
    release(canary(1));
    compare(1, MIN_REQUESTS - 1, true);
    release(canary(3));
    compare(1, MIN_REQUESTS, true);
    compare(3, MIN_REQUESTS - 1, true);
    assertThat(harness.extractOutputValues()).isEmpty();
    compare(3, 1, true);
    assertThat(harness.extractOutputValues()).hasSize(1);
  }

  @Test
  void aPromotedOrRetiredVersionIsJudgedNoMore() throws Exception {
    release(canary(1));
    ModelRelease stable = canary(2);
    stable.setRole(ModelRole.STABLE);
    release(stable);
    compare(1, MIN_REQUESTS, true);
    compare(2, MIN_REQUESTS, true);
    assertThat(harness.extractOutputValues()).isEmpty();
  }

  @Test
  void aVersionThatGoesWrongLateIsNotExcusedByItsPast() throws Exception {
    release(canary(1));
    compare(1, 100 * MIN_REQUESTS, false);
    compare(1, MIN_REQUESTS, true);
    assertThat(harness.extractOutputValues()).hasSize(1);
  }

  @Test
  void anotherStableVersionIsComparedWithAnew() throws Exception {
    release(canary(1));
    compare(1, MIN_REQUESTS - 1, true);
    release(ReleasesTest.release(3, ModelRole.STABLE, 1));
    compare(1, MIN_REQUESTS - 1, true);
    assertThat(harness.extractOutputValues()).isEmpty();
    compare(1, 1, true);
    assertThat(harness.extractOutputValues()).hasSize(1);
  }

  @Test
  void whatWasReleasedAtSubmissionIsJudged() throws Exception {
    harness.close();
    harness = judge(null, canary(1));
    compare(1, MIN_REQUESTS, true);
    assertThat(harness.extractOutputValues()).hasSize(1);
  }

  @Test
  void whatWasComparedIsInTheCheckpoint() throws Exception {
    release(canary(1));
    compare(1, MIN_REQUESTS - 1, true);
    OperatorSubtaskState snapshot = harness.snapshot(1, 1);
    harness.close();

    harness = judge(snapshot);
    compare(1, 1, true);
    assertThat(harness.extractOutputValues()).hasSize(1);
  }

  @Test
  void itsStateIsOfFlinks() {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(JudgedRelease.class);
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(WatchedRelease.class);
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(ReleaseEvidence.class);
  }

  @Test
  void aStableVersionThatDriftsIsRetiredWithTheReason() throws Exception {
    release(stable(1));
    legs("lateness:3", 1, 0, 500, 0.2);
    assertThat(harness.extractOutputValues()).isEmpty();
    legs("lateness:3", 1, 500, 600, 0.8);
    ModelRelease verdict = harness.extractOutputValues().get(0);
    assertThat(harness.extractOutputValues()).hasSize(1);
    assertThat(verdict.getModel()).isEqualTo("lateness:3");
    assertThat(verdict.getRole()).isEqualTo(ModelRole.RETIRED);
    assertThat(verdict.getRevision()).isEqualTo(2);
    assertThat(verdict.getReason()).contains("came outside", "40.0 %");
  }

  @Test
  void aCanaryThatIsBetterCalibratedIsPromoted() throws Exception {
    release(stable(1));
    release(canary(1));
    for (int window = 0; window < 600; window++) {
      legs("lateness:3", 1, window, window + 1, 0.36);
      legs("lateness:4", 1, window, window + 1, 0.2);
    }
    ModelRelease verdict = harness.extractOutputValues().get(0);
    assertThat(harness.extractOutputValues()).hasSize(1);
    assertThat(verdict.getModel()).isEqualTo("lateness:4");
    assertThat(verdict.getRole()).isEqualTo(ModelRole.STABLE);
    assertThat(verdict.getReason()).startsWith("Promoted by the job: 20.0 %");
  }

  @Test
  void ofTwoThatAreAlikeNeitherIsPromotedNorRetired() throws Exception {
    release(stable(1));
    release(canary(1));
    for (int window = 0; window < 600; window++) {
      legs("lateness:3", 1, window, window + 1, 0.24);
      legs("lateness:4", 1, window, window + 1, 0.24);
    }
    assertThat(harness.extractOutputValues()).isEmpty();
  }

  /** Of many legs the share outside strays less. */
  @Test
  void whoIsAskedMoreIsNotBetterForIt() throws Exception {
    release(stable(1));
    release(canary(1));
    Random random = new Random(7);
    for (int window = 0; window < 1_000; window++) {
      for (int i = 0; i < 50; i++) {
        String model = i < 10 ? "lateness:3" : "lateness:4";
        leg(model, 1, window * WatchedRelease.WINDOW_MS + i, random.nextDouble() < 0.2);
      }
    }
    assertThat(harness.extractOutputValues()).isEmpty();
  }

  @Test
  void legsOfAnotherRevisionDoNotCount() throws Exception {
    release(stable(2));
    legs("lateness:3", 1, 0, 1_000, 1);
    assertThat(harness.extractOutputValues()).isEmpty();
  }

  @Test
  void whatLegsCameToIsInTheCheckpoint() throws Exception {
    release(stable(1));
    legs("lateness:3", 1, 0, 10, 1);
    OperatorSubtaskState snapshot = harness.snapshot(1, 1);
    harness.close();

    harness = judge(snapshot);
    legs("lateness:3", 1, 10, 25, 1);
    int restored = harness.extractOutputValues().size();
    harness.close();

    harness = judge(null, stable(1));
    legs("lateness:3", 1, 10, 25, 1);
    assertThat(restored).isEqualTo(1);
    assertThat(harness.extractOutputValues()).isEmpty();
  }

  /** In each window 25 legs, of which a share is outside. */
  private void legs(String model, long revision, int from, int to, double share) throws Exception {
    for (int window = from; window < to; window++) {
      for (int i = 0; i < 25; i++) {
        leg(model, revision, window * WatchedRelease.WINDOW_MS + i, i < 25 * share);
      }
    }
  }

  private void leg(String model, long revision, long requestedAtMs, boolean outside)
      throws Exception {
    LegOutcome leg = new LegOutcome();
    leg.model = model;
    leg.revision = revision;
    leg.requestedAtMs = requestedAtMs;
    leg.outside = outside;
    harness.processElement2(ReleaseEvidence.of(leg), 0);
  }

  private static ModelRelease stable(long revision) {
    ModelRelease stable = ReleasesTest.release(3, ModelRole.STABLE, 1);
    stable.setRevision(revision);
    stable.setLimits(new ReleaseLimits(MIN_REQUESTS, 0.1, 0.01, 3.0, 0.4));
    return stable;
  }

  private static TwoInputStreamOperatorTestHarness<ControlUpdate, ReleaseEvidence, ModelRelease>
      judge(OperatorSubtaskState snapshot, ModelRelease... known) throws Exception {
    List<ModelRelease> released = List.of(known);
    var harness =
        new TwoInputStreamOperatorTestHarness<>(
            new CoProcessOperator<>(
                new JudgeReleases(new ModelUse("lateness", TestModels.SUM, 1, released))));
    harness.setup();
    if (snapshot != null) {
      harness.initializeState(snapshot);
    }
    harness.open();
    return harness;
  }

  private void release(ModelRelease release) throws Exception {
    harness.processElement1(ControlUpdate.of(release), 0);
  }

  private void compare(long revision, int times, boolean diverged) throws Exception {
    for (int i = 0; i < times; i++) {
      ComparedRequest request = new ComparedRequest();
      request.model = "lateness:4";
      request.revision = revision;
      request.answered = true;
      request.diverged = diverged;
      request.candidateMs = 1;
      request.stableMs = 1;
      harness.processElement2(ReleaseEvidence.of(request), 0);
    }
  }

  private static ModelRelease canary(long revision) {
    ModelRelease canary = ReleasesTest.release(4, ModelRole.CANARY, 0.5);
    canary.setRevision(revision);
    canary.setLimits(new ReleaseLimits(MIN_REQUESTS, 0.1, 0.01, 3.0, 0.4));
    return canary;
  }
}
