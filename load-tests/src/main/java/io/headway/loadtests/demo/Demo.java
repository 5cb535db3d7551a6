// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.headway.jobs.logistics.LogisticsJob;
import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.loadtests.cluster.JobMetrics;
import io.headway.loadtests.cluster.JobStats;
import io.headway.loadtests.cluster.LocalFlink;
import io.headway.loadtests.feed.FeedClock;
import io.headway.loadtests.feed.FeedPump;
import io.headway.loadtests.kafka.EmbeddedKafka;
import io.headway.loadtests.kafka.TopicReader;
import io.headway.schemas.Decision;
import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run: feeds a world to the logistics job through Kafka, lets the world act on the decisions,
 * and at the end waits until everything that was sent is accounted for.
 */
final class Demo implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Demo.class);
  private static final long START_TIMEOUT_MS = 120_000;
  private static final long STALL_TIMEOUT_MS = 60_000;

  /** Classes are loaded, code is compiled and every plan is made; latency is measured after it. */
  private static final long WARM_UP_MS = 20_000;

  private static final long QUIET_MS = 1_500;
  private static final long TICK_MS = 250;

  /** Flink's answers change no faster. */
  private static final long LOOK_MS = 1_000;

  private static final List<String> INPUTS =
      Topics.all().stream().filter(Topic::input).map(Topic::name).toList();
  private static final List<String> OUTPUTS =
      List.of(Topics.DECISIONS.name(), Topics.DEAD_LETTERS.name());

  private final EmbeddedKafka kafka;
  private final World world;
  private final double mostPerSecond;
  private final StopSignal stop;
  private final DecisionTally tally = new DecisionTally(() -> this.measureFromMs);
  private final JobMetrics metrics;
  private final ScheduledExecutorService watch;
  private volatile JobStats job = JobStats.NONE;
  private FeedPump pump;
  private TopicReader reader;
  private Thread pumpThread;
  private Thread readerThread;
  private volatile long measureFromMs = Long.MAX_VALUE;
  private long beganMs;

  private Demo(
      EmbeddedKafka kafka, JobMetrics metrics, World world, double mostPerSecond, StopSignal stop) {
    this.kafka = kafka;
    this.metrics = metrics;
    this.world = world;
    this.mostPerSecond = mostPerSecond;
    this.stop = stop;
    this.watch =
        Executors.newSingleThreadScheduledExecutor(runnable -> new Thread(runnable, "demo-watch"));
    var unused = watch.scheduleWithFixedDelay(this::look, 0, LOOK_MS, TimeUnit.MILLISECONDS);
  }

  /**
   * Submits the job for a world and waits until all of it runs.
   *
   * @param options options of the job and of Flink that win over the demo's own
   * @param mostPerSecond most records a second; infinity for as many as are due
   * @throws StartProblem when the job does not come up, or its options are wrong
   */
  static Demo start(
      EmbeddedKafka kafka,
      LocalFlink flink,
      World world,
      Configuration options,
      double mostPerSecond,
      StopSignal stop)
      throws IOException, StartProblem, InterruptedException {
    Configuration config = flink.configuration();
    config.set(PipelineOptions.NAME, LogisticsJob.NAME);
    config.set(LogisticsOptions.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
    if (world.roads() != null) {
      config.set(LogisticsOptions.ROADS_URI, world.roads().toUri().toString());
    }
    // The job's clock begins before the feed's, never after it: no good record is in the future.
    config.set(LogisticsOptions.CLOCK_EVENT_ORIGIN, world.feed().startMs());
    config.set(LogisticsOptions.CLOCK_WALL_ORIGIN, System.currentTimeMillis());
    config.set(LogisticsOptions.CLOCK_SPEED_UP, world.speedUp());
    config.addAll(options);
    StreamExecutionEnvironment environment = flink.environment();
    try {
      LogisticsJob.build(environment, config);
    } catch (IllegalArgumentException e) {
      throw new StartProblem(e.getMessage(), e);
    }
    JobID id = flink.submit(environment);
    Demo demo = new Demo(kafka, new JobMetrics(flink.rest(), id), world, mostPerSecond, stop);
    try {
      demo.awaitRunning();
      return demo;
    } catch (IOException | StartProblem | InterruptedException | RuntimeException e) {
      demo.close();
      throw e;
    }
  }

  /**
   * Feeds the job until the time is over, the feed has ended, the job has, or it is asked to stop;
   * then waits until all that was sent is accounted for and no decision comes any more. It waits on
   * while that moves, and a minute when it does not.
   *
   * @param lengthMs how long to feed, milliseconds; {@link Long#MAX_VALUE} for no end
   * @param view gets the state a few times a second
   */
  Summary run(long lengthMs, Consumer<DemoState> view) throws IOException, InterruptedException {
    beganMs = System.currentTimeMillis();
    long warmUpMs = Math.min(WARM_UP_MS, lengthMs / 3);
    measureFromMs = beganMs + warmUpMs;
    FeedClock clock = new FeedClock(world.feed().startMs(), beganMs, world.speedUp());
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      pump = new FeedPump(world.feed(), clock, mostPerSecond, producer);
      reader =
          new TopicReader(
              Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers()),
              "demo-reader",
              OUTPUTS,
              TopicReader.Start.EARLIEST,
              new DecisionReader(tally, this::decided));
      pumpThread = new Thread(pump, "demo-pump");
      readerThread = new Thread(reader, "demo-reader");
      pumpThread.start();
      readerThread.start();
      String ending = feed(lengthMs, view);
      pump.stop();
      pumpThread.join();
      view.accept(state(ending));
      drain(view);
    }
    return summary(warmUpMs);
  }

  /** What the truth says, see {@link World#tellTruth}. */
  List<String> tellTruth(ObjectNode json) {
    return world.tellTruth(json);
  }

  @Override
  public void close() {
    watch.shutdownNow();
    if (pump != null) {
      pump.stop();
    }
    if (reader != null) {
      reader.stop();
    }
    join(pumpThread);
    join(readerThread);
  }

  private void awaitRunning() throws IOException, StartProblem, InterruptedException {
    long deadlineMs = System.currentTimeMillis() + START_TIMEOUT_MS;
    while (!job.allRunning()) {
      if (job.ended() || !job.failure().isEmpty() || System.currentTimeMillis() > deadlineMs) {
        throw new StartProblem(
            "The job did not come up ("
                + job.state()
                + (job.failure().isEmpty() ? "" : ": " + job.failure())
                + "); the log says more.");
      }
      if (stop.await(TICK_MS)) {
        throw new StartProblem("Stopped before the job was running.");
      }
    }
  }

  /** Waits for the end of feeding and says what brought it, in a word or two. */
  private String feed(long lengthMs, Consumer<DemoState> view) throws InterruptedException {
    while (true) {
      view.accept(state("feeding"));
      if (pump.ended()) {
        return "the feed has ended";
      }
      if (pump.failure() != null || reader.failure() != null || job.ended()) {
        return "failed";
      }
      long leftMs = lengthMs - (System.currentTimeMillis() - beganMs);
      if (leftMs <= 0 || stop.await(Math.min(TICK_MS, leftMs))) {
        return "finishing";
      }
    }
  }

  private void drain(Consumer<DemoState> view) throws IOException, InterruptedException {
    Map<String, Long> sent = kafka.topics().recordCounts(INPUTS);
    long lastCount = -1;
    long movedMs = System.currentTimeMillis();
    while (!job.ended() && reader.failure() == null) {
      JobStats now = job;
      long outCount =
          kafka.topics().recordCounts(OUTPUTS).values().stream().mapToLong(Long::longValue).sum();
      boolean settled =
          reader.readCount() == outCount
              && sent.entrySet().stream()
                  .allMatch(topic -> now.accounted(topic.getKey()) == topic.getValue());
      long count = outCount + INPUTS.stream().mapToLong(now::accounted).sum();
      long nowMs = System.currentTimeMillis();
      if (count != lastCount) {
        lastCount = count;
        movedMs = nowMs;
      }
      if (nowMs - movedMs >= (settled ? QUIET_MS : STALL_TIMEOUT_MS)) {
        return;
      }
      view.accept(state("finishing"));
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(TICK_MS));
    }
  }

  private Summary summary(long warmUpMs) throws IOException {
    List<String> failures = new ArrayList<>();
    if (pump.failure() != null) {
      failures.add("The feed failed: " + pump.failure());
    }
    if (reader.failure() != null) {
      failures.add("The reader of decisions failed: " + reader.failure());
    }
    if (job.ended()) {
      failures.add("The job ended (" + job.state() + "): " + job.failure());
    }
    return new Summary(
        kafka.topics().recordCounts(INPUTS),
        job,
        tally.counts(),
        warmUpMs,
        pump.errors(),
        List.copyOf(failures));
  }

  private void decided(Decision decision) throws InterruptedException {
    world.decided(decision);
    pump.decided(decision);
  }

  private DemoState state(String phase) {
    return new DemoState(
        phase,
        System.currentTimeMillis() - beganMs,
        pump.sent(),
        pump.eventTimeMs(),
        pump.behindMs(),
        job,
        tally.counts());
  }

  private void look() {
    try {
      job = metrics.read();
    } catch (IOException | RuntimeException e) {
      LOG.warn("Flink was asked how the job is doing and gave no answer.", e);
    }
  }

  private KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers(),
            ProducerConfig.CLIENT_ID_CONFIG, "demo-feed",
            ProducerConfig.ACKS_CONFIG, "all",
            ProducerConfig.LINGER_MS_CONFIG, "20"),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private static void join(Thread thread) {
    if (thread != null) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
