// SPDX-License-Identifier: Apache-2.0
package io.headway.loadtests.chaos;

import io.headway.jobs.logistics.LogisticsOptions;
import io.headway.loadtests.cluster.FlinkRest;
import io.headway.loadtests.cluster.JobStats;
import io.headway.loadtests.cluster.Waiting;
import io.headway.loadtests.kafka.TopicReader;
import io.headway.schemas.Topic;
import io.headway.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.kafka.clients.CommonClientConfigs;

/**
 * Faults under load, one after the other: what happens, how long it takes, and what is left of it
 * at the end.
 */
final class ChaosRun {
  private static final List<String> INPUTS =
      Stream.of(Topics.TELEMETRY, Topics.SHIPMENTS, Topics.ROAD_EVENTS).map(Topic::name).toList();

  private static final Duration LOOK = Duration.ofMillis(50);
  private static final Duration RECOVERY = Duration.ofMinutes(3);
  private static final long QUIET_MS = 4_000;

  private static final long STUCK_MS = 60_000;
  private static final long LAST_ON_THE_WAY_MS = 1_000;

  private final Path folder;
  private final Path jar;
  private final int vehicles;
  private final Duration before;
  private final Duration after;
  private final Map<String, String> options;

  /**
   * @param folder for everything that is written
   * @param jar the job as it is submitted
   * @param before how long the job runs undisturbed before each fault
   * @param after how long it runs after it was restored from each
   * @param options of the job and of Flink. The bundled model is off unless they say otherwise: of
   *     a model's answers one may overtake another, which is dropped then, and a missing number is
   *     no lost decision any more
   */
  ChaosRun(
      Path folder,
      Path jar,
      int vehicles,
      Duration before,
      Duration after,
      Map<String, String> options) {
    this.folder = folder;
    this.jar = jar;
    this.vehicles = vehicles;
    this.before = before;
    this.after = after;
    this.options = new TreeMap<>(Map.of(LogisticsOptions.MODEL_BUNDLED.key(), "false"));
    this.options.putAll(options);
  }

  /**
   * How the job came over a fault. Times count from its beginning, in seconds.
   *
   * @param detectedS until Flink's REST API showed that something is wrong; NaN when it never did
   * @param restoredS until every task ran again; NaN when none ever stopped
   * @param decidedS until the first decision on something that came in after the fault was seen, or
   *     after it began if it never was
   * @param checkpointedS until a checkpoint was complete that began after the fault, and after it
   *     was mended
   * @param checkpointsFailed while it lasted
   * @param restarts of the job
   * @param taskManagersReplaced that ended without being killed, as Flink's do at times when a peer
   *     is gone, and were started again, as a supervisor does it, as far as the job lacked them
   * @param cause of the last restart, as Flink has it; empty when there was none
   */
  record Recovery(
      Fault fault,
      double detectedS,
      double restoredS,
      double decidedS,
      double checkpointedS,
      long checkpointsFailed,
      long restarts,
      int taskManagersReplaced,
      String cause) {

    /** Whether the job did what was to be expected. */
    boolean holds(boolean exactlyOnce) {
      boolean stopped = !Double.isNaN(detectedS);
      if (fault == Fault.BROKER_STALLED && stopped) {
        // Kafka's connector asks again but once when it is woken while it asks for a position, as
        // watermark alignment may twice while the broker does not answer; the job then starts
        // again.
        return restarts == 1 && cause.contains("WakeupException");
      }
      if (fault != Fault.DISK_FULL) {
        return stopped == fault.stopsTasks();
      }
      // Without room for checkpoints it is to go on deciding as if nothing were; a transaction
      // cannot be committed then.
      return checkpointsFailed > 0 && (exactlyOnce || (!stopped && decidedS < fault.lastsS()));
    }
  }

