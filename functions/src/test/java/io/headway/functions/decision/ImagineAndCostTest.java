// SPDX-License-Identifier: Apache-2.0
package io.headway.functions.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.headway.functions.inference.BatchSettings;
import io.headway.functions.inference.ModelReference;
import io.headway.functions.inference.TestModels;
import io.headway.functions.release.ComparedRequest;
import io.headway.schemas.Appraisal;
import io.headway.schemas.CandidateCost;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.ModelRole;
import io.headway.schemas.ModelVersion;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.operators.async.AsyncWaitOperatorFactory;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.Test;

class ImagineAndCostTest {
  private static final BatchSettings BATCHING =
      BatchSettings.DEFAULTS.withLinger(Duration.ZERO).withDeadline(Duration.ofSeconds(10));

  @Test
  void withoutAModelTheBaselineAnswers() throws Exception {
    Appraisal appraisal = appraise(BATCHING, request(null, null)).get(0).appraisal;
    assertThat(appraisal.getSource()).isEqualTo(DecisionSource.BASELINE);
    assertThat(appraisal.getModelName()).isNull();
    assertThat(appraisal.getCosts().get(0).getLateProbability()).isZero();
  }

  @Test
  void theModelsScenariosAreCosted() throws Exception {
    DecisionRequest request = request(model("drawn-as-live", ModelRole.STABLE), null);
    Appraisal appraisal = appraise(BATCHING, request).get(0).appraisal;
    assertThat(appraisal.getSource()).isEqualTo(DecisionSource.GENERATIVE);
    assertThat(appraisal.getModelName()).isEqualTo("drawn-as-live");
    // The stop is late when the leg takes 1.2 times the live estimate: ln(1.2) / 0.2 = 0.91 sigma.
    assertThat(appraisal.getCosts().get(0).getLateProbability()).isCloseTo(0.18f, within(0.05f));
  }

  @Test
  void theFirstScenariosAreWrittenDown() throws Exception {
    DecisionRequest request = request(model("drawn-as-live", ModelRole.STABLE), null);
    CandidateCost keep = appraise(BATCHING, request).get(0).appraisal.getCosts().get(0);
    assertThat(keep.getSamples())
        .hasSize(2)
        .allSatisfy(
            sample -> {
              float leg = sample.getArriveS().get(0);
              assertThat(sample.getArriveS()).hasSize(1);
              assertThat(leg).isBetween(600f, 2_400f);
            })
        .doesNotHaveDuplicates();
    assertThat(keep.getSpreadEur()).hasSize(3).isSorted();
    assertThat(keep.getSamples().get(0).getCostEur())
        .isBetween(keep.getMeanEur() - 40, keep.getMeanEur() + 40);
  }

  @Test
  void aRecordedRequestGivesTheSameCostsAgain() throws Exception {
    DecisionRequest request = request(model("drawn-as-live", ModelRole.STABLE), null);
    assertThat(appraise(BATCHING, request).get(0).appraisal.getCosts())
        .isEqualTo(appraise(BATCHING, request).get(0).appraisal.getCosts());
  }

  @Test
  void aModelThatHangsIsAnsweredForByTheBaselineAtTheDeadline() throws Exception {
    DecisionRequest request = request(model("drawn-hanging", ModelRole.STABLE), null);
    Appraisal appraisal =
        last(asked(BATCHING.withDeadline(Duration.ofMillis(50)), request, imagined -> true));
    assertThat(appraisal.getSource()).isEqualTo(DecisionSource.FALLBACK);
    assertThat(appraisal.getFallbackCause()).isEqualTo("DEADLINE");
    assertThat(appraisal.getModelName()).isNull();
    assertThat(appraisal.getCosts())
        .isEqualTo(appraise(BATCHING, request(null, null)).get(0).appraisal.getCosts());
  }

  @Test
  void aModelThatCannotBeOpenedIsAnsweredForByTheBaseline() throws Exception {
    ModelVersion gone = model("drawn-as-live", ModelRole.STABLE);
    gone.setUri("file:///nowhere/drawn.onnx");
    Appraisal appraisal = appraise(BATCHING, request(gone, null)).get(0).appraisal;
    assertThat(appraisal.getSource()).isEqualTo(DecisionSource.FALLBACK);
    assertThat(appraisal.getFallbackCause()).isEqualTo("CLOSED");
  }

  @Test
  void aShadowIsComparedOnTheRequestsItShares() throws Exception {
    DecisionRequest request =
        request(model("drawn-as-live", ModelRole.STABLE), model("drawn-thrice", ModelRole.SHADOW));
    List<ComparedRequest> compared = comparisons(untilCompared(BATCHING, request));
    assertThat(compared)
        .isNotEmpty()
        .allSatisfy(
            of -> {
              assertThat(of.model).isEqualTo("drawn-thrice:1");
              assertThat(of.revision).isEqualTo(5);
              assertThat(of.answered).isTrue();
              assertThat(of.diverged).isTrue();
              assertThat(of.candidateMs).isPositive();
              assertThat(of.stableMs).isPositive();
            });
  }

  @Test
  void aCanaryAnswersAndTheStableVersionIsAskedToo() throws Exception {
    DecisionRequest request =
        request(model("drawn-thrice", ModelRole.CANARY), model("drawn-as-live", ModelRole.STABLE));
    List<Imagined> imagined = untilCompared(BATCHING, request);
    assertThat(imagined.get(0).appraisal.getModelName()).isEqualTo("drawn-thrice");
    assertThat(comparisons(imagined))
        .isNotEmpty()
        .allSatisfy(of -> assertThat(of.model).isEqualTo("drawn-thrice:1"))
        .allSatisfy(of -> assertThat(of.diverged).isTrue());
  }

