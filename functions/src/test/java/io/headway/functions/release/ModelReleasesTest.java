// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.release;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.inference.TestModels;
import io.headway.functions.ingest.DeadLetters;
import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.functions.ingest.Origin;
import io.headway.functions.traffic.ControlUpdate;
import io.headway.schemas.DeadLetterCause;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.api.operators.async.AsyncWaitOperatorFactory;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

/** What becomes of the records of the topic: opened once, and of each version the last word. */
class ModelReleasesTest {
  @Test
  void ofAVersionTheHighestRevisionHoldsThroughARestore() throws Exception {
    OperatorSubtaskState snapshot;
    try (var harness = releases(null)) {
      give(harness, revision(2, ModelRole.CANARY));
      give(harness, revision(1, ModelRole.STABLE));
      give(harness, revision(2, ModelRole.RETIRED));
      assertThat(roles(harness)).containsExactly(ModelRole.CANARY, ModelRole.RETIRED);
      snapshot = harness.snapshot(1, 1);
    }
    try (var harness = releases(snapshot)) {
      give(harness, revision(2, ModelRole.CANARY));
      give(harness, revision(3, ModelRole.STABLE));
      assertThat(roles(harness)).containsExactly(ModelRole.STABLE);
    }
  }

  @Test
  void whatLostIsOverwrittenWhereCompactionWouldKeepIt() throws Exception {
    try (var harness = releases(null)) {
      give(harness, revision(2, ModelRole.RETIRED), 1);
      give(harness, revision(2, ModelRole.STABLE), 2);
      assertThat(roles(harness)).containsExactly(ModelRole.RETIRED);
      ModelRelease correction =
          harness.getSideOutput(ModelReleases.CORRECTIONS).remove().getValue();
      assertThat(correction.getRole()).isEqualTo(ModelRole.RETIRED);
      assertThat(correction.getRevision()).isEqualTo(3);
    }
  }

  @Test
  void whatWasOvertakenInItsOrderNeedsNoCorrection() throws Exception {
    try (var harness = releases(null)) {
      give(harness, revision(2, ModelRole.RETIRED), 2);
      give(harness, revision(1, ModelRole.CANARY), 1);
      give(harness, revision(2, ModelRole.RETIRED), 3);
      assertThat(harness.getSideOutput(ModelReleases.CORRECTIONS)).isNullOrEmpty();
    }
  }

  @Test
  void aVersionNeverGetsAnotherFile() throws Exception {
    try (var harness = releases(null)) {
      give(harness, revision(1, ModelRole.CANARY), 1);
      ModelRelease other = revision(2, ModelRole.STABLE);
      other.setSha256("1".repeat(64));
      give(harness, other, 2);
      assertThat(roles(harness)).containsExactly(ModelRole.CANARY);
      assertThat(harness.getSideOutput(DeadLetters.TAG))
          .singleElement()
          .satisfies(
              letter ->
                  assertThat(letter.getValue().getCause())
                      .isEqualTo(DeadLetterCause.UNUSABLE_MODEL));
    }
  }

  @Test
  void aRecordOvertakesWhatComesWithTheJobButNotItsFile() throws Exception {
    ModelRelease bundled = revision(-1, ModelRole.STABLE);
    ModelRelease retired = revision(0, ModelRole.RETIRED);
    ModelRelease other = revision(1, ModelRole.STABLE);
    other.setSha256("1".repeat(64));
    try (var harness = releases(null, bundled)) {
      give(harness, other, 1);
      assertThat(roles(harness)).isEmpty();
      assertThat(harness.getSideOutput(DeadLetters.TAG)).hasSize(1);
      give(harness, retired, 2);
      assertThat(roles(harness)).containsExactly(ModelRole.RETIRED);
    }
  }

  @Test
  void aModelThatFitsPasses() throws Exception {
    assertThat(verify(of("sum")).isSound()).isTrue();
  }

  @Test
  void aFileWithAnotherHashIsAFault() throws Exception {
    ModelRelease release = of("sum");
    release.setSha256("0".repeat(64));
    assertUnusable(release, "SHA-256");
  }

  @Test
  void aFileThatIsNoModelIsAFault() throws Exception {
    ModelRelease release = of("sum");
    release.setUri(getClass().getResource("ModelReleasesTest.class").toString());
    try (var in = getClass().getResourceAsStream("ModelReleasesTest.class")) {
      release.setSha256(
          io.headway.functions.inference.ModelReference.of("m", 1, "file:///m", in.readAllBytes())
              .sha256());
    }
    assertUnusable(release, "cannot be opened");
  }

