// SPDX-License-Identifier: Apache-2.0
package io.headway.jobs.logistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.headway.jobs.logistics.Steps.Step;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.schemas.Decision;
import io.headway.schemas.DecisionKind;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The job is stopped with a savepoint in the middle of stepped input and goes on otherwise. */
class LogisticsUpgradeITCase {
  private static final String WRITE = "headway.savepoint.write";
  private static final Path SAVEPOINTS = Path.of("src", "test", "resources", "savepoints");
  private static final String DECIDED = "decided.txt";

  /** A closure is on the road, and a stop was just added. */
  private static final int MIDDLE = 5;

  /**
   * The closure was reported half a minute after the start, and looks a minute later whether the
   * roads are others. That is a step of its own: in the next one van-1 drives past it.
   */
  private static final long CLOSURE_LOOKED_AT_MS = TownScript.START.toEpochMilli() + 90_000;

  private static final int PARALLELISM = 2;
  private static final int SLOTS = 3;

  private static final InMemoryReporter METRICS = InMemoryReporter.createWithRetainedMetrics();

  @RegisterExtension
  private static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(SLOTS)
              .setConfiguration(METRICS.addToConfiguration(new Configuration()))
              .build());

  @TempDir private static Path folder;
  private static Path roads;

  @BeforeAll
  static void writeTown() throws IOException {
    roads = folder.resolve("town.roads");
    TestTown.write(roads);
  }

  @ParameterizedTest
  @CsvSource({"2, 3", "4, 1", "5, 3", "8, 1"})
  void anotherParallelismChangesNoDecision(int step, int parallelism) throws Exception {
    Stopped stopped = stopBefore(step, new Configuration());

    assertGoesOn(stopped, parallelism, new Configuration());
  }

  @Test
  void otherOptionsChangeNoDecisionThatDoesNotDependOnThem() throws Exception {
    Stopped stopped = stopBefore(MIDDLE, new Configuration());

    assertGoesOn(
        stopped,
        PARALLELISM,
        Configuration.fromMap(
            Map.of(
                LogisticsOptions.VEHICLE_IDLE_TIMEOUT.key(),
                "12 h",
                LogisticsOptions.TRIP_WINDOW.key(),
                "5 min",
                LogisticsOptions.DEAD_LETTER_PAYLOAD_BYTES.key(),
                "100",
                "execution.buffer-timeout.interval",
                "0 ms",
                "execution.checkpointing.interval",
                "20 ms")));
  }

  @ParameterizedTest
  @CsvSource({"rocksdb, hashmap", "hashmap, rocksdb"})
  void stateMovesBetweenRocksDbAndTheHeap(String from, String to) throws Exception {
    Stopped stopped = stopBefore(MIDDLE, backend(from));

    assertGoesOn(stopped, PARALLELISM, backend(to));
  }

  @ParameterizedTest
  @MethodSource("releases")
  void theSavepointOfARelease(Path release, String backend) throws Exception {
    List<String> decided = Files.readAllLines(release.resolve(DECIDED));
    Map<String, Decision> decisions =
        goOn(release.toString(), TownScript.steps(), roads, PARALLELISM, backend(backend))
            .decisions();

    assertThat(decisions.keySet()).doesNotContainAnyElementsOf(decided);
    assertThat(SteppedJob.jsonLines(decisions))
        .as("what was not decided before the savepoint")
        .isNotEmpty()
        .containsExactlyElementsOf(
            Files.readAllLines(SteppedJob.EXPECTED).stream()
                .filter(line -> decided.stream().noneMatch(line::contains))
                .toList());
  }

  static Stream<Arguments> releases() throws IOException {
    try (Stream<Path> releases = Files.list(SAVEPOINTS)) {
      return releases.sorted().toList().stream()
          .flatMap(release -> Stream.of("hashmap", "rocksdb").map(to -> arguments(release, to)));
    }
  }

  @Test
  @EnabledIfSystemProperty(named = WRITE, matches = ".+", disabledReason = "writes a savepoint")
  void writesTheSavepointOfARelease() throws Exception {
    Configuration small = new Configuration();
    // All of it in one file, which knows of no other path.
    small.set(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, MemorySize.ofMebiBytes(1));
    small.set(ExecutionOptions.SNAPSHOT_COMPRESSION, true);
    Stopped stopped = stopBefore(MIDDLE, small);

    Path release = Files.createDirectories(SAVEPOINTS.resolve(System.getProperty(WRITE)));
    try (Stream<Path> files = Files.list(Path.of(URI.create(stopped.savepoint())))) {
      for (Path file : files.toList()) {
        Files.write(release.resolve(file.getFileName().toString()), Files.readAllBytes(file));
      }
    }
    Files.write(release.resolve(DECIDED), stopped.decisions().keySet());
  }

  @Test
  void aNewImportOfTheRoadsOnOldStateIsCountedAndDecisionsGoOn() throws Exception {
    // The closure holds to the end, so that it has to be found on the new roads.
    List<Step> script = new ArrayList<>(TownScript.steps());
    Step cleared =
        script.set(MIDDLE + 2, new Step(Topics.TELEMETRY.name(), List.of(), CLOSURE_LOOKED_AT_MS));
    assertThat(cleared.topic()).isEqualTo(Topics.ROAD_EVENTS.name());
    Map<String, Decision> unbroken;
    try (SteppedJob job = new SteppedJob(script, PARALLELISM, roads, new Configuration()).run()) {
      unbroken = job.decisions();
    }
    Stopped stopped = stopBefore(MIDDLE, script, new Configuration());
    Path renumbered = folder.resolve("renumbered.roads");
    TestTown.writeRenumbered(renumbered);

    GoneOn goneOn = goOn(stopped.savepoint(), script, renumbered, PARALLELISM, new Configuration());

    assertThat(total(goneOn.id(), "headway.weights.resets")).isEqualTo(1);
    assertThat(total(goneOn.id(), "headway.plan.rematched")).as("of both vehicles").isEqualTo(2);
    assertThat(total(goneOn.id(), "headway.plan.events-relocated")).isEqualTo(1);
    assertThat(goneOn.decisions().values())
        .isNotEmpty()
        .extracting(Decision::getNetworkId)
        .containsOnly(RoadNetwork.open(renumbered).id());
    Map<String, DecisionKind> kinds = kinds(stopped.decisions());
    kinds.putAll(kinds(goneOn.decisions()));
    assertThat(kinds).as("what is decided on the old roads").containsAllEntriesOf(kinds(unbroken));
    assertThat(goneOn.decisions().values())
        .filteredOn(decision -> !unbroken.containsKey(decision.getDecisionId()))
        .as("the closure is met again, once it is found on the new roads")
        .extracting(decision -> decision.getTrigger().getReference())
        .containsExactly("ev-1");
  }

  private static Map<String, DecisionKind> kinds(Map<String, Decision> decisions) {
    Map<String, DecisionKind> kinds = new TreeMap<>();
    decisions.forEach((id, decision) -> kinds.put(id, decision.getKind()));
    return kinds;
  }

  private record Stopped(String savepoint, Map<String, Decision> decisions) {}

  private record GoneOn(JobID id, Map<String, Decision> decisions) {}

  private static Stopped stopBefore(int step, Configuration options) throws Exception {
    return stopBefore(step, TownScript.steps(), options);
  }

  private static Stopped stopBefore(int step, List<Step> script, Configuration options)
      throws Exception {
    try (SteppedJob job = new SteppedJob(script, PARALLELISM, roads, options)) {
      String savepoint = job.stopBefore(step, folder.resolve("savepoints"));
      return new Stopped(savepoint, job.decisions());
    }
  }

  private static GoneOn goOn(
      String savepoint, List<Step> script, Path network, int parallelism, Configuration options)
      throws Exception {
    Configuration restored = new Configuration(options);
    restored.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    try (SteppedJob job = new SteppedJob(script, parallelism, network, restored).run()) {
      assertThat(job.deadLetters()).isEmpty();
      return new GoneOn(job.id(), job.decisions());
    }
  }

  private static void assertGoesOn(Stopped stopped, int parallelism, Configuration options)
      throws Exception {
    Map<String, Decision> rest =
        goOn(stopped.savepoint(), TownScript.steps(), roads, parallelism, options).decisions();

    assertThat(rest).as("decided after the savepoint").isNotEmpty();
    assertThat(rest.keySet()).doesNotContainAnyElementsOf(stopped.decisions().keySet());
    Map<String, Decision> all = new TreeMap<>(stopped.decisions());
    all.putAll(rest);
    SteppedJob.assertExpected(all);
  }

  private static Configuration backend(String name) {
    Configuration config = new Configuration();
    config.set(StateBackendOptions.STATE_BACKEND, name);
    return config;
  }

  private static long total(JobID job, String name) {
    long total = 0;
    for (Metric metric : METRICS.findMetrics(job, ".*" + Pattern.quote(name)).values()) {
      total +=
          metric instanceof Counter counter
              ? counter.getCount()
              : ((Number) ((Gauge<?>) metric).getValue()).longValue();
    }
    return total;
  }
}