  @Test
  void theSameAnswersDoNotDiverge() throws Exception {
    DecisionRequest request =
        request(model("drawn-as-live", ModelRole.STABLE), model("drawn-as-live", ModelRole.SHADOW));
    assertThat(comparisons(untilCompared(BATCHING, request)))
        .isNotEmpty()
        .noneMatch(of -> of.diverged);
  }

  @Test
  void aShadowThatHangsHoldsNoAnswerUpAndCountsAsNotAnswered() throws Exception {
    DecisionRequest request =
        request(model("drawn-as-live", ModelRole.STABLE), model("drawn-hanging", ModelRole.SHADOW));
    List<Imagined> imagined = untilCompared(BATCHING.withDeadline(Duration.ofMillis(100)), request);
    assertThat(last(imagined).getSource()).isEqualTo(DecisionSource.GENERATIVE);
    assertThat(last(imagined).getImaginedMs()).isLessThan(100);
    assertThat(comparisons(imagined))
        .isNotEmpty()
        .allSatisfy(of -> assertThat(of.model).isEqualTo("drawn-hanging:1"))
        .noneMatch(of -> of.answered);
  }

  @Test
  void whatNeitherModelAnswersForTheSameReasonTellsNothing() throws Exception {
    ModelVersion stable = model("drawn-as-live", ModelRole.STABLE);
    ModelVersion shadow = model("drawn-thrice", ModelRole.SHADOW);
    stable.setUri("file:///nowhere/stable.onnx");
    shadow.setUri("file:///nowhere/shadow.onnx");
    DecisionRequest[] requests = new DecisionRequest[50];
    Arrays.fill(requests, request(stable, shadow));
    List<Imagined> imagined = appraise(BATCHING, requests);
    assertThat(imagined)
        .hasSize(50)
        .allSatisfy(of -> assertThat(of.appraisal.getFallbackCause()).isEqualTo("CLOSED"));
  }

  @Test
  void itTravelsWithoutKryo() {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(Imagined.class);
  }

  private static List<ComparedRequest> comparisons(List<Imagined> imagined) {
    return imagined.stream().filter(of -> of.compared != null).map(of -> of.compared).toList();
  }

  private static Appraisal last(List<Imagined> imagined) {
    return imagined.stream()
        .filter(of -> of.appraisal != null)
        .reduce((first, second) -> second)
        .orElseThrow()
        .appraisal;
  }

  /**
   * Asks until a comparison comes with an answer; each request is answered without waiting for it.
   */
  private static List<Imagined> untilCompared(BatchSettings batching, DecisionRequest request)
      throws Exception {
    return asked(batching, request, imagined -> !comparisons(imagined).isEmpty());
  }

  /** Asks until that holds and the model is open, which takes longer than some deadlines. */
  private static List<Imagined> asked(
      BatchSettings batching, DecisionRequest request, Predicate<List<Imagined>> enough)
      throws Exception {
    try (var harness = harness(batching)) {
      harness.open();
      List<Imagined> imagined = List.of();
      boolean open = false;
      for (int asked = 1; asked < 10_000 && !(open && enough.test(imagined)); asked++) {
        harness.processElement(new StreamRecord<>(request));
        harness.endInput();
        imagined = List.copyOf(harness.extractOutputValues());
        assertThat(imagined).filteredOn(of -> of.appraisal != null).hasSize(asked);
        open = !"CLOSED".equals(last(imagined).getFallbackCause());
      }
      return imagined;
    }
  }

  /** Asks one after the other. */
  private static List<Imagined> appraise(BatchSettings batching, DecisionRequest... requests)
      throws Exception {
    try (var harness = harness(batching)) {
      harness.open();
      for (DecisionRequest request : requests) {
        harness.processElement(new StreamRecord<>(request));
        harness.endInput();
      }
      return harness.extractOutputValues();
    }
  }

  private static OneInputStreamOperatorTestHarness<DecisionRequest, Imagined> harness(
      BatchSettings batching) throws Exception {
    return new OneInputStreamOperatorTestHarness<>(
        new AsyncWaitOperatorFactory<>(
            new ImagineAndCost(new ImagineSettings(256, 2, batching, 1)),
            0,
            4,
            AsyncDataStream.OutputMode.ORDERED),
        TypeInformation.of(DecisionRequest.class).createSerializer(new SerializerConfigImpl()));
  }

  private static ModelVersion model(String file, ModelRole role) {
    ModelReference reference = TestModels.reference(file);
    return new ModelVersion(
        reference.name(), reference.version(), 5L, role, reference.uri(), reference.sha256());
  }

  /** In time by a sixth of the leg; a notice pays when it is likely to be late. */
  private static DecisionRequest request(ModelVersion model, ModelVersion compared) {
    DecisionRequest request = Requests.empty();
    request.getStops().add(Requests.stop("a", 0, 1_440, 60));
    request.getLegs().add(Requests.leg(-1, 0, 10_000, 1_200));
    request
        .getCandidates()
        .add(Requests.candidate(DecisionKind.KEEP, -1, List.of(0), List.of(0), List.of()));
    request
        .getCandidates()
        .add(Requests.candidate(DecisionKind.NOTIFY_LATE, 0, List.of(0), List.of(0), List.of()));
    // By the next look it is too late for a notice.
    request.setNextLookS(3_000);
    request.setNoiseSeed(7);
    request.setModel(model);
    request.setComparedModel(compared);
    return request;
  }
}
