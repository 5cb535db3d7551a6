// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.jobs.logistics.Steps.Step;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The whole topology on a MiniCluster, on stepped input. */
class LogisticsJobITCase {
  private static final int PARALLELISM = 2;
  private static final int MIDDLE = 5;
  private static final int LONGEST_DRIVE = 8;

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

  @Test
  void steppedInputGivesTheCommittedDecisions() throws Exception {
    try (SteppedJob job = job(TownScript.steps()).run()) {
      if (Boolean.getBoolean(SteppedJob.WRITE)) {
        Files.write(SteppedJob.EXPECTED, SteppedJob.jsonLines(job.decisions()));
      }
      SteppedJob.assertExpected(job.decisions());
      assertThat(job.deadLetters()).isEmpty();
    }
  }

  @Test
  void aFailureInTheMiddleChangesNoDecision() throws Exception {
    List<Step> steps = TownScript.steps();
    assertThat(steps.get(MIDDLE).topic()).isEqualTo(Topics.TELEMETRY.name());

    try (SteppedJob job = job(steps).failingOnceAt(MIDDLE).run()) {
      assertThat(job.hasFailed()).isTrue();
      SteppedJob.assertExpected(job.decisions());
    }
  }

  /** What came after the checkpoint comes a second time. */
  @Test
  void aCheckpointWhileRecordsAreOnTheirWayChangesNoDecision() throws Exception {
    List<Step> steps = TownScript.steps();
    assertThat(steps.get(LONGEST_DRIVE).topic()).isEqualTo(Topics.TELEMETRY.name());
    Configuration options = new Configuration();
    options.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(10));

    try (SteppedJob job =
        new SteppedJob(steps, PARALLELISM, roads, options)
            .failingOnceAt(LONGEST_DRIVE)
            .inTheMiddleOfTheStep()
            .run()) {
      assertThat(job.hasFailed()).isTrue();
      SteppedJob.assertExpected(job.decisions());
    }
  }

  @Test
  void duplicatesAndBoundedDisorderChangeNoDecision() throws Exception {
    try (SteppedJob job = job(disturbed(TownScript.steps())).run()) {
      SteppedJob.assertExpected(job.decisions());
      assertThat(job.deadLetters()).isEmpty();
    }
  }

  @Test
  void badInputsAreDeadLetteredAndTheDecisionsAreTheSame() throws Exception {
    List<Step> steps = new ArrayList<>(TownScript.steps());
    BadInputs bad = new BadInputs();
    int middle = MIDDLE;
    long watermarkMs = steps.get(middle - 1).watermarkMs();
    for (String topic :
        List.of(Topics.TELEMETRY.name(), Topics.SHIPMENTS.name(), Topics.ROAD_EVENTS.name())) {
      watermarkMs++;
      steps.add(middle++, new Step(topic, bad.of(topic, watermarkMs), watermarkMs));
    }

    try (SteppedJob job = job(steps).run()) {
      SteppedJob.assertExpected(job.decisions());
      assertThat(job.deadLetters())
          .allSatisfy(
              letter -> {
                assertThat(letter.getDetail()).isNotBlank();
                assertThat(letter.getPayloadLength()).isPositive();
                assertThat(letter.getPartition()).isZero();
                assertThat(letter.getKey()).isNotNull();
                assertThat(letter.getPayload().remaining())
                    .isEqualTo(Math.min(letter.getPayloadLength(), KafkaLike.MAX_LETTER_BYTES));
              });
      assertThat(job.deadLetters())
          .extracting(letter -> letter.getTopic() + " " + letter.getCause())
          .containsExactlyInAnyOrderElementsOf(bad.expected());
      assertThat(job.deadLetters())
          .as("each comes from a place of its own")
          .extracting(letter -> letter.getTopic() + " " + letter.getOffset())
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void recordedRequestsAreThoseThatWereDecidedAndChangeNoDecision() throws Exception {
    Configuration options = new Configuration();
    options.set(LogisticsOptions.DECISION_REQUESTS, true);

    try (SteppedJob job = new SteppedJob(TownScript.steps(), PARALLELISM, roads, options).run()) {
      SteppedJob.assertExpected(job.decisions());
      assertThat(job.requests())
          .extracting(request -> request.getVehicleId() + " " + request.getSequence())
          .doesNotHaveDuplicates()
          .containsAll(
              job.decisions().values().stream()
                  .map(decision -> decision.getVehicleId() + " " + decision.getSequence())
                  .toList());
    }
  }

  private static SteppedJob job(List<Step> steps) {
    return new SteppedJob(steps, PARALLELISM, roads, new Configuration());
  }

  /** Each record twice, in any order within a step, the last of a step not before the next one. */
  private static List<Step> disturbed(List<Step> steps) {
    Random random = new Random(11);
    List<Step> disturbed = new ArrayList<>();
    List<byte[]> held = new ArrayList<>();
    for (Step step : steps) {
      if (!step.topic().equals(Topics.TELEMETRY.name())) {
        disturbed.add(step);
        continue;
      }
      List<byte[]> values = new ArrayList<>(held);
      held.clear();
      values.addAll(step.values());
      values.addAll(step.values());
      int kept = Math.min(step.values().size(), 4);
      // The last four records of a step lie above its watermark: they may as well come later.
      for (int i = 0; i < kept; i++) {
        byte[] last = step.values().get(step.values().size() - 1 - i);
        values.removeIf(value -> value == last);
        held.add(last);
      }
      Collections.shuffle(values, random);
      disturbed.add(new Step(step.topic(), values, step.watermarkMs()));
    }
    return disturbed;
  }
}
