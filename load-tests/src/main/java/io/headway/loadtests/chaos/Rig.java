// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import io.headway.jobs.logistics.LogisticsJob;
import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.kernels.roads.RoadNetwork;
import io.headway.loadtests.city.CityFeed;
import io.headway.loadtests.city.CityParameters;
import io.headway.loadtests.city.Knob;
import io.headway.loadtests.city.SyntheticNetwork;
import io.headway.loadtests.cluster.ChildProcess;
import io.headway.loadtests.cluster.FlinkRest;
import io.headway.loadtests.cluster.JobMetrics;
import io.headway.loadtests.cluster.JobStats;
import io.headway.loadtests.cluster.StandaloneCluster;
import io.headway.loadtests.cluster.Waiting;
import io.headway.loadtests.cluster.ZooKeeperProcess;
import io.headway.loadtests.feed.FeedClock;
import io.headway.loadtests.feed.FeedPump;
import io.headway.loadtests.kafka.BrokerProcess;
import io.headway.loadtests.kafka.TopicAdmin;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.util.IOUtils;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The logistics job as in earnest: broker, ZooKeeper, JobManager and three TaskManagers in
 * processes of their own, of which the job needs two, and a simulated city that feeds it without a
 * dispatcher. Not thread-safe.
 */
final class Rig implements AutoCloseable {
  private static final int JUNCTIONS = 1_500;

  /** Seconds of event time that pass in a second. */
  static final double SPEED_UP = 10;

  private static final Duration START_TIMEOUT = Duration.ofMinutes(3);
  private static final int POISON_RECORDS = 5_000;
  private static final int SLOTS_NEEDED = 2;
  private static final int DISK_MIB = 128;

  private final List<AutoCloseable> parts = new ArrayList<>();
  private BrokerProcess broker;
  private StandaloneCluster cluster;
  private TopicAdmin topics;
  private FlinkRest rest;
  private JobID job;
  private JobMetrics metrics;
  private KafkaProducer<byte[], byte[]> producer;
  private FeedPump pump;
  private Thread pumpThread;
  private ChildProcess paused;
  private SmallDisk disk;

  private Rig() {}

  /**
   * Starts everything and waits until the job runs.
   *
   * @param folder for everything that is written
   * @param jar the job as it is submitted
   * @param vehicles of the city, a fix of each every half second
   * @param options of the job and of Flink that win over the rig's own
   * @param smallDisk whether checkpoints lie on a disk that can be filled
   */
  static Rig start(
      Path folder, Path jar, int vehicles, Map<String, String> options, boolean smallDisk)
      throws IOException {
    Rig rig = new Rig();
    try {
      if (smallDisk) {
        rig.disk = rig.with(SmallDisk.mount(folder.resolve("disk"), DISK_MIB));
      }
      rig.begin(folder, jar, vehicles, options);
      return rig;
    } catch (IOException | RuntimeException e) {
      rig.close();
      throw e;
    }
  }

