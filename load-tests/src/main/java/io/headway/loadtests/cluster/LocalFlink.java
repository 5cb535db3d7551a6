// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.RpcServiceSharing;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A Flink cluster of one TaskManager inside this process, with REST API, web UI and a Prometheus
 * endpoint on localhost. Checkpoints and temporary files lie in a folder of its own that is deleted
 * when it closes. Thread-safe.
 */
public final class LocalFlink implements AutoCloseable {
  private static final long TIMEOUT_S = 60;

  /** State is on the heap. */
  private static final int MANAGED_MIB = 32;

  private static final String PROMETHEUS = "metrics.reporter.prometheus.";

  private final MiniCluster cluster;
  private final Configuration configuration;
  private final Path folder;
  private final URI rest;
  private final URI metrics;

  private LocalFlink(
      MiniCluster cluster, Configuration configuration, Path folder, URI rest, URI metrics) {
    this.cluster = cluster;
    this.configuration = configuration;
    this.folder = folder;
    this.rest = rest;
    this.metrics = metrics;
  }

  /**
   * Starts a cluster.
   *
   * @param parent where its folder is made
   * @param restPorts port of the REST API and web UI, or a range like 8081-8180 to take a free one
   *     of
   * @param metricsPort port of the Prometheus endpoint
   * @param slots most parallelism that a job can have, and what jobs get by default
   * @param options win over what stands here
   * @throws IOException when the cluster does not start
   */
  public static LocalFlink start(
      Path parent, String restPorts, int metricsPort, int slots, Configuration options)
      throws IOException {
    Path folder = Files.createTempDirectory(parent, "flink-");
    Configuration configuration = new Configuration();
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, slots);
    configuration.set(CoreOptions.TMP_DIRS, folder.toString());
    configuration.set(JobManagerOptions.ADDRESS, "localhost");
    configuration.set(RestOptions.ADDRESS, "localhost");
    configuration.set(RestOptions.BIND_ADDRESS, "localhost");
    configuration.set(RestOptions.BIND_PORT, restPorts);
    configuration.set(RestOptions.ENABLE_FLAMEGRAPH, true);
    configuration.set(WebOptions.SUBMIT_ENABLE, false);
    if (System.getProperty("headway.log") != null) {
      configuration.set(WebOptions.LOG_PATH, System.getProperty("headway.log"));
    }
    configuration.set(TaskManagerOptions.NUM_TASK_SLOTS, slots);
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(MANAGED_MIB));
    MemorySize network = MemorySize.ofMebiBytes(32 + 16L * slots);
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, network);
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, network);
    // When there is too much to do, records wait in Kafka and not between operators.
    configuration.set(TaskManagerOptions.BUFFER_DEBLOAT_ENABLED, true);
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        folder.resolve("checkpoints").toUri().toString());
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(5));
    // How old what REST answers may be.
    configuration.set(WebOptions.REFRESH_INTERVAL, Duration.ofMillis(500));
    configuration.set(MetricOptions.METRIC_FETCHER_UPDATE_INTERVAL, Duration.ofMillis(900));
    configuration.setString(
        PROMETHEUS + "factory.class",
        "org.apache.flink.metrics.prometheus.PrometheusReporterFactory");
    configuration.setString(PROMETHEUS + "port", Integer.toString(metricsPort));
    configuration.addAll(options);

    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .setRpcServiceSharing(RpcServiceSharing.SHARED)
                .build());
    try {
      cluster.start();
      URI rest = await(cluster.getRestAddress());
      return new LocalFlink(
          cluster,
          configuration,
          folder,
          URI.create("http://localhost:" + rest.getPort()),
          URI.create("http://localhost:" + metricsPort + "/metrics"));
    } catch (Exception e) {
      cluster.closeAsync().join();
      Folders.delete(folder);
      throw new IOException("Flink's local cluster did not start: " + e.getMessage(), e);
    }
  }

  /** An environment in which to build a job for this cluster. */
  public StreamExecutionEnvironment environment() {
    return StreamExecutionEnvironment.getExecutionEnvironment(configuration);
  }

  /** Settings of the cluster. */
  public Configuration configuration() {
    return new Configuration(configuration);
  }

  /**
   * Submits what was built in an environment.
   *
   * @throws IOException when the cluster refuses it
   */
  public JobID submit(StreamExecutionEnvironment environment) throws IOException {
    return await(cluster.submitJob(environment.getStreamGraph())).getJobID();
  }

  /**
   * Takes a savepoint in canonical format, all keyed state written out.
   *
   * @return where it is
   */
  public String savepoint(JobID job, Path parent) throws IOException {
    return await(
        cluster.triggerSavepoint(
            job, parent.toUri().toString(), false, SavepointFormatType.CANONICAL));
  }

  /** Cancels a job and waits until it has ended; does nothing to a job that has ended already. */
  public void cancel(JobID job) throws IOException {
    if (!await(cluster.getJobStatus(job)).isGloballyTerminalState()) {
      await(cluster.cancelJob(job));
      await(cluster.requestJobResult(job));
    }
  }

  /** Where the REST API and the web UI are. */
  public URI rest() {
    return rest;
  }

  /** Where Prometheus finds the metrics. */
  public URI metrics() {
    return metrics;
  }

  /** Cancels every job, stops the cluster and deletes its folder. */
  @Override
  public void close() throws IOException {
    for (JobStatusMessage job : await(cluster.listJobs())) {
      cancel(job.getJobId());
    }
    await(cluster.closeAsync());
    Folders.delete(folder);
  }

  private static <T> T await(CompletableFuture<T> future) throws IOException {
    try {
      return future.get(TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while Flink was asked.", e);
    } catch (ExecutionException e) {
      throw new IOException("Flink refused: " + e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("Flink gave no answer within " + TIMEOUT_S + " s.", e);
    }
  }
}
