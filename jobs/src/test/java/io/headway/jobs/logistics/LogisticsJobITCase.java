// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;

import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.jobs.logistics.Steps.Step;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.Decision;
import io.headway.schemas.StageLatency;
import io.headway.schemas.Topics;
import io.headway.schemas.TriggerKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.JsonEncoder;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The whole topology on a MiniCluster, on stepped input. */
class LogisticsJobITCase {
  private static final String WRITE = "headway.expected.write";
  private static final Path EXPECTED =
      Path.of("src", "test", "resources", "logistics", "expected-decisions.jsonl");

  private static final int PARALLELISM = 2;
  private static final int SINKS = 2;

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
    Outcome outcome = run(TownScript.steps(), Integer.MAX_VALUE);

    if (Boolean.getBoolean(WRITE)) {
      Files.write(EXPECTED, jsonLines(outcome.decisions()));
    }
    assertExpected(outcome);
    assertThat(outcome.deadLetters()).isEmpty();
  }

  @Test
  void aFailureInTheMiddleChangesNoDecision() throws Exception {
    List<Step> steps = TownScript.steps();
    int middle = 5;
    assertThat(steps.get(middle).topic()).isEqualTo(Topics.TELEMETRY.name());

    Outcome outcome = run(steps, middle);

    assertThat(outcome.failed()).isTrue();
    assertExpected(outcome);
  }

  @Test
  void duplicatesAndBoundedDisorderChangeNoDecision() throws Exception {
    Outcome outcome = run(disturbed(TownScript.steps()), Integer.MAX_VALUE);

    assertExpected(outcome);
    assertThat(outcome.deadLetters()).isEmpty();
  }

  @Test
  void badInputsAreDeadLetteredAndTheDecisionsAreTheSame() throws Exception {
    List<Step> steps = new ArrayList<>(TownScript.steps());
    BadInputs bad = new BadInputs();
    int middle = 5;
    long watermarkMs = steps.get(middle - 1).watermarkMs();
    for (String topic :
        List.of(Topics.TELEMETRY.name(), Topics.SHIPMENTS.name(), Topics.ROAD_EVENTS.name())) {
      watermarkMs++;
      steps.add(middle++, new Step(topic, bad.of(topic, watermarkMs), watermarkMs));
    }

    Outcome outcome = run(steps, Integer.MAX_VALUE);

    assertExpected(outcome);
    assertThat(outcome.deadLetters())
        .allSatisfy(
            letter -> {
              assertThat(letter.getDetail()).isNotBlank();
              assertThat(letter.getPayloadLength()).isPositive();
            });
    assertThat(outcome.deadLetters())
        .extracting(letter -> letter.getTopic() + " " + letter.getCause())
        .containsExactlyInAnyOrderElementsOf(bad.expected());
  }

  private static void assertExpected(Outcome outcome) throws IOException {
    assertThat(jsonLines(outcome.decisions()))
        .as("decisions in %s; -D%s=true writes them anew", EXPECTED, WRITE)
        .containsExactlyElementsOf(Files.readAllLines(EXPECTED));
  }

  private record Outcome(
      Map<String, Decision> decisions, List<DeadLetter> deadLetters, boolean failed) {}

  private static Outcome run(List<Step> script, int failAtStep) throws Exception {
    Steps steps = new Steps(UUID.randomUUID().toString(), script, SINKS * PARALLELISM);
    steps.failOnceAt(failAtStep);
    try {
      Configuration config = new Configuration();
      config.setString(LogisticsOptions.ROADS_URI.key(), roads.toUri().toString());
      config.setString(LogisticsOptions.NO_PLAN_TIMEOUT.key(), "5 min");
      config.setString("execution.checkpointing.interval", "50 ms");
      config.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
      config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
      config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));
      StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
      env.setParallelism(PARALLELISM);
      LogisticsJob.prepare(env, config);
      LogisticsSettings settings = LogisticsSettings.of(config);
      LogisticsJob.configure(
          new LogisticsJob.Sources(
              source(env, steps, InputType.TELEMETRY),
              source(env, steps, InputType.SHIPMENTS),
              source(env, steps, InputType.ROAD_EVENTS),
              source(env, steps, InputType.BOUNDS)),
          new LogisticsJob.Sinks(steps.sink("decisions"), steps.sink("dead-letters")),
          settings);
      env.execute("stepped");
      Map<String, Decision> byId = new TreeMap<>();
      steps.<Decision>collected("decisions").forEach(d -> byId.put(d.getDecisionId(), d));
      return new Outcome(byId, steps.collected("dead-letters"), steps.hasFailed());
    } finally {
      steps.forget();
    }
  }

  @SuppressWarnings("deprecation") // see Steps
  private static <T extends SpecificRecordBase> DataStream<Inbound<T>> source(
      StreamExecutionEnvironment env, Steps steps, InputType<T> type) {
    String topic = type.topic();
    return env.addSource(steps.source(topic, new KafkaLike<>(type)), topic, type.inbound())
        .uid(topic);
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

  private static List<String> jsonLines(Map<String, Decision> decisions) throws IOException {
    List<Decision> ordered = new ArrayList<>(decisions.values());
    ordered.sort(
        (a, b) -> {
          int byVehicle = a.getVehicleId().compareTo(b.getVehicleId());
          return byVehicle != 0 ? byVehicle : Long.compare(a.getSequence(), b.getSequence());
        });
    List<String> lines = new ArrayList<>();
    for (Decision decision : ordered) {
      Decision comparable = Decision.newBuilder(decision).setLatency(new StageLatency()).build();
      if (decision.getTrigger().getKind() == TriggerKind.ROAD_EVENT) {
        // The event is in the request, whether or not its weight epoch has come on the other way.
        comparable.setWeightsEpoch(0);
      }
      lines.add(json(comparable));
    }
    return lines;
  }

  private static String json(Decision decision) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    JsonEncoder encoder = EncoderFactory.get().jsonEncoder(Decision.getClassSchema(), bytes);
    new SpecificDatumWriter<>(Decision.class).write(decision, encoder);
    encoder.flush();
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
