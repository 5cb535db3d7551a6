// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.headway.jobs.logistics.LogisticsJob;
import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.kafka.BrokerProcess;
import io.headway.loadtests.kafka.TopicAdmin;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Broker, JobManager and TaskManager in processes of their own, and the jar as users submit it. */
class StandaloneClusterE2ECase {
  private static final Path JAR = Path.of(System.getProperty("headway.jobs.jar"));
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private static Path folder;

  @Test
  void theJarRunsOnAClusterThatKnowsNothingOfIt() throws Exception {
    try (BrokerProcess broker = BrokerProcess.start(folder);
        StandaloneCluster cluster = StandaloneCluster.start(folder, 1, 2, new Configuration());
        TopicAdmin topics = new TopicAdmin(broker.bootstrapServers())) {
      FlinkRest rest = new FlinkRest(cluster.rest());
      topics.create(Topics.all());
      await().atMost(PATIENCE).until(() -> rest.slots() == 2);

      String jar = rest.upload(JAR);
      assertThatThrownBy(() -> rest.run(jar, LogisticsJob.class.getName(), List.of(), null))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(LogisticsOptions.BOOTSTRAP_SERVERS.key());
      JobID job =
          rest.run(
              jar,
              LogisticsJob.class.getName(),
              List.of("--" + LogisticsOptions.BOOTSTRAP_SERVERS.key(), broker.bootstrapServers()),
              null);
      JobMetrics metrics = new JobMetrics(cluster.rest(), job);
      await().atMost(PATIENCE).until(() -> metrics.read().allRunning());

      cluster.taskManagers().get(0).kill();
      cluster.startTaskManager();
      await()
          .atMost(PATIENCE)
          .until(() -> metrics.read().restarts() > 0 && metrics.read().allRunning());
      assertThat(rest.running()).containsExactly(job);
    }
  }

  @Test
  void aRoadNetworkBeyondTheBudgetOfNativeMemoryIsRefusedWithWhatToSet() throws Exception {
    Path roads = folder.resolve("city.roads");
    SyntheticNetwork.build(1, 500, roads);
    String offHeap = TaskManagerOptions.TASK_OFF_HEAP_MEMORY.key();
    Configuration none = new Configuration();
    none.set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, MemorySize.ZERO);
    try (StandaloneCluster cluster = StandaloneCluster.start(folder, 1, 2, none)) {
      FlinkRest rest = new FlinkRest(cluster.rest());
      await().atMost(PATIENCE).until(() -> rest.slots() == 2);
      String jar = rest.upload(JAR);
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  "--" + LogisticsOptions.BOOTSTRAP_SERVERS.key(),
                  "localhost:" + Ports.any(),
                  "--" + LogisticsOptions.ROADS_URI.key(),
                  roads.toUri().toString()));

      assertThatThrownBy(() -> rest.run(jar, LogisticsJob.class.getName(), arguments, null))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("The logistics job cannot be submitted");

      // Where the job is submitted nobody need know how the TaskManagers are set up.
      arguments.addAll(List.of("--" + offHeap, "64m"));
      JobID job = rest.run(jar, LogisticsJob.class.getName(), arguments, null);
      JobMetrics metrics = new JobMetrics(cluster.rest(), job);
      await().atMost(PATIENCE).until(() -> !metrics.read().failure().isEmpty());
      assertThat(metrics.read().failure())
          .contains(offHeap + " is 0m")
          .contains("set " + offHeap + " to at least 1m for every TaskManager");
    }
  }
}
