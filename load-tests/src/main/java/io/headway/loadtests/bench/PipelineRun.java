// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.bench;

import io.headway.jobs.logistics.LogisticsJob;
import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.loadtests.Headway;
import io.headway.loadtests.cluster.ChildProcess;
import io.headway.loadtests.cluster.FlinkRest;
import io.headway.loadtests.cluster.JobMetrics;
import io.headway.loadtests.cluster.StandaloneCluster;
import io.headway.loadtests.cluster.Waiting;
import io.headway.loadtests.kafka.BrokerProcess;
import io.headway.loadtests.kafka.TopicAdmin;
import io.headway.loadtests.kafka.TopicReader;
import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.util.IOUtils;
import org.apache.kafka.clients.CommonClientConfigs;

/**
 * One job on a cluster of its own, fed first as fast as it reads and then at a share of that:
 * broker, JobManager, TaskManager and generator are processes of their own on this machine, and
 * this process looks on. One thread.
 */
final class PipelineRun implements AutoCloseable {
  /** Records that may wait in Kafka while the job is fed as fast as it reads. */
  private static final long BACKLOG = 300_000;

  /** What Flink says of records read is as old as this; what came in meanwhile seems to wait. */
  private static final double LOOK_BACK_S = 2;

  private static final int SLOTS = 2;

  /**
   * What waited is answered before latency is measured, and what was measured is answered after.
   */
  private static final Duration SETTLE = Duration.ofSeconds(15);

  /** As the logistics job has it by itself. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          CheckpointingOptions.CHECKPOINTING_INTERVAL.key(), "10 s",
          ExecutionOptions.BUFFER_TIMEOUT.key(), "5 ms",
          CoreOptions.DEFAULT_PARALLELISM.key(), Integer.toString(SLOTS));

  /** Records a second while the compiler is given time. */
  private static final double SLOW_PER_S = 8_000;

  private static final Duration SLOW_TURN = Duration.ofSeconds(5);

  /** Cores that the compiler takes at most when a job counts as compiled. */
  private static final double COMPILED = 0.1;

  private static final Pattern COMPILERS = Pattern.compile("C[12] CompilerThre.*");

  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final List<String> TELEMETRY = List.of(Topics.TELEMETRY.name());
  private static final List<String> INPUTS =
      Topics.all().stream().filter(Topic::input).map(Topic::name).toList();

  /** How the job is fed and for how long. */
  record Load(
      List<String> feed,
      long startMs,
      Path roads,
      long warmUpRecords,
      Duration saturated,
      Duration paced,
      double pace) {}

  /**
   * What was measured.
   *
   * @param recordsPerS telemetry records a second that the job read, fed as fast as it reads
   * @param partsPerS the same of each ten seconds
   * @param leastWaiting records that waited at least in that time: near 0 the generator was the
   *     limit, and the job could do more
   * @param cpuS processor seconds a second in that time, by process
   * @param tmCpuUsPerRecord processor time of the TaskManager, microseconds a record
   * @param compilerCores what of it was the JVM's compiler, processor seconds a second
   * @param memoryMiB resident memory of the TaskManager after the paced phase
   * @param liveHeapMiB what was in use on the TaskManager's heap at the rate afterwards
   * @param fates of telemetry records, how many more there were at its end than at its beginning;
   *     empty for a job that counts none
   * @param checkpointBytes size of the last checkpoint in that time
   * @param pacedCheckpointBytes size of the last at the rate afterwards
   * @param pacedPerS telemetry records a second that were sent afterwards
   * @param pacedLagGrowth mean of the records that waited in the second half of that time less that
   *     in the first
   * @param latency of what was written about records of that time
   * @param atOnce the same of what was to be answered at once
   * @param visible the same until a consumer got it
   * @param pacedFromMs begin of what was measured of that time, by append times
   * @param pacedUntilMs its end
   */
  record Measured(
      double recordsPerS,
      double[] partsPerS,
      long leastWaiting,
      Map<String, Double> cpuS,
      double tmCpuUsPerRecord,
      double compilerCores,
      double memoryMiB,
      double liveHeapMiB,
      Map<String, Long> fates,
      long checkpointBytes,
      long pacedCheckpointBytes,
      double pacedPerS,
      double pacedLagGrowth,
      Histogram latency,
      Histogram atOnce,
      Histogram visible,
      Map<String, Histogram> byTrigger,
      long pacedFromMs,
      long pacedUntilMs) {}

  /**
   * What was recorded.
   *
   * @param recordsPerS records a second meanwhile, in parts of ten seconds
   * @param liveHeapMiB what was in use on the TaskManager's heap, at the end of that time
   */
  record Profiled(double[] recordsPerS, double liveHeapMiB, Profile profile) {}

