// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.cluster;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint;
import org.apache.flink.runtime.taskexecutor.TaskManagerRunner;
import org.apache.flink.runtime.util.config.memory.ProcessMemoryUtils;

/**
 * A Flink cluster as users run it: a JobManager and TaskManagers, each in a process of its own,
 * with the libraries of Flink's distribution and nothing of Headway on their class path. Jobs come
 * in through the REST API, see {@link FlinkRest}. Everything it writes is in its folder. Not
 * thread-safe.
 */
public final class StandaloneCluster implements AutoCloseable {
  private static final String CLASS_PATH = "cluster-classpath.txt";
  private static final String LOGGING =
      """
      rootLogger.level = info
      rootLogger.appenderRef.console.ref = console
      appender.console.name = console
      appender.console.type = Console
      appender.console.layout.type = PatternLayout
      appender.console.layout.pattern = %d{HH:mm:ss.SSS} %-5p [%t] %c{1} - %m%n%xEx
      logger.kafka.name = org.apache.kafka
      logger.kafka.level = warn
      """;

  private final Path folder;
  private final Path conf;
  private final Configuration configuration;
  private final List<String> classPath;
  private final List<String> through;
  private final List<ChildProcess> taskManagers = new ArrayList<>();
  private final URI rest;
  private ChildProcess jobManager;
  private int started;

  private StandaloneCluster(
      Path folder,
      Configuration configuration,
      List<String> classPath,
      List<String> through,
      URI rest) {
    this.folder = folder;
    this.conf = folder.resolve("conf");
    this.configuration = configuration;
    this.classPath = classPath;
    this.through = through;
    this.rest = rest;
  }

  /**
   * Starts the processes. They are up when {@link FlinkRest#slots} says so.
   *
   * @param parent where its folder is made
   * @param taskManagers how many
   * @param slots of each TaskManager
   * @param options win over what stands here
   * @throws IOException when a process cannot be started
   */
  public static StandaloneCluster start(
      Path parent, int taskManagers, int slots, Configuration options) throws IOException {
    return start(parent, List.of(), taskManagers, slots, options);
  }