  @Test
  void aModelWithOtherTensorsIsAFault() throws Exception {
    assertUnusable(of("pick"), "does not fit what it is used for");
  }

  @Test
  void aFileThatIsNotThereIsAFault() throws Exception {
    ModelRelease release = of("sum");
    release.setUri("file:///nowhere/sum.onnx");
    assertUnusable(release, "cannot be read from file:///nowhere/sum.onnx");
  }

  @Test
  void whatHadBeenOvertakenAtSubmissionIsNotOpened() throws Exception {
    ModelRelease gone = of("sum");
    gone.setUri("file:///nowhere/sum.onnx");
    ModelRelease retired = of("sum");
    retired.setRole(ModelRole.RETIRED);
    retired.setRevision(gone.getRevision() + 1);
    assertThat(verify(gone, retired).isSound()).isTrue();
  }

  @Test
  void whatIsRetiredOrOfAnotherModelIsNotOpened() throws Exception {
    ModelRelease gone = of("sum");
    gone.setUri("file:///nowhere/sum.onnx");
    gone.setRole(ModelRole.RETIRED);
    assertThat(verify(gone).isSound()).isTrue();

    ModelRelease other = of("sum");
    other.setUri("file:///nowhere/sum.onnx");
    other.setName("weather");
    other.setModel("weather:1");
    assertThat(verify(other).isSound()).isTrue();
  }

  private static void assertUnusable(ModelRelease release, String why) throws Exception {
    Inbound<ModelRelease> verified = verify(release);
    assertThat(verified.isSound()).isFalse();
    assertThat(verified.cause()).isEqualTo(DeadLetterCause.UNUSABLE_MODEL);
    assertThat(verified.detail()).contains(why);
    assertThat(verified.payload()).isEqualTo(inbound(release).payload());
  }

  private static Inbound<ModelRelease> verify(ModelRelease release, ModelRelease... released)
      throws Exception {
    try (var harness =
        new OneInputStreamOperatorTestHarness<>(
            new AsyncWaitOperatorFactory<>(
                new VerifyRelease(new ModelUse("lateness", TestModels.SUM, 1, List.of(released))),
                60_000,
                1,
                AsyncDataStream.OutputMode.ORDERED),
            InputType.MODEL_RELEASES.inbound().createSerializer(new SerializerConfigImpl()))) {
      harness.open();
      harness.processElement(new StreamRecord<>(inbound(release)));
      harness.endInput();
      return harness.extractOutputValues().get(0);
    }
  }

  private static OneInputStreamOperatorTestHarness<Inbound<ModelRelease>, ControlUpdate> releases(
      OperatorSubtaskState snapshot, ModelRelease... bundled) throws Exception {
    var harness =
        new OneInputStreamOperatorTestHarness<>(
            new ProcessOperator<>(new ModelReleases(new DeadLetters(1_000), List.of(bundled))));
    harness.setup();
    if (snapshot != null) {
      harness.initializeState(snapshot);
    }
    harness.open();
    return harness;
  }

  private static void give(
      OneInputStreamOperatorTestHarness<Inbound<ModelRelease>, ControlUpdate> harness,
      ModelRelease release)
      throws Exception {
    give(harness, release, release.getRevision());
  }

  private static void give(
      OneInputStreamOperatorTestHarness<Inbound<ModelRelease>, ControlUpdate> harness,
      ModelRelease release,
      long offset)
      throws Exception {
    harness.processElement(
        new StreamRecord<>(
            Inbound.of(
                InputType.MODEL_RELEASES,
                new Origin("model-releases", 0, offset, 2),
                null,
                release)));
  }

  private static List<ModelRole> roles(
      OneInputStreamOperatorTestHarness<Inbound<ModelRelease>, ControlUpdate> harness) {
    return harness.extractOutputValues().stream().map(update -> update.release.getRole()).toList();
  }

  private static Inbound<ModelRelease> inbound(ModelRelease release) {
    return Inbound.of(
        InputType.MODEL_RELEASES, new Origin("model-releases", 0, 1, 2), null, release);
  }

  private static ModelRelease revision(long revision, ModelRole role) {
    ModelRelease release = ReleasesTest.release(4, role, 0.5);
    release.setRevision(revision);
    return release;
  }

  /** A release, under the job's name, of a model of the tests. */
  private static ModelRelease of(String file) {
    ModelRelease release = ReleasesTest.release(1, ModelRole.STABLE, 1);
    release.setUri(TestModels.reference(file).uri());
    release.setSha256(TestModels.reference(file).sha256());
    return release;
  }
}
