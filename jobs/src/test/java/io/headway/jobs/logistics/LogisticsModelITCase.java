// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.inference.ModelReference;
import io.headway.functions.release.BundledModels;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionSource;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.ModelRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The whole topology with a model, on stepped input. */
class LogisticsModelITCase {
  private static final int PARALLELISM = 2;
  private static final int MIDDLE = 5;
  private static final Path HANGING =
      Path.of("..", "functions", "src", "test", "resources", "models", "drawn-hanging.onnx");

  @RegisterExtension
  private static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(PARALLELISM)
              .build());

  @TempDir private static Path folder;
  private static Path roads;

  @BeforeAll
  static void writeTown() throws IOException {
    roads = folder.resolve("town.roads");
    TestTown.write(roads);
  }

  /**
   * The deadline is far away: nothing but the model and the input may matter. Who is in its batch
   * moves what a request is told by 1e-5 at most.
   */
  @Test
  void withItsOwnModelAFailureInTheMiddleChangesNoDecision() throws Exception {
    List<Decision> undisturbed;
    try (SteppedJob job = ofItsOwnModel().run()) {
      assertThat(job.decisions().values())
          .anyMatch(decision -> decision.getSource() == DecisionSource.GENERATIVE)
          .allSatisfy(
              decision -> {
                // Where it is not sure it leaves the decision to the baseline.
                assertThat(decision.getSource())
                    .isIn(DecisionSource.GENERATIVE, DecisionSource.BASELINE);
                assertThat(decision.getFallbackCause()).isNull();
                assertThat(decision.getModelName()).isEqualTo("scenario");
                assertThat(decision.getModelVersion()).isEqualTo("1");
              });
      undisturbed = SteppedJob.comparable(job.decisions());
      assertThat(SteppedJob.jsonLines(job.decisions()))
          .filteredOn(decision -> decision.contains("\"source\":\"GENERATIVE\""))
          .isNotEmpty()
          .extracting(LogisticsModelITCase::cost)
          .as("the model expects other times than the baseline")
          .doesNotContainAnyElementsOf(
              Files.readAllLines(SteppedJob.EXPECTED).stream()
                  .map(LogisticsModelITCase::cost)
                  .toList());
    }
    try (SteppedJob job = ofItsOwnModel().failingOnceAt(MIDDLE).run()) {
      assertThat(job.hasFailed()).isTrue();
      assertThat(SteppedJob.comparable(job.decisions()))
          .usingRecursiveFieldByFieldElementComparator(
              RecursiveComparisonConfiguration.builder()
                  .withEqualsForType(LogisticsModelITCase::near, Double.class)
                  .withEqualsForType(LogisticsModelITCase::near, Float.class)
                  .withIgnoredFields("reason", "factors")
                  .build())
          .containsExactlyElementsOf(undisturbed);
    }
  }

  @Test
  void aModelThatHangsIsAnsweredForByTheBaselineAndNothingIsDeadLettered() throws Exception {
    try (SteppedJob job = ofAModelThatHangs().run()) {
      assertThat(job.decisions().values())
          .isNotEmpty()
          .allSatisfy(
              decision -> {
                assertThat(decision.getSource()).isEqualTo(DecisionSource.FALLBACK);
                assertThat(decision.getFallbackCause()).isIn("DEADLINE", "CIRCUIT_OPEN", "CLOSED");
                assertThat(decision.getModelName()).isNull();
              });
      assertThat(job.deadLetters()).isEmpty();
    }
  }

  private static boolean near(Number a, Number b) {
    return Math.abs(a.doubleValue() - b.doubleValue())
        <= 1e-5 * Math.max(1, Math.abs(b.doubleValue()));
  }

  private static String cost(String decision) {
    return decision.replaceFirst(".*?(\"keep_cost_eur\":[^,]*),.*", "$1");
  }

  private static SteppedJob ofItsOwnModel() throws IOException {
    Configuration options = new Configuration();
    options.set(LogisticsOptions.MODEL_BUNDLED, true);
    options.set(LogisticsOptions.MODEL_DEADLINE, Duration.ofMinutes(1));
    return new SteppedJob(TownScript.steps(), PARALLELISM, roads, options);
  }

  private static SteppedJob ofAModelThatHangs() throws IOException {
    Configuration options = new Configuration();
    options.set(LogisticsOptions.MODEL_DEADLINE, Duration.ofMillis(50));
    ModelReference file =
        ModelReference.of(
            BundledModels.SCENARIO,
            1,
            HANGING.toAbsolutePath().toUri().toString(),
            Files.readAllBytes(HANGING));
    ModelRelease release =
        ModelRelease.newBuilder()
            .setModel(file.toString())
            .setName(file.name())
            .setVersion(file.version())
            .setRevision(0)
            .setUri(file.uri())
            .setSha256(file.sha256())
            .setRole(ModelRole.STABLE)
            .setReleasedAt(Instant.EPOCH)
            .build();
    return new SteppedJob(TownScript.steps(), PARALLELISM, roads, options, List.of(release));
  }
}
