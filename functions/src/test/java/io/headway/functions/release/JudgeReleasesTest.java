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
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.co.CoProcessOperator;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JudgeReleasesTest {
  private static final int MIN_REQUESTS = 10;

  private TwoInputStreamOperatorTestHarness<ControlUpdate, ComparedRequest, ModelRelease> harness;

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
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(ComparedRequest.class);
  }

  private static TwoInputStreamOperatorTestHarness<ControlUpdate, ComparedRequest, ModelRelease>
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
      harness.processElement2(request, 0);
    }
  }

  private static ModelRelease canary(long revision) {
    ModelRelease canary = ReleasesTest.release(4, ModelRole.CANARY, 0.5);
    canary.setRevision(revision);
    canary.setLimits(new ReleaseLimits(MIN_REQUESTS, 0.1, 0.01, 3.0));
    return canary;
  }
}
