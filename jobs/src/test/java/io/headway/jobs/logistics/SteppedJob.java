// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.headway.functions.ingest.Inbound;
import io.headway.functions.ingest.InputType;
import io.headway.jobs.logistics.Steps.Step;
import io.headway.schemas.DeadLetter;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionRequest;
import io.headway.schemas.ModelRelease;
import io.headway.schemas.StageLatency;
import io.headway.schemas.TriggerKind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.JsonEncoder;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** One run of the whole topology on stepped input, to its end or to a savepoint. */
final class SteppedJob implements AutoCloseable {
  static final String WRITE = "headway.expected.write";
  static final Path EXPECTED =
      Path.of("src", "test", "resources", "logistics", "expected-decisions.jsonl");

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Steps steps;
  private final StreamExecutionEnvironment env;
  private JobID id;

  /**
   * @param options win over what every stepped run has
   */
  SteppedJob(List<Step> script, int parallelism, Path roads, Configuration options) {
    this(script, parallelism, roads, options, List.of());
  }

  /**
   * @param options win over what every stepped run has
   * @param released what had been released before
   */
  SteppedJob(
      List<Step> script,
      int parallelism,
      Path roads,
      Configuration options,
      List<ModelRelease> released) {
    boolean recordsRequests = options.get(LogisticsOptions.DECISION_REQUESTS);
    int sinks = recordsRequests ? 3 : 2;
    steps = new Steps(UUID.randomUUID().toString(), script, sinks * parallelism);
    Configuration config = new Configuration();
    config.setString(LogisticsOptions.ROADS_URI.key(), roads.toUri().toString());
    config.setString(LogisticsOptions.NO_PLAN_TIMEOUT.key(), "5 min");
    config.setString("execution.checkpointing.interval", "50 ms");
    config.set(LogisticsOptions.MODEL_BUNDLED, false);
    config.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
    config.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));
    config.addAll(options);
    env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(parallelism);
    LogisticsJob.prepare(env, config);
    LogisticsJob.configure(
        new LogisticsJob.Sources(
            source(InputType.TELEMETRY),
            source(InputType.SHIPMENTS),
            source(InputType.ROAD_EVENTS),
            source(InputType.BOUNDS),
            source(InputType.MODEL_RELEASES)),
        new LogisticsJob.Sinks(
            steps.sink("decisions"),
            recordsRequests ? steps.sink("decision-requests") : null,
            steps.sink("dead-letters"),
            new DiscardingSink<>()),
        LogisticsSettings.of(config),
        released);
  }

  /** Lets the job fail once, after a checkpoint that was complete when this step began. */
  SteppedJob failingOnceAt(int step) {
    steps.failOnceAt(step);
    return this;
  }

  /** Lets the checkpoint before the failure hold half of the step. */
  SteppedJob inTheMiddleOfTheStep() {
    steps.failAfterAHalfStep();
    return this;
  }

  /** Runs to the end of the script. */
  SteppedJob run() throws Exception {
    id = env.execute("stepped").getJobID();
    return this;
  }

  /**
   * Runs what comes before a step and stops.
   *
   * @return where the savepoint is
   */
  String stopBefore(int step, Path savepoints) throws Exception {
    steps.haltAt(step);
    JobClient job = env.executeAsync("stepped");
    await().atMost(PATIENCE).until(steps::hasHalted);
    String savepoint =
        job.stopWithSavepoint(false, savepoints.toUri().toString(), SavepointFormatType.CANONICAL)
            .get();
    job.getJobExecutionResult().get();
    return savepoint;
  }

  /** Of the run to the end. */
  JobID id() {
    return id;
  }

  boolean hasFailed() {
    return steps.hasFailed();
  }

  /** The decisions by id; of two with one id the last. */
  Map<String, Decision> decisions() {
    Map<String, Decision> byId = new TreeMap<>();
    steps.<Decision>collected("decisions").forEach(d -> byId.put(d.getDecisionId(), d));
    return byId;
  }

  /** What was recorded, in any order. */
  List<DecisionRequest> requests() {
    return steps.collected("decision-requests");
  }

  List<DeadLetter> deadLetters() {
    return steps.collected("dead-letters");
  }

  @Override
  public void close() {
    steps.forget();
  }

  static void assertExpected(Map<String, Decision> decisions) throws IOException {
    assertThat(jsonLines(decisions))
        .as("decisions in %s; -D%s=true writes them anew", EXPECTED, WRITE)
        .containsExactlyElementsOf(Files.readAllLines(EXPECTED));
  }

  @SuppressWarnings("deprecation") // see Steps
  private <T extends SpecificRecordBase> DataStream<Inbound<T>> source(InputType<T> type) {
    String topic = type.topic();
    return env.addSource(steps.source(topic, new KafkaLike<>(type)), topic, type.inbound())
        .uid(topic);
  }

  /** What can be compared of decisions, a line each, by vehicle and sequence. */
  static List<String> jsonLines(Map<String, Decision> decisions) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Decision decision : comparable(decisions)) {
      lines.add(json(decision));
    }
    return lines;
  }

  /** What can be compared of decisions, by vehicle and sequence. */
  static List<Decision> comparable(Map<String, Decision> decisions) {
    List<Decision> ordered = new ArrayList<>(decisions.values());
    ordered.sort(
        Comparator.comparing(Decision::getVehicleId).thenComparingLong(Decision::getSequence));
    List<Decision> all = new ArrayList<>();
    for (Decision decision : ordered) {
      Decision comparable = Decision.newBuilder(decision).setLatency(new StageLatency()).build();
      if (decision.getTrigger().getKind() == TriggerKind.ROAD_EVENT) {
        // The event is in the request, whether or not its weight epoch has come on the other way.
        comparable.setWeightsEpoch(0);
      }
      all.add(comparable);
    }
    return all;
  }

  private static String json(Decision decision) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    JsonEncoder encoder = EncoderFactory.get().jsonEncoder(Decision.getClassSchema(), bytes);
    new SpecificDatumWriter<>(Decision.class).write(decision, encoder);
    encoder.flush();
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