  /**
   * The same with every process started through a command, see {@link ChildProcess#java(String,
   * List, Path, List, List, String, List)}.
   */
  public static StandaloneCluster start(
      Path parent, List<String> through, int taskManagers, int slots, Configuration options)
      throws IOException {
    Path folder = Files.createTempDirectory(parent, "cluster-");
    int restPort = Ports.any();
    Configuration configuration = new Configuration();
    configuration.set(JobManagerOptions.ADDRESS, "localhost");
    configuration.set(JobManagerOptions.BIND_HOST, "localhost");
    configuration.set(JobManagerOptions.PORT, Ports.any());
    configuration.set(RestOptions.ADDRESS, "localhost");
    configuration.set(RestOptions.BIND_ADDRESS, "localhost");
    configuration.set(RestOptions.PORT, restPort);
    configuration.set(RestOptions.BIND_PORT, Integer.toString(restPort));
    configuration.set(BlobServerOptions.PORT, "0");
    configuration.set(TaskManagerOptions.HOST, "localhost");
    configuration.set(TaskManagerOptions.BIND_HOST, "localhost");
    configuration.set(TaskManagerOptions.NUM_TASK_SLOTS, slots);
    configuration.set(TaskManagerOptions.TOTAL_PROCESS_MEMORY, MemorySize.ofMebiBytes(1_536));
    // For the road network and models, see "Native memory" in the jobs' operating.md.
    configuration.set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, MemorySize.ofMebiBytes(128));
    configuration.set(TaskManagerOptions.BUFFER_DEBLOAT_ENABLED, true);
    configuration.set(CoreOptions.TMP_DIRS, folder.resolve("tmp").toString());
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, taskManagers * slots);
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, uri(folder.resolve("checkpoints")));
    configuration.set(CheckpointingOptions.SAVEPOINT_DIRECTORY, uri(folder.resolve("savepoints")));
    // What is lost is to be noticed within the time of a test.
    configuration.set(HeartbeatManagerOptions.HEARTBEAT_INTERVAL, Duration.ofSeconds(2));
    configuration.set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofSeconds(10));
    // The metrics of all TaskManagers stand still for as long when one dies while asked for its
    // own.
    configuration.set(WebOptions.TIMEOUT, Duration.ofSeconds(20));
    configuration.addAll(options);

    StandaloneCluster cluster =
        new StandaloneCluster(
            folder,
            configuration,
            classPath(),
            through,
            URI.create("http://localhost:" + restPort));
    try {
      cluster.writeConf();
      cluster.startJobManager();
      for (int i = 0; i < taskManagers; i++) {
        cluster.startTaskManager();
      }
      return cluster;
    } catch (IOException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /** Where the REST API is. */
  public URI rest() {
    return rest;
  }

  /** The JobManager's process. */
  public ChildProcess jobManager() {
    return jobManager;
  }

  /** The TaskManagers that are there, oldest first; each is named by its resource id. */
  public List<ChildProcess> taskManagers() {
    taskManagers.removeIf(process -> !process.isAlive());
    return List.copyOf(taskManagers);
  }

  /** Starts a JobManager where there is none, at the same address. */
  public void startJobManager() throws IOException {
    List<String> jvm = new ArrayList<>(List.of("-Xmx384m", "-XX:MaxMetaspaceSize=192m"));
    jvm.addAll(commonJvmOptions());
    jobManager =
        ChildProcess.java(
            "jobmanager-" + ++started,
            through,
            folder.resolve("jobmanager-" + started + ".log"),
            jvm,
            classPath,
            StandaloneSessionClusterEntrypoint.class.getName(),
            List.of("--configDir", conf.toString()));
  }

  /** Starts one more TaskManager. */
  public ChildProcess startTaskManager() throws IOException {
    // Flink's scripts work the parts of the memory out of the whole in the same way.
    TaskExecutorProcessSpec spec = TaskExecutorProcessUtils.processSpecFromConfig(configuration);
    List<String> jvm =
        new ArrayList<>(List.of(ProcessMemoryUtils.generateJvmParametersStr(spec).split(" ")));
    jvm.addAll(commonJvmOptions());
    jvm.addAll(List.of(configuration.get(CoreOptions.FLINK_TM_JVM_OPTIONS).strip().split("\\s+")));
    jvm.removeIf(String::isEmpty);
    List<String> arguments = new ArrayList<>(List.of("--configDir", conf.toString()));
    arguments.addAll(
        List.of(TaskExecutorProcessUtils.generateDynamicConfigsStr(spec).trim().split("\\s+")));
    String name = "taskmanager-" + ++started;
    arguments.add("-D");
    arguments.add(TaskManagerOptions.TASK_MANAGER_RESOURCE_ID.key() + "=" + name);
    ChildProcess process =
        ChildProcess.java(
            name,
            through,
            folder.resolve(name + ".log"),
            jvm,
            classPath,
            TaskManagerRunner.class.getName(),
            arguments);
    taskManagers.add(process);
    return process;
  }

  /** Stops the processes; their folder stays, to be read. */
  @Override
  public void close() throws IOException {
    for (ChildProcess process : taskManagers) {
      process.close();
    }
    if (jobManager != null) {
      jobManager.close();
    }
  }

  private void writeConf() throws IOException {
    Files.createDirectories(conf);
    Files.createDirectories(folder.resolve("tmp"));
    Files.write(
        conf.resolve("config.yaml"),
        ConfigurationUtils.convertConfigToWritableLines(configuration, true));
    Files.writeString(conf.resolve("log4j2.properties"), LOGGING);
  }

  private List<String> commonJvmOptions() {
    List<String> options = new ArrayList<>();
    options.add("-Dlog4j.configurationFile=" + conf.resolve("log4j2.properties"));
    for (String name : OPENED) {
      options.add("--add-opens=java.base/" + name + "=ALL-UNNAMED");
    }
    return options;
  }

  /** What Flink's own configuration opens on Java 17. */
  private static final List<String> OPENED =
      List.of(
          "java.net",
          "java.io",
          "java.nio",
          "sun.nio.ch",
          "java.lang.reflect",
          "java.text",
          "java.time",
          "java.util",
          "java.util.concurrent",
          "java.util.concurrent.atomic",
          "java.util.concurrent.locks",
          "java.lang");

  private static String uri(Path path) {
    return path.toUri().toString();
  }

  /** The libraries of Flink's distribution, as the build has listed them. */
  static List<String> classPath() throws IOException {
    try (var in = StandaloneCluster.class.getResourceAsStream("/" + CLASS_PATH)) {
      if (in == null) {
        throw new IOException(
            CLASS_PATH
                + " is not on the class path, so no cluster can be started; build the load tests with Maven.");
      }
      return List.of(
          new String(in.readAllBytes(), StandardCharsets.UTF_8).strip().split(File.pathSeparator));
    }
  }
}