  /**
   * What became of the job.
   *
   * @param exactlyOnce whether the job was to write each decision once
   * @param recoveries from each fault
   * @param sent records on the input topics, by topic
   * @param stats how the job was when all had been sent, and it had had its time
   * @param decisions records on the topic of decisions
   * @param planned shipments that were planned
   * @param unanswered those of them that nothing was decided about, as vehicle and shipment
   * @param timeline what a consumer makes of them
   */
  record Outcome(
      boolean exactlyOnce,
      List<Recovery> recoveries,
      Map<String, Long> sent,
      JobStats stats,
      long decisions,
      long planned,
      List<String> unanswered,
      Timeline timeline) {

    long recordsIn() {
      return sent.values().stream().mapToLong(Long::longValue).sum();
    }

    /** By how many a topic's records are more than their fates, by topic, where that is not 0. */
    Map<String, Long> unexplained() {
      Map<String, Long> differences = new TreeMap<>(sent);
      differences.replaceAll((topic, records) -> records - stats.accounted(topic));
      differences.values().removeIf(difference -> difference == 0);
      return differences;
    }

    /** Whether nothing was lost, all is accounted for, and the job came over each fault. */
    boolean holds() {
      return unexplained().isEmpty()
          && planned > 0
          && unanswered.isEmpty()
          && timeline.missing().isEmpty()
          && (!exactlyOnce || timeline.sameNumber() == 0)
          && recoveries.stream().allMatch(recovery -> recovery.holds(exactlyOnce));
    }
  }