  private record Sample(
      long ns, long telemetry, long waiting, Map<String, Double> cpuS, double compilersS) {
    long read() {
      return telemetry - waiting;
    }
  }

  private final List<AutoCloseable> parts = new ArrayList<>();
  private final Load load;
  private final LatencyMeter latency;
  private BrokerProcess broker;
  private StandaloneCluster cluster;
  private TopicAdmin topics;
  private FlinkRest rest;
  private JobID job;
  private JobMetrics metrics;
  private ChildProcess generator;
  private TopicReader reader;

  private PipelineRun(Load load, Duration triggerInterval) {
    this.load = load;
    latency = new LatencyMeter(triggerInterval, Clock.systemUTC());
  }

  /**
   * Starts everything; nothing is fed yet.
   *
   * @param mainClass of the job, which is in the jar
   * @param options of the job and of Flink
   */
  static PipelineRun start(
      Path folder, Path jar, Class<?> mainClass, Load load, Map<String, String> options)
      throws IOException {
    PipelineRun run =
        new PipelineRun(
            load, Configuration.fromMap(options).get(LogisticsOptions.TRIGGER_INTERVAL));
    try {
      run.begin(folder, jar, mainClass, options);
      return run;
    } catch (IOException | RuntimeException e) {
      run.close();
      throw e;
    }
  }