  private void begin(Path folder, Path jar, int vehicles, Map<String, String> options)
      throws IOException {
    broker = with(BrokerProcess.start(folder));
    ZooKeeperProcess zooKeeper = with(ZooKeeperProcess.start(folder));
    Configuration configuration = new Configuration();
    // How old what REST answers may be: times are read from it.
    configuration.set(WebOptions.REFRESH_INTERVAL, Duration.ofMillis(200));
    configuration.set(MetricOptions.METRIC_FETCHER_UPDATE_INTERVAL, Duration.ofMillis(500));
    configuration.set(HighAvailabilityOptions.HA_MODE, "zookeeper");
    configuration.set(HighAvailabilityOptions.HA_ZOOKEEPER_QUORUM, zooKeeper.address());
    configuration.set(
        HighAvailabilityOptions.HA_STORAGE_PATH, folder.resolve("ha").toUri().toString());
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1_000);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(500));
    List<String> through = List.of();
    if (disk != null) {
      through = disk.through();
      configuration.set(
          CheckpointingOptions.CHECKPOINTS_DIRECTORY, disk.folder().toUri().toString());
    }
    options.forEach(configuration::setString);
    cluster = with(StandaloneCluster.start(folder, through, SLOTS_NEEDED + 1, 1, configuration));
    topics = with(new TopicAdmin(broker.bootstrapServers()));
    rest = new FlinkRest(cluster.rest());
    topics.create(Topics.all());
    Waiting.until("the cluster to be up", START_TIMEOUT, () -> rest.slots() == SLOTS_NEEDED + 1);

    Path roads = folder.resolve("city.roads");
    SyntheticNetwork.build(1, JUNCTIONS, roads);
    CityFeed feed =
        new CityFeed(
            CityParameters.defaults()
                .with(Knob.VEHICLES, vehicles)
                .with(Knob.DURATION_H, 24)
                .with(Knob.INCIDENTS, 5),
            RoadNetwork.open(roads));
    long beganMs = System.currentTimeMillis();
    List<String> arguments = new ArrayList<>();
    Map<String, String> jobOptions =
        Map.of(
            LogisticsOptions.BOOTSTRAP_SERVERS.key(),
            broker.bootstrapServers(),
            LogisticsOptions.ROADS_URI.key(),
            roads.toUri().toString(),
            LogisticsOptions.CLOCK_EVENT_ORIGIN.key(),
            Long.toString(feed.startMs()),
            LogisticsOptions.CLOCK_WALL_ORIGIN.key(),
            Long.toString(beganMs),
            LogisticsOptions.CLOCK_SPEED_UP.key(),
            Double.toString(SPEED_UP),
            "parallelism.default",
            Integer.toString(SLOTS_NEEDED),
            "execution.checkpointing.interval",
            "3 s");
    jobOptions.forEach((key, value) -> arguments.addAll(List.of("--" + key, value)));
    options.forEach((key, value) -> arguments.addAll(List.of("--" + key, value)));
    job = rest.run(rest.upload(jar), LogisticsJob.class.getName(), arguments, null);
    metrics = new JobMetrics(cluster.rest(), job);
    Waiting.until("the job to run", START_TIMEOUT, this::isRunning);

    producer = with(producer());
    FeedClock clock = new FeedClock(feed.startMs(), System.currentTimeMillis(), SPEED_UP);
    pump = new FeedPump(feed, clock, Double.POSITIVE_INFINITY, producer);
    pumpThread = new Thread(pump, "chaos-pump");
    pumpThread.start();
  }

  private <T extends AutoCloseable> T with(T part) {
    parts.add(0, part);
    return part;
  }

  private KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers(),
            ProducerConfig.CLIENT_ID_CONFIG, "chaos-feed",
            ProducerConfig.ACKS_CONFIG, "all",
            ProducerConfig.LINGER_MS_CONFIG, "20"),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  StandaloneCluster cluster() {
    return cluster;
  }

  BrokerProcess broker() {
    return broker;
  }

  TopicAdmin topics() {
    return topics;
  }

  /** How the job is doing; null while nobody answers. */
  JobStats stats() {
    try {
      return metrics.read();
    } catch (IOException e) {
      return null;
    }
  }

  /** Whether every part of the job runs; false while nobody answers. */
  boolean isRunning() {
    try {
      return rest.isRunning(job);
    } catch (IOException e) {
      return false;
    }
  }

  /** How often the job was started again; -1 while nobody answers. */
  long restarts() {
    try {
      return rest.restarts(job);
    } catch (IOException e) {
      return -1;
    }
  }

  /** How often the job was started again, once that is known. */
  long knownRestarts() throws IOException {
    Waiting.until("the number of restarts", START_TIMEOUT, () -> restarts() >= 0);
    return restarts();
  }

  /** What made the job fail last, as the present JobManager knows. */
  String lastFailure() throws IOException {
    return rest.lastFailure(job);
  }

  /** A TaskManager that runs tasks of the job: what it does is lost with it. */
  ChildProcess busyTaskManager() throws IOException {
    Set<String> busy = rest.taskManagersOf(job);
    return cluster.taskManagers().stream()
        .filter(process -> busy.contains(process.name()))
        .findFirst()
        .orElseThrow(() -> new IOException("No TaskManager runs tasks of the job."));
  }

  /** How the job's checkpoints fare; null while nobody answers. */
  FlinkRest.Checkpoints checkpoints() {
    try {
      return rest.checkpoints(job);
    } catch (IOException e) {
      return null;
    }
  }

  /** Where checkpoints lie, if that is a disk that can be filled. */
  SmallDisk checkpointDisk() {
    return disk;
  }

  /** Starts TaskManagers for those that are gone, as a supervisor does it, and waits for all. */
  void replaceTaskManagers() throws IOException {
    for (int i = cluster.taskManagers().size(); i < SLOTS_NEEDED + 1; i++) {
      cluster.startTaskManager();
    }
    Waiting.until("a spare TaskManager", START_TIMEOUT, () -> rest.slots() == SLOTS_NEEDED + 1);
  }

  /** Starts TaskManagers as far as the job lacks them; how many. */
  int superviseTaskManagers() throws IOException {
    int lacking = Math.max(0, SLOTS_NEEDED - cluster.taskManagers().size());
    for (int i = 0; i < lacking; i++) {
      cluster.startTaskManager();
    }
    return lacking;
  }

  void pause(ChildProcess process) throws IOException {
    paused = process;
    process.pause();
  }

  void resume() throws IOException {
    paused.resume();
  }

  /** Sends thousands of records that are no records. */
  void sendPoison() {
    byte[] value = "not a record".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < POISON_RECORDS; i++) {
      byte[] key = ("poison-" + i).getBytes(StandardCharsets.UTF_8);
      var unused = producer.send(new ProducerRecord<>(Topics.TELEMETRY.name(), key, value));
    }
  }

  /** Ends the feed and sees that all of it has reached the broker. */
  void stopFeed() throws IOException {
    pump.stop();
    try {
      pumpThread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the feed was stopped.", e);
    }
    producer.flush();
    if (pump.failure() != null || pump.errors() > 0) {
      throw new IOException(
          "The feed lost records (" + pump.errors() + "): " + pump.failure() + ".");
    }
  }

  @Override
  public void close() throws IOException {
    if (pump != null) {
      pump.stop();
    }
    try {
      IOUtils.closeAll(parts);
    } catch (Exception e) {
      throw new IOException("The rig did not come down.", e);
    }
  }
}