  /**
   * Runs the job and does what is said to it.
   *
   * @throws IOException if something cannot be started or the job does not come back
   */
  Outcome run(List<Fault> faults) throws IOException {
    boolean smallDisk = faults.contains(Fault.DISK_FULL);
    try (Rig rig = Rig.start(folder, jar, vehicles, options, smallDisk)) {
      Configuration settings = Configuration.fromMap(options);
      DecisionLog log =
          new DecisionLog(
              settings
                  .get(LogisticsOptions.TRIGGER_INTERVAL)
                  .plus(settings.get(LogisticsOptions.ALIGNMENT_DRIFT)));
      TopicReader reader =
          new TopicReader(
              Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, rig.broker().bootstrapServers()),
              "chaos-reader",
              List.of(Topics.SHIPMENTS.name(), Topics.DECISIONS.name()),
              TopicReader.Start.EARLIEST,
              log);
      Thread thread = new Thread(reader, "chaos-reader");
      thread.start();
      try {
        Outcome outcome = run(faults, rig, log, reader, thread);
        check(reader);
        return outcome;
      } finally {
        reader.stop();
      }
    }
  }

  private static void check(TopicReader reader) throws IOException {
    if (reader.failure() != null) {
      throw new IOException("The decisions cannot be read: " + reader.failure());
    }
  }

  private Outcome run(
      List<Fault> faults, Rig rig, DecisionLog log, TopicReader reader, Thread thread)
      throws IOException {
    List<Recovery> recoveries = new ArrayList<>();
    for (Fault fault : faults) {
      rig.replaceTaskManagers();
      lookOn(rig, before);
      recoveries.add(recover(fault, rig, log, reader));
      lookOn(rig, after);
    }
    rig.stopFeed();
    long stoppedMs = System.currentTimeMillis();
    Map<String, Long> sent = rig.topics().recordCounts(INPUTS);
    JobStats stats = drain(sent, rig, log, reader);
    reader.stop();
    join(thread);
    Configuration settings = Configuration.fromMap(options);
    return new Outcome(
        settings.get(LogisticsOptions.DELIVERY_GUARANTEE) == DeliveryGuarantee.EXACTLY_ONCE,
        recoveries,
        sent,
        stats,
        log.timeline().records(),
        log.answers().count(),
        log.answers().unanswered(stoppedMs - waitMs(settings)),
        log.timeline());
  }

  /** How long changes wait for event time to pass, which ends with the feed. */
  private static long waitMs(Configuration settings) {
    Duration wait =
        settings
            .get(LogisticsOptions.TRIGGER_INTERVAL)
            .plus(settings.get(LogisticsOptions.OUT_OF_ORDERNESS));
    return Math.round(wait.toMillis() / Rig.SPEED_UP) + LAST_ON_THE_WAY_MS;
  }

  private static void lookOn(Rig rig, Duration length) throws IOException {
    long endNs = System.nanoTime() + length.toNanos();
    while (System.nanoTime() < endNs) {
      rig.superviseTaskManagers();
      Waiting.pause(LOOK);
    }
  }

  /** Inflicts a fault, mends it when its time has come, and looks on until the job is back. */
  private static Recovery recover(Fault fault, Rig rig, DecisionLog log, TopicReader reader)
      throws IOException {
    long restartsBefore = rig.knownRestarts();
    FlinkRest.Checkpoints checkpointsBefore = rig.checkpoints();
    long beganMs = System.currentTimeMillis();
    log.lookOut(beganMs);
    fault.inflict(rig);
    boolean mended = fault.lastsS() == 0;
    long mendedMs = System.currentTimeMillis();
    long checkpointsFailed = 0;
    double detectedS = Double.NaN;
    double restoredS = Double.NaN;
    double checkpointedS = Double.NaN;
    int taskManagersReplaced = 0;
    while (!mended
        || log.firstNewMs() == 0
        || Double.isNaN(checkpointedS)
        || (fault.stopsTasks() && Double.isNaN(detectedS))
        || (detectedS > 0 && Double.isNaN(restoredS))) {
      check(reader);
      double nowS = (System.currentTimeMillis() - beganMs) / 1e3;
      if (nowS > RECOVERY.toSeconds()) {
        throw new IOException(
            "The job has not come back %.0f s after %s: detected after %s s, all tasks back after %s s, checkpoint after %s s, first new decision %s; %d restarts."
                .formatted(
                    nowS,
                    fault,
                    detectedS,
                    restoredS,
                    checkpointedS,
                    log.firstNewMs() == 0 ? "never" : "written",
                    rig.restarts() - restartsBefore));
      }
      FlinkRest.Checkpoints checkpoints = rig.checkpoints();
      if (!mended && nowS >= fault.lastsS()) {
        if (checkpoints != null && checkpointsBefore != null) {
          checkpointsFailed = checkpoints.failed() - checkpointsBefore.failed();
        }
        fault.mend(rig);
        mended = true;
        mendedMs = System.currentTimeMillis();
      } else if (!mended) {
        fault.keepUp(rig);
      }
      taskManagersReplaced += rig.superviseTaskManagers();
      boolean running = rig.isRunning();
      if (Double.isNaN(detectedS)) {
        if (!running || rig.restarts() > restartsBefore) {
          detectedS = nowS;
          // Until then what the fault spared went on deciding, and some of it is undone.
          log.lookOut(System.currentTimeMillis());
        }
      } else if (Double.isNaN(restoredS) && running) {
        restoredS = nowS;
      }
      if (mended
          && Double.isNaN(checkpointedS)
          && checkpoints != null
          && checkpoints.completedMs() > mendedMs) {
        checkpointedS = nowS;
      }
      Waiting.pause(LOOK);
    }
    long restarts = Math.max(0, rig.knownRestarts() - restartsBefore);
    return new Recovery(
        fault,
        detectedS,
        restoredS,
        (log.firstNewMs() - beganMs) / 1e3,
        checkpointedS,
        Math.max(0, checkpointsFailed),
        restarts,
        taskManagersReplaced,
        restarts > 0 ? rig.lastFailure() : "");
  }

  /**
   * Waits until every record has a fate, a checkpoint after that has committed what was decided,
   * and no decision comes any more; or nothing moves.
   */
  private static JobStats drain(
      Map<String, Long> sent, Rig rig, DecisionLog log, TopicReader reader) throws IOException {
    JobStats last = JobStats.NONE;
    long lastCount = -1;
    long movedMs = System.currentTimeMillis();
    long allSinceMs = Long.MAX_VALUE;
    boolean committed = false;
    while (true) {
      check(reader);
      rig.superviseTaskManagers();
      JobStats answer = rig.stats();
      JobStats stats = answer == null ? last : answer;
      last = stats;
      boolean all =
          sent.entrySet().stream()
              .allMatch(topic -> stats.accounted(topic.getKey()) == topic.getValue());
      long count = log.records() + INPUTS.stream().mapToLong(stats::accounted).sum();
      long nowMs = System.currentTimeMillis();
      allSinceMs = all ? Math.min(allSinceMs, nowMs) : Long.MAX_VALUE;
      FlinkRest.Checkpoints checkpoints = rig.checkpoints();
      boolean covered = checkpoints != null && checkpoints.completedMs() > allSinceMs;
      if (count != lastCount || covered != committed) {
        lastCount = count;
        committed = covered;
        movedMs = nowMs;
      }
      if (nowMs - movedMs >= (covered ? QUIET_MS : STUCK_MS)) {
        return stats;
      }
      Waiting.pause(LOOK.multipliedBy(10));
    }
  }

  private static void join(Thread thread) throws IOException {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the reader ended.", e);
    }
  }
}