  private void begin(Path folder, Path jar, Class<?> mainClass, Map<String, String> options)
      throws IOException {
    broker = with(BrokerProcess.start(folder));
    Configuration configuration = new Configuration();
    configuration.set(MetricOptions.METRIC_FETCHER_UPDATE_INTERVAL, Duration.ofMillis(900));
    options.forEach(configuration::setString);
    cluster = with(StandaloneCluster.start(folder, 1, SLOTS, configuration));
    topics = with(new TopicAdmin(broker.bootstrapServers()));
    topics.create(Topics.all());
    rest = new FlinkRest(cluster.rest());
    Waiting.until("the cluster to be up", PATIENCE, () -> rest.slots() == SLOTS);

    List<String> arguments = new ArrayList<>();
    arguments.addAll(
        List.of("--" + LogisticsOptions.BOOTSTRAP_SERVERS.key(), broker.bootstrapServers()));
    SETTINGS.forEach((key, value) -> arguments.addAll(List.of("--" + key, value)));
    if (mainClass == LogisticsJob.class) {
      // Records come sooner than their time; nothing of them is in this clock's future.
      long year = Duration.ofDays(365).toMillis();
      arguments.addAll(
          List.of(
              "--" + LogisticsOptions.CLOCK_EVENT_ORIGIN.key(), "" + (load.startMs() + year),
              "--" + LogisticsOptions.CLOCK_WALL_ORIGIN.key(), "" + System.currentTimeMillis()));
      if (load.roads() != null) {
        arguments.addAll(
            List.of("--" + LogisticsOptions.ROADS_URI.key(), load.roads().toUri().toString()));
      }
    }
    options.forEach((key, value) -> arguments.addAll(List.of("--" + key, value)));
    job = rest.run(rest.upload(jar), mainClass.getName(), arguments, null);
    metrics = new JobMetrics(cluster.rest(), job);
    Waiting.until("the job to run", PATIENCE, this::running);

    List<String> feed = new ArrayList<>(List.of("feed", "--controlled", "--speed-up", "1000000"));
    feed.addAll(List.of("--bootstrap-servers", broker.bootstrapServers()));
    feed.addAll(load.feed());
    if (mainClass == EmptyJob.class) {
      feed.add("--no-dispatcher");
    }
    generator =
        with(
            ChildProcess.java(
                "generator",
                folder.resolve("generator.log"),
                List.of("-Xmx2g", "-Dheadway.log=" + folder.resolve("generator-headway.log")),
                List.of(System.getProperty("java.class.path").split(File.pathSeparator)),
                Headway.class.getName(),
                feed));
    reader =
        new TopicReader(
            Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()),
            "bench-observer",
            List.of(Topics.DECISIONS.name(), Topics.SHIPMENTS.name()),
            TopicReader.Start.EARLIEST,
            latency);
    Thread thread = new Thread(reader, "bench-observer");
    thread.start();
    parts.add(
        0,
        () -> {
          reader.stop();
          thread.join();
        });
  }

  /** Feeds and measures; takes as long as the load says, and the time to catch up. */
  Measured measure() throws IOException {
    warmUp();
    Map<String, Long> fates = telemetryFates();
    List<Sample> samples = saturate(load.saturated());
    Map<String, Long> gained = telemetryFates();
    fates.forEach((fate, before) -> gained.merge(fate, -before, Long::sum));
    long checkpointBytes = metrics.read().checkpointBytes();
    Sample first = samples.get(0);
    Sample last = samples.get(samples.size() - 1);
    double seconds = (last.ns - first.ns) / 1e9;
    double perS = (last.read() - first.read()) / seconds;
    Map<String, Double> cpuS = new TreeMap<>();
    last.cpuS.forEach((name, s) -> cpuS.put(name, (s - first.cpuS.get(name)) / seconds));

    order("rate " + perS * load.pace() * sent(INPUTS) / sent(TELEMETRY));
    order("allow " + Long.MAX_VALUE);
    catchUp(perS * load.pace());
    Waiting.pause(SETTLE);
    long pacedFromMs = System.currentTimeMillis();
    latency.measureFrom(pacedFromMs);
    List<Sample> paced = look(load.paced());
    long pacedUntilMs = System.currentTimeMillis();
    latency.measureUntil(pacedUntilMs);
    Waiting.pause(SETTLE);
    if (reader.failure() != null || latency.unreadable() > 0) {
      throw new IOException(
          "What was written cannot be read (%d records): %s"
              .formatted(latency.unreadable(), reader.failure()));
    }
    Sample begin = paced.get(0);
    Sample end = paced.get(paced.size() - 1);
    int half = paced.size() / 2;
    return new Measured(
        perS,
        parts(samples),
        samples.stream().mapToLong(Sample::waiting).min().orElseThrow(),
        cpuS,
        cpuS.get("taskmanager") / perS * 1e6,
        compilerCores(samples),
        cluster.taskManagers().get(0).residentMiB(),
        liveHeapMiB(cluster.taskManagers().get(0).pid()),
        gained,
        checkpointBytes,
        metrics.read().checkpointBytes(),
        (end.telemetry - begin.telemetry) * 1e9 / (end.ns - begin.ns),
        waiting(paced.subList(half, paced.size())) - waiting(paced.subList(0, half)),
        latency.all(),
        latency.atOnce(),
        latency.visible(),
        latency.byTrigger(),
        pacedFromMs,
        pacedUntilMs);
  }

  /** Where what was published can be read. */
  String bootstrapServers() {
    return broker.bootstrapServers();
  }

  private Map<String, Long> telemetryFates() throws IOException {
    return new TreeMap<>(metrics.read().fates().getOrDefault(Topics.TELEMETRY.name(), Map.of()));
  }

  private static double waiting(List<Sample> samples) {
    return samples.stream().mapToLong(Sample::waiting).average().orElseThrow();
  }

  /** Feeds as fast as the job reads and records what its processor time goes to. */
  Profiled profile(Path jfr) throws IOException {
    long pid = cluster.taskManagers().get(0).pid();
    // To begin later would take a minute's worth of compiled code back.
    jcmd(pid, "JFR.start", "name=bench", "settings=profile");
    warmUp();
    Instant from = Instant.now();
    double[] recordsPerS = parts(saturate(load.saturated()));
    jcmd(pid, "JFR.dump", "name=bench", "filename=" + jfr);
    return new Profiled(recordsPerS, liveHeapMiB(pid), Profile.of(jfr, from));
  }

  /** Collects garbage first. */
  private static double liveHeapMiB(long pid) throws IOException {
    String[] total = lastLine(jcmd(pid, "GC.class_histogram")).split("\\s+", -1);
    return Double.parseDouble(total[2]) / 1024 / 1024;
  }

  private static String lastLine(String text) {
    return text.lines().reduce((before, line) -> line).orElseThrow().strip();
  }

  private static String jcmd(long pid, String... words) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
    command.add(Long.toString(pid));
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException("The TaskManager cannot be looked into: " + said);
      }
      return said;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the TaskManager was looked into.", e);
    }
  }

  /**
   * Every plan is made, classes are loaded and code is compiled before anything is measured. Under
   * load the compiler gets so little of two cores that it is busy for minutes, so it is given time
   * at a slow pace, and full load again, until it has hardly anything to do under that.
   */
  private void warmUp() throws IOException {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    Sample last = look();
    while (last.read() < load.warmUpRecords() && System.nanoTime() < deadlineNs) {
      allow(last);
      Waiting.pause(LOOK);
      last = look();
    }
    double compiling = 1;
    while (compiling > COMPILED && System.nanoTime() < deadlineNs) {
      order("rate " + SLOW_PER_S);
      double slowly = compiling;
      while (slowly > COMPILED && System.nanoTime() < deadlineNs) {
        slowly = compilerCores(saturate(SLOW_TURN));
      }
      order("rate " + Double.POSITIVE_INFINITY);
      saturate(SETTLE);
      compiling = compilerCores(saturate(SETTLE));
    }
    if (last.read() < load.warmUpRecords() || compiling > COMPILED) {
      throw new IOException(
          "Within %d s the job read %,d records and its compiler took %.2f cores in the end; before anything is measured it has to read %,d and be compiled. Ask for fewer (--warm-up), or for more cores."
              .formatted(PATIENCE.toSeconds(), last.read(), compiling, load.warmUpRecords()));
    }
  }

  private static double compilerCores(List<Sample> samples) {
    Sample first = samples.get(0);
    Sample last = samples.get(samples.size() - 1);
    return (last.compilersS - first.compilersS) * 1e9 / (last.ns - first.ns);
  }

  private void catchUp(double recordsPerS) throws IOException {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    while (look().waiting > recordsPerS * LOOK_BACK_S) {
      if (System.nanoTime() > deadlineNs) {
        throw new IOException(
            "The job does not keep up with %,.0f records/s; ask for a smaller share (--pace)."
                .formatted(recordsPerS));
      }
      Waiting.pause(LOOK);
    }
  }

  private List<Sample> saturate(Duration length) throws IOException {
    List<Sample> samples = new ArrayList<>();
    long endNs = System.nanoTime() + length.toNanos();
    while (System.nanoTime() < endNs) {
      Sample sample = look();
      samples.add(sample);
      allow(sample);
      Waiting.pause(LOOK);
    }
    return samples;
  }

  private List<Sample> look(Duration length) throws IOException {
    List<Sample> samples = new ArrayList<>();
    long endNs = System.nanoTime() + length.toNanos();
    while (System.nanoTime() < endNs) {
      samples.add(look());
      Waiting.pause(LOOK);
    }
    return samples;
  }

  private Sample look() throws IOException {
    if (!generator.isAlive()) {
      throw new IOException("The generator has ended: " + generator.lastWords());
    }
    if (rest.restarts(job) > 0) {
      throw new IOException("The job failed under load; its TaskManager's log says why.");
    }
    long read = rest.sourceRecords(job, Topics.TELEMETRY.name());
    long sent = sent(TELEMETRY);
    return new Sample(
        System.nanoTime(),
        sent,
        sent - read,
        cpuS(),
        cluster.taskManagers().get(0).cpuS(COMPILERS));
  }

  /** Lets the generator stay ahead of the job, but not far. */
  private void allow(Sample sample) throws IOException {
    order("allow " + (sent(INPUTS) - sample.waiting + BACKLOG));
  }

  private long sent(List<String> names) throws IOException {
    return topics.recordCounts(names).values().stream().mapToLong(Long::longValue).sum();
  }

  private static double[] parts(List<Sample> samples) {
    List<Double> rates = new ArrayList<>();
    Sample from = samples.get(0);
    for (Sample sample : samples) {
      if (sample.ns - from.ns >= TimeUnit.SECONDS.toNanos(10)) {
        rates.add((sample.read() - from.read()) * 1e9 / (sample.ns - from.ns));
        from = sample;
      }
    }
    return rates.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private Map<String, Double> cpuS() throws IOException {
    return Map.of(
        "taskmanager", cluster.taskManagers().get(0).cpuS(),
        "jobmanager", cluster.jobManager().cpuS(),
        "broker", broker.process().cpuS(),
        "generator", generator.cpuS());
  }

  private void order(String line) throws IOException {
    OutputStream orders = generator.input();
    orders.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    orders.flush();
  }

  private boolean running() {
    try {
      return rest.isRunning(job);
    } catch (IOException e) {
      return false;
    }
  }

  /** A job's jar with one more class in it. */
  static Path jarWith(Path jar, Class<?> extra, Path folder) throws IOException {
    Path copy = Files.copy(jar, folder.resolve("with-" + extra.getSimpleName() + ".jar"));
    String name = extra.getName().replace('.', '/') + ".class";
    try (FileSystem zip = FileSystems.newFileSystem(copy);
        var in = extra.getResourceAsStream("/" + name)) {
      Path to = zip.getPath(name);
      Files.createDirectories(to.getParent());
      Files.copy(in, to);
    }
    return copy;
  }

  private <T extends AutoCloseable> T with(T part) {
    parts.add(0, part);
    return part;
  }

  @Override
  public void close() throws IOException {
    try {
      IOUtils.closeAll(parts);
    } catch (Exception e) {
      throw new IOException("A process did not come down.", e);
    }
  }
}
